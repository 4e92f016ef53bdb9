"""The sandbox service's server: HTTP/1.1 on 127.0.0.1, with faults on demand.

::

    with SandboxServer([Fault(kind=FaultKind.STATUS_503, item="lanterns-03")]) as server:
        ...                                  # server.url, server.requests, server.add_fault

or by hand, until Ctrl-C; the first line printed is its URL::

    python -m orpheus_core.testing.sandbox.server --fault 503:lanterns-03

The JSON documents are listed in `api`, the faults in `faults`. ``/files/NAME`` and
``/covers/NAME`` state Content-Length and a strong ETag, accept Range (one range) with
If-Range, and answer HEAD; other conditions of RFC 9110 are not looked at. HEAD meets no
fault. Connections are kept alive.
"""

from __future__ import annotations

import argparse
import contextlib
import email.utils
import functools
import signal
import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, urlsplit

import attrs

from orpheus_core.clock import Clock, SystemClock
from orpheus_core.errors import UnknownWord
from orpheus_core.testing.httpwire import ReceivedRequest, answer_head, read_request
from orpheus_core.testing.loopback import HOST, Connection, LoopbackListener, refusing_port
from orpheus_core.testing.sandbox.api import READING, problem, route
from orpheus_core.testing.sandbox.faults import Fault, FaultKind, FaultPlan, parse_faults
from orpheus_core.testing.sandbox.files import file_index
from orpheus_core.testing.sandbox.releases import CATALOGUE
from orpheus_core.testing.sandbox.replies import Replies, Reply, json_reply

_PIECE_BYTES = 16_384
_SLOW_PIECES_PER_S = 20
_CUTTING = (FaultKind.RESET, FaultKind.TRUNCATED, FaultKind.STALL)


@attrs.frozen(kw_only=True)
class RequestRecord:
    """A request that the sandbox got, and what became of it.

    *path* is without the *query*; *bytes_sent* counts the body alone; *fault* is what it met.
    """

    method: str
    path: str
    query: str
    range: str | None
    if_range: str | None
    status: int
    bytes_sent: int
    fault: FaultKind | None


class SandboxServer:
    """The server; a context manager.

    Args:
        faults: what goes wrong.
        port: where to listen; 0 for a port that is free.
        clock: what the header Date is taken from.
    """

    def __init__(
        self, faults: Iterable[Fault] = (), *, port: int = 0, clock: Clock | None = None
    ) -> None:
        self._plan = FaultPlan(faults)
        self._clock = clock or SystemClock()
        self._listener = LoopbackListener(self._serve, name="sandbox-server", port=port)
        self._log = _RequestLog()
        self._held = contextlib.ExitStack()
        self._refusing_port = 0

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        return f"http://{HOST}:{self._listener.port}"

    @property
    def requests(self) -> tuple[RequestRecord, ...]:
        """Every request so far, in order."""
        return self._log.records

    def add_fault(self, fault: Fault) -> None:
        """Let one more thing go wrong from now on."""
        self._plan.add(fault)

    def clear_faults(self) -> None:
        """Let nothing go wrong any more."""
        self._plan.clear()

    def wait_for_requests(self, count: int, timeout_s: float = 10.0) -> bool:
        """Wait until *count* requests have come; return whether they did."""
        return self._log.wait_for(count, timeout_s)

    def open(self) -> Self:
        """Start to listen, and return itself."""
        with contextlib.ExitStack() as held:
            self._refusing_port = held.enter_context(refusing_port())
            held.callback(self._listener.close)
            self._listener.up()
            self._held = held.pop_all()
        return self

    def close(self) -> None:
        """End everything at once, whatever clients are doing."""
        self._held.close()

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @functools.cached_property
    def _replies(self) -> Replies:
        return Replies(
            CATALOGUE,
            file_index(),
            self._plan,
            base_url=self.url,
            broken_urls={
                FaultKind.NAME_NOT_FOUND: f"http://nx.invalid:{self._listener.port}",
                FaultKind.REFUSED: f"http://{HOST}:{self._refusing_port}",
            },
        )

    def _serve(self, connection: Connection) -> None:
        with connection.sock.makefile("rb") as stream:
            while request := read_request(stream, connection.number):
                if not self._respond(connection, request):
                    return

    def _respond(self, connection: Connection, request: ReceivedRequest) -> bool:
        """Answer one request; return whether the connection goes on."""
        reply, fault = self._reply_to(request)
        path, _, query = request.path.partition("?")
        record = RequestRecord(
            method=request.method,
            path=path,
            query=query,
            range=request.header("Range"),
            if_range=request.header("If-Range"),
            status=reply.status,
            bytes_sent=0,
            fault=fault.kind if fault else None,
        )
        number = self._log.add(record)
        headers = (
            ("Date", email.utils.format_datetime(self._clock.now(), usegmt=True)),
            ("Content-Length", str(len(reply.body))),
            # A fault of the body is not announced.
            *(() if request.keeps_alive else (("Connection", "close"),)),
            *reply.headers,
        )
        connection.sock.sendall(answer_head(reply.status, headers))
        if request.method != "HEAD":
            for piece in _pieces(reply.body, fault, connection):
                # Counted before it is sent: the client may look as soon as it has it.
                self._log.count(number, len(piece))
                connection.sock.sendall(piece)
            if fault:
                _end(fault, connection)
        return request.keeps_alive and not (fault and fault.kind in _CUTTING)

    def _reply_to(self, request: ReceivedRequest) -> tuple[Reply, Fault | None]:
        try:
            parts = urlsplit(request.path)
        except ValueError:
            return json_reply(problem(400, "bad_request", "the path is no path")), None
        if request.version == "HTTP/1.1" and request.header("Host") is None:
            return json_reply(problem(400, "bad_request", "Host is missing")), None
        found = route(parts.path)
        methods = found.endpoint.methods if found else READING
        if request.method not in methods:
            answer = problem(405, "method", f"{' and '.join(methods)}: there is nothing else")
            return json_reply(answer, (("Allow", ", ".join(methods)),)), None
        if found is None:
            return json_reply(problem(404, "not_found", "nothing is here")), None
        fault = None
        if request.method != "HEAD":
            fault = self._plan.strike(self._replies.target(parts.path, found))
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        return self._replies.reply(request, found, query, fault), fault


