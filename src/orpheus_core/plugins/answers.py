"""What hooks answer, and whether it is of the type that was due."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar, cast

import attrs

from orpheus_core.errors import HookFailed

T = TypeVar("T")


@attrs.frozen
class Answer(Generic[T]):
    """One plugin's answer to a hook."""

    plugin: str
    value: T


def one_of(expect: type[T], where: str, answer: object) -> T | None:
    """Return *answer*, which may be None.

    Raises:
        HookFailed: it is of another type; the title begins with *where*.
    """
    if answer is None:
        return None
    if not isinstance(answer, expect):
        raise misfit(expect, where, answer)
    return _plain(expect, answer)


def keep_those_of(expect: type[T], kept: list[T], where: str, answer: object) -> None:
    """Put the values of type *expect* in *answer* into *kept*, as far as it can be read.

    Raises:
        HookFailed: there is another value among them.
    """
    others = []
    for value in _values(expect, answer):
        if isinstance(value, expect):
            kept.append(_plain(expect, value))
        elif value is not None:
            others.append(value)
    if others:
        raise misfit(expect, where, others[0])


def _plain(expect: type[T], value: T) -> T:
    """Return *value* as one of *expect* itself, and nothing that only behaves like one.

    Of a class below, whoever reads it could make no changed copy, or find a field missing.

    Raises:
        AttributeError, TypeError, ValueError: it lacks a field, or holds what does not fit.
    """
    if type(value) is expect:
        return value
    if expect is str:
        return cast("T", str.__str__(cast("str", value)))
    if not attrs.has(expect):
        return value
    values = {e.alias: getattr(value, e.name) for e in attrs.fields(expect) if e.init}
    make = cast("Callable[..., T]", expect)
    return make(**values)


def misfit(expect: type[object], where: str, answer: object) -> HookFailed:
    """Return the error of an *answer* that is not of type *expect*."""
    given, lacks = type(answer).__name__, _lacks(expect, answer)
    given += f", which lacks {', '.join(lacks)}," if lacks else ""
    return HookFailed(f"{where} answered with {given} where {expect.__name__} was due")


def _lacks(expect: type[object], answer: object) -> list[str]:
    """What the protocol *expect* has and *answer* not; empty when they have nothing in common."""
    names = [name for name in vars(expect) if not name.startswith("_")]
    absent = [name for name in names if inspect.getattr_static(answer, name, None) is None]
    is_near = getattr(expect, "_is_protocol", False) and len(absent) < len(names)
    return absent if is_near else []


def _values(expect: type[object], answer: object) -> Sequence[object]:
    """What *answer* holds: the items of a sequence, unless it is itself what was due."""
    is_one = isinstance(answer, (expect, str, bytes))
    return answer if isinstance(answer, Sequence) and not is_one else [answer]
