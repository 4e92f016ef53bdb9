"""Writes a manifest as the TOML that a person would have written."""

from __future__ import annotations

import enum
import json
from collections.abc import Iterator

import attrs

from orpheus_core.plugins.api import api_text
from orpheus_core.plugins.manifest import PluginManifest

_LONGEST_LINE = 100


def manifest_text(manifest: PluginManifest) -> str:
    """Return the content of an orpheus.toml that says what *manifest* does.

    What is as it is by default is left out; the order is always the same.
    """
    return "\n".join(_table(manifest, "")) + "\n"


def _table(entry: attrs.AttrsInstance, name: str) -> Iterator[str]:
    """The lines of *entry*: its own values, then the tables below it."""
    indent = "  " * name.count(".")
    below: list[tuple[str, attrs.AttrsInstance]] = []
    for field in attrs.fields(type(entry)):
        value = getattr(entry, field.name)
        if field.default is not attrs.NOTHING and value == field.default:
            continue
        if field.name == "api":
            texts = [api_text(version) for version in value]
            value = texts[0] if len(texts) == 1 else tuple(texts)
        if _holds_tables(value):
            path = f"{name}.{field.name}" if name else field.name
            below += [(path, each) for each in value]
        else:
            yield _line(indent, field.name, value)
    for path, each in below:
        inner = "  " * path.count(".")
        yield ""
        yield f"{inner}[[{path}]]"
        yield from _table(each, path)


def _holds_tables(value: object) -> bool:
    return isinstance(value, tuple) and bool(value) and attrs.has(type(value[0]))


def _line(indent: str, key: str, value: object) -> str:
    if not isinstance(value, tuple | frozenset):
        return f"{indent}{key} = {_value(value)}"
    items = [_value(item) for item in _in_order(value)]
    line = f"{indent}{key} = [{', '.join(items)}]"
    if len(line) <= _LONGEST_LINE:
        return line
    return "\n".join(
        [f"{indent}{key} = [", *(f"{indent}  {item}," for item in items), f"{indent}]"]
    )


def _in_order(value: tuple[object, ...] | frozenset[object]) -> list[object]:
    """The items; those of a set in the order in which their words are defined."""
    if isinstance(value, tuple):
        return list(value)
    return [
        word for kind in {type(item) for item in value} for word in _words(kind) if word in value
    ]


def _words(kind: type) -> list[object]:
    return list(kind) if issubclass(kind, enum.Enum) else []


def _value(value: object) -> str:
    if isinstance(value, enum.Enum):
        return _text(value.value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return f"[{', '.join(map(_value, value))}]"
    return repr(value)


def _text(text: str) -> str:
    """A string of TOML; a literal one where that saves backslashes, as in an id's form."""
    if "\\" in text and "'" not in text and text.isprintable():
        return f"'{text}'"
    # The escapes of JSON are escapes of TOML; DEL alone may stand raw in one and not the other.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")
