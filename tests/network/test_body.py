"""A body is whole or it is an error; it is bounded, and never stalls."""

from __future__ import annotations

import gzip
import threading
import tracemalloc
import zlib
from typing import TYPE_CHECKING

import pytest
import requests

from orpheus_core import errors
from orpheus_core.errors import OrpheusError
from orpheus_core.network.body import Body, read_whole
from orpheus_core.network.watch import Exchange
from orpheus_core.testing.clock import SimClock
from orpheus_core.testing.faultserver import (
    Close,
    Drip,
    Endless,
    FaultServer,
    Reset,
    Script,
    Send,
    Stall,
    Status,
    answer,
)

if TYPE_CHECKING:
    from tests.network.conftest import MakeRoom, Room

WHOLE = bytes(range(250)) * 400
HALF = WHOLE[:50_000]
ZIPPED = gzip.compress(bytes(WHOLE), mtime=0)
BAD_CRC = ZIPPED[:-8] + bytes(4) + ZIPPED[-4:]


def head(*fields: tuple[str, str], status: int = 200) -> Status:
    return Status(status, fields)


def length(text: object) -> tuple[str, str]:
    return ("Content-Length", str(text))


GZIP = ("Content-Encoding", "gzip")
CHUNKED = ("Transfer-Encoding", "chunked")

