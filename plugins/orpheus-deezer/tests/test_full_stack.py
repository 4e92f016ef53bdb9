"""The whole way from a link to what Deezer says: only the socket is replaced."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from pathlib import Path

import av
import mutagen
import pytest

import orpheus_core as oc
from orpheus_core.testing import HarReplay, SimClock
from orpheus_deezer import plugin

PREVIEW = "https://cdns-preview-d.dzcdn.net/stream/c-deda7fa9316d9e9e880d2c6207e92260-5.mp3"
ALBUM = "https://www.deezer.com/en/album/302127?utm_source=deezer"


class Wall:
    """Stands before the network: what was not recorded goes no further."""

    @oc.hookimpl
    def orpheus_send(self, request: oc.OutgoingRequest) -> None:
        """Let nothing through."""
        raise oc.HostUnreachable("no recording, and no network in tests")


@pytest.fixture
def app(tmp_path: Path, recordings: HarReplay) -> Iterator[oc.Orpheus]:
    """An application with this plugin, and recordings in the place of the network."""
    plugins: dict[str, object] = {"deezer": plugin, "wall": Wall(), "recordings": recordings}
    with oc.Orpheus(tmp_path / "home", plugins=plugins, discover=False) as opened:
        yield opened


def resolve(app: oc.Orpheus, target: str) -> oc.Media:
    ref = app.find(target)
    return app.registry.get_service(ref.service).resolve(app.client(ref.service), ref)


def test_album_302127_comes_through_the_whole_stack(app: oc.Orpheus, recordings: HarReplay) -> None:
    """Registry, client, network manager, hooks, JSON, shapes, mapping: all of it, once."""
    album = resolve(app, ALBUM)

    assert isinstance(album, oc.Release)
    assert (album.title, str(album.date), album.upc) == ("Discovery", "2001-03-07", "724384960650")
    assert [artist.name for artist in album.artists] == ["Daft Punk"]
    assert len(album.tracks) == album.track_total == 14
    assert [track.track_number for track in album.tracks] == list(range(1, 15))
    assert [bool(track.isrc) for track in album.tracks] == [True] * 14
    assert {track.artists[0].name for track in album.tracks} == {"Daft Punk"}
    assert len(recordings.answered) == 2
    assert recordings.unmatched == []


def test_search_comes_through_the_whole_stack(app: oc.Orpheus) -> None:
    """The first result is the album itself."""
    hits = app.search("deezer", "album", "Daft Punk", limit=25)

    assert len(hits) == 25
    assert app.find(hits[0].url or "") == app.find(ALBUM)


def test_artist_of_two_pages_comes_through_the_whole_stack(app: oc.Orpheus) -> None:
    """Each page is a request of its own."""
    artist = resolve(app, "deezer:artist:27")

    assert isinstance(artist, oc.Artist)
    assert len(artist.releases) == 31


def test_full_tracks_are_refused_with_advice_and_nothing_is_left(
    app: oc.Orpheus, tmp_path: Path
) -> None:
    """Each track says why, and names the command that takes its preview; no file is written."""
    music = tmp_path / "music"

    report = app.download(ALBUM, to=music)

    assert report.artifacts == ()
    assert len(report.failures) == 14
    assert {type(failure.error) for failure in report.failures} == {oc.ProtectedContent}
    assert "orpheus download --previews" in report.failures[0].error.next_step
    assert report.exit_status is oc.ExitStatus.NOT_AVAILABLE
    assert [path for path in music.rglob("*") if path.is_file()] == []


def test_preview_is_delivered_and_called_one_in_name_manifest_and_tags(
    tmp_path: Path, recordings: HarReplay
) -> None:
    """The link of the recording has expired; 30 seconds of silence stand in for its file."""
    plugins: dict[str, object] = {
        "deezer": plugin,
        "wall": Wall(),
        "recordings": recordings,
        "files": HarReplay(har_of(tmp_path / "files.har", recorded(PREVIEW, silence_mp3(30)))),
    }
    music = tmp_path / "music"

    with oc.Orpheus(tmp_path / "home", plugins=plugins, discover=False, clock=SimClock()) as opened:
        report = opened.download("deezer:track:3135556", to=music, previews=True)

    assert report.failures == ()
    (artifact,) = report.artifacts
    (track,) = artifact.manifest.tracks
    assert track.preview is True
    assert track.file is not None
    assert "[preview]" in track.file
    tags = mutagen.File(artifact.path / track.file)
    assert "[preview]" in str(tags["TIT2"])
    assert (str(tags["TSRC"]), str(tags["TALB"])) == ("GBDUW0000059", "Discovery")


def test_quota_inside_a_200_is_waited_for_and_asked_again(
    tmp_path: Path, recordings: HarReplay
) -> None:
    """Deezer says so with code 4: the brain waits as long as the quota counts."""
    url = "https://api.deezer.com/artist/96110972"
    quota = {"error": {"type": "Exception", "message": "Quota limit exceeded", "code": 4}}
    answers = har_of(
        tmp_path / "quota.har",
        recorded(url, json.dumps(quota).encode()),
        recorded(url, b'{"id": 96110972, "name": "Rouquine"}'),
        recorded(f"{url}/albums?index=0", b'{"data": [], "total": 0}'),
    )
    clock = SimClock()
    plugins: dict[str, object] = {"deezer": plugin, "wall": Wall(), "answers": HarReplay(answers)}

    with oc.Orpheus(tmp_path / "home", plugins=plugins, discover=False, clock=clock) as opened:
        artist = resolve(opened, "deezer:artist:96110972")

    assert isinstance(artist, oc.Artist)
    assert artist.name == "Rouquine"
    assert sum(clock.sleeps) >= 5.0


@pytest.mark.parametrize(
    "short", ["https://link.deezer.com/s/30Jkx9", "https://deezer.page.link/WSqyMRBenWbw6GJ19"]
)
def test_short_link_leads_to_its_item(tmp_path: Path, short: str) -> None:
    """Its target is asked for, and read like any other link."""
    answers = har_of(tmp_path / "short.har", recorded(short, b"", status=302, Location=ALBUM))
    plugins: dict[str, object] = {"deezer": plugin, "wall": Wall(), "answers": HarReplay(answers)}

    with oc.Orpheus(tmp_path / "home", plugins=plugins, discover=False) as opened:
        assert str(opened.find(short)) == "deezer:album:302127"


def har_of(path: Path, *entries: object) -> Path:
    """Write a recording of *entries*."""
    path.write_text(json.dumps({"log": {"version": "1.2", "entries": entries}}), "utf-8")
    return path


def recorded(url: str, body: bytes, *, status: int = 200, **headers: str) -> object:
    """An answer to *url* as HAR writes it."""
    content = {"text": base64.b64encode(body).decode(), "encoding": "base64"}
    fields = [{"name": name, "value": value} for name, value in headers.items()]
    return {
        "request": {"method": "GET", "url": url},
        "response": {"status": status, "headers": fields, "content": content},
    }


def silence_mp3(length_s: int) -> bytes:
    """An MP3 file of 128 kbit/s without a sound."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp3") as container:
        stream = container.add_stream("libmp3lame", rate=44_100)
        assert isinstance(stream, av.AudioStream)
        stream.layout, stream.bit_rate = "stereo", 128_000
        for _ in range(length_s * 44_100 // 1152):
            frame = av.AudioFrame("s16p", "stereo", 1152)
            for plane in frame.planes:
                plane.update(bytes(plane.buffer_size))
            frame.sample_rate = 44_100
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()


def test_service_says_what_it_can(app: oc.Orpheus) -> None:
    """Scripts ask before they use it."""
    deezer = app.registry.get_service("deezer")

    assert deezer.supports("albums")
    assert deezer.supports("previews")
    assert deezer.supports("search")
    assert not deezer.supports("labels")
    assert not deezer.supports("download")
