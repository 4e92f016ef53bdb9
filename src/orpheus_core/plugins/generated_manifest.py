"""The manifest that a plugin's code amounts to, and how far another one is from it."""

from __future__ import annotations

import difflib
import enum
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

import attrs

from orpheus_core.errors import InvalidPluginManifest
from orpheus_core.plugins.api import API
from orpheus_core.plugins.contributions import (
    CommandInfo,
    HookUse,
    LoginInfo,
    SecretBackendInfo,
    ServiceInfo,
    StageInfo,
)
from orpheus_core.plugins.manifest import FILE_NAME, PluginManifest

T = TypeVar("T")


def merged(
    existing: PluginManifest | None,
    ident: str,
    *,
    hooks: Iterable[HookUse],
    services: Iterable[ServiceInfo] = (),
    logins: Iterable[LoginInfo] = (),
    stages: Iterable[StageInfo] = (),
    secret_backends: Iterable[SecretBackendInfo] = (),
    commands: Iterable[CommandInfo] = (),
) -> PluginManifest:
    """Return the manifest of a plugin whose code brings what is given.

    What code cannot tell is kept as *existing* has it: the API that it was written for, the
    events of its hooks, hosts, settings, hooks of its own, summary and sample. So is the order.

    Raises:
        InvalidPluginManifest: the code has two of one name, which no manifest can say.
    """
    check_each_once(hooks := tuple(hooks))
    old = existing or PluginManifest(id=ident, api=(API,))
    return attrs.evolve(
        old,
        id=ident,
        hooks=tuple(_with_events(use, old) for use in _ordered("hooks", hooks, old)),
        services=_ordered("services", services, old),
        logins=_ordered("logins", logins, old),
        stages=_ordered("stages", stages, old),
        secret_backends=_ordered("secret_backends", secret_backends, old),
        commands=_ordered("commands", commands, old),
    )


def check_each_once(hooks: Iterable[HookUse]) -> None:
    """See that each hook is there once.

    Raises:
        InvalidPluginManifest: one is there twice.
    """
    seen: set[str] = set()
    for use in hooks:
        if use.name in seen:
            raise InvalidPluginManifest(
                f"its code implements {use.name} more than once; "
                f"{FILE_NAME} can name each hook once",
                next_step="do in one function what the two do, or go without a manifest",
            )
        seen.add(use.name)


def differences(
    claimed: PluginManifest, actual: PluginManifest, *, details: bool = True
) -> list[str]:
    """Return what orpheus.toml claims and the code has not, and the reverse, as sentences.

    Args:
        claimed: what orpheus.toml says.
        actual: what the code amounts to: see `merged`.
        details: whether to compare what bears one name as well, and not the names alone.
    """
    found = []
    if claimed.id != actual.id:
        found.append(f"{FILE_NAME} says the id is {claimed.id}, it is {actual.id}")
    for section, (what, name) in _NAMES.items():
        ours = {name(each): each for each in getattr(claimed, section)}
        theirs = {name(each): each for each in getattr(actual, section)}
        found += _names_that_differ(what, ours, theirs)
        if details:
            for each in filter(theirs.__contains__, ours):
                found += _values_that_differ(f"the {what} {each}", ours[each], theirs[each])
    return found


# --- what bears which name ---------------------------------------------------------------


def _of_hook(use: HookUse) -> str:
    return use.name


def _of_service(service: ServiceInfo) -> str:
    return service.id


def _of_login(login: LoginInfo) -> str:
    return f"{login.name} of {login.service}"


def _of_name(each: StageInfo | SecretBackendInfo) -> str:
    return each.name


def _of_command(command: CommandInfo) -> str:
    return " ".join(command.words)


# Any: each function takes what its own section holds.
_NAMES: Mapping[str, tuple[str, Callable[[Any], str]]] = {
    "hooks": ("hook", _of_hook),
    "services": ("service", _of_service),
    "logins": ("login", _of_login),
    "stages": ("stage", _of_name),
    "secret_backends": ("secret backend", _of_name),
    "commands": ("command", _of_command),
}
"""For each section of a manifest, what an entry of it is called, and its own name."""


def _ordered(section: str, given: Iterable[T], old: PluginManifest) -> tuple[T, ...]:
    """*given*: those that *old* has in its order, then the others.

    Raises:
        InvalidPluginManifest: two have one name.
    """
    what, name = _NAMES[section]
    by_name: dict[str, T] = {}
    for each in given:
        if name(each) in by_name:
            raise InvalidPluginManifest(f"its code brings the {what} {name(each)} more than once")
        by_name[name(each)] = each
    first = [by_name.pop(word) for word in map(name, getattr(old, section)) if word in by_name]
    return (*first, *by_name.values())


def _with_events(use: HookUse, old: PluginManifest) -> HookUse:
    before = old.use_of(use.name)
    return use if before is None else attrs.evolve(use, events=before.events)


# --- sentences ---------------------------------------------------------------------------


def _names_that_differ(
    what: str, ours: Mapping[str, object], theirs: Mapping[str, object]
) -> Iterator[str]:
    unclaimed = [name for name in theirs if name not in ours]
    for name in ours:
        if name not in theirs:
            near = difflib.get_close_matches(name, unclaimed, n=1)
            hint = f", but it has {near[0]}" if near else ""
            yield f"{FILE_NAME} names the {what} {name}, the code has none{hint}"
    for name in unclaimed:
        yield f"the code has the {what} {name}, {FILE_NAME} does not name it"


def _values_that_differ(
    where: str, ours: attrs.AttrsInstance, theirs: attrs.AttrsInstance
) -> Iterator[str]:
    for field in attrs.fields(type(ours)):
        mine, other = getattr(ours, field.name), getattr(theirs, field.name)
        if mine == other or (isinstance(ours, HookUse) and field.name == "events"):
            continue
        if isinstance(mine, tuple | frozenset):
            yield from _items_that_differ(f"{where}: {field.name}", mine, other)
        else:
            yield (
                f"{where}: {field.name} is {_in_words(mine)} in {FILE_NAME}, "
                f"{_in_words(other)} in the code"
            )


def _items_that_differ(
    where: str, mine: Iterable[object], other: Iterable[object]
) -> Iterator[str]:
    """In any order: none of what is listed in a manifest means another thing in another one."""
    mine, other = list(mine), list(other)
    for item in sorted(_in_words(item) for item in mine if item not in other):
        yield f"{where}: {FILE_NAME} has {item}, the code has not"
    for item in sorted(_in_words(item) for item in other if item not in mine):
        yield f"{where}: the code has {item}, {FILE_NAME} has not"


def _in_words(value: object) -> str:
    if isinstance(value, enum.Enum):
        return str(value.value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return " and ".join(map(_in_words, value))
    kind = type(value)
    if attrs.has(kind):
        values = [getattr(value, field.name) for field in attrs.fields(kind)]
        return " ".join(_in_words(each) for each in values if each is not None)
    return "nothing" if value in ("", None) else str(value)
