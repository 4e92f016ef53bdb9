"""What services are on the network: whom each may talk to, how often, and what is in force."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Collection, Iterable

import attrs

from orpheus_core.brain import Event, EventBus, MitigationKind
from orpheus_core.clock import Clock
from orpheus_core.errors import InvalidUrl, UndeclaredHost
from orpheus_core.network.hosts import Exceptions, Origin, admits, host_of
from orpheus_core.network.mirrors import Mirrors, others_like
from orpheus_core.network.throttle import Limit, Throttle


@attrs.frozen(kw_only=True)
class Line:
    """What is known of a service on the network: its hosts, and its limits.

    *private* says that its hosts lie in a private network by the user's own setting. *plugin*
    is who brought the service, *exceptions* are the hosts that a person may allow it. Of the
    hosts in one group of *mirrors*, each answers the same.
    """

    service: str
    hosts: tuple[str, ...]
    throttle: Throttle
    private: bool = False
    plugin: str = ""
    exceptions: Exceptions = attrs.field(factory=Exceptions)
    mirrors: Mirrors = ()

    def others_like(self, host: str, *, but: Collection[str] = ()) -> tuple[str, ...]:
        """The hosts that answer the same as *host*, without itself and those in *but*."""
        return tuple(
            each
            for each in others_like(host, self.mirrors)
            if each not in but and admits(self.hosts, each)
        )

    def check(self, url: str) -> None:
        """Refuse a host that the service did not name.

        Raises:
            UndeclaredHost: it did not.
            InvalidUrl: *url* is no web address.
        """
        try:
            origin = Origin.of(url)
        except ValueError:
            raise InvalidUrl("the link is malformed") from None
        if origin.scheme not in ("http", "https") or not origin.host:
            raise InvalidUrl("the link is no web address", why=f"it begins with {url[:8]!r}")
        if not admits((*self.hosts, *self.exceptions.of(self.service)), origin.host):
            host = host_of(url)
            raise UndeclaredHost(
                f"{self._who()} did not name the host {host}",
                why="it named " + (", ".join(self.hosts) or "none"),
                done="nothing was sent there",
                next_step=self.exceptions.setting_for(self.service, host),
                evidence={"host": host, "service": self.service, "plugin": self.plugin or None},
            )

    def _who(self) -> str:
        if self.plugin in ("", self.service):
            return f"{'plugin' if self.plugin else 'service'} {self.service}"
        return f"service {self.service} of plugin {self.plugin}"


class Lines:
    """Every service that was declared. For any number of threads.

    What the brain puts in force about a service (that it is paused, or slowed down) is told as
    an event, and obeyed from then on.

    Args:
        find: called with a name that nobody has declared: it may do so.
    """

    def __init__(
        self,
        *,
        events: EventBus,
        clock: Clock,
        exceptions: Exceptions,
        find: Callable[[str], object] = lambda _: None,
    ) -> None:
        self._events = events
        self._clock = clock
        self._exceptions = exceptions
        self._find = find
        self._lock = threading.Lock()
        self._lines: dict[str, Line] = {}
        events.subscribe(self._obey, kinds=["brain.mitigation.applied"], name="network")

    def declare(
        self,
        service: str,
        *,
        hosts: Iterable[str],
        limits: Iterable[Limit],
        mirrors: Iterable[Iterable[str]],
        private: bool,
        plugin: str,
    ) -> None:
        """Add *service*; see `NetworkManager.declare`."""
        throttle = Throttle(limits, self._clock, functools.partial(self._tell_wait, service))
        line = Line(
            service=service,
            hosts=tuple(hosts),
            throttle=throttle,
            private=private,
            plugin=plugin,
            exceptions=self._exceptions,
            mirrors=tuple(map(tuple, mirrors)),
        )
        with self._lock:
            self._lines[service] = line

    def of(self, service: str) -> Line:
        """Return the line of *service*.

        Raises:
            UndeclaredHost: nobody declared it.
            PluginUnavailable: the plugin that brings it is off, or does not load.
        """
        if service not in self._lines:
            self._find(service)
        line = self._lines.get(service)
        if line is None:
            raise UndeclaredHost(
                f"service {service} is not known to the network",
                done="nothing was sent",
                evidence={"service": service},
            )
        return line

    def _obey(self, told: Event) -> None:
        line = self._lines.get(str(told.data.get("scope")))
        for_s = told.data.get("for_s")
        if line is None or not isinstance(for_s, float):
            return
        kind = told.data.get("mitigation")
        if kind == MitigationKind.PAUSE_SERVICE.value:
            line.throttle.pause_for(for_s)
        elif kind == MitigationKind.SLOW_DOWN.value:
            line.throttle.slow_down_for(for_s)

    def _tell_wait(self, service: str, after_s: float, limit: str) -> None:
        self._events.emit(
            "network.throttle.waited",
            service=service,
            data={"after_s": round(after_s, 3), "limit": limit},
        )
