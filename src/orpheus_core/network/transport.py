"""The way out: sends a request over requests and urllib3. Built-in plugin ``core.transport``."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from orpheus_core.config import NetworkSettings
from orpheus_core.errors import CaMissing
from orpheus_core.hookspecs import hookimpl
from orpheus_core.network.exchange import OutgoingRequest
from orpheus_core.network.proxies import Proxy, proxy_for
from orpheus_core.network.watch import current_exchange
from orpheus_core.redaction import Redactor

if TYPE_CHECKING:
    import requests

    from orpheus_core.network.connecting import WatchedAdapter

_CONNECTIONS_KEPT = 16


class Transport:
    """Answers ``orpheus_send`` from the network; the body is left to be read.

    One pool of connections a service, and over it one session a thread. Neither ``.netrc``
    nor cookies nor redirects: what is sent is what the request says.
    """

    def __init__(
        self,
        settings: NetworkSettings,
        redactor: Redactor,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self._settings = settings
        self._redactor = redactor
        self._environ = environ
        self._lock = threading.Lock()
        self._adapters: dict[str, WatchedAdapter] = {}
        self._of_this_thread = threading.local()
        self._proxies_seen: set[str] = set()

    @hookimpl(trylast=True)
    def orpheus_send(self, request: OutgoingRequest) -> requests.Response:
        """Send *request*.

        Raises:
            NetworkError: it did not get there, or no answer came.
            CaMissing, MalformedSecret, InvalidUrl: it cannot be sent.
            Cancelled: it was stopped on request.
        """
        handled = sys.exception()
        proxy = proxy_for(request.url, self._environ)
        if proxy and proxy.password and proxy.url not in self._proxies_seen:
            self._proxies_seen.add(proxy.url)
            self._redactor.add(proxy.password)
        try:
            return self._send(request, proxy)
        except Exception as error:
            from orpheus_core.network.failures import ForeignFailure, classify_exception

            verdict = current_exchange().look() or classify_exception(
                error,
                url=request.url,
                handled=handled,
                proxy_variable=proxy.variable if proxy else "",
            )
            if verdict is error:
                raise
            raise verdict from ForeignFailure.of(error)

    def close(self) -> None:
        """Close every connection that is kept."""
        with self._lock:
            adapters, self._adapters = tuple(self._adapters.values()), {}
        for adapter in adapters:
            adapter.close()

    def _send(self, request: OutgoingRequest, proxy: Proxy | None) -> requests.Response:
        import requests

        asked = requests.Request(
            request.method, request.url, headers=dict(request.headers), data=request.body
        )
        scheme = request.url.partition(":")[0].lower()
        return self._session(request.service).send(
            asked.prepare(),
            stream=True,
            allow_redirects=False,
            timeout=(request.connect_timeout_s, request.read_timeout_s),
            verify=self._authorities(),
            proxies={scheme: proxy.url} if proxy else {},
        )

    def _authorities(self) -> str | bool:
        file = self._settings.ca_file
        if not file:
            return True
        path = Path(file).expanduser()
        if not path.exists():
            raise CaMissing(f"the file {file} in network.ca_file does not exist")
        return str(path)

    def _session(self, service: str) -> requests.Session:
        sessions: dict[str, requests.Session] | None = getattr(
            self._of_this_thread, "sessions", None
        )
        if sessions is None:
            sessions = self._of_this_thread.sessions = {}
        if service not in sessions:
            from orpheus_core.network.connecting import QuietSession

            sessions[service] = QuietSession(self._adapter(service))
        return sessions[service]

    def _adapter(self, service: str) -> WatchedAdapter:
        from orpheus_core.network.connecting import WatchedAdapter

        with self._lock:
            if not self._adapters:
                # Their lines hold whole URLs, with the tokens in their queries.
                logging.getLogger("urllib3").setLevel(logging.ERROR)
            if service not in self._adapters:
                self._adapters[service] = WatchedAdapter(connections=_CONNECTIONS_KEPT)
            return self._adapters[service]
