"""Reads orpheus.toml: typed by attrs, read by cattrs, every fault named with its place."""

from __future__ import annotations

import difflib
import enum
import functools
import json
import re
import tomllib
import typing
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, TypeVar

import attrs

from orpheus_core import hookspecs
from orpheus_core.errors import InvalidPluginManifest
from orpheus_core.music import LinkPattern
from orpheus_core.plugins import manifest_values as values
from orpheus_core.plugins.contributions import (
    CommandInfo,
    CredentialField,
    HookUse,
    LoginInfo,
    RateLimit,
    SecretBackendInfo,
    ServiceInfo,
    SettingInfo,
    SettingType,
    StageInfo,
)
from orpheus_core.plugins.manifest import PluginManifest
from orpheus_core.plugins.manifest_text import manifest_text

if TYPE_CHECKING:
    import cattrs

__all__ = ["LARGEST_BYTES", "manifest_text", "read_manifest"]

T = TypeVar("T")
_Reader = Callable[[object], object]

LARGEST_BYTES = 1_000_000
"""A longer file is no manifest."""

_MOST_FAULTS = 20
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]{1,60}")  # source: TOML 1.0, "Keys"
_WITH_EVENTS = frozenset({"orpheus_event", "orpheus_advise", "orpheus_rules"})
_HOOKS = [name for name in vars(hookspecs) if name.startswith("orpheus_")]


def read_manifest(text: bytes, file: str) -> PluginManifest:
    """Return what *text*, the content of *file*, says.

    Raises:
        InvalidPluginManifest: it is no TOML, or says what does not fit; the title names
            *file*, `why` each fault with its place and the nearest key or word that fits.
    """
    table = _toml(text, file)
    faults = list(_faults_between(table))
    try:
        manifest = _structured(table)
    except ExceptionGroup as error:
        faults = [*_faults_in(error), *faults]
        raise _invalid(file, faults) from error
    if faults:
        raise _invalid(file, faults)
    return manifest


