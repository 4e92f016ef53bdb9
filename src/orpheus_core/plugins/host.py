"""The plugin host: registers built-ins and entry points, and calls hooks in isolation."""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import Callable, Collection, Generator, Iterator
from typing import TypeVar, cast

import attrs
import pluggy

from orpheus_core import hookspecs
from orpheus_core.errors import HookFailed, OrpheusError, PluginLoadFailed
from orpheus_core.plugins.answers import Answer, keep_those_of, misfit, one_of
from orpheus_core.plugins.discovery import EntryPoint, entry_points
from orpheus_core.plugins.foreign import in_words, presentable
from orpheus_core.plugins.implementations import bound, hooks_of
from orpheus_core.plugins.records import HookFailure, LoadFailure, PluginRecord, PluginState

T = TypeVar("T")
_Wrapper = Generator[None, object, object]

_FAILURES_UNTIL_MUTED = 3


class PluginHost:
    """Knows every plugin, and calls their hooks so that one bad plugin harms only itself.

    Safe for any number of threads.

    Args:
        disabled: ids of plugins, built-in or not, that stay out.
        on_failure: told of each hook that raised or answered with the wrong type.
        on_load_failure: told of each plugin that could not be loaded.
        on_muted: told once of each hook that failed three times in a row and stays out.
        strict: raise what a hook raises (for tests of plugins).
    """

    def __init__(
        self,
        *,
        disabled: Collection[str] = (),
        on_failure: Callable[[HookFailure], None] = lambda _: None,
        on_load_failure: Callable[[LoadFailure], None] = lambda _: None,
        on_muted: Callable[[HookFailure], None] = lambda _: None,
        strict: bool = False,
    ) -> None:
        self._pluggy = pluggy.PluginManager(hookspecs.PROJECT)
        self._pluggy.add_hookspecs(hookspecs)
        self._disabled = frozenset(disabled)
        self._on_failure = on_failure
        self._on_load_failure = on_load_failure
        self._on_muted = on_muted
        self._strict = strict
        self._lock = threading.Lock()
        self._records: dict[str, PluginRecord] = {}
        self._turned_away: list[PluginRecord] = []
        self._failures: dict[tuple[str, str], int] = {}
        self._reasons: dict[tuple[str, str], str] = {}
        self._muted: set[tuple[str, str]] = set()

    # --- registration --------------------------------------------------------------------

    def register_builtins(self, plugins: dict[str, object], version: str) -> None:
        """Register the core's own behaviours, by id, through the same door as any other."""
        for name in sorted(plugins, reverse=True):
            record = _record(name, "orpheus-core", version, builtin=True)
            self._admit(record, functools.partial(plugins.__getitem__, name))

    def register(self, name: str, plugin: object, *, version: str = "") -> None:
        """Register an object that the caller holds: a script's own plugin."""
        self._admit(_record(name, "", version), lambda: plugin)

    def discover(self) -> None:
        """Load every plugin that an installed distribution announces.

        In reversed order of their ids, so that hooks run in the same order everywhere.
        Two distributions with one id are both left out; a plugin that is there already, such
        as a built-in one, keeps its id and stays.
        """
        found: dict[str, list[EntryPoint]] = {}
        for point in entry_points():
            found.setdefault(point.name, []).append(point)
        for name in sorted(found, reverse=True):
            point = found[name][0]
            record = _record(name, point.distribution, point.version)
            if len(found[name]) > 1 and name not in self._records:
                owners = ", ".join(sorted(each.distribution for each in found[name]))
                self._leave_out(
                    record, PluginLoadFailed(f"claimed by {owners}"), PluginState.CONFLICT
                )
            else:
                self._admit(record, point.load)

    def _admit(self, record: PluginRecord, load: Callable[[], object]) -> None:
        """Register what *load* returns, unless its id is switched off or taken."""
        name = record.id
        if (holder := self._records.get(name)) is not None:
            owner = holder.distribution or "this program"
            error = PluginLoadFailed(f"the id {name} is taken by a plugin of {owner}")
            self._leave_out(record, error, PluginState.CONFLICT)
            return
        if name in self._disabled:
            reason = "switched off in plugins.disabled"
            self._keep(attrs.evolve(record, state=PluginState.DISABLED, reason=reason))
            return
        try:
            if not name:
                raise HookFailed("a plugin needs an id")
            plugin = load()
            if (other := self._pluggy.get_name(plugin)) is not None:
                raise HookFailed(f"it is registered already, as {other}")
            hooks = hooks_of(self._pluggy, plugin)
            self._keep(attrs.evolve(record, hooks=hooks))  # another thread may call it at once
            self._pluggy.register(plugin, name)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - a plugin's import may even exit
            self._leave_out(record, error, PluginState.FAILED)

    def _leave_out(self, record: PluginRecord, error: BaseException, state: PluginState) -> None:
        """Keep the reason why the plugin of *record* is not there, and tell it."""
        error = presentable(error)
        reason = in_words(error) if state is PluginState.FAILED else str(error)
        record = attrs.evolve(record, state=state, reason=reason)
        holder = self._records.get(record.id)
        if holder is not None and state is PluginState.CONFLICT:
            with self._lock:
                self._turned_away.append(record)
        else:
            self._keep(record)
        self._on_load_failure(
            LoadFailure(plugin=record.id, distribution=record.distribution, error=error)
        )
        if self._strict:
            raise PluginLoadFailed(f"plugin {record.id} could not be loaded", why=reason) from error

    def _keep(self, record: PluginRecord) -> None:
        with self._lock:
            self._records[record.id] = record

    def records(self) -> list[PluginRecord]:
        """Every plugin with its state, built-ins first, then by id."""
        with self._lock:
            records = [*self._records.values(), *self._turned_away]
        return sorted(records, key=lambda record: (not record.builtin, record.id))

    # --- the verbs ------------------------------------------------------------------------

    def collect(self, hook: str, expect: type[T], **arguments: object) -> list[Answer[T]]:
        """Call every implementation; return the answers of type *expect*, each by its plugin.

        An implementation may answer with one value, a sequence of them, or None.
        """
        answers: list[Answer[T]] = []
        for implementation in self._implementations(hook):
            kept: list[T] = []
            keep = functools.partial(keep_those_of, expect, kept)
            self._ask(implementation, hook, arguments, keep)
            answers += [Answer(implementation.plugin_name, value) for value in kept]
        return answers

    def first(self, hook: str, expect: type[T], **arguments: object) -> Answer[T] | None:
        """Return the first answer of type *expect*, or None when every plugin passed."""
        check = functools.partial(one_of, expect)
        for implementation in self._implementations(hook):
            value = self._ask(implementation, hook, arguments, check)
            if value is not None:
                return Answer(implementation.plugin_name, value)
        return None

    def fold(self, hook: str, argument: str, value: T, **arguments: object) -> T:
        """Hand *value* from one implementation to the next as *argument*; None keeps it."""
        check = functools.partial(one_of, type(value))
        for implementation in self._implementations(hook):
            changed = self._ask(implementation, hook, {**arguments, argument: value}, check)
            value = value if changed is None else changed
        return value

    def emit(self, hook: str, **arguments: object) -> None:
        """Call every implementation and expect nothing."""
        for implementation in self._implementations(hook):
            self._ask(implementation, hook, arguments, lambda *_: None)

    def guarded(
        self,
        plugin: str,
        hook: str,
        work: Callable[[], T],
        *,
        let_through: tuple[type[Exception], ...] = (),
    ) -> T | None:
        """Return what *work* returns, which uses something that *plugin* brought on *hook*.

        It is isolated like the hook itself: None when it raises, or is muted. What is of a
        type in *let_through* is raised on purpose, and for the caller.
        """
        if (plugin, hook) in self._muted:
            return None
        try:
            value = work()
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # the border to foreign code
            if isinstance(error, let_through):
                raise
            self._report(plugin, hook, error)
            return None
        self._worked(plugin, hook)
        return value

    def around(self, hook: str, expect: type[T], **arguments: object) -> T:
        """Run the first implementation that answers, inside every wrapper.

        What the work itself raises goes through the wrappers to the caller. A wrapper that
        fails itself, or hands no result on, is reported and left out; the work is not
        disturbed.

        Raises:
            HookFailed: no implementation answered.
        """
        with contextlib.ExitStack() as at_the_end:
            wrappers: list[tuple[str, _Wrapper]] = []
            for implementation in self._implementations(hook, wrappers=True):
                wrapper = self._entered(implementation, hook, arguments)
                if wrapper is not None:
                    wrappers.append((implementation.plugin_name, wrapper))
                    at_the_end.callback(self._close, implementation.plugin_name, hook, wrapper)
            outcome: T | Exception
            try:
                outcome = self._innermost(hook, expect, arguments)
            except Exception as error:  # noqa: BLE001 - handed to the wrappers, then raised
                outcome = error
            for name, wrapper in reversed(wrappers):
                outcome = self._left(name, hook, wrapper, expect, outcome)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def _innermost(self, hook: str, expect: type[T], arguments: dict[str, object]) -> T:
        """The work itself: what it raises is the caller's business, so nothing is guarded."""
        for implementation in self._implementations(hook):
            name = implementation.plugin_name
            call = bound(implementation, arguments)
            try:
                value = call()
            except (OrpheusError, KeyboardInterrupt):
                raise
            except BaseException as error:
                if not self._records[name].builtin:
                    self._on_failure(HookFailure(plugin=name, hook=hook, error=presentable(error)))
                if isinstance(error, Exception) and not isinstance(error, StopIteration):
                    raise
                raise HookFailed(f"{name}: {hook} raised {type(error).__name__}") from error
            if isinstance(value, expect):
                self._worked(name, hook)
                return value
            if value is not None:
                self._report(name, hook, misfit(expect, f"{name}: {hook}", value))
        raise HookFailed(f"no plugin answered {hook}")

    def _entered(
        self, implementation: pluggy.HookImpl, hook: str, arguments: dict[str, object]
    ) -> _Wrapper | None:
        """The wrapper, run up to its ``yield``; None when it does not get that far."""
        call = bound(implementation, arguments)
        name = implementation.plugin_name
        try:
            wrapper = cast("_Wrapper", call())
            next(wrapper)
        except StopIteration:
            self._report(name, hook, HookFailed(f"{name}: the wrapper {hook} did not yield"))
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - the border to foreign code
            self._report(name, hook, error)
        else:
            return wrapper
        return None

    def _left(
        self, name: str, hook: str, wrapper: _Wrapper, expect: type[T], outcome: T | Exception
    ) -> T | Exception:
        """Hand *outcome* to *wrapper*; return what it makes of it."""
        try:
            if isinstance(outcome, Exception):
                wrapper.throw(outcome)
            else:
                wrapper.send(outcome)
        except StopIteration as stop:
            if isinstance(stop.value, expect):
                self._worked(name, hook)
                return stop.value
            self._report(name, hook, misfit(expect, f"{name}: {hook}", stop.value))
        except OrpheusError as error:
            self._worked(name, hook)
            return error
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - the border to foreign code
            if error is not outcome:
                self._report(name, hook, error)
        else:
            self._report(name, hook, HookFailed(f"{name}: the wrapper {hook} yielded twice"))
        return outcome

    def _close(self, name: str, hook: str, wrapper: _Wrapper) -> None:
        """End a wrapper that is still waiting: it yielded twice, or Ctrl-C went past it."""
        try:
            wrapper.close()
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - the border to foreign code
            self._report(name, hook, error)

    # --- isolation ------------------------------------------------------------------------

    def _implementations(self, hook: str, *, wrappers: bool = False) -> Iterator[pluggy.HookImpl]:
        caller: pluggy.HookCaller = getattr(self._pluggy.hook, hook)
        for implementation in reversed(caller.get_hookimpls()):
            muted = (implementation.plugin_name, hook) in self._muted
            if implementation.wrapper is wrappers and not muted:
                yield implementation

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
        call = bound(implementation, arguments)
        try:
            value = check(f"{name}: {hook}", call())
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - the border to foreign code
            self._report(name, hook, error)
            return None
        self._worked(name, hook)
        return value

    def _worked(self, name: str, hook: str) -> None:
        """Begin to count anew: failures in between do not add up."""
        if (name, hook) in self._failures:
            with self._lock:
                self._failures.pop((name, hook), None)

    def _report(self, name: str, hook: str, error: BaseException) -> None:
        """Tell that *hook* of the plugin *name* failed, and mute it after the third time."""
        error = presentable(error)
        if self._strict:
            raise HookFailed(f"{name}: {hook} failed: {error}") from error
        key = (name, hook)
        with self._lock:
            self._failures[key] = self._failures.get(key, 0) + 1
            muted = self._failures[key] >= _FAILURES_UNTIL_MUTED and key not in self._muted
            if muted:
                self._muted.add(key)
            self._reasons[key] = _reason(name, hook, error)
            self._records[name] = self._with_failures(self._records[name])
        failure = HookFailure(plugin=name, hook=hook, error=error)
        self._on_failure(failure)
        if muted:
            self._on_muted(failure)

    def _with_failures(self, record: PluginRecord) -> PluginRecord:
        """The record with the last failure of each of its hooks."""
        muted = any(plugin == record.id for plugin, _ in self._muted)
        reasons = [reason for (plugin, _), reason in self._reasons.items() if plugin == record.id]
        return attrs.evolve(
            record,
            state=PluginState.MUTED if muted else PluginState.FAILED,
            reason="; ".join(reasons),
        )


def _record(name: str, distribution: str, version: str, *, builtin: bool = False) -> PluginRecord:
    return PluginRecord(
        id=name,
        distribution=distribution,
        version=version,
        builtin=builtin,
        state=PluginState.ACTIVE,
    )


def _reason(name: str, hook: str, error: BaseException) -> str:
    """In words, what is wrong with the *hook* of a plugin whose name stands beside it."""
    if isinstance(error, HookFailed) and error.title.startswith(f"{name}: "):
        return error.title.removeprefix(f"{name}: ")
    return f"{hook} raised {in_words(error)}"
