"""Advice: a sentence for a person, and typed actions for a program."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping

import attrs

from orpheus_core.brain.events import Event, Severity
from orpheus_core.brain.mitigation import Mitigation


class Applicability(enum.Enum):
    """How safe an action is to run. Only what is `AUTOMATIC` is ever run by the brain."""

    AUTOMATIC = "automatic"
    CONFIRM = "confirm"
    NEEDS_INPUT = "needs_input"
    MANUAL = "manual"
    MAYBE = "maybe"


_is_text = attrs.validators.instance_of(str)


@attrs.frozen(kw_only=True)
class Action:
    """Something that can be done.

    Attributes:
        label: one line, as a person is shown it.
        argv: the command, when there is one.
        mitigation: what the brain does differently, when it is something that it can do. It
            does so by itself when the action is `AUTOMATIC`.

    Raises:
        TypeError: a value is of another type.
    """

    id: str = attrs.field(validator=_is_text)
    label: str = attrs.field(validator=_is_text)
    argv: tuple[str, ...] = ()
    applicability: Applicability = attrs.field(
        default=Applicability.MANUAL, validator=attrs.validators.instance_of(Applicability)
    )
    mitigation: Mitigation | None = attrs.field(
        default=None,
        validator=attrs.validators.optional(attrs.validators.instance_of(Mitigation)),
    )


def _as_tuple(actions: Iterable[Action]) -> tuple[Action, ...]:
    return tuple(actions)


@attrs.frozen(kw_only=True)
class Advice:
    """What an advisor says.

    Attributes:
        code: names it for ``orpheus explain``, for programs, and for the setting
            ``advice.silenced``.
        title: one sentence: what is the matter.
        cause: what most likely is behind it.
        done: what Orpheus has done about it already.
        actions: what can be done, the best first.
        about: what it is about, where its service does not say it: a host, a job. The same
            advice about something else is given, too.
        advisor: the plugin; the brain fills it in.

    Raises:
        TypeError: a value is of another type: better here, in the advisor that made it, than
            in every reader.
    """

    code: str = attrs.field(validator=_is_text)
    title: str = attrs.field(validator=_is_text)
    cause: str = attrs.field(default="", validator=_is_text)
    done: str = attrs.field(default="", validator=_is_text)
    severity: Severity = attrs.field(
        default=Severity.INFO, validator=attrs.validators.instance_of(Severity)
    )
    actions: tuple[Action, ...] = attrs.field(
        default=(),
        converter=_as_tuple,
        validator=attrs.validators.deep_iterable(attrs.validators.instance_of(Action)),
    )
    service: str | None = attrs.field(default=None, validator=attrs.validators.optional(_is_text))
    about: str = attrs.field(default="", validator=_is_text)
    advisor: str = ""


@attrs.frozen(kw_only=True)
class Situation:
    """What an advisor may look at besides the event.

    *recent* holds the last events of warning and above, oldest first; *counts* how often
    each error code came in this run.
    """

    recent: tuple[Event, ...] = ()
    counts: Mapping[str, int] = attrs.field(factory=dict)
