"""Each fault of the sandbox does to a client what it says, over real sockets."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import socket
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import pytest

from orpheus_core.testing.sandbox.faults import Fault, FaultKind, parse_faults
from orpheus_core.testing.sandbox.files import file_index
from orpheus_core.testing.sandbox.server import SandboxServer

PATH = "/files/lanterns-03.flac"
FLAC = file_index().audio_by_name["lanterns-03.flac"]
HALF = FLAC.size_bytes // 2


def sandbox(faults: str) -> SandboxServer:
    return SandboxServer(parse_faults(faults))


def ask(
    server: SandboxServer, path: str = PATH, headers: Mapping[str, str] | None = None
) -> tuple[http.client.HTTPResponse, bytes]:
    """Send one request on a connection of its own, and read the answer to its end."""
    client = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=5)
    with contextlib.closing(client):
        client.request("GET", path, headers=dict(headers or {}))
        response = client.getresponse()
        return response, response.read()


def ask_json(server: SandboxServer, path: str) -> Any:
    return json.loads(ask(server, path)[1])


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
def test_status_comes_as_often_as_asked_and_then_the_file(status: int) -> None:
    """The body is an error object, never music."""
    with sandbox(f"{status}:lanterns-03:2") as server:
        answers = [ask(server) for _ in range(3)]

        assert [response.status for response, _ in answers] == [status, status, 200]
        assert json.loads(answers[0][1])["error"]["status"] == status
        assert answers[2][1] == FLAC.content()
        assert [record.fault for record in server.requests][1:] == [FaultKind(str(status)), None]


@pytest.mark.parametrize(("status", "stated"), [(429, "7"), (503, "7"), (500, None)])
def test_retry_after_is_stated_where_it_belongs(status: int, stated: str | None) -> None:
    """RFC 9110, 10.2.3: seconds."""
    with sandbox(f"{status}:lanterns-03:1:retry-after=7") as server:
        assert ask(server)[0].headers["Retry-After"] == stated


def test_401_names_a_scheme() -> None:
    """RFC 9110, 15.5.2: a 401 has to carry a challenge."""
    with sandbox("401:lanterns-03") as server:
        assert ask(server)[0].headers["WWW-Authenticate"] == 'Bearer realm="sandbox"'


def test_status_meets_the_api_too() -> None:
    """The first request about the item is the one that fails."""
    with sandbox("503:lanterns") as server:
        assert ask(server, "/api/albums/lanterns/tracks")[0].status == 503
        assert ask(server, "/api/albums/lanterns/tracks")[0].status == 200


def test_other_items_meet_no_fault() -> None:
    """A fault is for the item that it names."""
    with sandbox("500:lanterns-03:always") as server:
        assert ask(server, "/files/lanterns-04.flac")[0].status == 200


def test_fault_may_be_added_and_taken_away_while_it_runs() -> None:
    """A test changes the weather in the middle."""
    with SandboxServer() as server:
        assert ask(server)[0].status == 200
        server.add_fault(Fault(kind=FaultKind.STATUS_500, item="lanterns-03", times=None))
        assert ask(server)[0].status == 500
        server.clear_faults()
        assert ask(server)[0].status == 200


def test_truncated_body_is_shorter_than_announced() -> None:
    """Half the bytes, then a proper end; the next request gets them all."""
    with sandbox("truncated:lanterns-03") as server:
        with pytest.raises(http.client.IncompleteRead) as caught:
            ask(server)
        assert caught.value.partial == FLAC.content()[:HALF]
        assert server.requests[0].bytes_sent == HALF
        assert ask(server)[1] == FLAC.content()


@pytest.mark.parametrize("at", [0, 1, 1000])
def test_body_is_cut_where_the_fault_says(at: int) -> None:
    """To the byte."""
    with (
        sandbox(f"truncated:lanterns-03:1:at={at}") as server,
        pytest.raises(http.client.IncompleteRead) as caught,
    ):
        ask(server)
    assert caught.value.partial == FLAC.content()[:at]


def test_cut_counts_within_the_part_that_was_asked_for() -> None:
    """A resumed transfer may be cut again, and got some bytes further."""
    with sandbox("truncated:lanterns-03:1:at=10") as server:
        with pytest.raises(http.client.IncompleteRead) as caught:
            ask(server, headers={"Range": "bytes=1000-"})
        assert caught.value.partial == FLAC.content()[1000:1010]


def test_reset_body_ends_with_a_reset() -> None:
    """Not the end of a file but ECONNRESET."""
    with sandbox("reset:lanterns-03") as server:
        with pytest.raises(ConnectionResetError):
            ask(server)
        assert server.requests[0].bytes_sent == HALF


def test_stalled_body_stays_until_the_client_leaves() -> None:
    """Half the bytes, then nothing; the server closes at once all the same."""
    with sandbox("stall:lanterns-03") as server:
        parts = urlsplit(server.url)
        client = http.client.HTTPConnection(parts.netloc, timeout=5)
        with contextlib.closing(client):
            client.request("GET", PATH)
            response = client.getresponse()
            assert response.read(HALF) == FLAC.content()[:HALF]
            assert client.sock is not None
            client.sock.settimeout(0.05)
            with pytest.raises(TimeoutError):
                response.read(1)

            server.close()
            assert not [t for t in threading.enumerate() if t.name.startswith("sandbox")]


def test_slow_body_comes_in_small_pieces_and_whole() -> None:
    """So many bytes a second, in twentieths of a second."""
    rate = FLAC.size_bytes * 10
    with sandbox(f"slow:lanterns-03:1:rate={rate}") as server:
        client = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=5)
        with contextlib.closing(client):
            client.request("GET", PATH)
            response = client.getresponse()
            first = response.read1(1_000_000)
            assert 0 < len(first) <= rate // 20
            assert first + response.read() == FLAC.content()


def test_very_slow_body_does_not_hold_the_server_up() -> None:
    """A byte a second is given up at once when the server closes."""
    server = sandbox("slow:lanterns-03:1:rate=1").open()
    client = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=5)
    with contextlib.closing(client):
        client.request("GET", PATH)
        assert client.getresponse().read(1) == FLAC.content()[:1]
        server.close()
    assert not [t for t in threading.enumerate() if t.name.startswith("sandbox")]


def test_html_comes_where_json_is_due() -> None:
    """Status 200, a page to sign in at."""
    with sandbox("html:lanterns") as server:
        response, body = ask(server, "/api/albums/lanterns")
        assert response.status == 200
        assert response.headers["Content-Type"].startswith("text/html")
        assert body.startswith(b"<!DOCTYPE html>")
        assert ask_json(server, "/api/albums/lanterns")["id"] == "lanterns"


def test_html_may_come_in_place_of_a_file() -> None:
    """By path: what a careless client would keep as music."""
    with sandbox(f"html:{PATH}") as server:
        assert ask(server)[1].startswith(b"<!DOCTYPE html>")


def test_wrong_checksum_keeps_length_and_tag() -> None:
    """One byte differs; nothing else tells."""
    with sandbox("wrong-checksum:lanterns-03") as server:
        response, body = ask(server)
        assert len(body) == FLAC.size_bytes
        assert response.headers["ETag"] == FLAC.etag
        assert sum(a != b for a, b in zip(body, FLAC.content(), strict=True)) == 1
        assert ask(server)[1] == FLAC.content()


def test_refused_link_leads_to_a_port_where_nobody_listens() -> None:
    """The next answer gives a link that works."""
    with sandbox("refused:lanterns-03") as server:
        broken = ask_json(server, "/api/tracks/lanterns-03/file")["url"]
        parts = urlsplit(broken)
        assert parts.path == PATH
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((parts.hostname, parts.port), timeout=5)
        assert ask_json(server, "/api/tracks/lanterns-03/file")["url"] == server.url + PATH


def test_link_to_an_unknown_name() -> None:
    """RFC 2606: names under .invalid never resolve."""
    with sandbox("name-not-found:lanterns-03") as server:
        broken = ask_json(server, "/api/tracks/lanterns-03/file")["url"]
        assert urlsplit(broken).hostname == "nx.invalid"


@pytest.mark.parametrize("quality", ["lossless", "high"])
def test_changed_file_has_other_bytes_and_another_tag_from_the_second_request(
    quality: str,
) -> None:
    """The trap that splices files: same URL, another version, for good."""
    with sandbox("changed:lanterns-03") as server:
        address = f"/api/tracks/lanterns-03/file?quality={quality}"
        before = ask_json(server, address)
        path = urlsplit(before["url"]).path
        first, old = ask(server, path)
        headers = {"Range": "bytes=100-", "If-Range": first.headers["ETag"]}
        second, new = ask(server, path, headers)
        third, again = ask(server, path)
        after = ask_json(server, address)

        assert hashlib.sha256(old).hexdigest() == before["sha256"]
        assert second.status == 200, "the validator does not fit: the whole file"
        assert second.headers["ETag"] == third.headers["ETag"] != first.headers["ETag"]
        assert new == again != old
        assert after["url"] == before["url"]
        assert (after["size_bytes"], after["sha256"]) == (
            len(new),
            hashlib.sha256(new).hexdigest(),
        )


def test_changed_file_gives_its_part_to_whoever_asks_without_if_range() -> None:
    """What a careless client splices: 206 of the new file."""
    with sandbox("changed:lanterns-03") as server:
        ask(server)
        response, part = ask(server, headers={"Range": "bytes=100-"})
        assert response.status == 206
        assert part != FLAC.content()[100:]


def test_head_meets_no_fault_and_uses_none_up() -> None:
    """A look at the headers does not spend what is meant for the transfer."""
    with sandbox("503:lanterns-03") as server:
        client = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=5)
        with contextlib.closing(client):
            client.request("HEAD", PATH)
            assert client.getresponse().status == 200
        assert ask(server)[0].status == 503


def test_requests_can_be_waited_for() -> None:
    """A test acts when a transfer has begun, without asking again and again."""
    with sandbox("stall:lanterns-03") as server:
        assert not server.wait_for_requests(1, timeout_s=0)
        client = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=5)
        with contextlib.closing(client):
            client.request("GET", PATH)
            assert server.wait_for_requests(1)
            assert server.requests[0].fault is FaultKind.STALL
