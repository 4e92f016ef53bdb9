"""A manifest as plain lists for the index, and back without importing what checks it.

The values stand in the order of the fields, without their names. Reading runs no validators:
they ran when the manifest was read, and compiling every pattern of a link again would cost more
than all the rest. Whoever reads has to know that the record is whole.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import attrs

from orpheus_core.music import LinkPattern, MediaKind, Quality
from orpheus_core.plugins.contributions import (
    CommandInfo,
    CredentialField,
    Feature,
    HookUse,
    LoginInfo,
    RateLimit,
    Scope,
    SecretBackendInfo,
    ServiceInfo,
    SettingInfo,
    SettingType,
    StageInfo,
)
from orpheus_core.plugins.manifest import PluginManifest

T = TypeVar("T")
_Reader = Callable[[Any], object]  # Any: what JSON holds; the record is whole


def record_of(manifest: PluginManifest) -> list[object]:
    """Return *manifest* as lists of texts and numbers, for JSON."""
    return [_plain(getattr(manifest, name)) for name, _ in _FIELDS[PluginManifest]]


def manifest_of_record(record: object) -> PluginManifest:
    """Return the manifest that `record_of` made *record* from.

    Raises:
        Exception: it is something else; what is raised depends on where.
    """
    return _made(PluginManifest, record)


def _plain(value: object) -> object:
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, frozenset):
        return sorted(word.value for word in value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if type(value) in _FIELDS:
        return [_plain(getattr(value, name)) for name, _ in _FIELDS[type(value)]]
    return value


def _made(kind: type[T], record: Any) -> T:
    made = kind.__new__(kind)
    for (name, read), value in zip(_FIELDS[kind], record, strict=True):
        object.__setattr__(made, name, value if read is None else read(value))
    return made


def _tables(kind: type[object]) -> _Reader:
    return lambda records: tuple([_made(kind, record) for record in records])


def _word(kind: type[enum.Enum]) -> _Reader:
    return {member.value: member for member in kind}.__getitem__


def _words(kind: type[enum.Enum], collect: Callable[[Iterable[object]], object]) -> _Reader:
    word = _word(kind)
    return lambda values: collect(map(word, values))


def _kind_or_none(value: Any) -> object:
    return None if value is None else MediaKind(value)


def _default(value: Any) -> object:
    return tuple(value) if isinstance(value, list) else value


_READERS: Mapping[type, Mapping[str, _Reader]] = {
    PluginManifest: {
        "api": lambda versions: tuple(map(tuple, versions)),
        "hooks": _tables(HookUse),
        "hosts": tuple,
        "services": _tables(ServiceInfo),
        "logins": _tables(LoginInfo),
        "stages": _tables(StageInfo),
        "secret_backends": _tables(SecretBackendInfo),
        "commands": _tables(CommandInfo),
        "settings": _tables(SettingInfo),
        "adds_hooks": tuple,
    },
    HookUse: {"events": tuple},
    ServiceInfo: {
        "kinds": _words(MediaKind, frozenset),
        "features": _words(Feature, frozenset),
        "hosts": tuple,
        "links": _tables(LinkPattern),
        "qualities": _words(Quality, tuple),
        "credentials": _tables(CredentialField),
        "limits": _tables(RateLimit),
        "mirrors": lambda groups: tuple(map(tuple, groups)),
    },
    LinkPattern: {"kind": _kind_or_none},
    CredentialField: {},
    RateLimit: {},
    LoginInfo: {"fields": _tables(CredentialField)},
    StageInfo: {"scope": _word(Scope), "after": tuple, "before": tuple},
    SecretBackendInfo: {},
    CommandInfo: {"words": tuple},
    SettingInfo: {"type": _word(SettingType), "default": _default},
}
"""How the values are read that JSON does not give back as they were."""

_FIELDS: Mapping[type, tuple[tuple[str, _Reader | None], ...]] = {
    kind: tuple((field.name, readers.get(field.name)) for field in attrs.fields(kind))
    for kind, readers in _READERS.items()
}
