"""Hypothesis strategies: music, links, events and texts of all sorts, for property tests.

::

    from hypothesis import given
    from orpheus_core.testing import releases

    @given(releases())
    def test_any_release_gets_a_name(release): ...

They come from `orpheus_core.testing`, which imports this module, and with it Hypothesis, when
one of them is asked for.
"""

from __future__ import annotations

import datetime
import json
from typing import Any, TypeVar
from urllib.parse import quote

from orpheus_core.brain import KINDS, Event, Scalar, Severity
from orpheus_core.brain.kind import FieldType, Kind
from orpheus_core.errors import error_types
from orpheus_core.music import (
    Artist,
    Credit,
    CreditRole,
    Image,
    LinkPattern,
    MediaKind,
    MediaRef,
    PartialDate,
    Playlist,
    Release,
    ReleaseType,
    Track,
    Url,
)

try:
    import hypothesis.strategies as st
    from hypothesis.strategies import DrawFn, SearchStrategy
except ImportError as error:
    raise ImportError(
        "the strategies of orpheus_core.testing need Hypothesis: pip install hypothesis"
    ) from error

T = TypeVar("T")

HOSTILE_TEXTS = (
    "",
    " ",
    ".",
    "..",
    "../../etc/passwd",
    "a/b\\c:d",
    "CON",
    "nul.txt",
    "trailing. ",
    "{title}",
    "{albumartist}/{",
    "%s %(x)s {0} ${HOME} $(id) `id`",
    "\x00\x01\x1b[31mred\x1b[0m\x07",
    "line\nbreak\r\n\tand tab",
    "\u202eright to left\u202c\u200f",
    "zero\u200bwidth\ufeff",
    "\U0001f3b5" * 60,
    "e\u0301 and \u00e9",
    "<script>alert(1)</script>&amp;",
    "\ud800 half a character",
    "x" * 300,
)
"""What services and people really call things, and worse."""


def hostile_texts() -> SearchStrategy[str]:
    """Return texts that are hard on software: control characters, paths, templates, bidi."""
    return _HOSTILE


def media_refs(
    service: str | None = None, kind: MediaKind | None = None
) -> SearchStrategy[MediaRef]:
    """Return references, all to *service* and of *kind* where these are given."""
    return st.builds(
        MediaRef,
        st.just(service) if service else _SERVICES,
        st.just(kind) if kind else st.sampled_from(MediaKind),
        _IDS,
    )


def artists(*, releases: bool = False) -> SearchStrategy[Artist]:
    """Return artists with names of all sorts; with *releases* as when one was asked for."""
    albums = st.lists(media_refs(kind=MediaKind.ALBUM), max_size=3).map(tuple)
    return st.builds(
        Artist,
        name=_TITLES,
        ref=_maybe(media_refs(kind=MediaKind.ARTIST)),
        url=_maybe(_URLS),
        images=_IMAGES,
        releases=albums if releases else st.just(()),
    )


def tracks() -> SearchStrategy[Track]:
    """Return tracks: fields of all sorts, many of them missing, as services have them."""
    return st.builds(Track, **_of_tracks(), release=_maybe(_frames()))


def releases() -> SearchStrategy[Release]:
    """Return releases with up to three tracks, which need not be numbered well."""
    of_tracks = st.builds(Track, **_of_tracks())
    return st.builds(Release, **_of_releases(), tracks=_several(of_tracks, 3))


def playlists() -> SearchStrategy[Playlist]:
    """Return playlists with up to three tracks of any releases."""
    return st.builds(
        Playlist,
        ref=media_refs(kind=MediaKind.PLAYLIST),
        title=_TITLES,
        owner=_maybe(_TITLES),
        description=_maybe(_TITLES),
        images=_IMAGES,
        url=_maybe(_URLS),
        track_total=_maybe(st.integers(0, 500)),
        tracks=_several(tracks(), 3),
    )


def links_of(pattern: LinkPattern) -> SearchStrategy[tuple[str, str]]:
    """Return links of that form, each with the id that `LinkPattern.match` finds in it.

    They are written as people paste them: with or without scheme, query, fragment and slash
    at the end, the host in any case.
    """
    alphabet = st.characters(codec="utf-8")
    ids = st.from_regex(pattern.id_form, fullmatch=True, alphabet=alphabet)
    words = st.from_regex("[A-Za-z0-9._~-]{1,12}", fullmatch=True)
    ends = st.sampled_from(("", "/", "?utm_source=x", "?a=b&c=%2Fd#e", "#top", "/?q"))
    schemes = st.sampled_from(("https://", "http://", "HTTPS://", ""))
    hosts = st.sampled_from((pattern.host, pattern.host.upper(), f"{pattern.host}."))

    @st.composite
    def links(draw: DrawFn) -> tuple[str, str]:
        ident = draw(ids)
        parts = []
        for part in pattern.path.strip("/").split("/"):
            if part == "{id}":
                parts.append(quote(ident, safe=""))
            elif part in ("{any}", "{any?}"):
                if part == "{any}" or draw(st.booleans()):
                    parts.append(draw(words))
            else:
                parts.append(part)
        return f"{draw(schemes)}{draw(hosts)}/{'/'.join(parts)}{draw(ends)}", ident

    # An id that ends in a slash, say, cannot be told from the end of its link.
    return links().filter(lambda link: pattern.match(Url.parse(link[0])) == link[1])


