"""Events in words: a line for each, for those who look through many."""

from __future__ import annotations

import datetime

from orpheus_core.brain import KINDS, Event, Scalar
from orpheus_core.brain.kind import FieldType
from orpheus_core.brain.log.event_log import short_id
from orpheus_core.cli.columns import cut, width
from orpheus_core.cli.event_moments import is_today, time_text
from orpheus_core.cli.output import Output

TRACE = "exception.stacktrace"

_KIND_COLUMNS = max(map(len, KINDS))
_SEVERITY_COLUMNS = 8
_SERVICE_COLUMNS = 8
_NARROWEST = 60
_SENTENCES = ("message", "title", "reason")
"""The fields that tell most; the first that is there needs no name before it."""


class EventLines:
    """Makes lines whose columns stand below each other.

    They are cut to the terminal, when results go to one; its end is always the id, by which
    ``orpheus event show`` knows the event. Once a line needed its date, all have one.

    Args:
        indent: how many columns something else takes before each line.
    """

    def __init__(self, output: Output, now: datetime.datetime, *, indent: int = 0) -> None:
        self._output = output
        self._now = now
        columns = output.result_columns()
        self._columns = max(columns - indent, _NARROWEST) if columns else None
        self._dated = False

    def line(self, event: Event) -> str:
        """Return *event* in one line."""
        self._dated = self._dated or not is_today(event.time, self._now)
        words = [
            time_text(event.time, dated=self._dated),
            f"{event.severity.name.lower():<{_SEVERITY_COLUMNS}}",
            f"{event.kind:<{_KIND_COLUMNS}}",
            f"{event.service or '-':<{_SERVICE_COLUMNS}}",
            summary(event),
        ]
        text = self._output.harmless("  ".join(words)).rstrip()
        ident = f"  id {short_id(event.id)}"
        if self._columns is None:
            return text + ident
        return cut(text, self._columns - width(ident)) + ident


def summary(event: Event) -> str:
    """Return what *event* says: its error, the sentence in its data, its subject, the rest."""
    hidden = {TRACE, *json_fields(event.kind)}
    data = {
        name: value
        for name, value in event.data.items()
        if value not in (None, "") and name not in hidden
    }
    sentence = next((name for name in _SENTENCES if name in data), None)
    words = [event.error_type or "", str(data.pop(sentence)) if sentence else ""]
    words += [event.subject or ""]
    words += [f"{name}={_quoted(value_text(value))}" for name, value in data.items()]
    return " ".join(filter(None, words))


def value_text(value: Scalar) -> str:
    """Return *value* as it is read."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def json_fields(kind: str) -> list[str]:
    """Return the names of the fields that hold JSON: for programs, not for people."""
    row = KINDS.get(kind)
    return [each.name for each in row.fields if each.type is FieldType.JSON] if row else []


def _quoted(text: str) -> str:
    return f'"{text}"' if " " in text else text
