"""The states of a plugin, and what leads from one to another.

The rules, of which `TRANSITIONS` is the table:

1. A plugin that is found is `INDEXED`, or has a state that says why it stays out:
   `DISABLED`, `BLOCKED`, `INCOMPATIBLE`, `CONFLICT`, `INVALID_MANIFEST`.
2. Only an `INDEXED` plugin is registered. One with a manifest is `REGISTERED`: its hooks are
   known to the host, its code is not imported. One without is imported at once.
3. `ACTIVE`: imported. Only an active plugin's code runs.
4. A plugin whose import or registration failed is `FAILED` for the rest of the process.
5. A hook that fails makes an active plugin `FAILED`; when each hook that failed has worked
   again, it is `ACTIVE`. Its code goes on being called.
6. Three failures in a row of an advisory hook (`ADVISORY`) make it `MUTED`: its advisory
   hooks are not called again in this process; its other hooks are.
7. A plugin whose code is not what its manifest says is `INVALID_MANIFEST` from then on.
8. Nothing leads back from a state that keeps a plugin out; the next process looks anew.
"""

from __future__ import annotations

import enum


class PluginState(enum.Enum):
    """Where a plugin stands."""

    INDEXED = "indexed"
    REGISTERED = "registered"
    ACTIVE = "active"
    DISABLED = "disabled"
    BLOCKED = "blocked"
    INCOMPATIBLE = "incompatible"
    CONFLICT = "conflict"
    INVALID_MANIFEST = "invalid-manifest"
    FAILED = "failed"
    MUTED = "muted"


class Happening(enum.Enum):
    """What changes a plugin's state."""

    SWITCHED_OFF = "switched-off"
    KNOWN_BAD = "known-bad"
    API_DOES_NOT_FIT = "api-does-not-fit"
    ID_TAKEN = "id-taken"
    MANIFEST_UNREADABLE = "manifest-unreadable"
    REGISTERED = "registered"
    IMPORTED = "imported"
    IMPORT_FAILED = "import-failed"
    HOOK_FAILED = "hook-failed"
    HOOKS_WORK = "hooks-work"
    ADVICE_FAILED_AGAIN = "advice-failed-again"
    MANIFEST_LIES = "manifest-lies"


_S, _H = PluginState, Happening

TRANSITIONS: dict[tuple[PluginState, Happening], PluginState] = {
    (_S.INDEXED, _H.SWITCHED_OFF): _S.DISABLED,
    (_S.INDEXED, _H.KNOWN_BAD): _S.BLOCKED,
    (_S.INDEXED, _H.API_DOES_NOT_FIT): _S.INCOMPATIBLE,
    (_S.INDEXED, _H.ID_TAKEN): _S.CONFLICT,
    (_S.INDEXED, _H.MANIFEST_UNREADABLE): _S.INVALID_MANIFEST,
    (_S.INDEXED, _H.REGISTERED): _S.REGISTERED,
    (_S.INDEXED, _H.IMPORTED): _S.ACTIVE,
    (_S.INDEXED, _H.IMPORT_FAILED): _S.FAILED,
    (_S.REGISTERED, _H.IMPORTED): _S.ACTIVE,
    (_S.REGISTERED, _H.IMPORT_FAILED): _S.FAILED,
    (_S.REGISTERED, _H.MANIFEST_LIES): _S.INVALID_MANIFEST,
    (_S.ACTIVE, _H.HOOK_FAILED): _S.FAILED,
    (_S.ACTIVE, _H.ADVICE_FAILED_AGAIN): _S.MUTED,
    (_S.ACTIVE, _H.MANIFEST_LIES): _S.INVALID_MANIFEST,
    (_S.FAILED, _H.HOOK_FAILED): _S.FAILED,
    (_S.FAILED, _H.HOOKS_WORK): _S.ACTIVE,
    (_S.FAILED, _H.ADVICE_FAILED_AGAIN): _S.MUTED,
    (_S.FAILED, _H.MANIFEST_LIES): _S.INVALID_MANIFEST,
    (_S.MUTED, _H.HOOK_FAILED): _S.MUTED,
    (_S.MUTED, _H.MANIFEST_LIES): _S.INVALID_MANIFEST,
}

OUT = frozenset({_S.DISABLED, _S.BLOCKED, _S.INCOMPATIBLE, _S.CONFLICT, _S.INVALID_MANIFEST})
"""The states in which nothing of a plugin is called."""

ADVISORY = frozenset({"orpheus_advise", "orpheus_event", "orpheus_plugin_state", "orpheus_predict"})
"""The hooks whose answers nobody's work depends on: they alone are muted."""


def after(state: PluginState, happening: Happening) -> PluginState:
    """Return the state that *happening* leads to from *state*.

    Raises:
        ValueError: it cannot happen there.
    """
    try:
        return TRANSITIONS[state, happening]
    except KeyError:
        raise ValueError(f"a plugin that is {state.value} cannot be {happening.value}") from None
