"""What a plugin implements, and whether it could ever be called as it is written."""

from __future__ import annotations

import difflib
import inspect
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

import attrs
import pluggy

from orpheus_core import hookspecs
from orpheus_core.errors import HookFailed, InvalidPluginManifest
from orpheus_core.plugins.contributions import HookUse
from orpheus_core.plugins.generated_manifest import check_each_once, differences
from orpheus_core.plugins.manifest import PluginManifest


class _Callable(Protocol):
    """A function, and the arguments of its hook that it takes."""

    @property
    def function(self) -> Callable[..., object]: ...
    @property
    def argnames(self) -> Sequence[str]: ...
    @property
    def kwargnames(self) -> Sequence[str]: ...


@attrs.frozen(kw_only=True, eq=False)
class Implementation:
    """A function of a plugin for a hook.

    *argnames* are the arguments that it needs, *kwargnames* those that it has a default for.
    """

    use: HookUse
    function: Callable[..., object]
    argnames: tuple[str, ...]
    kwargnames: tuple[str, ...]


def answer_of(implementation: _Callable, arguments: Mapping[str, object]) -> object:
    """Call *implementation* with as many of *arguments* as it takes."""
    by_position = [arguments[name] for name in implementation.argnames]
    if not implementation.kwargnames:
        return implementation.function(*by_position)
    by_name = {name: arguments[name] for name in implementation.kwargnames if name in arguments}
    return implementation.function(*by_position, **by_name)


@attrs.frozen
class Spec:
    """What a hook is: the function that specifies it, and the arguments that it offers."""

    function: Callable[..., object]
    arguments: tuple[str, ...]


class Face:
    """What pluggy is shown of a plugin: functions, and nothing that could run on a look."""

    def __init__(self, functions: Sequence[tuple[HookUse, Callable[..., object]]]) -> None:
        self.options: dict[str, pluggy.HookimplOpts] = {}
        for number, (use, function) in enumerate(functions):
            name = f"hook_{number:04}"
            setattr(self, name, function)
            self.options[name] = {
                "wrapper": use.wrapper,
                "hookwrapper": False,
                "optionalhook": False,
                "tryfirst": use.tryfirst,
                "trylast": use.trylast,
                "specname": use.name,
            }

    def __dir__(self) -> list[str]:
        """The functions alone: pluggy looks closely at each name, and of a hundred plugins."""
        return list(self.options)


class HookManager(pluggy.PluginManager):
    """pluggy, with the core's hooks, and faces of plugins in their place."""

    def __init__(self) -> None:
        super().__init__(hookspecs.PROJECT)
        self.add_hookspecs(hookspecs)

    def parse_hookimpl_opts(self, plugin: object, name: str) -> pluggy.HookimplOpts | None:
        """Return how *name* of *plugin* implements a hook; None when it does not."""
        if isinstance(plugin, Face):
            return plugin.options.get(name)
        return super().parse_hookimpl_opts(plugin, name)

    def spec_of(self, hook: str) -> Spec | None:
        """Return the specification of *hook*, or None when there is no such hook."""
        caller: pluggy.HookCaller | None = getattr(self.hook, hook, None)
        if caller is None or caller.spec is None:
            return None
        arguments = (*caller.spec.argnames, *caller.spec.kwargnames)
        return Spec(caller.spec.function, arguments)

    def hooks(self) -> list[str]:
        """The names of all hooks, sorted."""
        names = list(vars(self.hook))  # at once: another thread may be adding some
        return sorted(name for name in names if self.spec_of(name) is not None)


