"""Against answers that the live service gave: what it says arrives, in as few requests as said."""

from __future__ import annotations

import pytest

import orpheus_core as oc
from orpheus_core.testing import CannedClient
from orpheus_deezer.answers import refusal
from orpheus_deezer.module import DeezerModule
from orpheus_deezer.shapes import AlbumShape

DISCOVERY = [
    "One More Time", "Aerodynamic", "Digital Love", "Harder Better Faster Stronger", "Crescendolls",
    "Nightvision", "Superheroes", "High Life", "Something About Us", "Voyager", "Veridis Quo",
    "Short Circuit", "Face To Face", "Too Long",
]  # fmt: skip


def resolve(client: CannedClient, kind: str, ident: str) -> oc.Media:
    return DeezerModule().resolve(client, oc.MediaRef("deezer", oc.MediaKind(kind), ident))


def test_album_302127_has_all_that_deezer_says_of_it(recorded: CannedClient) -> None:
    """The frame of the release comes from the album."""
    album = resolve(recorded, "album", "302127")

    assert isinstance(album, oc.Release)
    assert str(album.ref) == "deezer:album:302127"
    assert album.title == "Discovery"
    assert album.type is oc.ReleaseType.ALBUM
    assert [artist.name for artist in album.artists] == ["Daft Punk"]
    assert str(album.date) == "2001-03-07"
    assert album.upc == "724384960650"
    assert album.label == "Parlophone France"
    assert album.genres == ("Dance",)
    assert album.explicit is False
    assert (album.track_total, album.disc_total) == (14, 1)
    assert album.url == "https://www.deezer.com/album/302127"
    assert [image.width for image in album.images] == [1000, 500, 250, 56]
    assert all(f"/{image.width}x{image.height}-" in image.url for image in album.images)


def test_album_302127_has_14_tracks_at_their_places(recorded: CannedClient) -> None:
    """ISRC and position come from the album's list of tracks."""
    album = resolve(recorded, "album", "302127")

    assert isinstance(album, oc.Release)
    assert [track.title for track in album.tracks] == DISCOVERY
    assert [track.track_number for track in album.tracks] == list(range(1, 15))
    assert {track.disc_number for track in album.tracks} == {1}
    isrcs = [track.isrc for track in album.tracks]
    assert isrcs[0] == "GBDUW0000053"
    assert None not in isrcs
    assert len(set(isrcs)) == 14
    assert all([artist.name for artist in track.artists] == ["Daft Punk"] for track in album.tracks)
    assert sum(track.duration_s or 0 for track in album.tracks) == 3660
    assert not [track for track in album.tracks if track.unavailable_because]


def test_album_takes_two_requests(recorded: CannedClient) -> None:
    """The quota is small: nothing is asked for that is not needed."""
    resolve(recorded, "album", "302127")

    assert recorded.calls == [
        "https://api.deezer.com/album/302127",
        "https://api.deezer.com/album/302127/tracks?index=0",
    ]


def test_track_comes_with_the_whole_frame_of_its_album(recorded: CannedClient) -> None:
    """UPC and label stand at the album only."""
    track = resolve(recorded, "track", "3135556")

    assert isinstance(track, oc.Track)
    assert track.isrc == "GBDUW0000059"
    assert (track.disc_number, track.track_number) == (1, 4)
    assert track.release is not None
    assert track.release.upc == "724384960650"
    assert track.release.track_total == 14
    assert track.release.tracks == ()
    assert len(recorded.calls) == 2


def test_artist_has_every_album_of_every_page(recorded: CannedClient) -> None:
    """The list came in two pages, of 25 and 7, with one album on both."""
    artist = resolve(recorded, "artist", "27")

    assert isinstance(artist, oc.Artist)
    assert artist.name == "Daft Punk"
    assert artist.images[0].width == 1000
    assert len(artist.releases) == 31
    assert oc.MediaRef("deezer", oc.MediaKind.ALBUM, "303567") in artist.releases
    assert len(recorded.calls) == 3


def test_playlist_names_what_is_not_offered(recorded: CannedClient) -> None:
    """Of 102 places, Deezer shows 93 tracks, 23 of them not offered where it was recorded."""
    playlist = resolve(recorded, "playlist", "9200461")

    assert isinstance(playlist, oc.Playlist)
    assert playlist.title == "Lounge Soirée"
    assert playlist.owner == "artusamak"
    assert playlist.track_total == 102
    assert len(playlist.tracks) == 93
    assert sum(track.unavailable_because is not None for track in playlist.tracks) == 23
    first = playlist.tracks[0]
    assert first.release is not None
    assert (first.title, first.release.title) == ("Otherwise", "Charango")
    assert len(recorded.calls) == 1


def test_missing_album_is_not_found_though_the_status_is_200(recorded: CannedClient) -> None:
    """Deezer answers ``no data`` with status 200."""
    with pytest.raises(oc.ItemNotFound) as caught:
        recorded.get("https://api.deezer.com/album/-1", AlbumShape, classify=refusal)

    assert "no data" in caught.value.why


def test_wrong_path_is_not_found_by_its_status(recorded: CannedClient) -> None:
    """Only a path that does not exist is answered with 404."""
    with pytest.raises(oc.ItemNotFound):
        recorded.get("https://api.deezer.com/does-not-exists", AlbumShape, classify=refusal)


@pytest.mark.parametrize(
    ("kind", "query", "count", "first"),
    [
        ("album", "Daft Punk", 25, ("deezer:album:302127", "Discovery", "Daft Punk", 14)),
        ("playlist", "Daft Punk", 25, ("deezer:playlist:3133294742", "100% Daft Punk",
                                       "Deezer Artist Editor", 30)),
        ("artist", "rouquine", 2, ("deezer:artist:96110972", "Rouquine", "", None)),
        ("track", 'artist:"Lou Doillon" track:"Joke"', 1,
         ("deezer:track:623719262", "The joke", "Lou Doillon", None)),
    ],
)  # fmt: skip
def test_search_finds_each_kind(
    recorded: CannedClient, kind: str, query: str, count: int, first: tuple[object, ...]
) -> None:
    """The results of every kind have the same form."""
    hits = DeezerModule().search(recorded, oc.MediaKind(kind), query, 25)

    assert len(hits) == count
    best = hits[0]
    assert (str(best.ref), best.title, best.artist, best.track_total) == first
    assert len(recorded.calls) == 1


def test_search_without_results_is_empty(recorded: CannedClient) -> None:
    """Nothing found is no error."""
    query = "something very complicated without results"

    assert DeezerModule().search(recorded, oc.MediaKind.ARTIST, query, 25) == []
