"""The sandbox server speaks HTTP as a music service does, over real sockets."""

from __future__ import annotations

import contextlib
import datetime
import email.utils
import hashlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

import attrs
import pytest

from orpheus_core.testing.sandbox.files import file_index
from orpheus_core.testing.sandbox.releases import CATALOGUE
from orpheus_core.testing.sandbox.server import SandboxServer, main

FLAC = file_index().audio_by_name["lanterns-03.flac"]


@attrs.frozen
class Got:
    """A response that was read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:  # what a test picks from it is for the test to know
        return json.loads(self.body)


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    with SandboxServer() as running:
        yield running


def ask(
    server: SandboxServer,
    path: str,
    headers: Mapping[str, str] | None = None,
    method: str = "GET",
) -> Got:
    """Send one request on a connection of its own; *path* may be a whole URL."""
    client = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=5)
    with contextlib.closing(client):
        client.request(method, path.removeprefix(server.url), headers=dict(headers or {}))
        response = client.getresponse()
        return Got(response.status, dict(response.getheaders()), response.read())


def pages(server: SandboxServer, path: str) -> Iterator[dict[str, Any]]:
    """Turn the pages of a list until there is no next one."""
    link: str | None = path
    while link:
        page = ask(server, link).json
        yield page
        link = page["next"]


def test_album_states_its_metadata(server: SandboxServer) -> None:
    """Everything that a release has, as the documentation lists it."""
    album = ask(server, "/api/albums/lanterns").json
    cover = album.pop("cover")
    assert album == {
        "id": "lanterns",
        "title": "Lanterns for the Long Way Home",
        "version": None,
        "type": "album",
        "artists": [
            {
                "id": "orla",
                "name": "Orla Fennimoor & the Quiet Machines",
                "link": "https://sandbox.example/artist/orla",
            }
        ],
        "date": "2024-11-08",
        "label": "Tinder & Wick Recordings",
        "upc": "400000240114",
        "genres": ["Folk", "Ambient"],
        "copyright": "℗ 2024 Tinder & Wick Recordings (fictional; the audio is CC0)",
        "explicit": True,
        "track_total": 12,
        "disc_total": 1,
        "link": "https://sandbox.example/album/lanterns",
        "qualities": ["lossless", "high"],
    }
    assert hashlib.sha256(ask(server, cover["url"]).body).hexdigest() == cover["sha256"]


def test_track_states_its_metadata_and_its_album(server: SandboxServer) -> None:
    """Artists with their roles, its place on its disc, codes, credits."""
    track = ask(server, "/api/tracks/tides-05").json
    album = track.pop("album")
    assert album == ask(server, "/api/albums/tides").json
    assert track == {
        "id": "tides-05",
        "title": "אור ראשון על הנמל",
        "version": None,
        "artists": [
            {
                "id": "ebb",
                "name": "The Ebb Cartographers",
                "link": "https://sandbox.example/artist/ebb",
                "role": "main_artist",
            },
            {
                "id": "lior",
                "name": "ליאור פנסי",
                "link": "https://sandbox.example/artist/lior",
                "role": "featured_artist",
            },
        ],
        "track_number": 2,
        "disc_number": 2,
        "track_total": 3,
        "disc_total": 2,
        "duration_s": file_index().audio_by_name["tides-05.flac"].duration_s,
        "isrc": "XXORP1906305",
        "explicit": False,
        "copyright": "℗ 2019 Halyard Editions (fictional; the audio is CC0)",
        "credits": [{"name": "ליאור פנסי", "role": "composer"}],
        "link": "https://sandbox.example/track/tides-05",
        "qualities": ["lossless"],
    }


def test_pages_of_an_album_hold_every_track_once(server: SandboxServer) -> None:
    """Following `next` to the end gives the whole list, in order."""
    found = list(pages(server, "/api/albums/lanterns/tracks"))
    assert [(page["offset"], page["limit"], page["total"]) for page in found] == [
        (0, 5, 12),
        (5, 5, 12),
        (10, 5, 12),
    ]
    ids = [track["id"] for page in found for track in page["items"]]
    assert ids == [f"lanterns-{number:02}" for number in range(1, 13)]


def test_page_is_never_longer_than_asked_nor_than_allowed(server: SandboxServer) -> None:
    """A greedy limit is cut, and the answer says so; a small one is kept."""
    greedy = ask(server, "/api/albums/lanterns/tracks?limit=500").json
    small = ask(server, "/api/albums/lanterns/tracks?offset=11&limit=3").json
    last = ask(server, "/api/albums/lanterns/tracks?offset=7").json
    beyond = ask(server, "/api/albums/lanterns/tracks?offset=12").json
    assert (greedy["limit"], len(greedy["items"])) == (5, 5)
    assert (small["limit"], len(small["items"]), small["next"]) == (3, 1, None)
    assert (len(last["items"]), last["next"]) == (5, None)
    assert (beyond["total"], beyond["items"], beyond["next"]) == (12, [], None)


@pytest.mark.parametrize("query", ["offset=-1", "limit=x", "offset=1e3", "limit=" + "9" * 5000])
def test_page_that_is_no_number_is_refused(server: SandboxServer, query: str) -> None:
    """400, as an object."""
    got = ask(server, f"/api/albums/lanterns/tracks?{query}")
    assert (got.status, got.json["error"]["code"]) == (400, "bad_request")


def test_playlist_and_its_tracks(server: SandboxServer) -> None:
    """The tracks come in the playlist's order, each with its own album."""
    playlist = ask(server, "/api/playlists/night-walk").json
    tracks = [
        t for page in pages(server, "/api/playlists/night-walk/tracks") for t in page["items"]
    ]
    assert (playlist["title"], playlist["owner"]) == ("Night Walk", "sandbox")
    assert playlist["track_total"] == len(tracks) == 9
    assert [track["album"]["id"] for track in tracks][:3] == ["lanterns", "harbour", "tides"]


