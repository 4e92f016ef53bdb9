"""No answer, however hostile, raises anything but an error of the core."""

from __future__ import annotations

import math
from collections.abc import Iterator

import attrs
import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

import orpheus_core as oc
from orpheus_core.testing import CannedClient
from orpheus_deezer import mapping
from orpheus_deezer.module import DeezerModule
from orpheus_deezer.shapes import AlbumShape, TrackShape

API = "https://api.deezer.com"

NUMBERS = st.one_of(
    st.none(),
    st.integers(-(10**300), 10**300),
    st.integers(-3, 40),
    st.sampled_from(["7", "-0", 7.0, -1e300, 1e300]),
)
TEXTS = st.one_of(
    st.none(),
    st.text(st.characters(exclude_categories=())),
    st.sampled_from(["", " ", "\x00", "\ud800", "../..", "(", "()", "((Live))", "x" * 5_000]),
)
DATES = st.one_of(
    TEXTS,
    st.sampled_from(["0000-00-00", "2001-02-30", "2001-13-01", "9999-99-99", "２００１-０３-０７"]),
)
LINKS = st.one_of(
    TEXTS,
    st.sampled_from(["https://", "https://[", "http://x:99999/", "//x/y", "https://x.y/z\r\n"]),
)
FLAGS = st.sampled_from([None, True, False, 0, 1])


def answer(**members: st.SearchStrategy[object]) -> st.SearchStrategy[dict[str, object]]:
    """JSON objects in which any member but the id may be missing."""
    return st.fixed_dictionaries({"id": st.integers(-(10**30), 10**30)}, optional=dict(members))


def pages(
    of: st.SearchStrategy[dict[str, object]], most: int = 3
) -> st.SearchStrategy[dict[str, object]]:
    return st.fixed_dictionaries({"data": st.lists(of, max_size=most)})


PICTURES = {f"picture_{size}": LINKS for size in ("small", "medium", "big", "xl")}
COVERS = {f"cover_{size}": LINKS for size in ("small", "medium", "big", "xl")}
PEOPLE = answer(name=TEXTS, role=TEXTS, **PICTURES)
ALBUMS = answer(
    title=TEXTS, upc=TEXTS, label=TEXTS, nb_tracks=NUMBERS, release_date=DATES, record_type=TEXTS,
    explicit_lyrics=FLAGS, genres=st.none() | pages(answer(name=TEXTS)), artist=st.none() | PEOPLE,
    contributors=st.none() | st.lists(PEOPLE, max_size=3), **COVERS,
)  # fmt: skip
TRACKS = answer(
    title=TEXTS, title_short=TEXTS, title_version=TEXTS, isrc=TEXTS, duration=NUMBERS,
    track_position=NUMBERS, disk_number=NUMBERS, explicit_lyrics=FLAGS,
    readable=FLAGS, preview=LINKS, artist=st.none() | PEOPLE, album=st.none() | ALBUMS,
    contributors=st.none() | st.lists(PEOPLE, max_size=3), alternative=st.none() | answer(),
)  # fmt: skip
PLAYLISTS = answer(
    title=TEXTS, description=TEXTS, nb_tracks=NUMBERS, creator=st.none() | answer(name=TEXTS),
    user=st.none() | answer(name=TEXTS), tracks=st.none() | pages(TRACKS), **PICTURES,
)  # fmt: skip


def resolved(kind: oc.MediaKind, answers: dict[str, object]) -> oc.Media:
    """Return item 1."""
    client = CannedClient("deezer", {f"{API}/{path}": each for path, each in answers.items()})
    return DeezerModule().resolve(client, oc.MediaRef("deezer", kind, "1"))


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
            assert value.title
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
@given(album=ALBUMS, tracks=st.lists(TRACKS, max_size=2))
def test_any_album_that_fits_is_mapped(
    album: dict[str, object], tracks: list[dict[str, object]]
) -> None:
    """Whatever stands in the members of an album and its tracks."""
    release = resolved(
        oc.MediaKind.ALBUM,
        {"album/1": {**album, "id": 1}, "album/1/tracks?index=0": {"data": tracks}},
    )

    assert isinstance(release, oc.Release)
    assert len(release.tracks) == len(tracks)
    assert_sane(release)


@settings(deadline=None, max_examples=100)
@given(track=TRACKS, own=ALBUMS, album=ALBUMS)
def test_any_track_that_fits_is_mapped(
    track: dict[str, object], own: dict[str, object], album: dict[str, object]
) -> None:
    """Whatever stands in a track and in its album."""
    found = resolved(
        oc.MediaKind.TRACK,
        {"track/1": {**track, "id": 1, "album": {**own, "id": 2}}, "album/2": {**album, "id": 2}},
    )

    assert isinstance(found, oc.Track)
    assert found.full_title
    assert_sane(found)


