"""What is known of each plugin."""

from __future__ import annotations

import enum

import attrs


class PluginState(enum.Enum):
    """Where a plugin stands."""

    ACTIVE = "active"
    DISABLED = "disabled"
    FAILED = "failed"
    CONFLICT = "conflict"
    MUTED = "muted"


@attrs.frozen(kw_only=True)
class PluginRecord:
    """A plugin, its state, and the reason for it.

    *distribution* is the pip package that brought it; ``orpheus-core`` for a built-in.
    """

    id: str
    distribution: str
    version: str
    builtin: bool
    state: PluginState
    reason: str = ""
    hooks: tuple[str, ...] = ()


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