def test_artist_lists_its_albums(server: SandboxServer) -> None:
    """Those by the artist and those with the artist."""
    artist = ask(server, "/api/artists/mila").json
    assert artist["name"] == "Мила Заревич"
    assert [album["id"] for album in artist["albums"]] == ["lanterns", "harbour"]


@pytest.mark.parametrize(
    ("kind", "text", "ids"),
    [
        ("albums", "LANTERNS long", ["lanterns"]),
        ("album", "salt", ["salt"]),
        ("tracks", "фонари", ["lanterns-02"]),
        ("tracks", "salt", ["salt-01", "salt-02"]),
        ("artists", "акари", []),
        ("artists", "灯", ["akari"]),
        ("playlists", "night", ["night-walk"]),
        ("tracks", "[/b]", ["lanterns-06"]),
    ],
)
def test_search_finds_words_without_regard_to_case(
    server: SandboxServer, kind: str, text: str, ids: list[str]
) -> None:
    """Every word has to be there; the shape is that of a page."""
    page = ask(server, f"/api/search/{kind}?q={quote(text)}").json
    assert [item["id"] for item in page["items"]] == ids
    assert page["total"] == len(ids)


def test_search_comes_in_pages_that_keep_the_question(server: SandboxServer) -> None:
    """`next` asks for the same words."""
    found = list(pages(server, "/api/search/tracks?q=orla%20&limit=5"))
    assert [len(page["items"]) for page in found] == [5, 5, 2]
    assert "q=orla" in found[0]["next"]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/albums/nothing", 404, "not_found"),
        ("/api/albums/nothing/tracks", 404, "not_found"),
        ("/api/tracks/lanterns", 404, "not_found"),
        ("/api/tracks/nothing/file", 404, "not_found"),
        ("/api/playlists/nothing", 404, "not_found"),
        ("/api/playlists/nothing/tracks", 404, "not_found"),
        ("/api/artists/nothing", 404, "not_found"),
        ("/api/search/albums", 400, "bad_request"),
        ("/api/search/wishes?q=x", 404, "not_found"),
        ("/api/tracks/salt-01/file?quality=golden", 400, "bad_request"),
        ("/api/tracks/salt-01/file?quality=high", 404, "quality_unavailable"),
        ("/files/nothing.flac", 404, "not_found"),
        ("/files/index.json", 404, "not_found"),
        ("/files/..%2F__init__.py", 404, "not_found"),
        ("/covers/salt-01.flac", 404, "not_found"),
        ("/api/albums/", 404, "not_found"),
        ("/", 404, "not_found"),
        ("//[", 400, "bad_request"),
    ],
)
def test_what_is_not_there_is_an_error_object(
    server: SandboxServer, path: str, status: int, code: str
) -> None:
    """A status and a JSON object that repeats it, whatever was asked."""
    got = ask(server, path)
    assert got.status == status
    assert got.headers["Content-Type"] == "application/json"
    assert (got.json["error"]["status"], got.json["error"]["code"]) == (status, code)
    assert got.json["error"]["message"]


