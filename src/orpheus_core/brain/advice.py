"""Advice: a sentence for a person, and typed actions for a program."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping

import attrs

from orpheus_core.brain.events import Event, Severity


class Applicability(enum.Enum):
    """How safe an action is to run."""

    AUTOMATIC = "automatic"
    CONFIRM = "confirm"
    NEEDS_INPUT = "needs_input"
    MANUAL = "manual"
    MAYBE = "maybe"


_is_text = attrs.validators.instance_of(str)


@attrs.frozen(kw_only=True)
class Action:
    """Something that can be done. *argv* is the command, when there is one.

    Raises:
        TypeError: *id* or *label* is no text.
    """

    id: str = attrs.field(validator=_is_text)
    label: str = attrs.field(validator=_is_text)
    argv: tuple[str, ...] = ()
    applicability: Applicability = Applicability.MANUAL


def _as_tuple(actions: Iterable[Action]) -> tuple[Action, ...]:
    return tuple(actions)


@attrs.frozen(kw_only=True)
class Advice:
    """What an advisor says. *code* names it for `orpheus explain` and for programs.

    Raises:
        TypeError: a value is of another type: better here, in the advisor that made it, than
            in every reader.
    """

    code: str = attrs.field(validator=_is_text)
    message: str = attrs.field(validator=_is_text)
    severity: Severity = attrs.field(
        default=Severity.INFO, validator=attrs.validators.instance_of(Severity)
    )
    actions: tuple[Action, ...] = attrs.field(
        default=(),
        converter=_as_tuple,
        validator=attrs.validators.deep_iterable(attrs.validators.instance_of(Action)),
    )
    service: str | None = attrs.field(default=None, validator=attrs.validators.optional(_is_text))
    advisor: str = ""


@attrs.frozen(kw_only=True)
class Situation:
    """What an advisor may look at besides the event.

    *recent* holds the last events of warning and above, oldest first; *counts* how often
    each error code came in this run.
    """

    recent: tuple[Event, ...] = ()
    counts: Mapping[str, int] = attrs.field(factory=dict)
