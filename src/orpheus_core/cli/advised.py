"""Reads advice back from the event that told of it."""

from __future__ import annotations

import json

from orpheus_core.brain import Event
from orpheus_core.cli.invocation import Advised, Offered


def advised_in(event: Event) -> Advised:
    """Return the advice that *event*, a ``brain.advice.given``, tells of."""
    data = event.data
    return Advised(
        code=str(data.get("code", "")),
        severity=event.severity.name.lower(),
        title=str(data.get("title", "")),
        cause=str(data.get("cause", "")),
        done=str(data.get("done", "")),
        actions=_actions(event),
        advisor=str(data.get("advisor", "")),
        service=event.service,
    )


def _actions(event: Event) -> tuple[Offered, ...]:
    """The actions; where so many were given that they were cut, what is best done in words."""
    try:
        found = json.loads(str(event.data.get("actions") or "[]"))
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, list) and all(isinstance(each, dict) for each in found):
        return tuple(_action(each) for each in found)
    next_step = str(event.data.get("next_step", ""))
    return (Offered("next", next_step, (), "manual"),) if next_step else ()


def _action(found: dict[str, object]) -> Offered:
    argv = found.get("argv")
    return Offered(
        id=str(found.get("id", "")),
        label=str(found.get("label", "")),
        argv=tuple(map(str, argv)) if isinstance(argv, list) else (),
        applicability=str(found.get("applicability", "manual")),
    )
