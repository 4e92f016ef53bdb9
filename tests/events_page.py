"""Writes docs/reference/events.md from the table of kinds: ``python tests/events_page.py --write``.

The envelope comes from the JSON Schema, the kinds from the table, the rest stands in
events_page_head.md.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

import attrs

from orpheus_core.brain import KINDS, Area, Event, Kind
from orpheus_core.brain.event_json import document_of
from orpheus_core.brain.event_schema import schema
from orpheus_core.testing import sample_event

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "reference" / "events.md"
HEAD = HERE / "events_page_head.md"
COMMAND = "python tests/events_page.py --write"

_OF_THE_EVENT = {
    "causationid": "cause_id",
    "correlationid": "correlation_id",
    "data": "data",
    "errortype": "error_type",
    "id": "id",
    "monons": "mono_ns",
    "plugin": "plugin",
    "runid": "run_id",
    "sequence": "seq",
    "service": "service",
    "severitynumber": "severity",
    "severitytext": "severity",
    "source": "source",
    "subject": "subject",
    "time": "time",
    "type": "kind",
}
"""The attributes of a CloudEvent, and what they are called in Python."""

_MARKS = (
    "*Private*: a field may hold titles, paths or user names. *Fleeting*: never written to a log.\n"
    "Where a person can do something, the last line says what."
)

_IN_OPENTELEMETRY = {
    "correlationid": "TraceId",
    "errortype": "error.type",
    "id": "log.record.uid",
    "runid": "service.instance.id",
    "severitynumber": "SeverityNumber",
    "severitytext": "SeverityText",
    "source": "InstrumentationScope",
    "time": "Timestamp",
    "type": "EventName",
}
"""And in OpenTelemetry's log records, where those have it."""


def page() -> str:
    """Return the whole page."""
    parts = [HEAD.read_text("utf-8").rstrip(), *_envelope(), "## Every kind", _MARKS]
    for area in Area:
        parts.append(f"### {area.value.capitalize()}")
        parts += ["\n".join(_kind(kind)) for kind in KINDS.values() if kind.area is area]
    return "\n\n".join(parts) + "\n"


def _envelope() -> Iterator[str]:
    lines = [
        "| attribute | in Python | in OpenTelemetry | what it says |",
        "| --- | --- | --- | --- |",
    ]
    properties = cast("Mapping[str, Mapping[str, str]]", schema()["properties"])
    for name, says in properties.items():
        ours = f"`{_OF_THE_EVENT[name]}`" if name in _OF_THE_EVENT else ""
        theirs = _IN_OPENTELEMETRY.get(name, "")
        lines.append(f"| `{name}` | {ours} | {theirs} | {says['description']} |")
    yield "\n".join(lines)


def _kind(kind: Kind) -> Iterator[str]:
    """Yield the lines of one kind."""
    marks = [kind.severity.name.lower(), f"since {kind.since}"]
    marks += ["private"] if kind.private else []
    marks += [] if kind.kept else ["fleeting"]
    yield f"#### `{kind.name}`"
    yield ""
    yield f"{kind.means} ({', '.join(marks)})"
    if kind.fields:
        yield ""
        yield "| field | what it is |"
        yield "| --- | --- |"
        for field in kind.fields:
            private = "; private" if field.private else ""
            yield f"| `{field.name}` | {field.type.means}{private} |"
    if kind.remedy:
        yield ""
        yield f"*{kind.remedy}*"


def attributes() -> set[str]:
    """The attributes that a document can have, by making one that has all."""
    event = sample_event("job.failed", service="x", plugin="x", subject="x", job="x")
    whole: Event = attrs.evolve(
        event, cause_id="x", error_type="x", source="x", run_id="x", seq=1, mono_ns=1
    )
    return set(document_of(whole))


def main(arguments: list[str]) -> int:
    """Write the page with ``--write``; return 1 when it is stale."""
    text = page()
    if "--write" in arguments:
        PAGE.write_text(text, encoding="utf-8", newline="\n")
    is_stale = PAGE.read_text("utf-8") != text
    print(f"stale: {COMMAND}" if is_stale else "the page is up to date")
    return int(is_stale)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
