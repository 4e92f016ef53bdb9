"""Hosts: which ones a service may talk to, and which of them lie in a private network."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

import attrs

from orpheus_core.config import EXTRA_HOST, NetworkSettings

_DEFAULT_PORTS = {"http": 80, "https": 443}

_LONGEST_SHOWN = 253
"""The longest name there is. Source: RFC 1035, section 2.3.4."""

# Not `ipaddress.is_global`: 198.18.0.0/15, which it refuses as well, is what many VPN clients
# give as the address of every public name.
_PRIVATE_NETWORKS = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "::/128",
        "::1/128",
        "fc00::/7",
        "fe80::/10",
    )
)

_PRIVATE_ENDINGS = (".localhost", ".local", ".lan", ".internal", ".home.arpa")


@attrs.frozen
class Origin:
    """Scheme, host and port: who gets what is sent. Source: RFC 6454, section 4."""

    scheme: str
    host: str
    port: int | None

    @classmethod
    def of(cls, url: str) -> Origin:
        """Return the origin of *url*.

        Raises:
            ValueError: it is malformed.
        """
        parts = urlsplit(url)
        scheme = parts.scheme.lower()
        host = (parts.hostname or "").rstrip(".")
        return cls(scheme, host, parts.port or _DEFAULT_PORTS.get(scheme))

    def may_be_told_what(self, other: Origin) -> bool:
        """Whether this origin may get the credentials of *other*: itself, or moved to TLS."""
        upgraded = Origin("http", self.host, 80)
        return self == other or (self == Origin("https", self.host, 443) and other == upgraded)


def host_of(url: str) -> str:
    """The host in *url*, fit to be shown; a placeholder where there is none."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        host = ""
    shown = "".join(letter if letter.isprintable() else "?" for letter in host)
    return shown[:_LONGEST_SHOWN] or "(no host)"


def admits(patterns: Iterable[str], host: str) -> bool:
    """Whether one of *patterns* is *host*, or is ``*.`` and a name that *host* lies below."""
    host = _comparable(host)
    for pattern in patterns:
        name = _comparable(pattern.removeprefix("*."))
        if pattern.startswith("*."):
            if host.endswith(f".{name}"):
                return True
        elif host == name:
            return True
    return False


@attrs.frozen
class Exceptions:
    """The hosts that a person allows to services that did not name them.

    *settings* is where that is said, *file* where a person writes it; empty: nowhere.
    """

    settings: NetworkSettings = attrs.field(factory=NetworkSettings)
    file: str = ""

    def of(self, service: str) -> tuple[str, ...]:
        """The hosts that *service* may talk to besides those that it named."""
        named = (each.partition(":") for each in self.settings.extra_hosts)
        return tuple(host for name, _, host in named if name == service)

    def setting_for(self, service: str, host: str) -> str:
        """The line of the settings that lets *service* talk to *host*; empty: there is none."""
        added = f"{service}:{f'[{host}]' if ':' in host else host}"
        if not self.file or not re.fullmatch(EXTRA_HOST, added):
            return ""
        listed = ", ".join(f'"{each}"' for each in (*self.settings.extra_hosts, added))
        return f"network.extra_hosts = [{listed}] in {self.file} allows it"


def is_private_address(address: str) -> bool:
    """Whether *address* is of this machine or of a network that the world does not see."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    return any(ip in network for network in _PRIVATE_NETWORKS if network.version == ip.version)


def is_private_name(host: str) -> bool:
    """Whether *host* itself says that it is private: an address, or a name no one else has."""
    name = _comparable(host)
    return is_address(name) or "." not in name or name.endswith(_PRIVATE_ENDINGS)


def is_address(host: str) -> bool:
    """Whether *host* is an IP address and no name."""
    try:
        ipaddress.ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return False
    return True


def _comparable(host: str) -> str:
    name = host.strip("[]").rstrip(".").lower()
    try:
        return name if name.isascii() else name.encode("idna").decode("ascii")
    except UnicodeError:
        return name
