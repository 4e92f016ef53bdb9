"""The plugin host: knows every plugin, and calls their hooks in isolation."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection
from typing import Protocol, TypeVar

import pluggy

from orpheus_core.clock import Clock, SystemClock
from orpheus_core.errors import HookFailed, InvalidPluginManifest, PluginUnavailable
from orpheus_core.plugins.added_hooks import add_hooks, hook_prefix
from orpheus_core.plugins.answers import Answer, keep_those_of, one_of
from orpheus_core.plugins.around import Around
from orpheus_core.plugins.dispatch import Dispatch
from orpheus_core.plugins.failures import Failures
from orpheus_core.plugins.implementations import HookManager, answer_of, no_such_hook
from orpheus_core.plugins.index import FoundPlugin, PluginIndex
from orpheus_core.plugins.known_bad import KNOWN_BAD, KnownBad
from orpheus_core.plugins.last_failures import LastFailures
from orpheus_core.plugins.loading import Loading
from orpheus_core.plugins.manifest import FILE_NAME
from orpheus_core.plugins.records import (
    HookFailure,
    HookUser,
    LoadFailure,
    PluginMode,
    PluginRecord,
)
from orpheus_core.plugins.registration import Registration
from orpheus_core.plugins.roster import Member, Roster
from orpheus_core.plugins.selection import Choice
from orpheus_core.plugins.states import ADVISORY, OUT, Happening, PluginState
from orpheus_core.plugins.stubs import NotThere

T = TypeVar("T")

_OBSERVING = "orpheus_event"


class Index(Protocol):
    """Knows the installed plugins."""

    def plugins(self) -> list[FoundPlugin]:
        """Return every one, sorted by id and distribution. None is imported."""


class PluginHost:
    """Knows every plugin, and calls their hooks so that one bad plugin harms only itself.

    Hooks are called in the same order on every machine: what is marked ``tryfirst``, then the
    rest, then ``trylast``; among these installed plugins by id, then those that a script
    handed over, the latest first, then the core's own by id.

    Safe for any number of threads. Whoever is told of something is told outside of any lock.

    Args:
        index: knows the installed plugins; None: they are looked for whenever it is asked.
        disabled: plugins that stay out, built-in or not: ids, or ID@DISTRIBUTION.
        only: the installed plugins that come in, in the same form; None: all.
        mode: what is done with plugins that fail.
        known_bad: releases that are kept out.
        failures: what went wrong in earlier processes; None: that is not remembered.
        clean: takes secrets out of a text that is kept or shown.
        on_failure: told of each hook that raised or answered with the wrong type.
        on_load_failure: told of each plugin that could not be loaded, or does not come in
            for another reason than that it is switched off.
        on_muted: told once of each plugin that is muted, with the failure that did it.
        on_state: told of every change of a plugin's state, in their order.
        contexts: makes what a plugin is given on ``orpheus_configure``; None: nothing is.
        clock: how long an import takes is measured with it.
    """

    def __init__(
        self,
        *,
        index: Index | None = None,
        disabled: Collection[str] = (),
        only: Collection[str] | None = None,
        mode: PluginMode = PluginMode.ISOLATE,
        known_bad: tuple[KnownBad, ...] = KNOWN_BAD,
        failures: LastFailures | None = None,
        clean: Callable[[str], str] = lambda text: text,
        on_failure: Callable[[HookFailure], None] = lambda _: None,
        on_load_failure: Callable[[LoadFailure], None] = lambda _: None,
        on_muted: Callable[[HookFailure], None] = lambda _: None,
        on_state: Callable[[PluginRecord], None] = lambda _: None,
        contexts: Callable[[PluginRecord], object] | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._index = index or PluginIndex(None)
        self._contexts = contexts
        is_strict = mode is PluginMode.STRICT
        last_failures = failures or LastFailures(None)
        self._manager = HookManager()
        self._roster = Roster(on_state)
        self._dispatch = Dispatch(self._manager, self._roster)
        self._failures = Failures(
            roster=self._roster,
            dispatch=self._dispatch,
            last_failures=last_failures,
            clean=clean,
            on_failure=on_failure,
            on_muted=on_muted,
            is_strict=is_strict,
        )
        self._loading = Loading(
            manager=self._manager,
            roster=self._roster,
            dispatch=self._dispatch,
            failures=self._failures,
            last_failures=last_failures,
            clock=clock or SystemClock(),
            clean=clean,
            settle=self._settle,
            on_load_failure=on_load_failure,
            is_strict=is_strict,
        )
        self._registration = Registration(
            choice=Choice(disabled=disabled, only=only, mode=mode, known_bad=known_bad),
            manager=self._manager,
            roster=self._roster,
            loading=self._loading,
            last_failures=last_failures,
            clean=clean,
            on_load_failure=on_load_failure,
            is_strict=is_strict,
        )

    # --- registration --------------------------------------------------------------------

    def register_builtins(self, plugins: dict[str, object], version: str) -> None:
        """Register the core's own behaviours, by id, through the same door as any other."""
        for name in sorted(plugins):
            self._registration.builtin(name, plugins[name], version)

    def register(self, name: str, plugin: object, *, version: str = "") -> None:
        """Register an object that the caller holds: a script's own plugin."""
        self._registration.handed_over(name, plugin, version)

    def discover(self, *, eager: bool = True) -> None:
        """Register every installed plugin that is not kept out.

        One with a manifest is imported when it is needed. One without is imported at once, or
        stays `INDEXED` if not *eager*.
        """
        self._registration.installed(self._index.plugins(), eager=eager)

    def _settle(self, member: Member) -> None:
        """Let a plugin that was imported add its hooks, and give it its context."""
        hooks = member.record.hooks
        if "orpheus_add_hookspecs" in hooks:
            self._add_hooks(member)
        if self._contexts is None or "orpheus_configure" not in hooks or not member.is_usable:
            return
        make = functools.partial(self._contexts, member.record)
        context = self.guarded(member.id, "orpheus_configure", make)
        if context is not None:
            self.emit("orpheus_configure", only=member.id, context=context)

    def _add_hooks(self, member: Member) -> None:
        answers = self.collect("orpheus_add_hookspecs", object, only=member.id)
        values = [answer.value for answer in answers]
        add = functools.partial(add_hooks, self._manager, member.record, values)
        added = self.guarded(member.id, "orpheus_add_hookspecs", add)
        if added is None:
            return
        self._loading.show_new_hooks(added)
        for hook in sorted({use.name for use in member.uses} - {*self._manager.hooks()}):
            if hook.startswith(hook_prefix(member.id)):
                error = HookFailed(no_such_hook(self._manager, hook))
                self._failures.failed(member.id, hook, error)
        manifest = member.record.manifest
        missing = sorted(set(manifest.adds_hooks) - added) if manifest is not None else []
        if missing:
            self.refuse(member.id, f"its {FILE_NAME} adds the hook {missing[0]}, its code does not")

    # --- who is there --------------------------------------------------------------------

    def records(self) -> list[PluginRecord]:
        """Every plugin with its state: built-ins first, then by id and distribution."""
        return self._roster.records()

    def record(self, name: str) -> PluginRecord:
        """Return the record of the plugin *name*: an id, or ID@DISTRIBUTION.

        Raises:
            UnknownPlugin: there is none; the nearest is suggested.
        """
        return self._roster.record(name)

    def usable(self, name: str) -> bool:
        """Whether the hooks of the plugin *name* are called, be it after an import."""
        member = self._roster.members.get(name)
        return member is not None and member.is_usable

    def activate(self, name: str) -> None:
        """Import the plugin *name*, unless that was done.

        Raises:
            UnknownPlugin: there is none.
            PluginUnavailable: it is kept out, or cannot be imported; it says why, and what
                to do.
        """
        record = self.record(name)
        why, next_step = f"{record.state.value}: {record.reason}", record.hint
        member = self._roster.members.get(record.id)
        if member is not None and member.record.distribution == record.distribution:
            try:
                self._loading.need(member)
            except NotThere as error:
                why, next_step = error.why, error.next_step
            else:
                return
        raise PluginUnavailable(
            f"the plugin {record.id} cannot be used",
            why=why,
            next_step=next_step,
            evidence={"plugin": record.id},
        )

    def refuse(self, name: str, reason: str) -> None:
        """Take the plugin *name* out: *reason* says what of its manifest is not true."""
        member = self._roster.member(name)
        if member.state not in OUT:
            self._loading.drop(member, Happening.MANIFEST_LIES, InvalidPluginManifest(reason))

    def hooks(self) -> dict[str, tuple[HookUser, ...]]:
        """Every hook that exists now, with the plugins that implement it in their order.

        Wrappers come first, the outermost before the others.
        """
        return self._dispatch.hooks()

    # --- the verbs ------------------------------------------------------------------------

    def collect(
        self,
        hook: str,
        expect: type[T],
        *,
        only: str | None = None,
        event_kind: str | None = None,
        **arguments: object,
    ) -> list[Answer[T]]:
        """Call every implementation; return the answers of type *expect*, each by its plugin.

        An implementation may answer with one value, a sequence of them, or None.

        Args:
            only: ask this plugin alone.
            event_kind: leave out those whose manifests do not ask for events of this kind.
        """
        answers: list[Answer[T]] = []
        for implementation in self._dispatch.plan(hook, only=only, event_kind=event_kind):
            kept: list[T] = []
            keep = functools.partial(keep_those_of, expect, kept)
            self._ask(implementation, hook, arguments, keep)
            answers += [Answer(implementation.plugin_name, value) for value in kept]
        return answers

    def first(
        self,
        hook: str,
        expect: type[T],
        *,
        only: str | None = None,
        event_kind: str | None = None,
        check: Callable[[T], None] = lambda _: None,
        **arguments: object,
    ) -> Answer[T] | None:
        """Return the first answer of type *expect*, or None when every plugin passed.

        Args:
            check: raises when an answer does not fit: that is the plugin's failure, and the
                next is asked.
        """

        def checked(where: str, value: object) -> T | None:
            answer = one_of(expect, where, value)
            if answer is not None:
                check(answer)
            return answer

        for implementation in self._dispatch.plan(hook, only=only, event_kind=event_kind):
            value = self._ask(implementation, hook, arguments, checked)
            if value is not None:
                return Answer(implementation.plugin_name, value)
        return None

    def fold(
        self, hook: str, argument: str, value: T, *, only: str | None = None, **arguments: object
    ) -> T:
        """Hand *value* from one implementation to the next as *argument*; None keeps it."""
        check = functools.partial(one_of, type(value))
        for implementation in self._dispatch.plan(hook, only=only):
            changed = self._ask(implementation, hook, {**arguments, argument: value}, check)
            value = value if changed is None else changed
        return value

    def emit(
        self,
        hook: str,
        *,
        only: str | None = None,
        event_kind: str | None = None,
        **arguments: object,
    ) -> None:
        """Call every implementation and expect nothing."""
        for implementation in self._dispatch.plan(hook, only=only, event_kind=event_kind):
            member = self._roster.members[implementation.plugin_name]
            if hook == _OBSERVING and not member.is_ready:
                ask = functools.partial(self._ask, implementation, hook, arguments)
                self._loading.call_once_ready(member, functools.partial(ask, lambda *_: None))
                continue
            try:  # as in `_ask`, without its detours: each event of a run passes here
                answer_of(implementation, arguments)
            except KeyboardInterrupt:
                raise
            except NotThere:
                continue
            except BaseException as error:  # noqa: BLE001 - the border to foreign code
                self._failures.failed(implementation.plugin_name, hook, error)
            else:
                self._failures.worked(implementation.plugin_name, hook)

    def around(self, hook: str, expect: type[T], **arguments: object) -> T:
        """Run the first implementation that answers, inside every wrapper.

        What the work itself raises goes through the wrappers to the caller. A wrapper that
        raises an `OrpheusError` refuses: that is the outcome. One that fails in another way,
        or hands no result on, is reported and left out; the work is not disturbed.

        Raises:
            HookFailed: no implementation answered, or one did with another type.
            PluginUnavailable: a plugin that claims to answer cannot be imported.
        """
        return Around(
            hook=hook,
            expect=expect,
            arguments=arguments,
            dispatch=self._dispatch,
            failures=self._failures,
            is_builtin=lambda name: self._roster.member(name).record.builtin,
        ).result()

    def guarded(
        self,
        plugin: str,
        hook: str,
        work: Callable[[], T],
        *,
        let_through: tuple[type[Exception], ...] = (),
    ) -> T | None:
        """Return what *work* returns, which uses something that *plugin* brought on *hook*.

        It is isolated like the hook itself: None when it raises, or when the hook would not be
        called. What is of a type in *let_through* is raised on purpose, and for the caller.
        """
        member = self._roster.member(plugin)
        if not member.is_usable or (hook in ADVISORY and member.state is PluginState.MUTED):
            return None
        try:
            value = work()
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # the border to foreign code
            if isinstance(error, let_through):
                raise
            self._failures.failed(plugin, hook, error)
            return None
        self._failures.worked(plugin, hook)
        return value

    def _ask(
        self,
        implementation: pluggy.HookImpl,
        hook: str,
        arguments: dict[str, object],
        check: Callable[[str, object], T],
    ) -> T | None:
        """Call *implementation*; return what *check* makes of where it is, and its answer.

        None when either raises: a check that raises is an answer of the wrong type.
        """
        name = implementation.plugin_name
        try:
            value = check(f"{name}: {hook}", answer_of(implementation, arguments))
        except KeyboardInterrupt:
            raise
        except NotThere:
            return None  # why was told when it was found out
        except BaseException as error:  # noqa: BLE001 - the border to foreign code
            self._failures.failed(name, hook, error)
            return None
        self._failures.worked(name, hook)
        return value
