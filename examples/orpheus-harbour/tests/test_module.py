"""The service, against its sample and against the server that comes with Orpheus."""

from __future__ import annotations

from pathlib import Path

import orpheus_core as oc
import pytest
from orpheus_core.testing import CannedClient, SandboxServer

from orpheus_harbour.info import SERVICE
from orpheus_harbour.module import CatalogueModule
from orpheus_harbour.sample import ANSWERS, API, SERVER

ALBUM = oc.MediaRef(SERVICE, oc.MediaKind.ALBUM, "7")
TRACK = oc.MediaRef(SERVICE, oc.MediaKind.TRACK, "71")


@pytest.fixture
def client() -> CannedClient:
    """The service as it was recorded: nothing is sent anywhere."""
    return CannedClient(SERVICE, ANSWERS, credentials={"url": SERVER})


def test_album_has_its_tracks_in_order(client: CannedClient) -> None:
    """Whatever pages they come on."""
    album = CatalogueModule().resolve(client, ALBUM)

    assert isinstance(album, oc.Release)
    assert (album.title, str(album.date), album.track_total) == ("Lighthouses", "2024-05-31", 2)
    assert [(track.track_number, track.title) for track in album.tracks] == [
        (1, "First Light"),
        (2, "Fog Signal"),
    ]
    assert len(client.calls) == 3


def test_track_stands_on_its_album(client: CannedClient) -> None:
    """So that it is filed as a part of it."""
    track = CatalogueModule().resolve(client, TRACK)

    assert isinstance(track, oc.Track)
    assert track.release is not None
    assert track.release.title == "Lighthouses"


def test_file_is_lossless_or_none(client: CannedClient) -> None:
    """Who wishes for less is told what there is, and nothing is asked."""
    module, track = CatalogueModule(), oc.Track(ref=TRACK, title="First Light")

    assert module.file(client, track, oc.QualityWish()).format.codec is oc.Codec.FLAC
    with pytest.raises(oc.QualityUnavailable):
        module.file(client, track, oc.QualityWish(wanted=oc.Quality.HIGH))
    assert client.calls == [f"{API}/tracks/71/file?quality=lossless"]


def test_search_sends_the_query_and_the_limit() -> None:
    """Best first, as the service says."""
    found = {f"{API}/search/albums?q=light&limit=5": ANSWERS[f"{API}/search/albums?q=light"]}
    client = CannedClient(SERVICE, found, credentials={"url": f"{SERVER}/"})

    hits = CatalogueModule().search(client, oc.MediaKind.ALBUM, "light", 5)

    assert [(hit.ref, hit.title, hit.year) for hit in hits] == [(ALBUM, "Lighthouses", 2024)]


@pytest.mark.parametrize("ident", ["../account", "7?all=1", "", "7/8"])
def test_id_that_is_none_is_not_sent(client: CannedClient, ident: str) -> None:
    """No id from outside becomes another path of the API."""
    with pytest.raises(oc.InvalidUrl):
        CatalogueModule().resolve(client, oc.MediaRef(SERVICE, oc.MediaKind.ALBUM, ident))
    assert client.calls == []


def test_server_that_nobody_named_is_asked_for() -> None:
    """The error says which variable to set."""
    with pytest.raises(oc.LoginNeeded) as caught:
        CatalogueModule().resolve(CannedClient(SERVICE), ALBUM)
    assert "ORPHEUS_HARBOUR_URL" in caught.value.next_step


def test_album_comes_from_a_real_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole way: a link, requests, files, a folder that is complete."""
    monkeypatch.setenv("ORPHEUS_PLUGINS", SERVICE)
    with SandboxServer() as server, oc.Orpheus(tmp_path / "home") as app:
        app.credentials.set(SERVICE, "url", server.url)
        report = app.download("https://harbour.example/album/salt", to=tmp_path / "music")

    (artifact,) = report.artifacts
    assert report.failures == ()
    assert artifact.manifest.complete
    assert len(artifact.manifest.tracks) == 4
