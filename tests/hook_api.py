"""The hook API as it is, as it was, and the step of its version that lies between.

``hook_api.toml`` is the snapshot: the API's version, and one line for each hook. After a change
of hookspecs.py, step ``API`` in plugins/api.py as far as the failing test says, then::

    python tests/hook_api.py --write

which refuses to write what is not stepped. Before a version of the API is released, there is
nobody to keep it for: remove the file, and it is written anew.
"""

from __future__ import annotations

import enum
import inspect
import re
import sys
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path

import attrs

from orpheus_core import hookspecs
from orpheus_core.plugins.api import API, ApiVersion, api_text, parse_api

SNAPSHOT = Path(__file__).with_suffix(".toml")
COMMAND = "python tests/hook_api.py --write"

_VERB = re.compile(r"Verb: (\w+)\.")
_HEAD = f"""\
# The hooks of this version of the API, as plugins rely on them. Written by: {COMMAND}

"""


class Step(enum.IntEnum):
    """How far the version of the API has to go."""

    NONE = 0
    MINOR = 1
    MAJOR = 2


@attrs.frozen
class Argument:
    """An argument, and the source of its default; None when it has none."""

    name: str
    default: str | None = None


@attrs.frozen(kw_only=True)
class Hook:
    """What a plugin relies on. *since* is the version of the API that brought the hook."""

    verb: str
    arguments: tuple[Argument, ...] = ()
    firstresult: bool = False
    wrappers: bool = False
    historic: bool = False
    since: str = attrs.field(default="", eq=False)


Hooks = Mapping[str, Hook]


def required_step(old: Hooks, new: Hooks) -> Step:
    """Return the step of the version that leads from the hooks *old* to *new*.

    Plugins that were written for *old* go on working after a minor step.
    """
    if set(old) - set(new):
        return Step.MAJOR
    step = Step.MINOR if set(new) - set(old) else Step.NONE
    return max([step, *(_step_of_hook(hook, new[name]) for name, hook in old.items())])


def _step_of_hook(old: Hook, new: Hook) -> Step:
    if attrs.evolve(old, arguments=()) != attrs.evolve(new, arguments=()):
        return Step.MAJOR
    now = {argument.name: argument for argument in new.arguments}
    kept = [name for name in now if name in {argument.name for argument in old.arguments}]
    if kept != [argument.name for argument in old.arguments]:  # taken away, renamed, or moved
        return Step.MAJOR
    if any(_is_lost(argument, now[argument.name]) for argument in old.arguments):
        return Step.MAJOR
    added = [argument for argument in new.arguments if argument.name not in kept]
    if any(argument.default is None for argument in added):
        return Step.MAJOR
    return Step.NONE if old == new else Step.MINOR


def _is_lost(old: Argument, new: Argument) -> bool:
    """Whether the default is gone, or another."""
    return old.default is not None and old.default != new.default


def is_stepped(old: ApiVersion, new: ApiVersion, step: Step) -> bool:
    """Whether *new* is at least *step* beyond *old*; a version never goes back."""
    if step is Step.MAJOR:
        return new[0] > old[0]
    return new > old if step is Step.MINOR else new >= old


def current_hooks() -> dict[str, Hook]:
    """The hooks as hookspecs.py has them now, by name; *since* is not known there."""
    return {
        name: _hook(name, function)
        for name, function in sorted(vars(hookspecs).items())
        if name.startswith("orpheus_")
    }


def _hook(name: str, function: Callable[..., object]) -> Hook:
    options = getattr(function, f"{hookspecs.PROJECT}_spec")
    verb = _VERB.search(inspect.getdoc(function) or "")
    return Hook(
        verb=verb[1] if verb else "",
        arguments=tuple(
            Argument(each.name, None if each.default is each.empty else repr(each.default))
            for each in inspect.signature(function).parameters.values()
        ),
        firstresult=bool(options["firstresult"]),
        wrappers=name in hookspecs.AROUND,
        historic=bool(options["historic"]),
    )


def snapshot() -> tuple[ApiVersion, dict[str, Hook]]:
    """The version and the hooks of the snapshot."""
    return from_text(SNAPSHOT.read_text("utf-8"))


def from_text(text: str) -> tuple[ApiVersion, dict[str, Hook]]:
    """Return the version and the hooks that a snapshot's *text* holds."""
    table = tomllib.loads(text)
    hooks = {
        name: Hook(**{**hook, "arguments": tuple(map(_argument, hook["arguments"]))})
        for name, hook in table["hooks"].items()
    }
    return parse_api(table["api"]), hooks


def _argument(text: str) -> Argument:
    name, equals, default = text.partition("=")
    return Argument(name, default if equals else None)


def to_text(api: ApiVersion, hooks: Hooks) -> str:
    """Return the snapshot of *hooks* in the version *api*."""
    lines = [f"{name} = {_line(hook)}\n" for name, hook in sorted(hooks.items())]
    return f'{_HEAD}api = "{api_text(api)}"\n\n[hooks]\n{"".join(lines)}'


def _line(hook: Hook) -> str:
    arguments = ", ".join(
        _quoted(each.name if each.default is None else f"{each.name}={each.default}")
        for each in hook.arguments
    )
    flags = {
        name: str(getattr(hook, name)).lower() for name in ("firstresult", "wrappers", "historic")
    }
    values = {"since": _quoted(hook.since), "verb": _quoted(hook.verb)}
    pairs = {**values, "arguments": f"[{arguments}]", **flags}
    return "{ " + ", ".join(f"{key} = {value}" for key, value in pairs.items()) + " }"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def complaint(old_api: ApiVersion, old: Hooks, api: ApiVersion, new: Hooks) -> str:
    """What is wrong with *new* in the version *api*, and what to do; empty when nothing is."""
    step = required_step(old, new)
    if api < old_api:
        return f"the snapshot is of API {api_text(old_api)}: a version never goes back"
    if not is_stepped(old_api, api, step):
        return (
            f"not as in API {api_text(old_api)}: {', '.join(changed(old, new))}\n"
            f"that needs a {step.name.lower()} step of API in plugins/api.py, which is now "
            f"{api_text(api)}; then: {COMMAND}"
        )
    if step or api != old_api:
        return f"the snapshot is of API {api_text(old_api)}: {COMMAND}"
    return ""


def changed(old: Hooks, new: Hooks) -> list[str]:
    """The names of the hooks that differ."""
    return sorted(name for name in {*old, *new} if old.get(name) != new.get(name))


def main(arguments: list[str]) -> int:
    """Write the snapshot with ``--write``; return 1 where the version stands in the way."""
    new = current_hooks()
    old_api, old = snapshot() if SNAPSHOT.exists() else ((0, 0), dict[str, Hook]())
    fault = complaint(old_api, old, API, new)
    if "--write" in arguments and is_stepped(old_api, API, required_step(old, new)):
        since = {name: old[name].since if name in old else api_text(API) for name in new}
        dated = {name: attrs.evolve(hook, since=since[name]) for name, hook in new.items()}
        SNAPSHOT.write_text(to_text(API, dated), encoding="utf-8", newline="\n")
        fault = ""
    print(fault or "the snapshot fits", file=sys.stderr if fault else sys.stdout)
    return 1 if fault else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
