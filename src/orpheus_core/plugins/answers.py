"""What hooks answer, and whether it is of the type that was due."""

from __future__ import annotations

from collections.abc import Sequence
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
    if expect is str:  # and nothing that only behaves like one
        return cast("T", str.__str__(cast("str", answer)))
    return answer


def keep_those_of(expect: type[T], kept: list[T], where: str, answer: object) -> None:
    """Put the values of type *expect* in *answer* into *kept*, as far as it can be read.

    Raises:
        HookFailed: there is another value among them.
    """
    others = []
    for value in _values(expect, answer):
        if isinstance(value, expect):
            kept.append(value)
        elif value is not None:
            others.append(value)
    if others:
        raise misfit(expect, where, others[0])


def misfit(expect: type[object], where: str, answer: object) -> HookFailed:
    """Return the error of an *answer* that is not of type *expect*."""
    return HookFailed(
        f"{where} answered with {type(answer).__name__} where {expect.__name__} was due"
    )


def _values(expect: type[object], answer: object) -> Sequence[object]:
    """What *answer* holds: the items of a sequence, unless it is itself what was due."""
    is_one = isinstance(answer, (expect, str, bytes))
    return answer if isinstance(answer, Sequence) and not is_one else [answer]
