"""A listening socket on 127.0.0.1, a thread for each connection, and an end that is at once.

What the servers of this kit share: however a client hangs, `LoopbackListener.close`
leaves no thread and no socket behind.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator

HOST = "127.0.0.1"
_JOIN_TIMEOUT_S = 10.0


class Connection:
    """One accepted connection. Its handler owns it; `cut` may come from any thread."""

    def __init__(self, sock: socket.socket, number: int) -> None:
        self.sock = sock
        self.number = number
        self._cut = threading.Event()
        self._lock = threading.Lock()

    @property
    def is_cut(self) -> bool:
        """Whether the server has ended this connection."""
        return self._cut.is_set()

    def pause(self, seconds: float | None = None) -> None:
        """Wait *seconds*, or until the server ends the connection.

        Raises:
            ConnectionAbortedError: the server ended it meanwhile.
        """
        if self._cut.wait(seconds):
            raise ConnectionAbortedError("the server is closing")

    def start_tls(self, context: ssl.SSLContext) -> None:
        """Speak TLS from here on, as the server's side.

        Raises:
            OSError: the handshake failed (`ssl.SSLError` is one), or the connection was cut.
        """
        with self._lock:
            self.pause(0)
            self.sock = context.wrap_socket(
                self.sock, server_side=True, do_handshake_on_connect=False
            )
        assert isinstance(self.sock, ssl.SSLSocket)  # noqa: S101  wrap_socket gives one
        self.sock.do_handshake()

    def cut(self) -> None:
        """Wake whoever reads from or writes to this connection: nothing comes any more."""
        self._cut.set()
        with self._lock, contextlib.suppress(OSError):
            # The plain socket's method: that of SSLSocket would drop its state under a reader.
            socket.socket.shutdown(self.sock, socket.SHUT_RDWR)

    def reset_on_close(self) -> None:
        """Let the end of this connection be a reset (RST) instead of a proper end (FIN)."""
        # The pair of l_onoff and l_linger: ints on POSIX, shorts on Windows.
        pair = "hh" if hasattr(socket, "SO_EXCLUSIVEADDRUSE") else "ii"
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack(pair, 1, 0))

    def wait_for_peer(self) -> None:
        """Read and drop what comes, until the other side closes or the server does."""
        while self.sock.recv(65536):
            pass


class LoopbackListener:
    """Accepts connections on 127.0.0.1 and runs *handle* on a thread for each.

    An `OSError` in a handler is a client that went away: the connection ends. Any other
    exception is a defect: `close` raises it, in an `ExceptionGroup`.
    """

    def __init__(self, handle: Callable[[Connection], None], *, name: str, port: int = 0) -> None:
        self._handle = handle
        self._name = name
        self._port = port
        self._running: dict[threading.Thread, Connection] = {}
        self._accepting: threading.Thread | None = None
        self._wake: socket.socket | None = None
        self._accepted = 0
        self._defects: list[Exception] = []

    @property
    def port(self) -> int:
        """The port, from the first `up` on."""
        if not self._port:
            raise RuntimeError(f"{self._name} has not been opened")
        return self._port

    @property
    def accepted(self) -> int:
        """How many connections have been accepted so far."""
        return self._accepted

    def up(self) -> None:
        """Listen; again on the same port after `down`."""
        if self._accepting:
            return
        listener = socket.create_server((HOST, self._port), backlog=128)
        listener.setblocking(False)
        self._port = listener.getsockname()[1]
        wake, self._wake = socket.socketpair()
        self._accepting = threading.Thread(
            target=self._accept, args=(listener, wake), name=self._name, daemon=True
        )
        self._accepting.start()

    def down(self) -> None:
        """Listen no more and cut every connection; whoever connects is refused."""
        if self._accepting and self._wake:
            self._wake.close()
            self._accepting.join(_JOIN_TIMEOUT_S)
            self._accepting = self._wake = None
        for connection in self._running.values():
            connection.cut()
        for thread in self._running:
            thread.join(_JOIN_TIMEOUT_S)
            if thread.is_alive():
                raise RuntimeError(f"a connection of {self._name} does not end")
        self._running = {}

    def close(self) -> None:
        """End everything.

        Raises:
            ExceptionGroup: handlers raised something else than an `OSError`.
        """
        self.down()
        defects, self._defects = self._defects, []
        if defects:
            raise ExceptionGroup(f"{self._name}: handlers raised", defects)

    def _accept(self, listener: socket.socket, wake: socket.socket) -> None:
        with listener, wake, selectors.DefaultSelector() as selector:
            selector.register(listener, selectors.EVENT_READ)
            selector.register(wake, selectors.EVENT_READ)
            while all(key.fileobj is not wake for key, _ in selector.select()):
                # A client that left the queue again: nothing to accept.
                with contextlib.suppress(OSError):
                    self._start(listener.accept()[0])

    def _start(self, sock: socket.socket) -> None:
        sock.setblocking(True)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._accepted += 1
        connection = Connection(sock, self._accepted)
        name = f"{self._name}-{connection.number}"
        thread = threading.Thread(target=self._run, args=(connection,), name=name, daemon=True)
        # Only this thread adds, and `down` looks only after its end: no lock is needed.
        self._running = {t: c for t, c in self._running.items() if t.is_alive()}
        thread.start()
        self._running[thread] = connection

    def _run(self, connection: Connection) -> None:
        try:
            self._handle(connection)
        except OSError:
            pass  # the client went away, or the server is closing
        except Exception as defect:  # noqa: BLE001  the thread's border: close() raises it
            self._defects.append(defect)
        finally:
            connection.sock.close()


@contextlib.contextmanager
def refusing_port() -> Iterator[int]:
    """Give a port of 127.0.0.1 that refuses every connection as long as the block runs."""
    # Bound but not listening: refused, and nobody else is given the port meanwhile.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as bound:
        bound.bind((HOST, 0))
        yield bound.getsockname()[1]


@contextlib.contextmanager
def unanswering_port() -> Iterator[int]:
    """Give a port of 127.0.0.1 on which no connection is ever made: its queue is full.

    Linux drops what does not fit the queue, so a client runs into its connect time-out;
    other systems may refuse instead.
    """
    with socket.create_server((HOST, 0), backlog=0) as listener, contextlib.ExitStack() as stack:
        port: int = listener.getsockname()[1]
        for _ in range(2):  # a backlog of 0 still holds one, and one more half made
            filler = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
            filler.setblocking(False)
            filler.connect_ex((HOST, port))
        yield port
