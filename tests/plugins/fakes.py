"""Installed plugins that are not installed: what they bring is in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import attrs

import orpheus_core as oc
from orpheus_core.plugins import ApiVersion, HookUse, PluginHost, PluginManifest, PluginState
from orpheus_core.plugins.index import FoundPlugin


@attrs.frozen(kw_only=True)
class Fake(FoundPlugin):
    """An installed plugin whose import is a call of *brings*."""

    brings: Callable[[], object]
    stamped: str = "stamp"

    def load(self) -> object:
        return self.brings()

    def stamp(self) -> str:
        return self.stamped


class Answers:
    """A plugin that answers every question with *value*, or raises it."""

    def __init__(self, value: object) -> None:
        self.value = value

    @oc.hookimpl
    def orpheus_decide(self, question: object) -> object:
        if isinstance(self.value, Exception):
            raise self.value
        return self.value


@attrs.frozen
class Shelf:
    """An index of *found*."""

    found: Sequence[FoundPlugin] = ()

    def plugins(self) -> list[FoundPlugin]:
        return sorted(self.found, key=lambda plugin: (plugin.id, plugin.distribution))


def manifest(
    name: str, *hooks: str | HookUse, api: ApiVersion = (1, 0), adds: tuple[str, ...] = ()
) -> PluginManifest:
    """A manifest that names *hooks*."""
    uses = tuple(HookUse(name=hook) if isinstance(hook, str) else hook for hook in hooks)
    return PluginManifest(id=name, api=(api,), hooks=uses, adds_hooks=adds)


def eager(
    name: str,
    brings: Callable[[], object] = object,
    distribution: str = "",
    *,
    version: str = "1",
    problem: str = "",
) -> Fake:
    """An installed plugin without a manifest."""
    return Fake(
        id=name,
        distribution=distribution or f"orpheus-{name}",
        version=version,
        value=f"{name}.plugin",
        problem=problem,
        brings=brings,
    )


def lazy(
    name: str,
    brings: Callable[[], object],
    *hooks: str | HookUse,
    distribution: str = "",
    adds: tuple[str, ...] = (),
    claims: PluginManifest | None = None,
) -> Fake:
    """An installed plugin with a manifest."""
    plugin = eager(name, brings, distribution)
    return attrs.evolve(plugin, manifest=claims or manifest(name, *hooks, adds=adds))


def host_of(*found: FoundPlugin, **options: object) -> PluginHost:
    """A host that has discovered *found*."""
    host = PluginHost(index=Shelf(list(found)), **options)  # type: ignore[arg-type] # by name
    host.discover()
    return host


def state_of(host: PluginHost, name: str) -> tuple[PluginState, str]:
    """The state of a plugin, and the reason for it."""
    record = host.record(name)
    return record.state, record.reason


class Counting:
    """Loads *plugin*, and counts how often."""

    def __init__(self, plugin: object) -> None:
        self.plugin = plugin
        self.loads = 0

    def __call__(self) -> object:
        self.loads += 1
        if isinstance(self.plugin, BaseException):
            raise self.plugin
        return self.plugin


class Decides:
    """A plugin that answers every question."""

    def __init__(self, value: object = "lazy") -> None:
        self.value = value

    @oc.hookimpl
    def orpheus_decide(self, question: object) -> object:
        return f"{self.value} {question}"


def decide(host: PluginHost) -> list[str]:
    """What the plugins answer to a question."""
    return [answer.value for answer in host.collect("orpheus_decide", str, question="?")]
