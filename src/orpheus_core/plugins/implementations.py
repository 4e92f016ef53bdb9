"""What a plugin implements, and whether it could ever be called as it is written."""

from __future__ import annotations

import difflib
import functools
import inspect
from collections.abc import Callable

import pluggy

from orpheus_core import hookspecs
from orpheus_core.errors import HookFailed

_HOOKS = {
    name: frozenset(inspect.signature(spec).parameters)
    for name, spec in vars(hookspecs).items()
    if name.startswith("orpheus_")
}


def hooks_of(manager: pluggy.PluginManager, plugin: object) -> tuple[str, ...]:
    """Return the hooks that *plugin* implements.

    Raises:
        HookFailed: it marks a function that is no hook, that wants an argument which the
            hook does not have, or that would never run. pluggy lets most of that pass.
    """
    hooks = []
    for name in dir(plugin):
        options = manager.parse_hookimpl_opts(plugin, name)
        if options is None:
            continue
        hook = options.get("specname") or name
        if hook not in _HOOKS:
            near = difflib.get_close_matches(hook, _HOOKS, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise HookFailed(f"there is no hook {hook}{hint}")
        function = getattr(plugin, name)
        _check_arguments(hook, function)
        _check_kind(hook, function, options)
        hooks.append(hook)
    return tuple(sorted(hooks))


def bound(implementation: pluggy.HookImpl, arguments: dict[str, object]) -> Callable[[], object]:
    """Return the call of *implementation*, with as many of *arguments* as it takes."""
    by_position = [arguments[name] for name in implementation.argnames]
    by_name = {name: arguments[name] for name in implementation.kwargnames if name in arguments}
    return functools.partial(implementation.function, *by_position, **by_name)


def _check_arguments(hook: str, function: Callable[..., object]) -> None:
    """An argument with a default may be one that a newer hook has, and this one not yet."""
    offered = _HOOKS[hook]
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind is parameter.KEYWORD_ONLY:
            raise HookFailed(f"{hook}: write the argument {name} without the * before it")
        if name not in offered and parameter.default is parameter.empty:
            raise HookFailed(f"{hook} has no argument {name}; it offers {sorted(offered)}")


def _check_kind(hook: str, function: Callable[..., object], options: pluggy.HookimplOpts) -> None:
    if options.get("hookwrapper"):
        raise HookFailed(f"{hook}: hookwrapper=True is not supported, write wrapper=True")
    if options.get("wrapper"):
        if hook not in hookspecs.AROUND:
            raise HookFailed(f"{hook} takes no wrappers; only {sorted(hookspecs.AROUND)} do")
    elif inspect.isgeneratorfunction(function) or inspect.iscoroutinefunction(function):
        raise HookFailed(
            f"{hook} would never run: it has to be a plain function, no yield, no async"
        )
