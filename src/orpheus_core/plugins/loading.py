"""Admits plugins: shows pluggy stubs of them, imports them when they are needed."""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import Callable, Iterable

import attrs

from orpheus_core import hookspecs
from orpheus_core.clock import Clock
from orpheus_core.errors import HookFailed, InvalidPluginManifest, PluginLoadFailed
from orpheus_core.plugins.added_hooks import hook_prefix
from orpheus_core.plugins.contributions import HookUse
from orpheus_core.plugins.dispatch import Dispatch
from orpheus_core.plugins.failures import Failures
from orpheus_core.plugins.foreign import in_words, presentable
from orpheus_core.plugins.hints import install_again, mend_manifest, repair
from orpheus_core.plugins.implementations import (
    Face,
    HookManager,
    Implementation,
    check_arguments,
    implementations_of,
    in_order_of,
)
from orpheus_core.plugins.import_output import printed_to_stderr
from orpheus_core.plugins.last_failures import LastFailures
from orpheus_core.plugins.left_alone import requests_left_alone
from orpheus_core.plugins.records import LoadFailure
from orpheus_core.plugins.roster import Member, Roster
from orpheus_core.plugins.states import ADVISORY, OUT, Happening
from orpheus_core.plugins.stubs import NotThere, stub, wrapper_stub
from orpheus_core.plugins.turns import Turns


