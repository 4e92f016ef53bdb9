"""The manifest that a plugin's code amounts to: the plugin is imported and asked."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

import attrs

from orpheus_core import hookspecs
from orpheus_core.delivery import Stage, stage_info
from orpheus_core.plugins import (
    Answer,
    Command,
    FoundPlugin,
    HookUse,
    PluginHost,
    PluginManifest,
    PluginMode,
    PluginRecord,
    merged,
)
from orpheus_core.plugins.selection import naming
from orpheus_core.services import (
    LoginStrategy,
    SecretBackend,
    ServiceModule,
    backend_info,
    login_info,
    service_info,
)

T = TypeVar("T")
D = TypeVar("D")

Contexts = Callable[[PluginRecord], object]


class Index(Protocol):
    """Knows the installed plugins."""

    def plugins(self) -> list[FoundPlugin]:
        """Return every one."""


def actual_manifest(name: str, index: Index, contexts: Contexts | None = None) -> PluginManifest:
    """Return what the manifest of the installed plugin *name* has to say.

    What code cannot tell is as its manifest has it. The plugin is asked apart from any
    application, so it may be one whose manifest is refused, or which is switched off.

    Args:
        name: an id, or ID@DISTRIBUTION where several have one id.
        contexts: makes what the plugin is given on ``orpheus_configure``.

    Raises:
        UnknownPlugin: no such plugin is installed.
        PluginLoadFailed: it cannot be imported, or several have its id.
        HookFailed: one of its hooks raises, or answers with the wrong type.
    """
    ident = name.partition("@")[0]
    found = index.plugins()
    named = [each for each in found if each.id == ident]
    fitting = (each.manifest for each in named if naming((name,), ident, each.distribution))
    existing = next(fitting, None)
    host = _apart(_Unclaimed(found, ident), existing, contexts, only=(name,))
    host.discover()
    host.activate(name)  # says so when there is no such plugin
    return _asked(ident, host, existing)


def manifest_of(
    ident: str,
    plugin: object,
    existing: PluginManifest | None = None,
    contexts: Contexts | None = None,
) -> PluginManifest:
    """Return what the manifest of *plugin* has to say, an object that the caller holds.

    Raises:
        PluginLoadFailed: it cannot be registered.
        HookFailed: one of its hooks raises, or answers with the wrong type.
    """
    host = _apart(_Unclaimed([], ident), existing, contexts)
    host.register(ident, plugin)
    return _asked(ident, host, existing)


@attrs.frozen
class _Unclaimed:
    """The installed plugins, as if *ident* had no manifest: its code alone counts."""

    found: list[FoundPlugin]
    ident: str

    def plugins(self) -> list[FoundPlugin]:
        return [
            attrs.evolve(each, manifest=None, problem="" if each.value else each.problem)
            if each.id == self.ident
            else each
            for each in self.found
        ]


def _apart(
    index: Index,
    existing: PluginManifest | None,
    contexts: Contexts | None,
    *,
    only: tuple[str, ...] | None = None,
) -> PluginHost:
    def context(record: PluginRecord) -> object:
        # The settings that it expects are those of its manifest.
        return contexts(attrs.evolve(record, manifest=existing)) if contexts else None

    # Strict: what a plugin fails to say would be missing from the manifest in silence.
    return PluginHost(
        index=index, only=only, mode=PluginMode.STRICT, known_bad=(), contexts=context
    )


def _asked(ident: str, host: PluginHost, existing: PluginManifest | None) -> PluginManifest:
    modules = host.collect("orpheus_modules", ServiceModule, only=ident)
    logins = host.collect("orpheus_login_strategies", LoginStrategy, only=ident)
    stages = host.collect("orpheus_stages", Stage, only=ident)
    backends = host.collect("orpheus_secret_backends", SecretBackend, only=ident)
    commands = host.collect("orpheus_commands", Command, only=ident)
    manifest = merged(
        existing,
        ident,
        hooks=_uses(ident, host, existing),
        services=_described(host, "orpheus_modules", service_info, modules),
        logins=_described(host, "orpheus_login_strategies", login_info, logins),
        stages=_described(host, "orpheus_stages", stage_info, stages),
        secret_backends=_described(host, "orpheus_secret_backends", backend_info, backends),
        commands=[answer.value.info for answer in commands],
    )
    added = tuple(name for name in host.hooks() if not hasattr(hookspecs, name))
    return attrs.evolve(manifest, adds_hooks=added)


def _described(
    host: PluginHost, hook: str, describe: Callable[[T], D], answers: Iterable[Answer[T]]
) -> list[D]:
    """What a manifest says of *answers*.

    Raises:
        HookFailed: of one of them, nothing can be said.
    """
    found = []
    for answer in answers:
        info = host.guarded(answer.plugin, hook, functools.partial(describe, answer.value))
        if info is not None:
            found.append(info)
    return found


def _uses(ident: str, host: PluginHost, existing: PluginManifest | None) -> list[HookUse]:
    """The hooks that the plugin implements, those of other plugins too."""
    uses = [user.use for users in host.hooks().values() for user in users if user.plugin == ident]
    there = {use.name for use in uses}
    for hook in host.record(ident).hooks:
        if hook not in there:  # another plugin adds it, which is not here
            use = existing.use_of(hook) if existing else None
            uses.append(use or HookUse(name=hook))
    return uses
