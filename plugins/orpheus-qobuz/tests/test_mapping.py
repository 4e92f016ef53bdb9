"""No answer, however hostile, raises anything but an error of the core."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import attrs
import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

import orpheus_core as oc
from orpheus_qobuz import mapping
from orpheus_qobuz.module import QobuzModule

Client = Callable[..., Any]
PART = "limit=500&offset=0"

NUMBERS = st.one_of(
    st.none(),
    st.integers(-(10**300), 10**300),
    st.integers(-3, 40),
    st.sampled_from(["7", "-0", 7.0, -1e300, 1e300]),
)
TEXTS = st.one_of(
    st.none(),
    st.text(st.characters(exclude_categories=())),
    st.sampled_from(["", " ", "\x00", "\ud800", "../..", " - ", "\u2192", "x" * 5_000]),
)
DATES = TEXTS | st.sampled_from(["0000-00-00", "2001-02-30", "9999-99-99", "２００１-０３-０７"])
LINKS = TEXTS | st.sampled_from(
    [
        "https://",
        "https://[",
        "http://x:99999/",
        "//x/y",
        "https://x.y/z_600.jpg",
        "https://x.y/\r\n",
    ]
)
FLAGS = st.sampled_from([None, True, False, 0, 1])
Answers = st.SearchStrategy[dict[str, object]]


def answer(**members: st.SearchStrategy[Any]) -> Answers:
    """JSON objects in which any member but the id may be missing."""
    return st.fixed_dictionaries({"id": st.integers(-(10**30), 10**30)}, optional=dict(members))


def pages(of: Answers, most: int = 2) -> Answers:
    """The one page of a list: a total of 0 says that nothing follows."""
    return st.fixed_dictionaries(
        {"items": st.lists(of, max_size=most), "total": st.sampled_from([0, -1])}
    )


IMAGES = st.none() | st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("thumbnail", "small", "medium", "large", "mega"), LINKS)
)
PEOPLE = answer(
    name=TEXTS, image=IMAGES, roles=st.none() | st.lists(st.text(max_size=4), max_size=2)
)
NAMES = st.none() | answer(name=TEXTS)
ALBUMS = st.builds(
    lambda album, ident: {**album, "id": ident},
    answer(
        title=TEXTS, version=TEXTS, upc=TEXTS, release_type=TEXTS, release_date_original=DATES,
        tracks_count=NUMBERS, media_count=NUMBERS, parental_warning=FLAGS, copyright=TEXTS,
        artist=st.none() | PEOPLE, artists=st.none() | st.lists(PEOPLE, max_size=2), label=NAMES,
        genre=NAMES, genres_list=st.none() | st.lists(st.text(max_size=4), max_size=2),
        image=IMAGES,
    ),
    st.sampled_from(["a1", "", "../x", "\ud800", 7]),
)  # fmt: skip
TRACKS = answer(
    title=TEXTS, version=TEXTS, isrc=TEXTS, duration=NUMBERS, track_number=NUMBERS,
    media_number=NUMBERS, parental_warning=FLAGS, copyright=TEXTS, performers=TEXTS,
    performer=st.none() | PEOPLE, composer=st.none() | PEOPLE, album=st.none() | ALBUMS,
)  # fmt: skip
PLAYLISTS = answer(
    name=TEXTS, description=TEXTS, owner=NAMES, tracks_count=NUMBERS, tracks=pages(TRACKS),
    image_rectangle=st.none() | st.lists(st.text(max_size=5), max_size=2),
    images300=st.none() | st.lists(st.text(max_size=5), max_size=2),
)  # fmt: skip


def resolved(client: Client, kind: oc.MediaKind, path: str, shape: object) -> oc.Media:
    return QobuzModule().resolve(client({path: shape}), oc.MediaRef("qobuz", kind, "1"))


def assert_sane(media: oc.Media | oc.SearchHit) -> None:
    """Texts can be written, links are of the web, numbers can be shown."""
    for value in values(media):
        if isinstance(value, str):
            value.encode()  # raises for half a surrogate pair
            assert value == value.strip()
        if isinstance(value, float):
            assert 0 < value < 10**6
        if isinstance(value, oc.Image):
            assert value.url.startswith(("https://", "http://"))
        if isinstance(value, oc.Track):
            assert value.full_title
            assert value.track_number is None or value.track_number > 0


def values(value: object) -> Iterator[object]:
    yield value
    if isinstance(value, tuple):
        for each in value:
            yield from values(each)
    elif attrs.has(kind := type(value)):
        for field in attrs.fields(kind):
            yield from values(getattr(value, field.name))


@settings(deadline=None, max_examples=100)
@given(album=ALBUMS, tracks=pages(TRACKS))
def test_any_album_that_fits_is_mapped(
    client: Client, album: dict[str, object], tracks: dict[str, Any]
) -> None:
    """Whatever stands in the members of an album and its tracks."""
    shape = {**album, "id": "a1", "tracks": tracks}

    release = resolved(client, oc.MediaKind.ALBUM, f"album/get?album_id=1&{PART}", shape)

    assert isinstance(release, oc.Release)
    assert len(release.tracks) == len(tracks["items"])
    assert_sane(release)


@settings(deadline=None, max_examples=100)
@given(track=TRACKS)
def test_any_track_that_fits_is_mapped(client: Client, track: dict[str, object]) -> None:
    """Whatever stands in a track and in its album."""
    found = resolved(client, oc.MediaKind.TRACK, "track/get?track_id=1", track)

    assert isinstance(found, oc.Track)
    assert_sane(found)


@settings(deadline=None, max_examples=100)
@given(playlist=PLAYLISTS)
def test_any_playlist_that_fits_is_mapped(client: Client, playlist: dict[str, object]) -> None:
    """Whatever stands in a playlist and its tracks."""
    path = f"playlist/get?playlist_id=1&extra=tracks&{PART}"

    found = resolved(client, oc.MediaKind.PLAYLIST, path, playlist)

    assert isinstance(found, oc.Playlist)
    assert_sane(found)


@settings(deadline=None, max_examples=100)
@given(page=answer(name=TEXTS, image=IMAGES, albums=pages(ALBUMS)))
def test_any_artist_that_fits_is_mapped(client: Client, page: dict[str, object]) -> None:
    """Releases whose id is none are left out: no job could be made of them."""
    path = f"artist/get?artist_id=1&extra=albums&{PART}"

    found = resolved(client, oc.MediaKind.ARTIST, path, page)

    assert isinstance(found, oc.Artist)
    assert {release.id for release in found.releases} <= {"a1", "7"}
    assert_sane(found)


@settings(deadline=None, max_examples=100)
@given(
    results=st.fixed_dictionaries(
        {"albums": pages(ALBUMS), "tracks": pages(TRACKS), "artists": pages(PEOPLE)},
        optional={"playlists": pages(PLAYLISTS)},
    )
)
def test_any_results_that_fit_are_hits(client: Client, results: dict[str, object]) -> None:
    """Of every kind; what has no id is no result."""
    for kind in ("album", "track", "artist", "playlist"):
        asked = client({f"{kind}/search?query=x&limit=9&offset=0": results})
        for hit in QobuzModule().search(asked, oc.MediaKind(kind), "x", 9):
            assert hit.title
            assert_sane(hit)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (187, 187),
        (0.5, 0.5),
        (None, None),
        (0, None),
        (-1, None),
        (1e9, None),
        (float("nan"), None),
    ],
)
def test_length_is_plausible_or_unknown(number: float | None, expected: float | None) -> None:
    """A week is more than any track lasts."""
    assert mapping.seconds(number) == expected
