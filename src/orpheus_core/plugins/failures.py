"""What becomes of a plugin whose hooks fail: it is reported, marked, and may be muted."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from orpheus_core.errors import HookFailed
from orpheus_core.plugins.dispatch import Dispatch
from orpheus_core.plugins.foreign import in_words, presentable
from orpheus_core.plugins.hints import repair
from orpheus_core.plugins.last_failures import LastFailures
from orpheus_core.plugins.records import HookFailure
from orpheus_core.plugins.roster import Member, Roster
from orpheus_core.plugins.states import ADVISORY, TRANSITIONS, Happening, PluginState

FAILURES_UNTIL_MUTED = 3

_HURT = frozenset({PluginState.FAILED, PluginState.MUTED})


@attrs.define(kw_only=True, eq=False)
class Failures:
    """Counts what fails and what works, and changes states by it: laws 5 and 6.

    Attributes:
        clean: takes secrets out of a text that is kept.
        on_failure: told of each failure.
        on_muted: told once of each plugin that is muted, with the failure that did it.
        is_strict: raise each failure.
    """

    roster: Roster
    dispatch: Dispatch
    last_failures: LastFailures
    clean: Callable[[str], str]
    on_failure: Callable[[HookFailure], None]
    on_muted: Callable[[HookFailure], None]
    is_strict: bool
    _troubled: set[str] = attrs.field(factory=set, init=False)

    def failed(self, plugin: str, hook: str, error: BaseException, *, raises: bool = True) -> None:
        """Report that *hook* of *plugin* raised *error*.

        Args:
            raises: whether the strict mode raises it here; False for a caller who does.

        Raises:
            HookFailed: the mode is strict.
        """
        error = presentable(error)
        if self.is_strict and raises:
            raise HookFailed(f"{plugin}: {hook} failed: {error}") from error
        member = self.roster.member(plugin)
        reason = _reason(plugin, hook, error, self.clean)
        with self.roster.lock:
            is_muted = self._count(member, hook, reason)
            if is_muted:  # at once: telling of a failure may call the hook again
                self.dispatch.forget()
        failure = HookFailure(plugin=plugin, hook=hook, error=error)
        self.on_failure(failure)
        if is_muted:
            self.on_muted(failure)
            if member.found is not None:
                self.last_failures.note(member.found, f"{reason}, three times in a row")
        self.roster.tell()

    def worked(self, plugin: str, hook: str) -> None:
        """Begin to count anew: failures in between do not add up."""
        if plugin not in self._troubled:
            return  # nearly every call ends here
        member = self.roster.member(plugin)
        with self.roster.lock:
            if member.state not in _HURT or member.is_lost:
                return  # it has gone in the meantime
            if member.state is PluginState.MUTED and hook in ADVISORY:
                return  # it was under way
            member.in_a_row.pop(hook, None)
            if member.failing.pop(hook, None) is None and member.failing:
                return
            if member.failing:
                member.record = attrs.evolve(
                    member.record, reason="; ".join(member.failing.values())
                )
            elif member.state is PluginState.FAILED and not self.roster.is_telling:
                # While states are told, none is told to be good again: a plugin that fails
                # whenever it is told of one that works would never come to an end.
                self.roster.change(member, Happening.HOOKS_WORK)
                self._troubled.discard(plugin)
        self.roster.tell()

    def _count(self, member: Member, hook: str, reason: str) -> bool:
        """Keep that *hook* failed; return whether that has muted the plugin."""
        if member.is_lost or (member.state, Happening.HOOK_FAILED) not in TRANSITIONS:
            return False  # it has gone in the meantime
        self._troubled.add(member.id)
        member.failing[hook] = reason
        happening = Happening.HOOK_FAILED
        if hook in ADVISORY and member.state is not PluginState.MUTED:
            member.in_a_row[hook] += 1
            if member.in_a_row[hook] >= FAILURES_UNTIL_MUTED:
                happening = Happening.ADVICE_FAILED_AGAIN
        self.roster.change(
            member,
            happening,
            reason="; ".join(member.failing.values()),
            hint=repair(member.record, member.report_to),
        )
        return happening is Happening.ADVICE_FAILED_AGAIN


def _reason(plugin: str, hook: str, error: BaseException, clean: Callable[[str], str]) -> str:
    """In words, what is wrong with the *hook* of a plugin whose name stands beside it."""
    if isinstance(error, HookFailed) and error.title.startswith(f"{plugin}: "):
        return clean(error.title.removeprefix(f"{plugin}: "))
    return f"{hook} raised {in_words(error, clean)}"