def events(kind: str | None = None) -> SearchStrategy[Event]:
    """Return events as the core publishes them: of *kind*, or of any."""
    rows = st.just(KINDS[kind]) if kind else st.sampled_from(sorted(KINDS.values(), key=_name))
    return rows.flatmap(_events_of)


# --- parts of these: made once, and small, since a release holds many of them ---------------


def _maybe(strategy: SearchStrategy[T]) -> SearchStrategy[T | None]:
    return st.one_of(st.none(), strategy)


def _several(strategy: SearchStrategy[T], most: int = 2) -> SearchStrategy[tuple[T, ...]]:
    return st.lists(strategy, max_size=most).map(tuple)


_HOSTILE = st.one_of(st.sampled_from(HOSTILE_TEXTS), st.text(max_size=60))
_TITLES = st.one_of(_HOSTILE, st.sampled_from(("Signal", "Weir Songs (Live)", "1")))
_URLS = st.integers(0, 10**6).map(lambda number: f"https://music.example/x/{number}")
_SIDES = _maybe(st.integers(1, 5000))
_IMAGES = _several(st.builds(Image, url=_URLS, width=_SIDES, height=_SIDES))
_NAMED = st.builds(Artist, name=_TITLES)
_CREDITS = st.builds(Credit, name=_TITLES, role=st.sampled_from(CreditRole))
_IDS = st.text(st.sampled_from("abcXYZ019_:-"), min_size=1, max_size=12)
_UUIDS = st.uuids().map(str)
_SERVICES = st.sampled_from(("sandbox", "deezer", "my-shop", "x_1"))
_SUBJECTS = media_refs(kind=MediaKind.TRACK).map(lambda ref: f"track/{ref}")
_DATES = st.one_of(
    st.dates().map(lambda date: PartialDate(date.year, date.month, date.day)),
    st.builds(PartialDate, st.integers(1000, 2100)),
)
_ISRCS = st.integers(0, 10**7 - 1).map(lambda number: f"XXA01{number:07}")
_UPCS = st.integers(0, 10**13 - 1).map(lambda number: f"{number:013}")


# Any: each field's strategy is of its own type.
def _of_tracks() -> dict[str, SearchStrategy[Any]]:
    return {
        "ref": media_refs(kind=MediaKind.TRACK),
        "title": _TITLES,
        "version": _maybe(_TITLES),
        "artists": _several(_NAMED),
        "duration_s": _maybe(st.floats(0.1, 7200)),
        "track_number": _maybe(st.integers(1, 200)),
        "disc_number": _maybe(st.integers(1, 20)),
        "isrc": _maybe(_ISRCS),
        "explicit": _maybe(st.booleans()),
        "credits": _several(_CREDITS),
        "copyright": _maybe(_TITLES),
        "url": _maybe(_URLS),
    }


def _of_releases() -> dict[str, SearchStrategy[Any]]:
    return {
        "ref": media_refs(kind=MediaKind.ALBUM),
        "title": _TITLES,
        "version": _maybe(_TITLES),
        "type": st.sampled_from(ReleaseType),
        "artists": _several(_NAMED),
        "date": _maybe(_DATES),
        "label": _maybe(_TITLES),
        "upc": _maybe(_UPCS),
        "genres": _several(_TITLES),
        "copyright": _maybe(_TITLES),
        "explicit": _maybe(st.booleans()),
        "images": _IMAGES,
        "url": _maybe(_URLS),
        "track_total": _maybe(st.integers(0, 200)),
        "disc_total": _maybe(st.integers(1, 20)),
    }


def _frames() -> SearchStrategy[Release]:
    return st.builds(Release, **_of_releases())


def _events_of(kind: Kind) -> SearchStrategy[Event]:
    by_type: dict[FieldType, SearchStrategy[Scalar]] = {
        FieldType.TEXT: _HOSTILE,
        FieldType.COUNT: st.integers(0, 2**40),
        FieldType.BYTES: st.integers(0, 2**40),
        FieldType.SECONDS: st.floats(0, 1e6),
        FieldType.SHARE: st.floats(0, 1),
        FieldType.FLAG: st.booleans(),
        FieldType.JSON: st.lists(st.text(max_size=5), max_size=3).map(json.dumps),
    }
    data = {field.name: _maybe(by_type[field.type]) for field in kind.fields}
    codes = sorted({error.code for error in error_types()})
    zone = st.just(datetime.UTC)
    return st.builds(
        Event,
        id=_UUIDS,
        time=st.datetimes(datetime.datetime(2020, 1, 1), timezones=zone),  # noqa: DTZ001 - below
        kind=st.just(kind.name),
        severity=st.sampled_from(Severity),
        service=_maybe(st.sampled_from(("sandbox", "deezer"))),
        plugin=_maybe(st.sampled_from(("sandbox", "deezer"))),
        subject=_maybe(st.one_of(_SUBJECTS, _HOSTILE.filter(bool))),
        correlation_id=_maybe(_UUIDS),
        cause_id=_maybe(_UUIDS),
        error_type=_maybe(st.sampled_from(codes)),
        source=st.sampled_from((kind.source, "plugin/my-shop")),
        run_id=_UUIDS,
        seq=st.integers(1, 2**40) if kind.kept else st.just(0),
        mono_ns=st.integers(0, 2**62),
        data=st.fixed_dictionaries({}, optional=data),
    )


def _name(kind: Kind) -> str:
    return kind.name