@settings(deadline=None, max_examples=100)
@given(playlist=PLAYLISTS, tracks=st.lists(TRACKS, max_size=2))
def test_any_playlist_that_fits_is_mapped(
    playlist: dict[str, object], tracks: list[dict[str, object]]
) -> None:
    """Whatever stands in a playlist, be its tracks inside it or beside it."""
    found = resolved(
        oc.MediaKind.PLAYLIST,
        {
            "playlist/1": {**playlist, "id": 1},
            "playlist/1/tracks?limit=100&index=0": {"data": tracks},
        },
    )

    assert_sane(found)


@settings(deadline=None, max_examples=50)
@given(artist=PEOPLE, albums=st.lists(ALBUMS, max_size=2))
def test_any_artist_that_fits_is_mapped(
    artist: dict[str, object], albums: list[dict[str, object]]
) -> None:
    """Whatever stands in an artist and the list of albums."""
    found = resolved(
        oc.MediaKind.ARTIST,
        {"artist/1": {**artist, "id": 1}, "artist/1/albums?index=0": {"data": albums}},
    )

    assert_sane(found)


@settings(deadline=None, max_examples=100)
@given(
    found=st.one_of(
        st.tuples(st.just("album"), ALBUMS),
        st.tuples(st.just("track"), TRACKS),
        st.tuples(st.just("playlist"), PLAYLISTS),
        st.tuples(st.just("artist"), PEOPLE),
    )
)
def test_any_result_of_a_search_that_fits_is_mapped(found: tuple[str, dict[str, object]]) -> None:
    """Whatever stands in a result of any kind."""
    kind, item = found
    url = f"{API}/search/{kind}?q=x&limit=5&index=0"
    client = CannedClient("deezer", {url: {"data": [item]}})

    (hit,) = DeezerModule().search(client, oc.MediaKind(kind), "x", 5)

    assert hit.ref.id == str(item["id"])
    assert hit.track_total is None or hit.track_total > 0
    assert_sane(hit)


@settings(deadline=None, max_examples=100)
@given(answer=TRACKS)
def test_any_preview_is_a_link_of_the_web_or_refused(answer: dict[str, object]) -> None:
    """What is handed out can be fetched."""
    client = CannedClient("deezer", {f"{API}/track/1": answer})
    track = oc.Track(ref=oc.MediaRef("deezer", oc.MediaKind.TRACK, "1"), title="x")

    try:
        file = DeezerModule().file(client, track, oc.QualityWish(previews=True))
    except (oc.CountryRestricted, oc.QualityUnavailable, oc.UnexpectedAnswer):
        return
    assert file.url.startswith(("https://", "http://"))
    assert file.duration_s is not None
    assert 0 < file.duration_s <= 30


@pytest.mark.parametrize("member", ["duration", "track_position", "album", "contributors"])
@pytest.mark.parametrize("value", ["nan", "1e999", "²", math.nan, 10**400, True, [None], {"x": 1}])
def test_value_that_does_not_fit_is_refused_with_its_name(member: str, value: object) -> None:
    """Numbers that are none, and objects of another kind, are not guessed at."""
    answers: dict[str, object] = {"track/1": {"id": 1, member: value}}

    with pytest.raises(oc.SchemaMismatch) as caught:
        resolved(oc.MediaKind.TRACK, answers)
    assert member in caught.value.why


@pytest.mark.parametrize("length", [math.nan, math.inf, -math.inf, -1.0, 0.0, 1e300, None])
def test_length_that_is_none_is_left_out(length: float | None) -> None:
    """No track has that length."""
    assert mapping.track(TrackShape(id=1, duration=length)).duration_s is None


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("(Live)", "Live"),
        ("(Radio Edit) [feat. Nur]", "(Radio Edit) [feat. Nur]"),
        ("(a) and (b)", "(a) and (b)"),
        ("Live", "Live"),
        ("()", None),
        (" ", None),
        (None, None),
    ],
)
def test_version_loses_one_pair_of_parentheses(text: str | None, version: str | None) -> None:
    """Only a pair around the whole is taken off."""
    assert mapping.track(TrackShape(id=1, title="x", title_version=text)).version == version


@pytest.mark.parametrize("upc", ["", "0", "7243849606501234", "72438496065O", "٧٢٤٣٨٤٩٦٠٦٥٠"])
def test_upc_that_is_none_is_left_out(upc: str) -> None:
    """A wrong code would match another release."""
    assert mapping.release(AlbumShape(id=1, upc=upc)).upc is None


def test_item_without_a_title_has_one_all_the_same() -> None:
    """A folder and a file need a name."""
    assert mapping.release(AlbumShape(id=1)).title == "Untitled"
    assert mapping.track(TrackShape(id=1, title=" ", title_short="Short")).title == "Short"