def test_other_methods_are_refused(server: SandboxServer) -> None:
    """RFC 9110, 15.5.6: 405 says what is allowed."""
    got = ask(server, "/api/albums/lanterns", method="DELETE")
    assert (got.status, got.headers["Allow"]) == (405, "GET, HEAD")


def test_request_without_host_is_refused(server: SandboxServer) -> None:
    """RFC 9112, 3.2: an HTTP/1.1 request has to name the host."""
    parts = urlsplit(server.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=5) as client:
        client.sendall(b"GET /api/albums/salt HTTP/1.1\r\nConnection: close\r\n\r\n")
        assert client.makefile("rb").readline() == b"HTTP/1.1 400 Bad Request\r\n"


@pytest.mark.parametrize("quality", ["hires", "lossless"])
def test_file_answer_describes_what_its_url_gives(server: SandboxServer, quality: str) -> None:
    """Size and checksum are those of the bytes; the format is stated."""
    file = ask(server, f"/api/tracks/salt-02/file?quality={quality}").json
    body = ask(server, file["url"]).body
    assert (file["size_bytes"], file["sha256"]) == (len(body), hashlib.sha256(body).hexdigest())
    assert (file["codec"], file["quality"], file["channels"]) == ("flac", quality, 2)
    expected = (96_000, 24) if quality == "hires" else (44_100, 16)
    assert (file["sample_rate_hz"], file["bit_depth"], file["bitrate_kbps"]) == (*expected, None)


def test_lossless_is_what_is_given_when_no_quality_is_asked(server: SandboxServer) -> None:
    """And high is MP3."""
    plain = ask(server, "/api/tracks/lanterns-03/file").json
    high = ask(server, "/api/tracks/lanterns-03/file?quality=high").json
    assert plain["url"] == f"{server.url}/files/lanterns-03.flac"
    assert (high["codec"], high["bitrate_kbps"], high["bit_depth"]) == ("mp3", 256, None)


def test_whole_file_comes_with_length_tag_and_type(server: SandboxServer) -> None:
    """RFC 9110, 8.8.3 and 14.3."""
    got = ask(server, "/files/lanterns-03.flac")
    assert got.status == 200
    assert got.body == FLAC.content()
    assert got.headers["Content-Length"] == str(FLAC.size_bytes)
    assert got.headers["ETag"] == FLAC.etag
    assert not got.headers["ETag"].startswith("W/")
    assert got.headers["Accept-Ranges"] == "bytes"
    assert got.headers["Content-Type"] == "audio/flac"


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [("bytes=0-99", 0, 100), ("bytes=1000-", 1000, None), ("bytes=-7", -7, None)],
)
def test_range_gives_that_part(
    server: SandboxServer, asked: str, start: int, end: int | None
) -> None:
    """RFC 9110, 15.3.7: 206 with Content-Range, and the same tag."""
    got = ask(server, "/files/lanterns-03.flac", {"Range": asked})
    part = FLAC.content()[start:end]
    first = start % FLAC.size_bytes
    assert got.status == 206
    assert got.body == part
    assert got.headers["Content-Length"] == str(len(part))
    assert got.headers["Content-Range"] == (
        f"bytes {first}-{first + len(part) - 1}/{FLAC.size_bytes}"
    )
    assert got.headers["ETag"] == FLAC.etag


