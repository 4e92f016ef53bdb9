"""Hosts of a service that answer the same, as it declares them."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit, urlunsplit

from orpheus_core.network.hosts import admits

Mirrors = tuple[tuple[str, ...], ...]
"""Groups of hosts; those of one group answer the same."""


def others_like(host: str, mirrors: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """Return the hosts that answer what *host* answers, without itself, in lower case.

    As a host is read from a link, so that the two can be compared.
    """
    for group in mirrors:
        if admits(group, host):
            return tuple(each.lower() for each in group if not admits((each,), host))
    return ()


def at_host(url: str, host: str) -> str:
    """Return *url* with *host* in place of its own; scheme, port, path and query stay.

    >>> at_host("https://a.example:8443/x?y=1", "b.example")
    'https://b.example:8443/x?y=1'
    """
    parts = urlsplit(url)
    name = f"[{host}]" if ":" in host and not host.startswith("[") else host
    return urlunsplit(parts._replace(netloc=name if parts.port is None else f"{name}:{parts.port}"))
