"""Connections of urllib3 that keep to one deadline, look where they lead, and can be ended.

What urllib3 leaves open: a look-up has no time-out at all, each address of a name gets the
whole connect time-out, and nobody asks whether a public name leads to a private address.
"""

from __future__ import annotations

import errno
import os
import queue
import socket
import threading
import time
from collections.abc import Iterable
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import (
    ConnectTimeoutError,
    LocationParseError,
    NameResolutionError,
    NewConnectionError,
)
from urllib3.poolmanager import PoolManager
from urllib3.response import HTTPResponse
from urllib3.util import wait_for_write

from orpheus_core.errors import UnexpectedAddress
from orpheus_core.network.failures import ResolverTimeout
from orpheus_core.network.hosts import is_private_address, is_private_name
from orpheus_core.network.watch import Exchange, Phase, current_exchange

_LOOK_UP_S = 5.0
_LOOK_S = 0.1
_IN_PROGRESS = frozenset({errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EAGAIN})

Address = tuple[int, int, int, str, tuple[Any, ...]]
"""What getaddrinfo answers; the form of the last, the socket address, depends on the family."""


def open_socket(
    host: str,
    port: int,
    *,
    exchange: Exchange,
    timeout_s: float,
    options: Iterable[tuple[int, int, int | bytes]] = (),
    private_allowed: bool = False,
) -> socket.socket:
    """Return a connection to *host*, made in *timeout_s* including the look-up.

    The addresses are tried in turn; each gets its share of the time that is left.

    Raises:
        socket.gaierror, TimeoutError, OSError: no connection, as the system says.
        UnexpectedAddress: a public name leads to private addresses only.
        Cancelled, ConnectTimeout: the exchange is over.
    """
    # Kernel time, as for the time-outs of sockets: an injected clock cannot hurry a network.
    due_s = time.monotonic() + timeout_s
    found = _look_up(host, port, exchange, min(_LOOK_UP_S, timeout_s))
    if not private_allowed:
        found = _public(found, host)
    failure: OSError = OSError("the name has no address")
    for number, address in enumerate(found):
        share_s = (due_s - time.monotonic()) / (len(found) - number)
        try:
            return _connect(address, exchange, share_s, options)
        except OSError as error:
            failure = error
    raise failure


def _look_up(host: str, port: int, exchange: Exchange, limit_s: float) -> list[Address]:
    """Ask the resolver, on a thread: getaddrinfo takes no time-out and cannot be stopped."""
    answers: queue.SimpleQueue[list[Address] | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))
        except (OSError, UnicodeError) as error:
            answers.put(error)

    threading.Thread(target=ask, name="orpheus-look-up", daemon=True).start()
    due_s = time.monotonic() + limit_s
    while True:
        try:
            answer = answers.get(timeout=_LOOK_S)
        except queue.Empty:
            exchange.check()
            if time.monotonic() >= due_s:
                raise ResolverTimeout(f"no answer in {limit_s:g} s") from None
        else:
            if isinstance(answer, Exception):
                raise answer
            return answer


def _public(found: list[Address], host: str) -> list[Address]:
    """The addresses that *host* may lead to: private ones only where it is itself private."""
    if is_private_name(host):
        return found
    public = [address for address in found if not is_private_address(str(address[-1][0]))]
    if found and not public:
        raise UnexpectedAddress(
            f"this network answers for {host} itself",
            why=f"the name leads to {found[0][-1][0]}, which is a private address",
            done="nothing was sent there",
            evidence={"host": host, "address": str(found[0][-1][0])},
        )
    return public


def _connect(
    address: Address,
    exchange: Exchange,
    share_s: float,
    options: Iterable[tuple[int, int, int | bytes]],
) -> socket.socket:
    family, kind, protocol, _, place = address
    sock = socket.socket(family, kind, protocol)
    try:
        for option in options:
            sock.setsockopt(*option)
        sock.setblocking(False)
        number = sock.connect_ex(place)
        if number in _IN_PROGRESS:
            number = _await_connection(sock, exchange, share_s)
        if number:
            raise OSError(number, os.strerror(number))
        sock.setblocking(True)
    except BaseException:
        sock.close()
        raise
    return sock


def _await_connection(sock: socket.socket, exchange: Exchange, share_s: float) -> int:
    """Return the error number with which the attempt to connect ended; 0 means connected."""
    due_s = time.monotonic() + share_s
    while not wait_for_write(sock, timeout=_LOOK_S):
        exchange.check()
        if time.monotonic() >= due_s:
            raise TimeoutError("timed out")
    return sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)


class _WatchedConnection(HTTPConnection):
    """Belongs to the exchange that its thread is at, from the look-up to the headers."""

    _answers = 0

    def _new_conn(self) -> socket.socket:
        exchange = current_exchange()
        timeout_s = self.timeout if isinstance(self.timeout, float | int) else 10.0
        exchange.enter(Phase.CONNECT, timeout_s)
        self._answers = 0
        try:
            sock = open_socket(
                self._dns_host,
                self.port,
                exchange=exchange,
                timeout_s=timeout_s,
                options=self.socket_options or (),
                private_allowed=exchange.private_allowed or self.proxy is not None,
            )
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        except UnicodeError as error:
            raise LocationParseError(self.host) from error
        except TimeoutError as error:
            raise ConnectTimeoutError(self, "timed out") from error
        except OSError as error:
            raise NewConnectionError(self, str(error)) from error
        sock.settimeout(timeout_s)
        exchange.watch(sock)
        return sock

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # as urllib3 does
        exchange = current_exchange()
        exchange.reused_connection = self._answers > 0
        if exchange.reused_connection:
            exchange.watch(self.sock)
        if isinstance(self.timeout, float | int):
            exchange.enter(Phase.HEADERS, self.timeout)
        response = super().getresponse()
        try:
            # Headers that the watchman cut short would otherwise pass for complete.
            exchange.check()
        except BaseException:
            response.close()
            raise
        self._answers += 1
        return response


class _WatchedTlsConnection(_WatchedConnection, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _WatchedConnection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _WatchedTlsConnection


def _use_watched_connections(manager: PoolManager) -> None:
    manager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}


class WatchedAdapter(HTTPAdapter):
    """requests' adapter over watched connections. It never sends anything twice.

    SOCKS proxies bring connections of their own, which are not watched: there a cancel
    waits for the time-out of the socket.
    """

    def __init__(self, *, connections: int) -> None:
        super().__init__(max_retries=0, pool_maxsize=connections)

    def init_poolmanager(
        self, connections: int, maxsize: int, block: bool = False, **pool_kwargs: object
    ) -> None:
        super().init_poolmanager(connections, maxsize, block, **pool_kwargs)
        _use_watched_connections(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **proxy_kwargs: object) -> PoolManager:
        manager: PoolManager = super().proxy_manager_for(proxy, **proxy_kwargs)
        if not proxy.lower().startswith("socks"):
            _use_watched_connections(manager)
        return manager


class QuietSession(requests.Session):
    """requests' session that keeps no cookies, and leaves redirects entirely alone.

    ``allow_redirects=False`` would not do: it still reads the whole body of a redirect.
    """

    def __init__(self, adapter: HTTPAdapter) -> None:
        super().__init__()
        self.trust_env = False
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.mount("http://", adapter)
        self.mount("https://", adapter)

    def get_redirect_target(self, resp: requests.Response) -> None:
        return None