def test_range_behind_the_end_is_not_satisfiable(server: SandboxServer) -> None:
    """RFC 9110, 15.5.17: 416 states the length."""
    got = ask(server, "/files/lanterns-03.flac", {"Range": f"bytes={FLAC.size_bytes}-"})
    assert got.status == 416
    assert got.headers["Content-Range"] == f"bytes */{FLAC.size_bytes}"


@pytest.mark.parametrize(
    ("tag", "status"),
    [(FLAC.etag, 206), ('"another"', 200), (f"W/{FLAC.etag}", 200)],
    ids=["same", "other", "weak"],
)
def test_if_range_decides_between_part_and_whole(
    server: SandboxServer, tag: str, status: int
) -> None:
    """RFC 9110, 13.1.5: with another validator the whole file comes."""
    got = ask(server, "/files/lanterns-03.flac", {"Range": "bytes=5-", "If-Range": tag})
    assert got.status == status
    assert got.body == FLAC.content()[5 if status == 206 else 0 :]


def test_if_range_with_another_tag_hides_an_impossible_range(server: SandboxServer) -> None:
    """The range of a file that is gone is not judged by the new one."""
    headers = {"Range": "bytes=9999999-", "If-Range": '"another"'}
    assert ask(server, "/files/lanterns-03.flac", headers).status == 200


def test_head_has_the_headers_and_no_body(server: SandboxServer) -> None:
    """RFC 9110, 9.3.2; and a range means nothing to HEAD (14.2)."""
    got = ask(server, "/files/lanterns-03.flac", {"Range": "bytes=0-1"}, method="HEAD")
    assert (got.status, got.body) == (200, b"")
    assert got.headers["Content-Length"] == str(FLAC.size_bytes)


def test_one_connection_carries_many_requests(server: SandboxServer) -> None:
    """Keep-alive, errors and HEAD included."""
    client = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=5)
    with contextlib.closing(client):
        client.connect()
        first = client.sock
        for method, path in (
            ("GET", "/files/lanterns-03.flac"),
            ("HEAD", "/files/lanterns-03.flac"),
            ("GET", "/nowhere"),
            ("GET", "/api/albums/salt"),
        ):
            client.request(method, path)
            client.getresponse().read()
            assert client.sock is first


def test_connection_is_closed_when_the_client_says_so(server: SandboxServer) -> None:
    """RFC 9112, 9.6."""
    got = ask(server, "/api/albums/salt", {"Connection": "close"})
    assert got.headers["Connection"] == "close"


def test_date_is_that_of_the_clock_it_was_given() -> None:
    """A client may learn from Date how wrong its own clock is."""

    class Stopped:
        def now(self) -> datetime.datetime:
            return datetime.datetime(2019, 5, 4, 3, 2, 1, tzinfo=datetime.UTC)

        def monotonic(self) -> float:
            return 0.0

        def sleep(self, seconds: float, cancel: threading.Event | None = None) -> bool:
            return True

    with SandboxServer(clock=Stopped()) as server:
        date = ask(server, "/api/albums/salt").headers["Date"]
    assert email.utils.parsedate_to_datetime(date) == Stopped().now()


