"""The catalogue: albums, tracks, playlists, artists, labels and search, read to their end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import orpheus_core as oc
from orpheus_qobuz.module import QobuzModule
from orpheus_qobuz.paging import MOST_ITEMS

Client = Callable[..., Any]
PART = "limit=500&offset="
STATIC = "https://static.qobuz.com/images/covers/32/10/0123456789012"

NUR = {"id": 7, "name": "Nur"}
ALBUM: dict[str, object] = {
    "id": "0123456789012",
    "title": "Lock & Weir",
    "version": "Remastered",
    "upc": "0123456789012",
    "release_type": "ep",
    "release_date_original": "2019-03-01",
    "tracks_count": 3,
    "media_count": 2,
    "parental_warning": True,
    "copyright": "\u2117 2019 Brackwater",
    "artist": NUR,
    "artists": [
        {**NUR, "roles": ["main-artist"]},
        {"id": 8, "name": "Jørn", "roles": ["featured-artist"]},
    ],
    "label": {"id": 15, "name": "Brackwater"},
    "genre": {"id": 1, "name": "Rock"},
    "genres_list": ["Pop/Rock", "Pop/Rock\u2192Rock"],
    "image": {
        "large": f"{STATIC}_600.jpg",
        "small": f"{STATIC}_230.jpg",
        "thumbnail": f"{STATIC}_50.jpg",
        "back": None,
    },
}


def numbered(first: int, count: int) -> list[dict[str, object]]:
    return [{"id": ident, "title": f"Nr. {ident}"} for ident in range(first, first + count)]


def page(offset: int, total: int, items: list[dict[str, object]]) -> dict[str, object]:
    return {"offset": offset, "limit": 500, "total": total, "items": items}


def ref(kind: str, ident: str) -> oc.MediaRef:
    return oc.MediaRef("qobuz", oc.MediaKind(kind), ident)


def resolve(asked: Any, kind: str, ident: str) -> Any:
    return QobuzModule().resolve(asked, ref(kind, ident))


def album_with(client: Client, **members: object) -> oc.Release:
    album: dict[str, object] = {"id": "a1", "title": "Weir", **members}
    release = resolve(client({f"album/get?album_id=a1&{PART}0": album}), "album", "a1")
    assert isinstance(release, oc.Release)
    return release


def test_album_has_all_that_qobuz_says_of_it(client: Client) -> None:
    """Every field that there is a place for."""
    release = album_with(client, **{**ALBUM, "tracks": page(0, 1, numbered(1, 1))})

    assert str(release.ref) == "qobuz:album:0123456789012"
    assert (release.title, release.version) == ("Lock & Weir", "Remastered")
    assert release.type is oc.ReleaseType.EP
    assert [artist.name for artist in release.artists] == ["Nur"]
    assert str(release.artists[0].ref) == "qobuz:artist:7"
    assert str(release.date) == "2019-03-01"
    assert (release.label, release.upc) == ("Brackwater", "0123456789012")
    assert release.genres == ("Pop/Rock", "Rock")
    assert release.copyright == "\u2117 2019 Brackwater"
    assert release.explicit is True
    assert (release.track_total, release.disc_total) == (3, 2)
    assert release.url == "https://open.qobuz.com/album/0123456789012"


def test_cover_is_there_in_every_size_largest_first(client: Client) -> None:
    """How large the largest is, Qobuz does not say, and neither do we."""
    images = album_with(client, **ALBUM).images

    assert [image.width for image in images] == [None, 600, 230, 50]
    assert images[0].url == f"{STATIC}_max.jpg"


def test_album_of_several_pages_is_read_to_its_end(client: Client) -> None:
    """A box of 1001 tracks comes in three parts."""
    parts = {0: 500, 500: 500, 1000: 1}
    asked = client({
        f"album/get?album_id=box&{PART}{offset}": {
            **ALBUM, "tracks": page(offset, 1001, numbered(offset + 1, count)),
        }
        for offset, count in parts.items()
    })  # fmt: skip

    release = resolve(asked, "album", "box")

    assert [track.ref.id for track in release.tracks] == [str(n) for n in range(1, 1002)]
    assert len(asked.calls) == 3


def test_album_of_one_page_takes_one_request(client: Client) -> None:
    """Nothing is asked for that is not needed."""
    asked = client(
        {f"album/get?album_id=a1&{PART}0": {**ALBUM, "tracks": page(0, 3, numbered(1, 3))}}
    )

    assert len(resolve(asked, "album", "a1").tracks) == 3
    assert len(asked.calls) == 1


def test_page_that_leads_back_ends_the_list(client: Client) -> None:
    """A list without an end is not read for ever, and nothing is in it twice."""
    first = {**ALBUM, "tracks": page(0, 9, numbered(1, 3))}
    asked = client(
        {f"album/get?album_id=a1&{PART}0": first, f"album/get?album_id=a1&{PART}3": first}
    )

    assert [track.ref.id for track in resolve(asked, "album", "a1").tracks] == ["1", "2", "3"]


def test_list_of_unknown_length_ends_with_an_empty_page(client: Client) -> None:
    """Without a stated total only that shows that nothing more comes."""
    asked = client({
        f"album/get?album_id=a1&{PART}0": {**ALBUM, "tracks": {"items": numbered(1, 2)}},
        f"album/get?album_id=a1&{PART}2": {**ALBUM, "tracks": {"items": []}},
    })  # fmt: skip

    assert len(resolve(asked, "album", "a1").tracks) == 2


def test_list_without_an_end_is_given_up(client: Client) -> None:
    """More than any item has is not kept in memory."""
    answers = {
        f"album/get?album_id=a1&{PART}{offset}": {
            **ALBUM,
            "tracks": page(offset, 10**9, numbered(offset, 500)),
        }
        for offset in range(0, MOST_ITEMS + 1, 500)
    }

    with pytest.raises(oc.AnswerTooLarge):
        resolve(client(answers), "album", "a1")


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("album", oc.ReleaseType.ALBUM),
        ("epmini", oc.ReleaseType.EP),
        ("Single", oc.ReleaseType.SINGLE),
        ("live", oc.ReleaseType.LIVE),
        ("compilation", oc.ReleaseType.COMPILATION),
        ("other", oc.ReleaseType.ALBUM),
        (None, oc.ReleaseType.ALBUM),
    ],
)
def test_release_type_is_read(client: Client, word: str | None, expected: oc.ReleaseType) -> None:
    """A word that is not known is an album."""
    assert album_with(client, release_type=word).type is expected


def test_track_comes_with_the_frame_of_its_album_in_one_request(client: Client) -> None:
    """The album inside a track has label, UPC and all."""
    asked = client({
        "track/get?track_id=123": {
            "id": 123,
            "title": "Ferry",
            "version": "Live",
            "isrc": "nla01-19-00001",
            "duration": 187,
            "track_number": 2,
            "media_number": 1,
            "parental_warning": False,
            "copyright": "\u2117 2019",
            "performer": NUR,
            "performers": "Nur, MainArtist - Ada Weir, Composer - Jørn, FeaturedArtist",
            "composer": {"id": 9, "name": "Ada Weir"},
            "album": ALBUM,
        }
    })  # fmt: skip

    track = resolve(asked, "track", "123")

    assert isinstance(track, oc.Track)
    assert track.full_title == "Ferry (Live)"
    assert (track.isrc, track.duration_s) == ("NLA011900001", 187)
    assert (track.disc_number, track.track_number) == (1, 2)
    assert (track.explicit, track.copyright) == (False, "\u2117 2019")
    assert [(artist.name, str(artist.ref)) for artist in track.artists] == [
        ("Nur", "qobuz:artist:7")
    ]
    assert track.credited(oc.CreditRole.COMPOSER) == ("Ada Weir",)
    assert track.credited(oc.CreditRole.FEATURED_ARTIST) == ("Jørn",)
    assert track.release is not None
    assert (track.release.upc, track.release.track_total) == ("0123456789012", 3)
    assert track.release.tracks == ()
    assert track.unavailable_because is None
    assert len(asked.calls) == 1


def test_every_main_artist_of_a_track_is_named(client: Client) -> None:
    """A duet has two, in the order of the credits; the one with an id keeps it."""
    shape = {"id": 1, "performer": NUR, "performers": "Ada, MainArtist - Nur, MainArtist"}
    track = album_with(client, tracks=page(0, 1, [shape])).tracks[0]

    assert [(artist.name, artist.ref and artist.ref.id) for artist in track.artists] == [
        ("Ada", None),
        ("Nur", "7"),
    ]


def test_track_without_performers_has_those_of_the_album(client: Client) -> None:
    """Somebody made it."""
    track = album_with(client, artist=NUR, tracks=page(0, 1, numbered(1, 1))).tracks[0]

    assert [artist.name for artist in track.artists] == ["Nur"]


def test_nobody_in_particular_is_no_composer(client: Client) -> None:
    """``Various Composers`` stands where Qobuz does not know."""
    shapes = [
        {"id": 1, "composer": {"id": 573076, "name": "Various Composers"}},
        {"id": 2, "composer": {"id": 9, "name": "Ada Weir"}},
    ]
    tracks = album_with(client, tracks=page(0, 2, shapes)).tracks

    assert [track.credited(oc.CreditRole.COMPOSER) for track in tracks] == [(), ("Ada Weir",)]


def test_playlist_of_several_pages_keeps_its_order(client: Client) -> None:
    """Each track stands in the frame of its own album."""
    frame = {
        "id": 5,
        "name": "Slow water",
        "owner": {"id": 1, "name": "ada"},
        "description": "for the evening",
        "tracks_count": 3,
        "image_rectangle": ["https://static.qobuz.com/images/playlists/5_rectangle.jpg"],
    }
    url = f"playlist/get?playlist_id=5&extra=tracks&{PART}"
    tracks = [{**each, "album": {**ALBUM, "id": f"a{each['id']}"}} for each in numbered(1, 3)]
    asked = client({
        f"{url}0": {**frame, "tracks": page(0, 3, tracks[:2])},
        f"{url}2": {**frame, "tracks": page(2, 3, tracks[2:])},
    })  # fmt: skip

    playlist = resolve(asked, "playlist", "5")

    assert isinstance(playlist, oc.Playlist)
    assert (playlist.title, playlist.owner, playlist.track_total) == ("Slow water", "ada", 3)
    assert playlist.description == "for the evening"
    assert [str(track.release and track.release.ref) for track in playlist.tracks] == [
        "qobuz:album:a1",
        "qobuz:album:a2",
        "qobuz:album:a3",
    ]
    assert len(playlist.images) == 1


@pytest.mark.parametrize("kind", ["artist", "label"])
def test_artist_or_label_has_every_release_once(client: Client, kind: str) -> None:
    """A list may change between two pages."""
    url = f"{kind}/get?{kind}_id=15&extra=albums&{PART}"
    albums: list[dict[str, object]] = [{"id": f"a{number}"} for number in range(1, 4)]
    frame = {"id": 15, "name": "Brackwater"}
    asked = client({
        f"{url}0": {**frame, "albums": page(0, 4, albums[:2])},
        f"{url}2": {**frame, "albums": page(2, 4, albums[1:])},
    })  # fmt: skip

    found = resolve(asked, kind, "15")

    assert isinstance(found, oc.Artist)
    assert (found.name, str(found.ref)) == ("Brackwater", f"qobuz:{kind}:15")
    assert [str(release) for release in found.releases] == [
        "qobuz:album:a1",
        "qobuz:album:a2",
        "qobuz:album:a3",
    ]


@pytest.mark.parametrize(
    ("kind", "item", "expected"),
    [
        (
            "album",
            ALBUM,
            ("qobuz:album:0123456789012", "Lock & Weir (Remastered)", "Nur", 2019, 3),
        ),
        (
            "track",
            {"id": 123, "title": "Ferry", "performer": NUR, "album": ALBUM},
            ("qobuz:track:123", "Ferry", "Nur", 2019, None),
        ),
        (
            "playlist",
            {"id": 5, "name": "Slow water", "owner": {"name": "ada"}, "tracks_count": 3},
            ("qobuz:playlist:5", "Slow water", "ada", None, 3),
        ),
        ("artist", NUR, ("qobuz:artist:7", "Nur", "", None, None)),
    ],
)
def test_search_finds_each_kind(
    client: Client, kind: str, item: dict[str, object], expected: tuple[object, ...]
) -> None:
    """The results of every kind have the same form."""
    asked = client({
        f"{kind}/search?query=lock+%26+weir&limit=10&offset=0": {
            "query": "lock & weir", f"{kind}s": page(0, 1, [item]),
        }
    })  # fmt: skip

    (hit,) = QobuzModule().search(asked, oc.MediaKind(kind), "lock & weir", 10)

    assert (str(hit.ref), hit.title, hit.artist, hit.year, hit.track_total) == expected
    assert hit.url == f"https://open.qobuz.com/{kind}/{hit.ref.id}"


def test_search_reads_pages_up_to_the_limit(client: Client) -> None:
    """No page more is asked for than the limit needs."""
    url = "track/search?query=weir&limit=500&offset="
    asked = client({
        f"{url}0": {"tracks": page(0, 2000, numbered(1, 500))},
        f"{url}500": {"tracks": page(500, 2000, numbered(501, 500))},
    })  # fmt: skip

    hits = QobuzModule().search(asked, oc.MediaKind.TRACK, "weir", 700)

    assert [hit.ref.id for hit in hits] == [str(n) for n in range(1, 701)]
    assert len(asked.calls) == 2


def test_search_without_results_is_empty(client: Client) -> None:
    """Nothing found is no error; neither is an answer without the list."""
    url = "album/search?query=weir&limit=10&offset=0"

    for answer in ({"albums": page(0, 0, [])}, {"query": "weir"}):
        assert QobuzModule().search(client({url: answer}), oc.MediaKind.ALBUM, "weir", 10) == []


@pytest.mark.parametrize(("query", "limit"), [("weir", 0), ("  ", 10)])
def test_search_for_nothing_asks_nothing(client: Client, query: str, limit: int) -> None:
    """An empty query has no answer worth a request."""
    asked = client()

    assert QobuzModule().search(asked, oc.MediaKind.ALBUM, query, limit) == []
    assert asked.calls == []


def test_search_for_labels_is_refused(client: Client) -> None:
    """The message names the kinds that there are."""
    with pytest.raises(oc.UnknownWord) as caught:
        QobuzModule().search(client(), oc.MediaKind.LABEL, "ecm", 1)

    assert caught.value.next_step == "one of: album, artist, playlist, track"


@pytest.mark.parametrize(
    ("kind", "ident"),
    [
        ("album", "../user/login"),
        ("album", "a1&extra=x"),
        ("album", ""),
        ("track", "abc"),
        ("artist", "-1"),
        ("track", "12\n"),
        ("label", "9" * 20),
    ],
)
def test_id_that_is_none_is_refused_before_anything_is_sent(
    client: Client, kind: str, ident: str
) -> None:
    """An id from outside never becomes another request."""
    asked = client()

    with pytest.raises(oc.InvalidUrl):
        resolve(asked, kind, ident)
    assert asked.calls == []


def test_album_with_an_id_that_is_none_is_no_album(client: Client) -> None:
    """Files and manifests carry the id on."""
    with pytest.raises(oc.UnexpectedAnswer):
        album_with(client, id="../x")


def test_error_in_the_place_of_the_item_is_raised(client: Client) -> None:
    """A person is told what happened, not that a field is missing."""
    answer = {"status": "error", "code": 404, "message": "No result matching given argument"}

    with pytest.raises(oc.ItemNotFound):
        resolve(client({"track/get?track_id=123": answer}), "track", "123")


def test_answer_of_another_shape_names_the_field(client: Client) -> None:
    """A track without an id is none."""
    with pytest.raises(oc.SchemaMismatch) as caught:
        resolve(client({"track/get?track_id=123": {"title": "no id"}}), "track", "123")

    assert "id" in caught.value.why
