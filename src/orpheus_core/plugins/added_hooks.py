"""Hooks that a plugin adds to those of the core."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from orpheus_core.errors import HookFailed
from orpheus_core.plugins.implementations import HookManager
from orpheus_core.plugins.manifest import FILE_NAME
from orpheus_core.plugins.records import PluginRecord


def add_hooks(
    manager: HookManager, record: PluginRecord, answers: Iterable[object]
) -> frozenset[str]:
    """Add the hooks in *answers*, modules or classes that hold them, and return their names.

    None is added when one of them does not fit.

    Raises:
        HookFailed: one is not named after the plugin, is not in its manifest, is there
            already, or is of a kind that is not supported.
    """
    holders = [holder for answer in answers for holder in _holders(answer)]
    added: set[str] = set()
    for holder in holders:
        names = {name for name in dir(holder) if _checked(manager, record, holder, name, added)}
        if not names:
            raise HookFailed("orpheus_add_hookspecs answered with what holds no hooks")
        added |= names
    for holder in holders:
        manager.add_hookspecs(holder)  # type: ignore[arg-type] # a module or class, or no hooks
    return frozenset(added)


def hook_prefix(plugin: str) -> str:
    """Return how the names of the hooks begin that *plugin* may add."""
    return f"orpheus_{plugin.replace('-', '_')}_"


def _holders(answer: object) -> Sequence[object]:
    if answer is None:
        return ()
    return answer if isinstance(answer, Sequence) and not isinstance(answer, str) else (answer,)


def _checked(
    manager: HookManager, record: PluginRecord, holder: object, name: str, added: set[str]
) -> bool:
    """Whether *name* of *holder* is a hook."""
    options = manager.parse_hookspec_opts(holder, name)  # type: ignore[arg-type] # as above
    if options is None:
        return False
    prefix = hook_prefix(record.id)
    if not name.startswith(prefix):
        raise HookFailed(f"the hook {name} has to be called {prefix}..., as its plugin")
    if record.manifest is not None and name not in record.manifest.adds_hooks:
        raise HookFailed(f"the hook {name} is not in adds_hooks of its {FILE_NAME}")
    if options.get("historic"):
        raise HookFailed(f"the hook {name} is historic, which is not supported")
    if manager.spec_of(name) is not None or name in added:
        raise HookFailed(f"there is a hook {name} already")
    return True
