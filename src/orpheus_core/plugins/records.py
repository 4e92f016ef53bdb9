"""What is known of each plugin."""

from __future__ import annotations

import enum

import attrs

from orpheus_core.plugins.contributions import HookUse
from orpheus_core.plugins.manifest import PluginManifest
from orpheus_core.plugins.states import PluginState


class PluginMode(enum.Enum):
    """How the host treats plugins that fail.

    ISOLATE: what one raises costs its own answer only. STRICT: it is raised, for tests.
    SAFE: only the core's own plugins are loaded.
    """

    ISOLATE = "isolate"
    STRICT = "strict"
    SAFE = "safe"


@attrs.frozen(kw_only=True)
class PluginRecord:
    """A plugin, its state, the reason for it, and what a person can do about it.

    *distribution* is the pip package that brought it; ``orpheus-core`` for a built-in, empty
    for one that a script handed over. *manifest* is None for a plugin that has none: it is
    imported at each start. *hooks* are those that it implements, as far as they are known.
    *loaded_in_s* is how long its import took, in seconds; None before.
    """

    id: str
    distribution: str
    version: str
    builtin: bool
    state: PluginState
    reason: str = ""
    hint: str = ""
    hooks: tuple[str, ...] = ()
    manifest: PluginManifest | None = None
    loaded_in_s: float | None = None


@attrs.frozen(kw_only=True)
class HookFailure:
    """An implementation that raised, or answered with the wrong type."""

    plugin: str
    hook: str
    error: BaseException


@attrs.frozen(kw_only=True)
class LoadFailure:
    """A plugin that could not be imported or registered."""

    plugin: str
    distribution: str
    error: BaseException


@attrs.frozen(kw_only=True)
class HookUser:
    """A plugin that implements a hook, and how."""

    plugin: str
    use: HookUse