def implementations_of(
    manager: HookManager, plugin: object, promised: frozenset[str] = frozenset()
) -> tuple[Implementation, ...]:
    """Return what *plugin* implements, sorted by the names of its functions.

    Args:
        promised: hooks that do not exist yet, but which another plugin adds.

    Raises:
        HookFailed: it marks a function that is no hook, that wants an argument which the
            hook does not have, or that would never run. pluggy lets most of that pass.
    """
    found = []
    for name in sorted(dir(plugin)):
        if name.startswith("__"):
            continue
        options = manager.parse_hookimpl_opts(plugin, name)
        if options is None:
            continue
        hook = options.get("specname") or name
        is_known = manager.spec_of(hook) is not None or hook in promised
        if not is_known and options.get("optionalhook"):
            continue
        if not is_known:
            raise HookFailed(no_such_hook(manager, hook))
        found.append(_implementation(manager, hook, getattr(plugin, name), options))
    return tuple(found)


def no_such_hook(manager: HookManager, hook: str) -> str:
    """Say that there is no such hook, and name the nearest."""
    near = difflib.get_close_matches(hook, manager.hooks(), n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"there is no hook {hook}{hint}"


def check_arguments(manager: HookManager, hook: str, function: Callable[..., object]) -> None:
    """See that *function* can be given what it needs; nothing is known before the hook exists.

    An argument with a default may be one that a newer hook has, and this one not yet.

    Raises:
        HookFailed: it cannot.
    """
    spec = manager.spec_of(hook)
    offered = spec.arguments if spec is not None else None
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind is parameter.KEYWORD_ONLY:
            raise HookFailed(f"{hook}: write the argument {name} without the * before it")
        if offered is None or name in offered or parameter.default is not parameter.empty:
            continue
        offers = ", ".join(sorted(offered)) or "none"
        raise HookFailed(f"{hook} has no argument {name}; it offers {offers}")


def in_order_of(
    uses: Sequence[HookUse], implementations: Sequence[Implementation]
) -> tuple[Implementation, ...]:
    """Return *implementations* in the order of the *uses* that a manifest claims.

    Raises:
        InvalidPluginManifest: the two differ.
    """
    found = [each.use for each in implementations]
    check_each_once(found)
    for fault in differences(_of_hooks(uses), _of_hooks(found)):
        raise InvalidPluginManifest(fault)
    by_name = {each.use.name: each for each in implementations}
    return tuple(by_name[use.name] for use in uses)


def _of_hooks(uses: Iterable[HookUse]) -> PluginManifest:
    return PluginManifest(id="", api=(), hooks=tuple(uses))


def _implementation(
    manager: HookManager, hook: str, function: Callable[..., object], options: pluggy.HookimplOpts
) -> Implementation:
    if not isinstance(function, types.FunctionType | types.MethodType):
        raise HookFailed(f"{hook} has to be a function, not a {type(function).__name__}")
    check_arguments(manager, hook, function)
    _check_kind(hook, function, options)
    parameters = inspect.signature(function).parameters.values()
    return Implementation(
        use=HookUse(
            name=hook,
            wrapper=bool(options.get("wrapper")),
            tryfirst=bool(options.get("tryfirst")),
            trylast=bool(options.get("trylast")),
        ),
        function=function,
        argnames=tuple(each.name for each in parameters if each.default is each.empty),
        kwargnames=tuple(each.name for each in parameters if each.default is not each.empty),
    )


def _check_kind(hook: str, function: Callable[..., object], options: pluggy.HookimplOpts) -> None:
    if options.get("hookwrapper"):
        raise HookFailed(f"{hook}: hookwrapper=True is not supported, write wrapper=True")
    if options.get("wrapper"):
        if hook not in hookspecs.AROUND:
            takers = " and ".join(sorted(hookspecs.AROUND))
            raise HookFailed(f"{hook} takes no wrappers; only {takers} do")
        if not inspect.isgeneratorfunction(function):
            raise HookFailed(f"{hook}: a wrapper has to be a generator, and yield once")
    elif (
        inspect.isgeneratorfunction(function)
        or inspect.iscoroutinefunction(function)
        or inspect.isasyncgenfunction(function)
    ):
        raise HookFailed(
            f"{hook} would never run: it has to be a plain function, no yield, no async"
        )
