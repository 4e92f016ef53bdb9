"""`FaultServer`: answers on a real socket exactly as a script says, however wrong that is.

::

    with FaultServer(answer(503, headers={"Retry-After": "1"}), answer(body=b"whole")) as server:
        requests.get(server.url)      # the first request: 503
        requests.get(server.url)      # the second one and all that follow: 200

    cut = (Status(200, (("Content-Length", "100"),)), Send(b"half"), Reset())

A script is a tuple of steps, an answer is a script or a function from the request to
one. The nth request gets the nth answer, and the last answer stays. A connection is kept
open after a script unless its last step ends it. `tls` and `on_connect` act before a
request is read: there belong banners, silence, and connections that end too early.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import BinaryIO, Self

import attrs

from orpheus_core.testing.httpwire import Headers, ReceivedRequest, answer_head, read_request
from orpheus_core.testing.loopback import HOST, Connection, LoopbackListener

_TICK_POLL_S = 0.01


@attrs.frozen
class Status:
    """Send status line and header fields, as they are: nothing is added."""

    status: int
    headers: Headers = ()
    reason: str = ""


@attrs.frozen
class Send:
    """Send bytes at once."""

    data: bytes


@attrs.frozen
class Drip:
    """Send bytes a few at a time: *size_bytes* each *interval_s*.

    With *interval_s* None each portion waits for `FaultServer.tick`.
    """

    data: bytes
    size_bytes: int = 1
    interval_s: float | None = 0.005


@attrs.frozen
class Endless:
    """Send the same bytes again and again until the client leaves."""

    data: bytes


@attrs.frozen
class Read:
    """Read up to *size_bytes* (the start of a TLS handshake, say) and drop them."""

    size_bytes: int = 65_536


@attrs.frozen
class Hold:
    """Wait for one `FaultServer.tick`."""


@attrs.frozen
class Stall:
    """Send nothing more, until the client or the server closes."""


@attrs.frozen
class Silence:
    """Neither read nor send anything, until the server closes."""


@attrs.frozen
class Reset:
    """End the connection with a reset (RST)."""


@attrs.frozen
class Close:
    """End the connection properly (FIN)."""


@attrs.frozen
class Tls:
    """Speak TLS from here on; behind the answer to a CONNECT this makes a proxy."""

    context: ssl.SSLContext


@attrs.frozen
class After:
    """From the request after the first *requests* ones on: run *then* instead of the rest."""

    requests: int
    then: Script


_PlainStep = Status | Send | Drip | Endless | Read | Hold | Silence | Tls
Step = _PlainStep | Stall | Reset | Close | After
Script = tuple[Step, ...]
Answer = Script | Callable[[ReceivedRequest], Script]


def answer(
    status: int = 200,
    body: bytes = b"",
    headers: Mapping[str, str] | Sequence[tuple[str, str]] = (),
    reason: str = "",
) -> Script:
    """Return the script of a proper answer; Content-Length is added unless it is given."""
    fields = tuple(headers.items() if isinstance(headers, Mapping) else headers)
    given = {name.lower() for name, _ in fields}
    if not given & {"content-length", "transfer-encoding"}:
        fields += (("Content-Length", str(len(body))),)
    return (Status(status, fields, reason), Send(body))


class FaultServer:
    """A server on 127.0.0.1 that follows scripts; a context manager.

    Args:
        answers: the nth for the nth request (over all connections); the last one stays.
        on_connect: what to do with a connection before anything is read from it.
        tls: speak TLS from the start.
    """

    def __init__(
        self, *answers: Answer, on_connect: Script = (), tls: ssl.SSLContext | None = None
    ) -> None:
        self._answers = answers or (answer(),)
        self._on_connect = (*on_connect, Tls(tls)) if tls else on_connect
        self._scheme = "https" if tls else "http"
        self._listener = LoopbackListener(self._serve, name="fault-server")
        self._arrival = threading.Condition()
        self._requests: list[ReceivedRequest] = []
        self._handshake_failures: list[str] = []
        self._ticks = threading.Semaphore(0)

    @property
    def host(self) -> str:
        """The address, 127.0.0.1."""
        return HOST

    @property
    def port(self) -> int:
        """The port; it stays the same over `down` and `up`."""
        return self._listener.port

    @property
    def url(self) -> str:
        """Scheme, address and port, without a slash at the end."""
        return f"{self._scheme}://{HOST}:{self.port}"

    @property
    def requests(self) -> tuple[ReceivedRequest, ...]:
        """Every request that came, in order."""
        with self._arrival:
            return tuple(self._requests)

    @property
    def connections(self) -> int:
        """How many connections were made."""
        return self._listener.accepted

    @property
    def handshake_failures(self) -> tuple[str, ...]:
        """Why TLS handshakes failed: a client that does not trust us, for one."""
        return tuple(self._handshake_failures)

    def open(self) -> Self:
        """Start to listen, and return itself."""
        self._listener.up()
        return self

    def close(self) -> None:
        """End everything at once.

        Raises:
            ExceptionGroup: an answer that is a function raised.
        """
        self._listener.close()

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def down(self) -> None:
        """Cut every connection and refuse new ones."""
        self._listener.down()

    def up(self) -> None:
        """Listen again, on the same port."""
        self._listener.up()

    def tick(self, count: int = 1) -> None:
        """Let *count* steps that wait for it go on, now or when they come to it."""
        self._ticks.release(count)

    def wait_for_requests(self, count: int, timeout_s: float = 10.0) -> bool:
        """Wait until *count* requests have come; return whether they did."""
        with self._arrival:
            return self._arrival.wait_for(lambda: len(self._requests) >= count, timeout_s)

    def _serve(self, connection: Connection) -> None:
        # The stream must go when the socket becomes another one (TLS), and at the end.
        with _Exchange(connection) as exchange:
            if not self._run(self._on_connect, exchange, number=0):
                return
            while request := read_request(exchange.stream, connection.number):
                with self._arrival:
                    self._requests.append(request)
                    number = len(self._requests)
                    self._arrival.notify_all()
                chosen = self._answers[min(number, len(self._answers)) - 1]
                script = chosen(request) if callable(chosen) else chosen
                if not self._run(script, exchange, number):
                    return

    def _run(self, script: Script, exchange: _Exchange, number: int) -> bool:
        """Take the steps for request *number*; return whether the connection goes on."""
        for step in script:
            match step:
                case After(requests, then):
                    if number > requests:
                        return self._run(then, exchange, number)
                case Stall() | Reset() | Close():
                    _end(step, exchange.connection)
                    return False
                case _:
                    self._take(step, exchange)
        return True

    def _take(self, step: _PlainStep, exchange: _Exchange) -> None:
        connection = exchange.connection
        match step:
            case Status(status, headers, reason):
                connection.sock.sendall(answer_head(status, headers, reason))
            case Send(data):
                connection.sock.sendall(data)
            case Drip():
                self._drip(step, connection)
            case Endless(data):
                while True:  # until sending raises: the client left, or the server closes
                    connection.sock.sendall(data)
            case Read(size_bytes):
                connection.sock.recv(size_bytes)
            case Hold():
                self._wait_for_tick(connection)
            case Silence():
                connection.pause()
            case Tls(context):
                self._start_tls(context, exchange)

    def _drip(self, step: Drip, connection: Connection) -> None:
        for start in range(0, len(step.data), step.size_bytes):
            if step.interval_s is None:
                self._wait_for_tick(connection)
            elif start:
                connection.pause(step.interval_s)
            connection.sock.sendall(step.data[start : start + step.size_bytes])

    def _wait_for_tick(self, connection: Connection) -> None:
        while not self._ticks.acquire(timeout=_TICK_POLL_S):
            connection.pause(0)

    def _start_tls(self, context: ssl.SSLContext, exchange: _Exchange) -> None:
        try:
            exchange.start_tls(context)
        except OSError as failure:
            self._handshake_failures.append(str(failure))
            raise


class _Exchange:
    """A connection with the stream that reads from it."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.stream: BinaryIO = connection.sock.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stream.close()

    def start_tls(self, context: ssl.SSLContext) -> None:
        self.stream.close()
        self.connection.start_tls(context)
        self.stream = self.connection.sock.makefile("rb")


def _end(step: Stall | Reset | Close, connection: Connection) -> None:
    if isinstance(step, Stall):
        connection.wait_for_peer()
    elif isinstance(step, Reset):
        connection.reset_on_close()
