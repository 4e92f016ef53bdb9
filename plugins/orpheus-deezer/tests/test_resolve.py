"""Resolving: what is asked for, and what becomes of the answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import orpheus_core as oc
from orpheus_core.testing import CannedClient
from orpheus_deezer.module import DeezerModule

API = "https://api.deezer.com"
NO_DATA = {"error": {"type": "DataException", "message": "no data", "code": 800}}


@pytest.fixture
def two_discs() -> CannedClient:
    """A compilation on two discs whose tracks come in two pages."""
    fixture = Path(__file__).parent / "fixtures" / "two_discs.json"
    return CannedClient("deezer", json.loads(fixture.read_text(encoding="utf-8")))


def ref(kind: str, ident: str) -> oc.MediaRef:
    return oc.MediaRef("deezer", oc.MediaKind(kind), ident)


def album(client: CannedClient, ident: str = "7001") -> oc.Release:
    found = DeezerModule().resolve(client, ref("album", ident))
    assert isinstance(found, oc.Release)
    return found


def track(client: CannedClient, ident: str) -> oc.Track:
    found = DeezerModule().resolve(client, ref("track", ident))
    assert isinstance(found, oc.Track)
    return found


def playlist(client: CannedClient, ident: str) -> oc.Playlist:
    found = DeezerModule().resolve(client, ref("playlist", ident))
    assert isinstance(found, oc.Playlist)
    return found


def test_tracks_of_all_pages_stand_disc_by_disc(two_discs: CannedClient) -> None:
    """The number of discs is the highest that a track names."""
    release = album(two_discs)

    places = [(each.disc_number, each.track_number) for each in release.tracks]
    assert places == [(1, 1), (1, 2), (2, 1), (2, 2)]
    assert (release.disc_total, release.track_total) == (2, 4)


def test_compilation_has_its_type_and_its_artist(two_discs: CannedClient) -> None:
    """Deezer calls it ``compile``."""
    release = album(two_discs)

    assert release.type is oc.ReleaseType.COMPILATION
    assert [artist.name for artist in release.artists] == ["Various Artists"]
    assert [each.artists[0].name for each in release.tracks[:2]] == ["Brackwater Trio", "灯あかり"]
    assert release.genres == ("Folk", "Jazz")
    assert release.upc == "0001234567895"
    assert release.explicit is True


def test_date_keeps_what_is_known(two_discs: CannedClient) -> None:
    """Deezer writes zeros for month and day that it does not know."""
    assert album(two_discs).date == oc.PartialDate(2019)


def test_cover_that_is_empty_or_null_is_left_out(two_discs: CannedClient) -> None:
    """Only links become images."""
    assert [image.width for image in album(two_discs).images] == [1000]


def test_guests_are_credited_and_the_main_artist_stands_alone(two_discs: CannedClient) -> None:
    """A guest is named in the title by Deezer itself."""
    first = album(two_discs).tracks[0]

    assert [artist.name for artist in first.artists] == ["Brackwater Trio"]
    assert first.credited(oc.CreditRole.FEATURED_ARTIST) == ("Nur",)
    assert first.credited(oc.CreditRole.OTHER) == ("Jørn",)


def test_version_is_in_the_title_once(two_discs: CannedClient) -> None:
    """Deezer's title holds the version already."""
    first = album(two_discs).tracks[0]

    assert first.version == "Live"
    assert first.full_title == "Ferry (feat. Nur) (Live)"


def test_isrc_is_normal_or_absent(two_discs: CannedClient) -> None:
    """Hyphens and case mean nothing; an empty text is no ISRC."""
    assert [each.isrc for each in album(two_discs).tracks[:2]] == ["NLA011900001", None]


def test_track_that_is_not_offered_says_so_and_names_its_substitute(
    two_discs: CannedClient,
) -> None:
    """``readable: false`` is a matter of the country; the rest of the album is there."""
    reasons = [each.unavailable_because for each in album(two_discs).tracks]

    assert reasons[0] is reasons[1] is reasons[3] is None
    assert reasons[2] is not None
    assert "country" in reasons[2]
    assert "https://www.deezer.com/track/9003" in reasons[2]


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("album", oc.ReleaseType.ALBUM),
        ("ep", oc.ReleaseType.EP),
        ("single", oc.ReleaseType.SINGLE),
        ("Compile", oc.ReleaseType.COMPILATION),
        ("", oc.ReleaseType.ALBUM),
        ("mixtape", oc.ReleaseType.ALBUM),
        (None, oc.ReleaseType.ALBUM),
    ],
)
def test_record_type_is_read(word: str | None, expected: oc.ReleaseType) -> None:
    """A word that is not known is an album."""
    client = CannedClient("deezer", {
        f"{API}/album/1": {"id": 1, "record_type": word},
        f"{API}/album/1/tracks?index=0": {"data": []},
    })  # fmt: skip

    assert album(client, "1").type is expected


def test_upc_and_isrc_lead_to_the_item() -> None:
    """The answer's own id is used from there on."""
    client = CannedClient("deezer", {
        f"{API}/album/upc:724384960650": {"id": 302127, "title": "Discovery"},
        f"{API}/album/302127/tracks?index=0": {"data": [{"id": 1, "title": "x"}]},
        f"{API}/track/isrc:GBDUW0000053": {"id": 3135553, "title": "One More Time"},
    })  # fmt: skip

    assert str(album(client, "upc:724384960650").ref) == "deezer:album:302127"
    assert str(track(client, "isrc:GBDUW0000053").ref) == "deezer:track:3135553"