class _RequestLog:
    """The records of requests, in order. Safe for threads."""

    def __init__(self) -> None:
        self._arrival = threading.Condition()
        self._records: list[RequestRecord] = []

    @property
    def records(self) -> tuple[RequestRecord, ...]:
        with self._arrival:
            return tuple(self._records)

    def add(self, record: RequestRecord) -> int:
        """Add *record*, and return its place."""
        with self._arrival:
            self._records.append(record)
            self._arrival.notify_all()
            return len(self._records) - 1

    def count(self, number: int, size_bytes: int) -> None:
        """Add to the bytes that were sent for the record at *number*."""
        with self._arrival:
            record = self._records[number]
            self._records[number] = attrs.evolve(record, bytes_sent=record.bytes_sent + size_bytes)

    def wait_for(self, count: int, timeout_s: float) -> bool:
        with self._arrival:
            return self._arrival.wait_for(lambda: len(self._records) >= count, timeout_s)


def _pieces(body: bytes, fault: Fault | None, connection: Connection) -> Iterator[bytes]:
    """Yield what is really sent of *body*, at its pace."""
    size_bytes, pause_s = _PIECE_BYTES, 0.0
    if fault and fault.kind in _CUTTING:
        cut = len(body) // 2 if fault.cut_at_bytes is None else fault.cut_at_bytes
        body = body[:cut]
    elif fault and fault.kind is FaultKind.SLOW:
        size_bytes = max(1, fault.bytes_per_s // _SLOW_PIECES_PER_S)
        pause_s = size_bytes / fault.bytes_per_s
    for start in range(0, len(body), size_bytes):
        if start and pause_s:
            connection.pause(pause_s)
        yield body[start : start + size_bytes]


def _end(fault: Fault, connection: Connection) -> None:
    if fault.kind is FaultKind.RESET:
        connection.reset_on_close()
    elif fault.kind is FaultKind.STALL:
        connection.wait_for_peer()


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until Ctrl-C or SIGTERM."""
    parser = argparse.ArgumentParser(prog="sandbox", description="Serve the sandbox's catalogue.")
    parser.add_argument("--port", type=int, default=0, help="where to listen (any free port)")
    parser.add_argument(
        "--fault", action="append", default=[], help="KIND:ITEM[:TIMES][:NAME=VALUE]; repeatable"
    )
    given = parser.parse_args(arguments)
    try:
        faults = parse_faults(" ".join(given.fault))
    except UnknownWord as error:
        parser.error(f"{error.title}; {error.next_step}")
    for ending in (signal.SIGINT, signal.SIGTERM):  # set, as a background job ignores Ctrl-C
        signal.signal(ending, signal.default_int_handler)
    with SandboxServer(faults, port=given.port) as server, contextlib.suppress(KeyboardInterrupt):
        sys.stdout.write(f"{server.url}\n")
        sys.stdout.flush()
        never = threading.Event()
        while not never.wait(0.5):  # in steps: Windows cannot interrupt a wait without an end
            pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
