"""Whom a hook is meant for, and in which order: worked out once, and kept until it changes."""

from __future__ import annotations

import fnmatch

import pluggy

from orpheus_core.errors import HookFailed
from orpheus_core.plugins.contributions import HookUse
from orpheus_core.plugins.implementations import HookManager, no_such_hook
from orpheus_core.plugins.records import HookUser
from orpheus_core.plugins.roster import Member, Place, Roster
from orpheus_core.plugins.states import ADVISORY, PluginState

NOT_WORTH_AN_IMPORT = frozenset(
    {"orpheus_add_hookspecs", "orpheus_configure", "orpheus_plugin_state", "orpheus_teardown"}
)
"""Hooks that mean nothing to a plugin that is not imported."""

_Plan = tuple[pluggy.HookImpl, ...]
_Key = tuple[str, bool, str | None, str | None]


class Dispatch:
    """Keeps, for each hook and each kind of event, the implementations that are to be called."""

    def __init__(self, manager: HookManager, roster: Roster) -> None:
        self._manager = manager
        self._roster = roster
        self._plans: dict[_Key, _Plan] = {}

    def plan(
        self,
        hook: str,
        *,
        wrappers: bool = False,
        only: str | None = None,
        event_kind: str | None = None,
    ) -> _Plan:
        """Return the implementations of *hook* that are to be called, in their order.

        Args:
            wrappers: return the wrappers instead of what stands inside of them.
            only: of this plugin alone.
            event_kind: without those that did not ask for events of this kind.

        Raises:
            HookFailed: there is no such hook.
        """
        plans = self._plans  # what is made from an older state goes where the older ones are
        key = (hook, wrappers, only, event_kind)
        plan = plans.get(key)
        if plan is None:
            plan = plans[key] = self._made(*key)
        return plan

    def forget(self) -> None:
        """Work every plan out anew: plugins have come or gone, or were muted."""
        self._plans = {}

    def hooks(self) -> dict[str, tuple[HookUser, ...]]:
        """Every hook with the plugins that implement it, wrappers first."""
        return {hook: tuple(self._users(hook)) for hook in self._manager.hooks()}

    def _users(self, hook: str) -> list[HookUser]:
        with self._roster.lock:
            users = []
            for implementation in self._in_order(hook):
                member = self._roster.members[implementation.plugin_name]
                use = HookUse(
                    name=hook,
                    events=_events(member, hook),
                    wrapper=implementation.wrapper,
                    tryfirst=implementation.tryfirst,
                    trylast=implementation.trylast,
                )
                users.append(HookUser(plugin=member.id, use=use))
        return sorted(users, key=lambda user: not user.use.wrapper)

    def _made(self, hook: str, wrappers: bool, only: str | None, kind: str | None) -> _Plan:
        if self._manager.spec_of(hook) is None:
            raise HookFailed(no_such_hook(self._manager, hook))
        with self._roster.lock:
            return tuple(
                implementation
                for implementation in self._in_order(hook)
                if implementation.wrapper is wrappers
                and only in (None, implementation.plugin_name)
                and _is_meant(self._roster.members[implementation.plugin_name], hook, kind)
            )

    def _in_order(self, hook: str) -> list[pluggy.HookImpl]:
        caller: pluggy.HookCaller = getattr(self._manager.hook, hook)
        return sorted(caller.get_hookimpls(), key=self._place)

    def _place(self, implementation: pluggy.HookImpl) -> tuple[int, Place]:
        tier = 1
        if implementation.trylast:
            tier = 2
        elif implementation.tryfirst:
            tier = 0
        return tier, self._roster.members[implementation.plugin_name].place


def _is_meant(member: Member, hook: str, kind: str | None) -> bool:
    if hook in ADVISORY and member.state is PluginState.MUTED:
        return False
    if hook in NOT_WORTH_AN_IMPORT and member.functions is None:
        return False
    patterns = _events(member, hook)
    return (
        kind is None
        or not patterns
        or any(fnmatch.fnmatchcase(kind, pattern) for pattern in patterns)
    )


def _events(member: Member, hook: str) -> tuple[str, ...]:
    """The kinds of events that *member* asks for on *hook*; empty: all."""
    manifest = member.record.manifest
    uses = [use for use in manifest.hooks if use.name == hook] if manifest is not None else []
    if not all(use.events for use in uses):
        return ()
    return tuple(pattern for use in uses for pattern in use.events)