@pytest.mark.parametrize(
    ("kind", "ident"),
    [
        ("album", "../user/me"),
        ("album", "302127/tracks"),
        ("album", "302127?access_token=x"),
        ("album", "isrc:GBDUW0000053"),
        ("track", "isrc:../../user/me"),
        ("playlist", "upc:724384960650"),
        ("artist", "-1"),
        ("track", "12\n"),
    ],
)
def test_id_that_is_none_is_refused_before_anything_is_sent(kind: str, ident: str) -> None:
    """An id from outside never becomes another path of the API."""
    client = CannedClient("deezer")

    with pytest.raises(oc.InvalidUrl):
        DeezerModule().resolve(client, ref(kind, ident))
    assert client.calls == []


def test_kind_that_deezer_does_not_have_is_refused() -> None:
    """Deezer has no pages of labels."""
    with pytest.raises(oc.UnknownWord):
        DeezerModule().resolve(CannedClient("deezer"), ref("label", "1"))


def test_track_of_a_withdrawn_album_keeps_the_frame_it_names_itself() -> None:
    """The track is there; that its album is not any more takes nothing from it."""
    client = CannedClient("deezer", {
        f"{API}/track/5": {"id": 5, "title": "Left", "album": {"id": 6, "title": "Gone"}},
        f"{API}/album/6": NO_DATA,
    })  # fmt: skip

    found = track(client, "5")

    assert found.release is not None
    assert found.release.title == "Gone"


def test_other_failure_of_the_album_is_not_hidden() -> None:
    """Only an album that is gone may be missing."""
    client = CannedClient("deezer", {
        f"{API}/track/5": {"id": 5, "title": "Left", "album": {"id": 6, "title": "Gone"}},
        f"{API}/album/6": {"error": {"code": 700}},
    })  # fmt: skip

    with pytest.raises(oc.ServiceDown):
        track(client, "5")


def numbered(first: int, count: int) -> list[dict[str, object]]:
    return [{"id": ident, "title": f"Nr. {ident}"} for ident in range(first, first + count)]


def test_playlist_past_400_tracks_is_read_by_pages() -> None:
    """What stands inside the playlist ends at the 400th place."""
    pages = f"{API}/playlist/9/tracks?limit=100"
    client = CannedClient("deezer", {
        f"{API}/playlist/9": {"id": 9, "nb_tracks": 401, "tracks": {"data": numbered(1, 400)}},
        **{
            f"{pages}&index={index}": {
                "data": numbered(index + 1, 100 if index < 400 else 1),
                **({"next": f"{pages}&index={index + 100}"} if index < 400 else {}),
            }
            for index in range(0, 401, 100)
        },
    })  # fmt: skip

    found = playlist(client, "9")

    assert [each.ref.id for each in found.tracks] == [str(n) for n in range(1, 402)]
    assert len(client.calls) == 6


def test_playlist_of_unknown_length_is_read_by_pages() -> None:
    """Without the stated number nothing shows that the tracks inside are all."""
    client = CannedClient("deezer", {
        f"{API}/playlist/9": {"id": 9, "tracks": {"data": numbered(1, 1)}},
        f"{API}/playlist/9/tracks?limit=100&index=0": {"data": numbered(1, 2)},
    })  # fmt: skip

    assert len(playlist(client, "9").tracks) == 2


def test_album_that_moves_to_the_next_page_meanwhile_counts_once() -> None:
    """A list may change between two pages."""
    client = CannedClient("deezer", {
        f"{API}/artist/3": {"id": 3, "name": "Nur"},
        f"{API}/artist/3/albums?index=0": {
            "data": numbered(1, 2), "next": f"{API}/artist/3/albums?index=2",
        },
        f"{API}/artist/3/albums?index=2": {"data": numbered(2, 2)},
    })  # fmt: skip

    artist = DeezerModule().resolve(client, ref("artist", "3"))

    assert isinstance(artist, oc.Artist)
    assert [release.id for release in artist.releases] == ["1", "2", "3"]


def test_search_reads_pages_up_to_the_limit() -> None:
    """No page more is asked for than the limit needs."""
    url = f"{API}/search/track?q=weir&limit=100&index="
    client = CannedClient("deezer", {
        f"{url}0": {"data": numbered(1, 100), "next": f"{url}100"},
        f"{url}100": {"data": numbered(101, 100), "next": f"{url}200"},
    })  # fmt: skip

    hits = DeezerModule().search(client, oc.MediaKind.TRACK, "weir", 150)

    assert [hit.ref.id for hit in hits] == [str(n) for n in range(1, 151)]
    assert len(client.calls) == 2


@pytest.mark.parametrize(("query", "limit"), [("weir", 0), ("  ", 10)])
def test_search_for_nothing_asks_nothing(query: str, limit: int) -> None:
    """An empty query is an error at Deezer, and none here."""
    client = CannedClient("deezer")

    assert DeezerModule().search(client, oc.MediaKind.ALBUM, query, limit) == []
    assert client.calls == []


def test_search_for_labels_is_refused() -> None:
    """The message names the kinds that there are."""
    with pytest.raises(oc.UnknownWord) as caught:
        DeezerModule().search(CannedClient("deezer"), oc.MediaKind.LABEL, "x", 1)

    assert caught.value.next_step == "one of: album, artist, playlist, track"


def test_answer_of_another_shape_names_the_field() -> None:
    """An album without an id is none."""
    client = CannedClient("deezer", {f"{API}/album/1": {"title": "no id"}})

    with pytest.raises(oc.SchemaMismatch) as caught:
        album(client, "1")

    assert "id" in caught.value.why
