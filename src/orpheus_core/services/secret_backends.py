"""The places where secrets are kept, in order; a plugin is imported when its turn comes."""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator

import attrs

from orpheus_core.errors import PluginUnavailable
from orpheus_core.plugins import (
    PluginHost,
    PluginRecord,
    PluginState,
    SecretBackendInfo,
    is_out,
    lie,
    unavailable,
)
from orpheus_core.services.module import SecretBackend

HOOK = "orpheus_secret_backends"


@attrs.define(eq=False)
class _Place:
    """A backend in its place among others; None until its plugin is imported."""

    plugin: str
    info: SecretBackendInfo
    backend: SecretBackend | None = None

    @property
    def rank(self) -> tuple[float, str]:
        """The highest priority first, then by name."""
        return -float(self.info.priority), self.info.name


class SecretBackends:
    """Every backend with its plugin, the one with the highest priority first.

    One that is known by its plugin's manifest is imported when those before it had no answer.
    """

    def __init__(self, plugins: PluginHost) -> None:
        self._plugins = plugins
        self._lock = threading.RLock()
        self._places: list[_Place] | None = None
        self._missing: dict[str, PluginUnavailable] = {}

    def in_order(self) -> Iterator[tuple[str, SecretBackend]]:
        """Yield each backend. A plugin that does not load is reported and passed over."""
        for place in self._known():
            if place.backend is None and place.plugin not in self._missing:
                self._load(place.plugin)
            if place.backend is not None and self._plugins.usable(place.plugin):
                yield place.plugin, place.backend

    def missing(self) -> list[PluginUnavailable]:
        """Return an error for each plugin that claims a backend and does not bring it."""
        return list(self._missing.values())

    def _known(self) -> list[_Place]:
        with self._lock:
            if self._places is None:
                self._places = []  # at once: a hook that fails may have us asked again
                try:
                    places = [each for r in self._plugins.records() for each in self._of(r)]
                except BaseException:
                    self._places = None
                    raise
                self._places = sorted(places, key=lambda place: place.rank)
            return self._places

    def _of(self, record: PluginRecord) -> list[_Place]:
        """The backends of one plugin; it is not imported if it has a manifest."""
        claimed = record.manifest.secret_backends if record.manifest else ()
        if is_out(record, self._plugins):
            if claimed and record.state is not PluginState.DISABLED:
                self._miss(record)
            return []
        if record.manifest is not None:
            return [_Place(record.id, info) for info in claimed]
        if HOOK not in record.hooks:
            return []
        return [_Place(record.id, info, backend) for info, backend in self._brought(record.id)]

    def _load(self, plugin: str) -> None:
        """Import *plugin* and put its backends into their places, if they are as it claims."""
        try:
            self._plugins.activate(plugin)
        except PluginUnavailable:
            self._miss(self._plugins.record(plugin))
            return
        with self._lock:
            places = [place for place in self._known() if place.plugin == plugin]
            if all(place.backend is not None for place in places):
                return  # another thread was faster
            brought = self._brought(plugin)
            record = self._plugins.record(plugin)
            fault = lie(record.manifest, secret_backends=[info for info, _ in brought])
            if not fault:
                by_name = {info.name: backend for info, backend in brought}
                for place in places:
                    place.backend = by_name[place.info.name]
                return
            if HOOK not in record.reason:  # if it raised, nobody knows what it would have brought
                self._plugins.refuse(plugin, fault)
            self._miss(self._plugins.record(plugin))

    def _brought(self, plugin: str) -> list[tuple[SecretBackendInfo, SecretBackend]]:
        found = []
        for answer in self._plugins.collect(HOOK, SecretBackend, only=plugin):
            read = functools.partial(backend_info, answer.value)
            info = self._plugins.guarded(plugin, HOOK, read)
            if info is not None:
                found.append((info, answer.value))
        return found

    def _miss(self, record: PluginRecord) -> None:
        claimed = record.manifest.secret_backends if record.manifest else ()
        names = ", ".join(info.name for info in claimed)
        self._missing[record.id] = unavailable(record, f"secret backend {names}")


def backend_info(backend: SecretBackend) -> SecretBackendInfo:
    """Return what a manifest says of *backend*.

    Raises:
        TypeError, ValueError: its priority is no number.
    """
    float(backend.priority)
    return SecretBackendInfo(name=str(backend.name), priority=backend.priority)
