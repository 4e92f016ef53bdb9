"""Turns decoded JSON into attrs values, liberal in what it reads, exact in what it reports."""

from __future__ import annotations

import functools
import json
import math
import re
import typing
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from orpheus_core.errors import SchemaMismatch, UnexpectedAnswer

if TYPE_CHECKING:
    import cattrs

T = TypeVar("T")

_FAULTS_SHOWN = 3


def decode_json(body: bytes, *, service: str, content_type: str = "") -> object:
    """Return what the JSON in *body* says.

    Raises:
        UnexpectedAnswer: it is not JSON; `why` shows how it begins.
    """
    try:
        return json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        begin = body[:60].decode("utf-8", "replace").split("\n")[0]
        raise UnexpectedAnswer(
            f"{service} answered with something else than JSON",
            why=f"the answer ({content_type or 'of no stated type'}) begins with {begin!r}",
            evidence={"content_type": content_type, "reason": type(error).__name__},
        ) from error


def structure(data: object, shape: type[T], *, service: str) -> T:
    """Return *data* as an instance of *shape*; members that *shape* does not name are ignored.

    Numbers written as text and texts written as numbers are read; null is read only where
    the shape admits None, and a list only from a list. Half a character is replaced.

    Raises:
        SchemaMismatch: *data* has another shape; `why` names the first fields that differ.
    """
    import cattrs

    try:
        return _converter().structure(data, shape)
    except (cattrs.BaseValidationError, TypeError, ValueError, KeyError, RecursionError) as error:
        faults = (
            cattrs.transform_error(error)
            if isinstance(error, cattrs.BaseValidationError)
            else [str(error)]
        )
        raise SchemaMismatch(
            f"{service} answered in a form that its plugin does not know",
            why="; ".join(faults[:_FAULTS_SHOWN]),
            evidence={"shape": shape.__name__, "faults": len(faults)},
        ) from error


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


@functools.cache
def _converter() -> cattrs.Converter:
    import cattrs

    converter = cattrs.Converter(prefer_attrib_converters=False)
    converter.register_structure_hook(str, lambda value, _: _text(value))
    converter.register_structure_hook(int, lambda value, _: _whole(value))
    converter.register_structure_hook(float, lambda value, _: _number(value))
    converter.register_structure_hook(bool, lambda value, _: _flag(value))
    converter.register_structure_hook_factory(_is_list, _list_reader)
    return converter


def _is_list(kind: object) -> bool:
    """Whether *kind* is ``tuple[X, ...]`` or ``list[X]``."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    return origin is list or (origin is tuple and len(arguments) == 2 and arguments[1] is ...)


def _list_reader(
    kind: type[tuple[object, ...]], converter: cattrs.Converter
) -> Callable[[object, object], list[object] | tuple[object, ...]]:
    """Read a list of JSON, and only that: cattrs would take a text apart into its letters."""
    from cattrs import IterableValidationError, IterableValidationNote

    of = typing.get_args(kind)[0]
    collect = tuple if typing.get_origin(kind) is tuple else list
    read_item = converter.get_structure_hook(of)

    def read(value: object, _: object) -> list[object] | tuple[object, ...]:
        if not isinstance(value, list | tuple):
            raise TypeError(f"a list was due, not {_kind(value)}")
        items, faults = [], []
        for index, item in enumerate(value):
            try:
                items.append(read_item(item, of))
            except Exception as error:  # noqa: BLE001 - gathered, and raised below
                error.add_note(IterableValidationNote(f"at index {index}", index, of))
                faults.append(error)
        if faults:
            raise IterableValidationError("in a list", faults, kind)
        return collect(items)

    return read


def _text(value: object) -> str:
    if isinstance(value, str):
        return value if value.isascii() else _whole_characters(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise TypeError(f"text was due, not {_kind(value)}")


def _whole_characters(text: str) -> str:
    """Replace halves of surrogate pairs: JSON may hold them, no file and no request can."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _whole(value: object) -> int:
    if isinstance(value, str) and re.fullmatch(r"[+-]?[0-9]{1,300}", value):
        return int(value)  # not by way of a float: ids have more digits than that holds
    number = _number(value)
    if not number.is_integer():
        raise ValueError(f"a whole number was due, not {number}")
    return int(number) if not isinstance(value, int) else value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise TypeError(f"a number was due, not {_kind(value)}")
    try:
        number = float(value)
    except (ValueError, OverflowError):
        raise ValueError("a number was due, not this text or a number beyond reason") from None
    if not math.isfinite(number):
        raise ValueError("a finite number was due")
    return number


def _flag(value: object) -> bool:
    if isinstance(value, bool) or value in (0, 1):
        return bool(value)
    raise TypeError(f"true or false was due, not {_kind(value)}")


def _kind(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "text", bool: "true or false"}
    return "null" if value is None else names.get(type(value), "a number")