@attrs.define(kw_only=True, eq=False)
class Loading:
    """Imports members of the roster, each once, and shows pluggy what they implement.

    Attributes:
        settle: told of a member that was imported, before its hooks are called by others.
        on_load_failure: told of each member that is lost.
        promised: hooks that do not exist yet, but which some plugin adds.
    """

    manager: HookManager
    roster: Roster
    dispatch: Dispatch
    failures: Failures
    last_failures: LastFailures
    clock: Clock
    clean: Callable[[str], str]
    settle: Callable[[Member], None]
    on_load_failure: Callable[[LoadFailure], None]
    is_strict: bool
    turns: Turns = attrs.field(factory=Turns)
    promised: frozenset[str] = frozenset()

    # --- what pluggy is shown -----------------------------------------------------------

    def register(self, members: Iterable[Member]) -> None:
        """Show stubs of *members*, which have manifests: they are `REGISTERED` from now on."""
        with self.roster.lock:
            for member in members:
                self.roster.change(
                    member,
                    Happening.REGISTERED,
                    reason=member.record.reason,
                    hint=member.record.hint,
                )
                self._show(member)
        self.roster.tell()  # when all are there: in between, plans would be made for each

    def show_new_hooks(self, hooks: frozenset[str]) -> None:
        """Let those that implement *hooks*, which exist from now on, take part."""
        with self.roster.lock:
            waiting = [
                member
                for member in self.roster.members.values()
                if any(use.name in hooks for use in member.uses)
            ]
        for member in waiting:
            for implementation in member.functions or ():
                if implementation.use.name in hooks:
                    self._check_late(member, implementation)
            self._show(member)

    def _check_late(self, member: Member, implementation: Implementation) -> None:
        """See whether a function fits a hook that did not exist when it was imported."""
        hook = implementation.use.name
        try:
            check_arguments(self.manager, hook, implementation.function)
        except HookFailed as error:
            with self.roster.lock:
                member.unfit = member.unfit | {hook}
            self.failures.failed(member.id, hook, error)

    def _show(self, member: Member) -> None:
        """Show pluggy the functions of *member*, or stubs of them, in the place of others."""
        with self.roster.lock:
            functions = []
            for number, use in enumerate(member.uses):
                function = self._function(member, number, use)
                if function is not None:
                    functions.append((use, function))
            self.manager.unregister(name=member.id)
            if functions:
                self.manager.register(Face(functions), member.id)
            self.dispatch.forget()

    def _function(self, member: Member, number: int, use: HookUse) -> Callable[..., object] | None:
        """What stands for a use of a hook at the moment; None: nothing does."""
        spec = self.manager.spec_of(use.name)
        if spec is None or use.name in member.unfit:
            return None
        if not member.is_usable and (use.wrapper or use.name not in hookspecs.AROUND):
            return None  # of what is lost only that stays, as a stub, which must not be passed over
        if member.is_usable and member.is_ready and member.functions is not None:
            return member.functions[number].function
        resolve = functools.partial(self._resolved, member, number, use)
        return wrapper_stub(spec, resolve) if use.wrapper else stub(spec, resolve)

    def _resolved(self, member: Member, number: int, use: HookUse) -> Implementation:
        """Import *member* if need be, and return its implementation of *use*.

        Raises:
            NotThere: it cannot be had, or not now.
        """
        self.need(member, patient=use.name not in ADVISORY)
        if member.functions is None:
            raise NotThere(f"{member.id} is being imported")
        return member.functions[number]

    # --- imports ------------------------------------------------------------------------

    def need(self, member: Member, *, patient: bool = True) -> None:
        """Import *member*, unless that was done.

        Args:
            patient: wait for another thread that is at it.

        Raises:
            NotThere: it cannot be had, or not now.
            PluginLoadFailed: in strict mode, when the import fails.
        """
        if member.is_ready and member.is_usable:
            return
        self._refuse_if_lost(member)
        if not self.turns.take(member.id, patient=patient):
            if self.turns.is_mine(member.id) and member.functions is not None:
                return  # it calls itself while it is being configured
            raise NotThere(
                f"the plugin {member.id} is not there yet",
                why="it is being imported",
                next_step="give the same command again",
            )
        error = None
        try:
            self.roster.hold(member)
            if not member.is_ready and not member.is_lost and member.state not in OUT:
                error = self._load(member)
        finally:
            self.turns.give_back(member.id)
            self.roster.release(member)
        if error is not None:
            self._tell_lost(member, error)
        self._refuse_if_lost(member)

    def drop(self, member: Member, happening: Happening, error: BaseException) -> None:
        """Take *member* out for good: *happening* says why. What is out already stays as it is."""
        if self._lose(member, happening, error):
            self.roster.tell()
            self._tell_lost(member, error)

    def _refuse_if_lost(self, member: Member) -> None:
        if member.is_lost or member.state in OUT:
            member.backlog.clear()
            record = member.record
            raise NotThere(
                f"the plugin {member.id} cannot be used",
                why=f"{record.state.value}: {record.reason}",
                next_step=record.hint,
            )

    def _load(self, member: Member) -> BaseException | None:
        """Import *member*; return why it is lost, if it is."""
        began_s = self.clock.monotonic()
        try:
            plugin, functions = self._imported(member)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - a plugin's import may even exit
            return error if self._lose(member, Happening.IMPORT_FAILED, error) else None
        took_s = self.clock.monotonic() - began_s
        try:
            if member.record.manifest is not None:
                functions = in_order_of(member.record.manifest.hooks, functions)
            if not self._take(member, plugin, functions, took_s):
                return None  # it was refused meanwhile
        except InvalidPluginManifest as error:
            return error if self._lose(member, Happening.MANIFEST_LIES, error) else None
        except HookFailed as error:
            return error if self._lose(member, Happening.IMPORT_FAILED, error) else None
        try:
            if member.found is not None:
                self.last_failures.clear(member.found)
            self.settle(member)
        finally:
            self._catch_up(member)
        return None

    def _take(
        self, member: Member, plugin: object, functions: tuple[Implementation, ...], took_s: float
    ) -> bool:
        """Make *member* active with what was imported; False: it is out.

        Raises:
            HookFailed: another member is the same object.
        """
        with self.roster.lock:
            if member.state in OUT:
                return False
            for other in self.roster.members.values():
                if other.plugin is plugin and other is not member:
                    raise HookFailed(f"it is registered already, as {other.id}")
            member.plugin, member.functions = plugin, functions
            member.uses = tuple(each.use for each in functions)
            hooks = tuple(sorted({use.name for use in member.uses}))
            member.record = attrs.evolve(member.record, hooks=hooks, loaded_in_s=took_s)
            self.roster.change(member, Happening.IMPORTED)
            self._show(member)
            return True

    def call_once_ready(self, member: Member, call: Callable[[], object]) -> None:
        """Import *member* if need be, then make *call*, after those that came before it.

        For observers: who publishes does not wait for another thread's import, and nothing
        that happens during it is missed. Of one that is lost nothing is called.
        """
        with self.roster.lock:
            if not member.is_ready:
                member.backlog.append(call)
                call = functools.partial(self.need, member, patient=False)
        with contextlib.suppress(NotThere):
            call()

    def _catch_up(self, member: Member) -> None:
        """Tell *member* what it has missed, then let everybody call it."""
        try:
            while (call := self._next_or_ready(member)) is not None:
                call()
        except BaseException:  # Ctrl-C, or a failure in strict mode
            member.backlog.clear()
            self._next_or_ready(member)
            raise

    def _next_or_ready(self, member: Member) -> Callable[[], object] | None:
        """What *member* has missed next; once there is nothing, it is ready in that moment."""
        with self.roster.lock:
            if member.backlog:
                return member.backlog.popleft()
            member.is_ready = True
            self._show(member)
            return None

    def _imported(self, member: Member) -> tuple[object, tuple[Implementation, ...]]:
        """Import *member*; return it with what it implements. Foreign code runs here.

        Raises:
            HookFailed: something in it could never be called.
            BaseException: whatever the import raises.
        """
        # To look at all of requests takes 10 ms; the core's own plugins import nothing here.
        guard = contextlib.nullcontext() if member.record.builtin else requests_left_alone()
        with printed_to_stderr(), guard:
            plugin = member.load()
            if inspect.isclass(plugin):
                plugin = plugin()
            if plugin is None:
                raise HookFailed("there is None where a module or an object should be")
            promised = self.promised | _own_hooks(member.id, plugin)
            return plugin, implementations_of(self.manager, plugin, promised)

    def _lose(self, member: Member, happening: Happening, error: BaseException) -> bool:
        """Change the state of *member* to one that keeps it out; False: it was out already."""
        error = presentable(error)
        is_import = happening is Happening.IMPORT_FAILED
        reason = in_words(error, self.clean) if is_import else self.clean(str(error))
        advice = repair if is_import else mend_manifest
        if isinstance(error, ImportError):
            advice = install_again
        with self.roster.lock:
            if member.is_lost or member.state in OUT:
                return False
            member.is_lost = is_import
            member.backlog.clear()
            hint = advice(member.record, member.report_to)
            self.roster.change(member, happening, reason=reason, hint=hint)
            self._show(member)
        if member.found is not None:
            self.last_failures.note(member.found, reason)
        return True

    def _tell_lost(self, member: Member, error: BaseException) -> None:
        error = presentable(error)
        record = member.record
        self.on_load_failure(
            LoadFailure(plugin=record.id, distribution=record.distribution, error=error)
        )
        if self.is_strict:
            title = f"plugin {record.id} could not be loaded"
            raise PluginLoadFailed(title, why=record.reason) from error


def _own_hooks(name: str, plugin: object) -> frozenset[str]:
    """What a plugin may be about to add: it is free to implement its own hooks as well."""
    if not hasattr(plugin, "orpheus_add_hookspecs"):
        return frozenset()
    prefix = hook_prefix(name)
    return frozenset(each for each in dir(plugin) if each.startswith(prefix))
