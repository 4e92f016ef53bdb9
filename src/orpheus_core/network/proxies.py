"""Proxies, as ``HTTP_PROXY``, ``HTTPS_PROXY``, ``ALL_PROXY`` and ``NO_PROXY`` name them.

Our own reading, because that of requests also opens ``.netrc``. This machine itself is never
asked for through a proxy.
"""

from __future__ import annotations

import importlib.util
import ipaddress
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

import attrs

from orpheus_core.errors import ProxyUnreachable

_DEFAULT_PORTS = {"http": 80, "https": 443}
_SCHEMES = frozenset({"http", "https", "socks4", "socks4a", "socks5", "socks5h"})


@attrs.frozen(kw_only=True)
class Proxy:
    """A proxy and the variable that named it. The URL may hold a password."""

    url: str = attrs.field(repr=False)
    variable: str

    @property
    def password(self) -> str | None:
        """The password in its URL, if any."""
        password = urlsplit(self.url).password
        return unquote(password) if password else None


def proxy_for(url: str, environ: Mapping[str, str]) -> Proxy | None:
    """Return the proxy through which *url* is asked for, or None for the direct way.

    Raises:
        ProxyUnreachable: a variable is set, but not to the address of a usable proxy.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    if _is_this_machine(host) or _is_exempt(host, port, environ):
        return None
    for name in (f"{parts.scheme}_proxy", "all_proxy"):
        for variable in (name, name.upper()):
            if variable == "HTTP_PROXY" and "REQUEST_METHOD" in environ:
                continue  # under CGI a request's header fills it in (CVE-2016-1000110)
            if value := environ.get(variable, "").strip():
                return _checked(value, variable)
    return None


def _checked(value: str, variable: str) -> Proxy:
    url = value if "://" in value else f"http://{value}"
    try:
        parts = urlsplit(url)
        scheme = parts.scheme if parts.hostname and parts.port != 0 else ""
    except ValueError:
        scheme = ""
    if scheme not in _SCHEMES:
        raise ProxyUnreachable(
            f"{variable} is set, but not to the address of a proxy",
            next_step=f"set {variable} to http://HOST:PORT, or unset it",
            evidence={"variable": variable},
        )
    if scheme.startswith("socks") and importlib.util.find_spec("socks") is None:
        raise ProxyUnreachable(
            f"{variable} names a SOCKS proxy, and the package for it is not installed",
            next_step="pip install PySocks",
            evidence={"variable": variable},
        )
    return Proxy(url=url, variable=variable)


def _is_this_machine(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_exempt(host: str, port: int | None, environ: Mapping[str, str]) -> bool:
    text = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    return any(_exempts(entry.strip().lower(), host, port) for entry in text.split(","))


def _exempts(entry: str, host: str, port: int | None) -> bool:
    """Whether one entry of ``NO_PROXY`` means *host*: a name, ``.name``, address or network."""
    if entry == "*":
        return True
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(entry, strict=False)
    except ValueError:
        pass  # the one or the other is a name
    name, colon, its_port = entry.rpartition(":")
    if colon and its_port.isdigit():
        if int(its_port) != port:
            return False
        entry = name
    entry = entry.removeprefix("*").removeprefix(".")
    return bool(entry) and (host == entry or host.endswith(f".{entry}"))
