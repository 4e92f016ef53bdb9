"""Against an answer that the live service gave: what it says arrives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orpheus_core as oc
from orpheus_qobuz.module import QobuzModule

Client = Callable[..., Any]


def test_recorded_album_has_all_that_qobuz_says_of_it(
    client: Client, recorded_album: dict[str, object]
) -> None:
    """Only its list of tracks was not recorded."""
    asked = client({"album/get?album_id=0603497941032&limit=500&offset=0": recorded_album})

    album = QobuzModule().resolve(asked, oc.MediaRef("qobuz", oc.MediaKind.ALBUM, "0603497941032"))

    assert isinstance(album, oc.Release)
    assert str(album.ref) == "qobuz:album:0603497941032"
    assert (album.title, album.version) == ("Rumours", "2001 Remaster")
    assert album.type is oc.ReleaseType.ALBUM
    assert [(artist.name, str(artist.ref)) for artist in album.artists] == [
        ("Fleetwood Mac", "qobuz:artist:132127")
    ]
    assert str(album.date) == "1977-02-04"
    assert album.label == "Rhino - Warner Records"
    assert album.upc == "0603497941032"
    assert album.genres == ("Pop/Rock", "Rock")
    assert album.copyright is not None
    assert album.copyright.startswith("\u00a9 1977 Warner Records Inc.")
    assert album.explicit is False
    assert (album.track_total, album.disc_total) == (11, 1)
    assert [image.width for image in album.images] == [None, 600, 230, 50]
    assert all(image.url.startswith("https://static.qobuz.com/") for image in album.images)
    assert album.url == "https://open.qobuz.com/album/0603497941032"


def test_links_in_the_recorded_album_are_claimed(recorded_album: dict[str, object]) -> None:
    """What Qobuz itself gives out as the album's page leads to the album."""
    url = oc.Url.parse(str(recorded_album["url"]))
    found = [pattern.match(url) for pattern in QobuzModule().info.links]

    assert [ident for ident in found if ident] == ["0603497941032"]
