"""One event with all that is known of it, and what stands around it."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from orpheus_core.brain import KINDS, Event
from orpheus_core.brain.log.event_log import EventLog
from orpheus_core.cli.columns import width, wrap
from orpheus_core.cli.event_lines import TRACE, EventLines, value_text
from orpheus_core.cli.event_moments import full_time
from orpheus_core.cli.failures import meaning_of
from orpheus_core.errors import UnknownWord, error_types

_LABEL_COLUMNS = 10
_MOST_AROUND = 20


def causes_of(log: EventLog, event: Event) -> list[Event]:
    """Return what led to *event*, the first cause first, as far as the log still has it."""
    found: list[Event] = []
    seen = {event.id}
    ident = event.cause_id
    while ident and ident not in seen and len(found) < _MOST_AROUND:
        seen.add(ident)
        try:
            found.insert(0, log.get(ident))
        except UnknownWord:  # deleted since, or of a kind that is not kept
            break
        ident = found[0].cause_id
    return found


def effects_of(log: EventLog, event: Event) -> list[Event]:
    """Return what *event* itself led to, as far as it is of the same job."""
    followed = log.query(correlation_id=event.correlation_id)
    found = (each for each in followed if each.cause_id == event.id)
    return list(itertools.islice(found, _MOST_AROUND))


def page_of(
    event: Event, causes: Sequence[Event], effects: Sequence[Event], lines: EventLines
) -> list[str]:
    """Return the page on *event*; *lines* makes those of its *causes* and *effects*."""
    row = KINDS.get(event.kind)
    means = row.means if row else "A kind that is not in the table of this version."
    page = wrap(means, f"{event.kind}: ", "  ")
    for label, text in _envelope(event):
        page += wrap(text, f"  {label:<{_LABEL_COLUMNS}}", " " * (_LABEL_COLUMNS + 2))
    page += _data(event)
    for title, events in (("caused by", causes), ("led to", effects)):
        page += [title] if events else []
        page += [f"  {lines.line(each)}" for each in events]
    trace = event.data.get(TRACE)
    if isinstance(trace, str) and trace:
        page += ["traceback", *(f"  {line}" for line in trace.rstrip("\n").split("\n"))]
    return page + (wrap(row.remedy, "next: ", "      ") if row and row.remedy else [])


def _envelope(event: Event) -> list[tuple[str, str]]:
    meanings = {each.code: meaning_of(each) for each in error_types()}
    code = event.error_type or ""
    of_a_job = event.correlation_id != event.run_id
    said = [
        ("id", event.id),
        ("time", full_time(event.time)),
        ("severity", event.severity.name.lower()),
        ("error", f"{code}: {meanings[code]}" if code in meanings else code),
        ("service", event.service),
        ("plugin", event.plugin),
        ("subject", event.subject),
        ("job", event.correlation_id if of_a_job else None),
        ("run", f"{event.run_id}, event {event.seq} of it"),
        ("from", event.source),
    ]
    return [(label, text) for label, text in said if text]


def _data(event: Event) -> list[str]:
    data = {name: value_text(value) for name, value in event.data.items() if value is not None}
    data.pop(TRACE, None)
    columns = max((width(name) for name in data), default=0) + 2
    page = ["data"] if data else []
    for name, text in data.items():
        label = f"  {name}{' ' * (columns - width(name))}"
        page += wrap(text, label, " " * (columns + 2))
    return page
