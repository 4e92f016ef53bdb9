"""Advice: a sentence for a person, and typed actions for a program."""

from __future__ import annotations

import enum
from collections.abc import Mapping

import attrs

from orpheus_core.brain.events import Event, Severity


class Applicability(enum.Enum):
    """How safe an action is to run."""

    AUTOMATIC = "automatic"
    CONFIRM = "confirm"
    NEEDS_INPUT = "needs_input"
    MANUAL = "manual"
    MAYBE = "maybe"


@attrs.frozen(kw_only=True)
class Action:
    """Something that can be done. *argv* is the command, when there is one."""

    id: str
    label: str
    argv: tuple[str, ...] = ()
    applicability: Applicability = Applicability.MANUAL


@attrs.frozen(kw_only=True)
class Advice:
    """What an advisor says. *code* names it for `orpheus explain` and for programs."""

    code: str
    message: str
    severity: Severity = Severity.INFO
    actions: tuple[Action, ...] = ()
    service: str | None = None
    advisor: str = ""


@attrs.frozen(kw_only=True)
class Situation:
    """What an advisor may look at besides the event.

    *recent* holds the last events of warning and above, oldest first; *counts* how often
    each error code came in this run.
    """

    recent: tuple[Event, ...] = ()
    counts: Mapping[str, int] = attrs.field(factory=dict)