def test_requests_are_recorded_with_what_became_of_them(server: SandboxServer) -> None:
    """Path, query, range, validator, status and the bytes of the body."""
    ask(server, "/files/lanterns-03.flac", {"Range": "bytes=10-19", "If-Range": FLAC.etag})
    ask(server, "/api/search/albums?q=salt", method="HEAD")

    first, second = server.requests
    assert (first.method, first.path, first.query) == ("GET", "/files/lanterns-03.flac", "")
    assert (first.range, first.if_range) == ("bytes=10-19", FLAC.etag)
    assert (first.status, first.bytes_sent, first.fault) == (206, 10, None)
    assert (second.method, second.query, second.bytes_sent) == ("HEAD", "q=salt", 0)


def test_many_clients_are_served_at_once(server: SandboxServer) -> None:
    """A thread each: every file arrives whole."""
    files = file_index().audio[:12]
    wrong: list[str] = []

    def fetch(name: str, wanted: bytes) -> None:
        if ask(server, f"/files/{name}").body != wanted:
            wrong.append(name)

    threads = [threading.Thread(target=fetch, args=(file.name, file.content())) for file in files]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(server.requests) == 12


def test_closing_leaves_no_thread_with_idle_and_reading_clients() -> None:
    """Clients that keep their connections open do not hold the server up."""
    server = SandboxServer().open()
    parts = urlsplit(server.url)
    idle = http.client.HTTPConnection(parts.netloc, timeout=5)
    half = socket.create_connection((parts.hostname, parts.port), timeout=5)
    with contextlib.closing(idle), half:
        idle.request("GET", "/api/albums/salt")
        idle.getresponse().read()
        half.sendall(b"GET /files/lanterns-03.flac HTTP/1.1\r\nHo")

        server.close()

        assert [t.name for t in threading.enumerate() if t.name.startswith("sandbox")] == []
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((parts.hostname, parts.port), timeout=5)


def test_port_can_be_chosen() -> None:
    """Another process knows where to look."""
    with SandboxServer() as first:
        port = urlsplit(first.url).port
    assert port
    with SandboxServer(port=port) as second:
        assert second.url == first.url


def test_whole_catalogue_can_be_walked(server: SandboxServer) -> None:
    """Every id that a document names leads to a document, every file to its bytes."""
    for release in CATALOGUE.releases:
        for page in pages(server, f"/api/albums/{release.id}/tracks"):
            for track in page["items"]:
                assert ask(server, f"/api/tracks/{track['id']}").json == track
                for quality in track["qualities"]:
                    file = ask(server, f"/api/tracks/{track['id']}/file?quality={quality}").json
                    head = ask(server, file["url"], method="HEAD")
                    assert head.headers["Content-Length"] == str(file["size_bytes"])


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signal that ends it gently")
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_server_by_hand_says_where_it_is_and_ends_gently(ending: signal.Signals) -> None:
    """``python -m ...server`` prints its URL first, with faults in place."""
    command = [sys.executable, "-m", "orpheus_core.testing.sandbox.server"]
    with subprocess.Popen(
        [*command, "--fault", "404:/api/albums/salt"], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        url = process.stdout.readline().strip()
        client = http.client.HTTPConnection(urlsplit(url).netloc, timeout=5)
        statuses = []
        with contextlib.closing(client):
            for _ in range(2):
                client.request("GET", "/api/albums/salt")
                response = client.getresponse()
                response.read()
                statuses.append(response.status)
        process.send_signal(ending)
        assert process.wait(timeout=10) == 0
    assert statuses == [404, 200]


def test_server_by_hand_refuses_a_fault_that_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    """The nearest one is named."""
    with pytest.raises(SystemExit) as caught:
        main(["--fault", "truncate:x"])
    assert caught.value.code == 2
    assert "did you mean truncated?" in capsys.readouterr().err


def test_server_loads_neither_a_decoder_nor_an_http_client() -> None:
    """It starts at once, in the demo too."""
    code = (
        "import orpheus_core.testing.sandbox.server, sys;"
        "print(sorted({'av', 'requests', 'urllib3', 'mutagen', 'cattrs'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
