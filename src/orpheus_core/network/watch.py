"""Ends exchanges that are cancelled or late, from outside the thread that waits for them.

A time-out of a socket bounds one read, not an answer: headers that drip in byte by byte,
a handshake that never ends, a cancel that comes while a read blocks. `Watchman` looks at
every exchange ten times a second and shuts down the sockets of those that are over.
"""

from __future__ import annotations

import contextlib
import enum
import socket
import threading
from collections.abc import Iterator
from contextvars import ContextVar

from orpheus_core.clock import Clock, SystemClock
from orpheus_core.errors import (
    Cancelled,
    ConnectTimeout,
    OrpheusError,
    ReadTimeout,
    Stalled,
    TooSlow,
)

_LOOK_S = 0.1


class Phase(enum.Enum):
    """How far an exchange is."""

    CONNECT = "connect"
    HEADERS = "headers"
    BODY = "body"


class Exchange:
    """One request on its way, with its limits, as seen by its own thread and the watchman's.

    Args:
        host: for messages.
        private_allowed: whether a name may lead to a private address.
        whole_s: seconds for everything together; None leaves it to the phases' limits.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        host: str,
        cancel: threading.Event | None = None,
        private_allowed: bool = False,
        whole_s: float | None = None,
    ) -> None:
        self.private_allowed = private_allowed
        self.reused_connection = False
        self._clock = clock
        self._host = host
        self._cancel = cancel
        self._whole_s = whole_s
        self._whole_due_s: float | None = None
        self._phase = Phase.CONNECT
        self._limit_s: float | None = None
        self._due_s: float | None = None
        self._socket: socket.socket | None = None
        self._verdict: OrpheusError | None = None
        self._lock = threading.Lock()

    def start(self) -> None:
        """Let the time for everything together run from now on: a request goes out."""
        if self._whole_s is not None:
            self._whole_due_s = self._clock.monotonic() + self._whole_s

    def enter(self, phase: Phase, limit_s: float) -> None:
        """Begin *phase*, or the next read in it: it must be over in *limit_s*."""
        now_s = self._clock.monotonic()
        with self._lock:
            self._phase, self._limit_s, self._due_s = phase, limit_s, now_s + limit_s

    def leave(self) -> None:
        """End the phase or read: nobody waits for the network now."""
        with self._lock:
            self._due_s = None

    def watch(self, sock: socket.socket) -> None:
        """Shut *sock* down when this exchange is over before its time."""
        # A second handle on the connection: TLS takes the first one away from its object.
        handle = socket.socket(fileno=socket.dup(sock.fileno()))
        with self._lock:
            before, self._socket = self._socket, handle
        if before is not None:
            before.close()

    def look(self) -> OrpheusError | None:
        """Return why this exchange is over before its time, or None while it may go on."""
        with self._lock:
            if self._verdict is None:
                self._verdict = self._judge()
                if self._verdict is not None and self._socket is not None:
                    with contextlib.suppress(OSError):
                        self._socket.shutdown(socket.SHUT_RDWR)
            return self._verdict

    def check(self) -> None:
        """Raise what `look` returns.

        Raises:
            Cancelled, ConnectTimeout, ReadTimeout, Stalled, TooSlow: as they say.
        """
        verdict = self.look()
        if verdict is not None:
            raise verdict

    def end(self) -> None:
        """Watch its socket no more."""
        with self._lock:
            handle, self._socket = self._socket, None
        if handle is not None:
            handle.close()

    def give_up(self) -> None:
        """End it as cancelled: everything closes."""
        with self._lock:
            self._cancel = threading.Event()
            self._cancel.set()
        self.look()

    def _judge(self) -> OrpheusError | None:
        if self._cancel is not None and self._cancel.is_set():
            return Cancelled("stopped on request")
        now_s = self._clock.monotonic()
        if self._whole_due_s is not None and now_s >= self._whole_due_s:
            return TooSlow(
                f"{self._host} did not finish its answer in {self._whole_s:.0f} s",
                evidence={"host": self._host, "limit_s": self._whole_s},
            )
        if self._due_s is None or now_s < self._due_s:
            return None
        evidence = {"host": self._host, "limit_s": self._limit_s}
        if self._phase is Phase.CONNECT:
            title = f"no connection to {self._host} could be made in {self._limit_s:g} s"
            return ConnectTimeout(title, evidence=evidence)
        if self._phase is Phase.HEADERS:
            return ReadTimeout(
                f"{self._host} did not answer in {self._limit_s:g} s", evidence=evidence
            )
        return Stalled(
            f"{self._host} stopped sending: nothing came for {self._limit_s:g} s",
            evidence=evidence,
        )


_current: ContextVar[Exchange | None] = ContextVar("orpheus_exchange", default=None)


def current_exchange() -> Exchange:
    """The exchange that this thread is at; an unwatched one when nobody began any."""
    return _current.get() or Exchange(SystemClock(), host="the host")


@contextlib.contextmanager
def at_work_on(exchange: Exchange) -> Iterator[None]:
    """Make *exchange* the one that this thread is at."""
    token = _current.set(exchange)
    try:
        yield
    finally:
        _current.reset(token)


class Watchman:
    """Looks at every exchange that has begun and not ended, on a thread of its own."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._exchanges: set[Exchange] = set()
        self._thread: threading.Thread | None = None
        self._closed = False

    def begin(self, exchange: Exchange) -> Exchange:
        """Watch *exchange* from now on, and return it.

        Raises:
            Cancelled: the watchman is closed.
        """
        with self._changed:
            if self._closed:
                raise Cancelled("stopped on request", why="the application is closed")
            self._exchanges.add(exchange)
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="orpheus-watchman", daemon=True
                )
                self._thread.start()
            self._changed.notify_all()
        return exchange

    def end(self, exchange: Exchange) -> None:
        """Watch *exchange* no more."""
        with self._changed:
            self._exchanges.discard(exchange)
        exchange.end()

    def close(self) -> None:
        """Cancel what is under way, and end the thread."""
        with self._changed:
            self._closed = True
            exchanges, thread = tuple(self._exchanges), self._thread
            self._changed.notify_all()
        for exchange in exchanges:
            exchange.give_up()
        if thread is not None:
            thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                if not self._closed:
                    self._changed.wait(_LOOK_S if self._exchanges else None)
                if self._closed:
                    return
                exchanges = tuple(self._exchanges)
            for exchange in exchanges:
                exchange.look()