DAMAGED: dict[str, tuple[Script, type[OrpheusError]]] = {
    "half sent, closed": ((head(length(100_000)), Send(HALF), Close()), errors.Truncated),
    "half sent, reset": ((head(length(100_000)), Send(HALF), Reset()), errors.ConnectionLost),
    "no last chunk": ((head(CHUNKED), Send(b"5\r\nwhole\r\n"), Close()), errors.Truncated),
    "cut in a chunk": ((head(CHUNKED), Send(b"ff\r\nwhole"), Close()), errors.Truncated),
    "HTTP/1.0, half sent": (
        (Send(b"HTTP/1.0 200 OK\r\nContent-Length: 100000\r\n\r\n" + HALF), Close()),
        errors.Truncated,
    ),
    "no length, half sent": ((head(), Send(HALF), Close()), errors.LengthUnknown),
    "gzip cut, length matches": (
        (head(GZIP, length(len(ZIPPED) // 2)), Send(ZIPPED[: len(ZIPPED) // 2]), Close()),
        errors.WrongEncoding,
    ),
    "gzip cut, length of the whole": (
        (head(GZIP, length(len(ZIPPED))), Send(ZIPPED[: len(ZIPPED) // 2]), Close()),
        errors.Truncated,
    ),
    "gzip without its last 4 bytes": (
        (head(GZIP, length(len(ZIPPED) - 4)), Send(ZIPPED[:-4]), Close()),
        errors.WrongEncoding,
    ),
    "gzip, wrong CRC": (
        (head(GZIP, length(len(BAD_CRC))), Send(BAD_CRC), Close()),
        errors.WrongEncoding,
    ),
    "two different lengths": (
        (head(length(100_000), length(50_000)), Send(WHOLE), Close()),
        errors.ProtocolViolation,
    ),
    "length -5": ((head(length(-5)), Send(WHOLE), Close()), errors.ProtocolViolation),
    "length 1e5": ((head(length("1e5")), Send(WHOLE), Close()), errors.ProtocolViolation),
    "length and chunks": (
        (head(CHUNKED, length(5)), Send(b"5\r\nwhole\r\n0\r\n\r\n"), Close()),
        errors.ProtocolViolation,
    ),
    "206 unasked": (
        (head(length(5), ("Content-Range", "bytes 0-4/10"), status=206), Send(b"whole"), Close()),
        errors.ProtocolViolation,
    ),
    "brotli unasked": (
        (head(("Content-Encoding", "br"), length(5)), Send(b"whole"), Close()),
        errors.WrongEncoding,
    ),
}


@pytest.mark.parametrize("case", DAMAGED)
def test_damaged_body_is_an_error(room: Room, case: str) -> None:
    """requests accepts half of these."""
    script, leaf = DAMAGED[case]
    with FaultServer(script) as server, pytest.raises(OrpheusError) as caught:
        room.manager.request("GET", server.url, service="shop")
    assert type(caught.value) is leaf


def test_more_than_announced_is_not_taken_and_not_mixed_into_the_next_answer(room: Room) -> None:
    """The rest is dropped with its connection; what was announced cannot be told from whole."""
    with FaultServer((head(length(5)), Send(b"whole and more")), answer(body=b"next")) as server:
        assert room.manager.request("GET", server.url, service="shop").content == b"whole"
        assert room.manager.request("GET", server.url, service="shop").content == b"next"


SOUND: dict[str, tuple[Script, bytes]] = {
    "length": ((head(length(5)), Send(b"whole")), b"whole"),
    "the same length twice": ((head(length(5), length(5)), Send(b"whole")), b"whole"),
    "chunks": ((head(CHUNKED), Send(b"5\r\nwhole\r\n0\r\n\r\n")), b"whole"),
    "gzip": ((head(GZIP, length(len(ZIPPED))), Send(ZIPPED)), WHOLE),
    "gzip of two members": (
        (head(GZIP, length(len(ZIPPED) * 2)), Send(ZIPPED * 2)),
        WHOLE * 2,
    ),
    "gzip with padding": (
        (head(GZIP, length(len(ZIPPED) + 3)), Send(ZIPPED + bytes(3))),
        WHOLE,
    ),
    "gzip without a length": ((head(GZIP), Send(ZIPPED), Close()), WHOLE),
    "gzip in single bytes": (
        (head(GZIP, length(len(ZIPPED))), Drip(ZIPPED, size_bytes=7, interval_s=0)),
        WHOLE,
    ),
    "empty gzip": ((head(GZIP, length(0)),), b""),
    "JSON without a length": (
        (head(("Content-Type", "application/json")), Send(b"{}"), Close()),
        b"{}",
    ),
    "nothing": ((head(length(0)),), b""),
    "no content": ((head(status=204),), b""),
}


@pytest.mark.parametrize("case", SOUND)
def test_whole_body_is_given(room: Room, case: str) -> None:
    script, body = SOUND[case]
    with FaultServer(script) as server:
        assert room.manager.request("GET", server.url, service="shop").content == body


def test_answer_to_head_has_no_body(room: Room) -> None:
    with FaultServer((head(length(100_000)),)) as server:
        assert room.manager.request("HEAD", server.url, service="shop").content == b""
        assert room.manager.request("HEAD", server.url, service="shop").status_code == 200
    assert server.connections == 1


def test_connection_is_kept_after_a_body_that_was_read(room: Room) -> None:
    with FaultServer(answer(body=WHOLE), (head(GZIP, length(len(ZIPPED))), Send(ZIPPED))) as server:
        for _ in range(4):
            room.manager.request("GET", server.url, service="shop")
    assert server.connections == 1


def bomb(size_bytes: int) -> bytes:
    """What unpacks to zeros of that size."""
    packer = zlib.compressobj(9, wbits=31)
    return b"".join(packer.compress(bytes(1 << 20)) for _ in range(size_bytes >> 20)) + (
        packer.flush()
    )


BOMB = bomb(64 << 20)


@pytest.mark.parametrize(
    "script",
    [
        (head(length(1_000_001)), Endless(bytes(65_536))),
        (head(), Endless(bytes(65_536))),
        (head(CHUNKED), Endless(b"10000\r\n" + bytes(65_536) + b"\r\n")),
        (head(GZIP, length(len(BOMB))), Send(BOMB)),
    ],
    ids=["announced", "endless", "endless chunks", "bomb"],
)
def test_answer_larger_than_allowed_is_refused(room: Room, script: Script) -> None:
    with FaultServer(script) as server, pytest.raises(errors.AnswerTooLarge):
        room.manager.request("GET", server.url, service="shop", max_bytes=1_000_000)


def test_answer_of_just_the_allowed_size_is_given(room: Room) -> None:
    with FaultServer((head(GZIP, length(len(ZIPPED))), Send(ZIPPED))) as server:
        room.manager.request("GET", server.url, service="shop", max_bytes=len(WHOLE))
        with pytest.raises(errors.AnswerTooLarge):
            room.manager.request("GET", server.url, service="shop", max_bytes=len(WHOLE) - 1)


def test_bomb_costs_little_memory(room: Room) -> None:
    with FaultServer(answer(), (head(GZIP, length(len(BOMB))), Send(BOMB))) as server:
        room.manager.request("GET", server.url, service="shop")  # imports are not counted
        tracemalloc.start()
        with pytest.raises(errors.AnswerTooLarge):
            room.manager.request("GET", server.url, service="shop", max_bytes=1_000_000)
        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak_bytes < 8_000_000


# --- limits of time ----------------------------------------------------------------------------


class Drops:
    """A body that comes one byte a second, by a simulated clock."""

    def __init__(self, clock: SimClock, size_bytes: int) -> None:
        self._clock = clock
        self._left = size_bytes

    def read(self, _most_bytes: int) -> bytes:
        self._clock.advance(1.0)
        self._left -= 1
        return b"x" if self._left >= 0 else b""

    def close(self) -> None:
        pass


def test_drip_is_too_slow_after_a_minute() -> None:
    """No time-out of a socket ever ends it, since something comes each time."""
    clock, response = SimClock(), requests.Response()
    response.status_code, response.raw, response.url = 200, Drops(clock, 1000), "http://a.example/"
    response.headers["Content-Length"] = "1000"
    body = Body(response, Exchange(clock, host="a.example"), clock, stall_s=10)
    with pytest.raises(errors.TooSlow):
        read_whole(body, response, max_bytes=10_000)
    assert 60 <= clock.monotonic() < 62


def test_whole_answer_has_a_limit_of_time(make_room: MakeRoom) -> None:
    """Something comes all the time, and no end is in sight."""
    room = make_room(read_timeout_s=1000.0)
    script = (head(length(100_000)), Drip(WHOLE, size_bytes=1000, interval_s=None))
    with FaultServer(script) as server:
        failure: list[OrpheusError] = []

        def ask() -> None:
            try:
                room.manager.request("GET", server.url, service="shop")
            except OrpheusError as error:
                failure.append(error)

        asking = threading.Thread(target=ask)
        asking.start()
        assert server.wait_for_requests(1)
        while asking.is_alive():
            server.tick()
            room.clock.advance(1.3)
            asking.join(0.02)
    assert [type(error) for error in failure] == [errors.TooSlow]


@pytest.mark.parametrize(
    "script",
    [(Stall(),), (head(length(9)), Send(b"half"), Stall())],
    ids=["before the headers", "in the body"],
)
def test_cancel_ends_a_wait_for_the_network(room: Room, script: Script) -> None:
    """Within a second, though the socket's own time-out is ten."""
    cancel, failure = threading.Event(), list[OrpheusError]()

    def ask() -> None:
        try:
            room.manager.request("GET", server.url, service="shop", cancel=cancel)
        except OrpheusError as error:
            failure.append(error)

    with FaultServer(script) as server:
        asking = threading.Thread(target=ask)
        asking.start()
        assert server.wait_for_requests(1)
        cancel.set()
        asking.join(1.0)
        assert not asking.is_alive()
    assert [type(error) for error in failure] == [errors.Cancelled]
    assert room.decider.questions == []


def test_body_without_a_length_that_is_cancelled_does_not_pass_for_complete(room: Room) -> None:
    """To its reader, a socket that was shut down is one that ended."""
    cancel, ended = threading.Event(), list[bytes | OrpheusError]()

    def read_on() -> None:
        try:
            ended.append(coming.body.read())
        except OrpheusError as error:
            ended.append(error)

    with FaultServer((head(), Send(b"{}"), Stall())) as server:
        coming = room.manager.open("GET", server.url, service="shop", cancel=cancel)
        assert coming.body.read() == b"{}"
        reading = threading.Thread(target=read_on)
        reading.start()
        cancel.set()
        reading.join(1.0)
        coming.close()
    assert [type(end) for end in ended] == [errors.Cancelled]


def test_headers_that_drip_in_have_a_limit_of_time(room: Room) -> None:
    """Each byte comes in time, the headers never do."""
    failure: list[OrpheusError] = []
    drip = Drip(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 50 + b"\r\n", interval_s=None)

    def ask() -> None:
        try:
            room.manager.request("GET", server.url, service="shop")
        except OrpheusError as error:
            failure.append(error)

    with FaultServer((drip,)) as server:
        asking = threading.Thread(target=ask)
        asking.start()
        assert server.wait_for_requests(1)
        while asking.is_alive():
            server.tick()
            room.clock.advance(1.0)
            asking.join(0.02)
    assert [type(error) for error in failure] == [errors.ReadTimeout]


def test_time_that_the_reader_takes_is_not_the_networks() -> None:
    """A slow disk between two reads is no stall."""
    clock, response = SimClock(), requests.Response()
    response.status_code, response.raw, response.url = 200, Drops(clock, 9), "http://a.example/"
    exchange = Exchange(clock, host="a.example")
    body = Body(response, exchange, clock, stall_s=10)
    body.read()
    clock.advance(50.0)
    exchange.check()