def _toml(text: bytes, file: str) -> dict[str, object]:
    if len(text) > LARGEST_BYTES:
        raise _invalid(file, [f"it has more than {LARGEST_BYTES:,} bytes"])
    try:
        # Some editors begin a file with a byte order mark; TOML knows none.
        return tomllib.loads(text.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:  # also: too many digits, too many brackets
        raise _invalid(file, [f"it is not TOML: {error}"]) from error


def _invalid(file: str, faults: list[str]) -> InvalidPluginManifest:
    rest = len(faults) - _MOST_FAULTS
    told = [*faults[:_MOST_FAULTS], *([f"and {rest} more"] if rest > 0 else [])]
    return InvalidPluginManifest(
        f"the manifest {file} cannot be used",
        why="; ".join(told),
        evidence={"file": file, "faults": len(faults)},
    )


# --- values, by cattrs -------------------------------------------------------------------


class _Misplaced(ValueError):
    """A fault of a table that lies at one of its keys."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


def _structured(table: dict[str, object]) -> PluginManifest:
    return _converter().structure(table, PluginManifest)


@functools.cache
def _converter() -> cattrs.Converter:
    import cattrs  # 45 ms, and a manifest is only read when it is new

    converter = cattrs.Converter(forbid_extra_keys=True)
    plain: Mapping[type, _Reader] = {
        str: values.text,
        bool: values.flag,
        int: values.whole,
        float: values.number,
    }
    for kind, reader in plain.items():
        converter.register_structure_hook(kind, _ignoring_type(reader))
    converter.register_structure_hook_factory(
        lambda kind: isinstance(kind, type) and issubclass(kind, enum.Enum), _word_reader
    )
    converter.register_structure_hook_factory(_is_list, _list_reader)
    converter.register_structure_hook_factory(attrs.has, _table_reader)
    return converter


def _ignoring_type(reader: _Reader) -> Callable[[object, object], object]:
    """As cattrs calls it: with the type that is due."""
    return lambda value, _: reader(value)


def _word_reader(kind: type[enum.Enum]) -> Callable[[object, object], enum.Enum]:
    words = {member.value: member for member in kind}

    def read(value: object, _: object) -> enum.Enum:
        word = values.text(value)
        if word not in words:
            near = values.nearest(word, words, what="the words here")
            raise ValueError(f"there is no {values.shown(word)}, {near}")
        return words[word]

    return read


def _is_list(kind: object) -> bool:
    origin: object = typing.get_origin(kind)
    return origin is tuple or origin is frozenset


def _list_reader(
    kind: type[Collection[object]], converter: cattrs.Converter
) -> Callable[[object, object], object]:
    of = typing.get_args(kind)[0]
    read_item = converter.get_structure_hook(of)
    collect = typing.cast("Callable[[list[object]], object]", typing.get_origin(kind))
    read = _list_of(lambda item: read_item(item, of))
    return lambda value, _: collect(read(value))


def _list_of(reader: _Reader) -> Callable[[object], list[object]]:
    """A reader of lists that tells the faults of all their items."""
    from cattrs import IterableValidationError, IterableValidationNote

    def read(value: object) -> list[object]:
        if not isinstance(value, list):
            raise values.due("a list", value)
        items, faults = [], []
        for index, item in enumerate(value):
            try:
                items.append(reader(item))
            except Exception as error:  # noqa: BLE001 - gathered, and raised below
                error.add_note(IterableValidationNote(f"at index {index}", index, object))
                faults.append(error)
        if faults:
            raise IterableValidationError("in a list", faults, list)
        return items

    return read


def _table_reader(
    kind: type[attrs.AttrsInstance], converter: cattrs.Converter
) -> Callable[[object, object], object]:
    from cattrs import ClassValidationError
    from cattrs.gen import make_dict_structure_fn, override

    # Any: between the names of fields, cattrs takes options of its own.
    overrides: dict[str, typing.Any] = {
        key: override(struct_hook=_ignoring_type(reader)) for key, reader in _readers(kind).items()
    }
    structure = make_dict_structure_fn(kind, converter, **overrides)
    check = _CHECKS.get(kind, _no_faults)

    def read(value: object, _: object) -> object:
        if not isinstance(value, dict):
            raise values.due("a table", value)
        made = structure(value, kind)
        if faults := list(check(made)):
            raise ClassValidationError(f"in {kind.__name__}", faults, kind)
        return made

    return read


def _readers(kind: type) -> Mapping[str, _Reader]:
    """The readers of those values whose type does not say enough."""
    hosts = _tuple_of(values.hosts)
    table: dict[type, Mapping[str, _Reader]] = {
        PluginManifest: {
            "id": values.ident,
            "api": values.api,
            "hosts": hosts,
            "adds_hooks": _tuple_of(values.hook_name),
            "sample": values.object_path,
        },
        HookUse: {"events": _tuple_of(values.event_pattern)},
        ServiceInfo: {
            "id": values.ident,
            "name": values.filled,
            "hosts": hosts,
            "mirrors": _tuple_of(_tuple_of(values.host)),
        },
        LinkPattern: {"host": values.host},
        RateLimit: {"requests": values.count, "window_s": values.above_zero},
        CredentialField: {"name": values.filled},
        LoginInfo: {"name": values.filled, "service": values.ident},
        StageInfo: {"name": values.filled},
        SecretBackendInfo: {"name": values.filled},
        CommandInfo: {"words": _tuple_of(values.command_word, least=1)},
        SettingInfo: {"key": values.setting_key, "default": values.default},
    }
    return table[kind]


def _tuple_of(reader: _Reader, *, least: int = 0) -> _Reader:
    read_list = _list_of(reader)

    def read(value: object) -> tuple[object, ...]:
        items = tuple(read_list(value))
        if len(items) < least:
            raise ValueError("the list is empty")
        return items

    return read


def _no_faults(_: object) -> Iterator[_Misplaced]:
    return iter(())


def _of_hook(use: HookUse) -> Iterator[_Misplaced]:
    if use.events and use.name not in _WITH_EVENTS:
        yield _Misplaced("events", f"only {' and '.join(sorted(_WITH_EVENTS))} have events")
    if use.wrapper and use.name not in hookspecs.AROUND:
        yield _Misplaced("wrapper", f"only {' and '.join(sorted(hookspecs.AROUND))} take wrappers")


def _of_setting(setting: SettingInfo) -> Iterator[_Misplaced]:
    kinds, what = _DEFAULTS[setting.type]
    if type(setting.default) not in kinds:
        yield _Misplaced("default", f"the type {setting.type.value} needs {what}")


_DEFAULTS: Mapping[SettingType, tuple[tuple[type, ...], str]] = {
    SettingType.TEXT: ((str,), "a text"),
    SettingType.NUMBER: ((int, float), "a number"),
    SettingType.WHOLE_NUMBER: ((int,), "a whole number"),
    SettingType.FLAG: ((bool,), "true or false"),
    SettingType.TEXTS: ((tuple,), "a list of texts"),
}

# Any: a table by type cannot say that each function takes its own key.
_CHECKS: Mapping[type, Callable[[typing.Any], Iterator[_Misplaced]]] = {
    HookUse: _of_hook,
    SettingInfo: _of_setting,
}


# --- faults, with their places -----------------------------------------------------------


def _faults_in(error: Exception, place: str = "") -> Iterator[str]:
    """Each fault as ``services[0].kinds[1]: what is wrong``, in the order of the file's types."""
    from cattrs import ClassValidationError, ForbiddenExtraKeysError, IterableValidationError

    if isinstance(error, IterableValidationError):
        for fault, item in error.group_exceptions()[0]:
            yield from _faults_in(fault, f"{place}[{item.index}]")
    elif isinstance(error, ClassValidationError):
        of_keys, of_table = error.group_exceptions()
        for fault, field in of_keys:
            yield from _faults_in(fault, _below(place, field.name))
        for fault in of_table:
            yield from _faults_in(fault, place)
    elif isinstance(error, ForbiddenExtraKeysError):
        known = [field.name for field in attrs.fields(error.cl)]
        for key in sorted(error.extra_fields):
            near = values.nearest(key, known, what="its keys")
            yield f"{_below(place, key)}: there is no such key, {near}"
    elif isinstance(error, _Misplaced):
        yield f"{_below(place, error.key)}: {error}"
    elif isinstance(error, KeyError):
        yield f"{place}: it is missing"
    else:
        yield f"{place}: {error}"


def _below(place: str, key: str) -> str:
    name = key if _BARE_KEY.fullmatch(key) else json.dumps(key[:60])
    return f"{place}.{name}" if place else name


# --- faults that lie between values ------------------------------------------------------

_UNIQUE: Mapping[str, tuple[str, ...]] = {
    "hooks": ("name",),
    "services": ("id",),
    "logins": ("service", "name"),
    "stages": ("name",),
    "secret_backends": ("name",),
    "commands": ("words",),
    "settings": ("key",),
}


def _faults_between(table: Mapping[str, object]) -> Iterator[str]:
    """What no value says alone. Values of the wrong type are passed over: they are told of."""
    for section, keys in _UNIQUE.items():
        yield from _repeated(section, keys, table)
    for place, service in _tables(table, "services"):
        yield from _repeated("credentials", ("name",), service, f"{place}.")
    for place, login in _tables(table, "logins"):
        yield from _repeated("fields", ("name",), login, f"{place}.")
    added = _items(table, "adds_hooks")
    yield from _not_its_own(table.get("id"), added)
    for place, hook in _tables(table, "hooks"):
        if isinstance(name := hook.get("name"), str) and name not in added:
            yield from _unknown_hook(f"{place}.name", name)


def _repeated(
    section: str, keys: tuple[str, ...], table: Mapping[str, object], above: str = ""
) -> Iterator[str]:
    seen: set[str] = set()
    for place, entry in _tables(table, section):
        given = [entry.get(key) for key in keys]
        if any(value is None for value in given):
            continue
        name = json.dumps(given, default=str)
        if name in seen:
            what = " and ".join(values.shown(value) for value in given)
            yield f"{above}{place}.{keys[-1]}: {what} is named twice"
        seen.add(name)


def _not_its_own(ident: object, added: Iterable[object]) -> Iterator[str]:
    if not isinstance(ident, str):
        return
    prefix = f"orpheus_{ident.replace('-', '_')}_"
    for index, name in enumerate(added):
        # What is no name of a hook at all is told of where its form is read.
        if isinstance(name, str) and name.startswith("orpheus_") and not name.startswith(prefix):
            yield f"adds_hooks[{index}]: the name of a hook of its own begins with {prefix}"


def _unknown_hook(place: str, name: str) -> Iterator[str]:
    """A hook of more than one word may be another plugin's: the host knows, once all are read."""
    if name in _HOOKS:
        return
    word = name.removeprefix("orpheus_")
    known = {hook.removeprefix("orpheus_"): hook for hook in _HOOKS}
    anybodys = word != name and "_" in word
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.85 if anybodys else 0.6)
    if near:
        yield f"{place}: there is no hook {values.shown(name)}, did you mean {known[near[0]]}?"
    elif not anybodys:
        yield f"{place}: there is no hook {values.shown(name)}, orpheus plugin hooks lists them"


def _tables(
    table: Mapping[str, object], section: str
) -> Iterator[tuple[str, Mapping[str, object]]]:
    for index, entry in enumerate(_items(table, section)):
        if isinstance(entry, dict):
            yield f"{section}[{index}]", entry


def _items(table: Mapping[str, object], section: str) -> list[object]:
    items = table.get(section)
    return items if isinstance(items, list) else []
