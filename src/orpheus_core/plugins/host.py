"""The plugin host: registers built-ins and entry points, and calls hooks in isolation."""

from __future__ import annotations

import difflib
import functools
import inspect
from collections.abc import Callable, Collection, Generator, Iterator
from typing import Generic, TypeVar, cast

import attrs
import pluggy

from orpheus_core import hookspecs
from orpheus_core.errors import HookFailed, OrpheusError, PluginLoadFailed
from orpheus_core.plugins.discovery import EntryPoint, entry_points
from orpheus_core.plugins.records import HookFailure, LoadFailure, PluginRecord, PluginState

T = TypeVar("T")

_FAILURES_UNTIL_MUTED = 3


@attrs.frozen
class Answer(Generic[T]):
    """One plugin's answer to a hook."""

    plugin: str
    value: T


class PluginHost:
    """Knows every plugin, and calls their hooks so that one bad plugin harms only itself.

    Args:
        disabled: ids of plugins, built-in or not, that stay out.
        on_failure: told of each hook that raised.
        on_load_failure: told of each plugin that could not be loaded.
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
        self._records: dict[str, PluginRecord] = {}
        self._failures: dict[tuple[str, str], int] = {}
        self._muted: set[tuple[str, str]] = set()

    # --- registration --------------------------------------------------------------------

    def register_builtins(self, plugins: dict[str, object], version: str) -> None:
        """Register the core's own behaviours, by id, through the same door as any other."""
        for name in sorted(plugins, reverse=True):
            self._admit(
                name,
                "orpheus-core",
                version,
                builtin=True,
                load=functools.partial(plugins.__getitem__, name),
            )

    def register(self, name: str, plugin: object, *, version: str = "") -> None:
        """Register an object that the caller holds: a script's own plugin."""
        self._admit(name, "", version, builtin=False, load=lambda: plugin)

    def discover(self) -> None:
        """Load every plugin that an installed distribution announces.

        In reversed order of their ids, so that hooks run in the same order everywhere.
        Two distributions with one id are both left out.
        """
        found: dict[str, list[EntryPoint]] = {}
        for point in entry_points():
            found.setdefault(point.name, []).append(point)
        for name in sorted(found, reverse=True):
            points = found[name]
            if len(points) > 1 or name in self._records:
                owners = ", ".join(sorted(point.distribution for point in points))
                self._refuse(name, points[0], PluginState.CONFLICT, f"claimed by {owners}")
                continue
            point = points[0]
            self._admit(name, point.distribution, point.version, builtin=False, load=point.load)

    def _admit(
        self,
        name: str,
        distribution: str,
        version: str,
        *,
        builtin: bool,
        load: Callable[[], object],
    ) -> None:
        record = PluginRecord(
            id=name,
            distribution=distribution,
            version=version,
            builtin=builtin,
            state=PluginState.ACTIVE,
        )
        if name in self._disabled:
            reason = "switched off in plugins.disabled"
            self._records[name] = attrs.evolve(record, state=PluginState.DISABLED, reason=reason)
            return
        try:
            plugin = load()
            hooks = _hooks_of(self._pluggy, plugin)
            self._pluggy.register(plugin, name)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a plugin's import may even exit
            reason = f"{type(error).__name__}: {error}".rstrip(": ")
            self._records[name] = attrs.evolve(record, state=PluginState.FAILED, reason=reason)
            failure = LoadFailure(plugin=name, distribution=distribution, error=error)
            self._on_load_failure(failure)
            if self._strict:
                raise PluginLoadFailed(f"plugin {name} could not be loaded", why=reason) from error
        else:
            self._records[name] = attrs.evolve(record, hooks=hooks)

    def _refuse(self, name: str, point: EntryPoint, state: PluginState, reason: str) -> None:
        self._pluggy.set_blocked(name)
        self._records[name] = PluginRecord(
            id=name,
            distribution=point.distribution,
            version=point.version,
            builtin=False,
            state=state,
            reason=reason,
        )

    def records(self) -> list[PluginRecord]:
        """Every plugin with its state, built-ins first, then by id."""
        return sorted(self._records.values(), key=lambda record: (not record.builtin, record.id))

    # --- the verbs ------------------------------------------------------------------------

    def collect(self, hook: str, expect: type[T], **arguments: object) -> list[Answer[T]]:
        """Call every implementation; return the answers of type *expect*, each by its plugin.

        An implementation may answer with one value, a sequence of them, or None.
        """
        answers: list[Answer[T]] = []
        for name, call in self._implementations(hook, arguments):
            value = self._guarded(name, hook, call)
            values = list(value) if isinstance(value, list | tuple) else [value]
            for each in values:
                if each is None:
                    continue
                if isinstance(each, expect):
                    answers.append(Answer(name, each))
                else:
                    self._report(name, hook, _wrong_type(name, hook, each, expect))
        return answers

    def first(self, hook: str, expect: type[T], **arguments: object) -> Answer[T] | None:
        """Return the first answer of type *expect*, or None when every plugin passed."""
        for name, call in self._implementations(hook, arguments):
            value = self._guarded(name, hook, call)
            if isinstance(value, expect):
                return Answer(name, value)
            if value is not None:
                self._report(name, hook, _wrong_type(name, hook, value, expect))
        return None

    def fold(self, hook: str, argument: str, value: T, **arguments: object) -> T:
        """Hand *value* from one implementation to the next as *argument*; None keeps it."""
        for name, _ in self._implementations(hook, arguments):
            call = self._call(name, hook, {**arguments, argument: value})
            changed = self._guarded(name, hook, call)
            if isinstance(changed, type(value)):
                value = changed
            elif changed is not None:
                self._report(name, hook, _wrong_type(name, hook, changed, type(value)))
        return value

    def emit(self, hook: str, **arguments: object) -> None:
        """Call every implementation and expect nothing."""
        for name, call in self._implementations(hook, arguments):
            self._guarded(name, hook, call)

    def around(self, hook: str, expect: type[T], **arguments: object) -> T:
        """Run the first implementation that answers, inside every wrapper.

        What the core's own work raises goes through the wrappers to the caller. A wrapper
        that fails itself is reported and left out; the work is not disturbed.

        Raises:
            HookFailed: no implementation answered.
        """
        wrappers: list[tuple[str, Generator[None, object, object]]] = []
        for name, call in self._implementations(hook, arguments, wrappers=True):
            generator = cast(
                "Generator[None, object, object] | None", self._guarded(name, hook, call)
            )
            if generator is not None and self._started(name, hook, generator):
                wrappers.append((name, generator))
        result: object = None
        failure: Exception | None = None
        try:
            result = self._innermost(hook, expect, arguments)
        except Exception as error:  # noqa: BLE001 - handed to the wrappers, then raised
            failure = error
        for name, generator in reversed(wrappers):
            result, failure = self._leave(name, hook, generator, result, failure)
        if failure is not None:
            raise failure
        if not isinstance(result, expect):
            raise HookFailed(f"no plugin answered {hook}")
        return result

    def _innermost(self, hook: str, expect: type[T], arguments: dict[str, object]) -> T:
        """The work itself: what it raises is the caller's business, so nothing is guarded."""
        for name, call in self._implementations(hook, arguments):
            value = call()
            if isinstance(value, expect):
                return value
            if value is not None:
                self._report(name, hook, _wrong_type(name, hook, value, expect))
        raise HookFailed(f"no plugin answered {hook}")

    def _started(self, name: str, hook: str, generator: Generator[None, object, object]) -> bool:
        try:
            next(generator)
        except StopIteration:
            self._report(name, hook, HookFailed(f"{name}: the wrapper {hook} did not yield"))
            return False
        except Exception as error:  # noqa: BLE001 - the border to foreign code
            self._report(name, hook, error)
            return False
        return True

    def _leave(
        self,
        name: str,
        hook: str,
        generator: Generator[None, object, object],
        result: object,
        failure: Exception | None,
    ) -> tuple[object, Exception | None]:
        try:
            if failure is None:
                generator.send(result)
            else:
                generator.throw(failure)
        except StopIteration as stop:
            return stop.value, None
        except OrpheusError as error:
            return None, error
        except Exception as error:  # noqa: BLE001 - the border to foreign code
            if error is not failure:
                self._report(name, hook, error)
            return result, failure
        generator.close()
        self._report(name, hook, HookFailed(f"{name}: the wrapper {hook} yielded twice"))
        return result, failure

    # --- isolation ------------------------------------------------------------------------

    def _implementations(
        self, hook: str, arguments: dict[str, object], *, wrappers: bool = False
    ) -> Iterator[tuple[str, Callable[[], object]]]:
        caller: pluggy.HookCaller = getattr(self._pluggy.hook, hook)
        for implementation in reversed(caller.get_hookimpls()):
            name = implementation.plugin_name
            if implementation.wrapper is wrappers and (name, hook) not in self._muted:
                yield name, self._bind(implementation, arguments)

    def _call(self, name: str, hook: str, arguments: dict[str, object]) -> Callable[[], object]:
        caller: pluggy.HookCaller = getattr(self._pluggy.hook, hook)
        for implementation in caller.get_hookimpls():
            if implementation.plugin_name == name and not implementation.wrapper:
                return self._bind(implementation, arguments)
        raise LookupError(f"{name} has no {hook}")

    @staticmethod
    def _bind(
        implementation: pluggy.HookImpl, arguments: dict[str, object]
    ) -> Callable[[], object]:
        values = [arguments[name] for name in implementation.argnames if name in arguments]
        return lambda: implementation.function(*values)

    def _guarded(self, name: str, hook: str, call: Callable[[], object]) -> object:
        try:
            value = call()
        except Exception as error:  # noqa: BLE001 - the border to foreign code
            self._report(name, hook, error)
            return None
        self._failures.pop((name, hook), None)
        return value

    def _report(self, name: str, hook: str, error: Exception) -> None:
        if self._strict:
            raise HookFailed(f"{name}: {hook} failed: {error}") from error
        failure = HookFailure(plugin=name, hook=hook, error=error)
        key = (name, hook)
        self._failures[key] = self._failures.get(key, 0) + 1
        reason = f"{hook} raised {type(error).__name__}: {error}".rstrip(": ")
        state = PluginState.FAILED
        if self._failures[key] >= _FAILURES_UNTIL_MUTED:
            self._muted.add(key)
            state = PluginState.MUTED
        self._records[name] = attrs.evolve(self._records[name], state=state, reason=reason)
        self._on_failure(failure)
        if state is PluginState.MUTED:
            self._on_muted(failure)


def _wrong_type(name: str, hook: str, value: object, expect: type[object]) -> HookFailed:
    return HookFailed(
        f"{name}: {hook} answered with {type(value).__name__} where {expect.__name__} was due"
    )


def _hooks_of(manager: pluggy.PluginManager, plugin: object) -> tuple[str, ...]:
    """The hooks that *plugin* implements.

    Raises:
        HookFailed: it marks a function that is no hook, or takes an argument that the hook
            does not have. pluggy itself would let the first pass silently.
    """
    known = {name for name in vars(hookspecs) if name.startswith("orpheus_")}
    hooks = []
    for name in dir(plugin):
        options = manager.parse_hookimpl_opts(plugin, name)
        if options is None:
            continue
        hook = options.get("specname") or name
        if hook not in known:
            near = difflib.get_close_matches(hook, known, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise HookFailed(f"there is no hook {hook}{hint}")
        wanted = set(inspect.signature(getattr(plugin, name)).parameters)
        offered = set(inspect.signature(getattr(hookspecs, hook)).parameters)
        if extra := sorted(wanted - offered):
            raise HookFailed(f"{hook} has no argument {extra[0]}; it offers {sorted(offered)}")
        hooks.append(hook)
    return tuple(sorted(hooks))
