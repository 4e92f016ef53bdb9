"""An event as a row of the database, and back."""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from types import MappingProxyType
from typing import Any

from orpheus_core.brain.event_json import LARGEST_LINE_BYTES, document_of
from orpheus_core.brain.events import Event, Severity

COLUMNS = (
    "id",
    "time_us",
    "kind",
    "severity",
    "service",
    "plugin",
    "subject",
    "correlation_id",
    "cause_id",
    "error_type",
    "data",
    "source",
    "run_id",
    "seq",
    "mono_ns",
)
"""In the order of an event's fields; *time_us* is microseconds since 1970, UTC."""

ROWS_AT_ONCE = 50
"""So many rows in one statement take three quarters of the time that they take one by one.

Older versions of SQLite take 999 parameters at most.
"""


def insert_of(rows: int) -> str:
    """Return the statement that inserts *rows*. An event that is there already is left alone."""
    row = f"({', '.join('?' * len(COLUMNS))})"
    return f"""
        INSERT INTO events ({", ".join(COLUMNS)}) VALUES {", ".join([row] * rows)}
        ON CONFLICT (id) DO NOTHING
    """  # noqa: S608 - the words are our own


Row = tuple[Any, ...]
"""Any: what a database gives is of the types that the schema says, and checked by none."""

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_MICROSECOND = datetime.timedelta(microseconds=1)
_SEVERITIES = {int(severity): severity for severity in Severity}
_as_json = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, allow_nan=False, separators=(",", ":")
).encode


def rows_of(events: Sequence[Event]) -> list[Row]:
    """Return what is inserted for *events*: the values of each in the order of `COLUMNS`."""
    return [
        (
            event.id,
            microseconds(event.time),
            event.kind,
            int(event.severity),
            event.service,
            event.plugin,
            event.subject,
            event.correlation_id,
            event.cause_id,
            event.error_type,
            data if len(data) <= LARGEST_LINE_BYTES else _as_json(document_of(event)["data"]),
            event.source,
            event.run_id,
            event.seq,
            event.mono_ns,
        )
        for event, data in zip(events, _data_of(events), strict=True)
    ]


def _data_of(events: Sequence[Event]) -> list[str]:
    """The data of each event as JSON.

    They are encoded as one list, with empty texts between them, and cut there, in half of the
    time that it takes one by one. In flat data, no empty text stands between two commas; in a
    text, quotes have backslashes.
    """
    datas: list[object] = []
    for event in events:
        data = event.data
        # What the bus published is of this type, and its own copy takes a third of `dict`.
        datas += (data.copy() if type(data) is MappingProxyType else dict(data), "")
    return _as_json(datas[:-1])[1:-1].split(',"",') if datas else []


def storable(row: Row) -> Row:
    """Return *row* with a replacement for each half of a character, which no database takes."""
    return tuple(
        value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else value
        for value in row
    )


def event_of(row: Row) -> Event:
    """Return the event that *row*, the values of `COLUMNS`, was made of.

    Raises:
        ValueError: it was not made of one.
    """
    severity = _SEVERITIES.get(row[3])
    data = json.loads(row[10])
    if severity is None or not isinstance(data, dict) or bytes in map(type, row):
        raise ValueError(f"a row is no event: severity {row[3]!r}, data {row[10]!r:.80}")
    return Event(
        id=row[0],
        time=moment(row[1]),
        kind=row[2],
        severity=severity,
        service=row[4],
        plugin=row[5],
        subject=row[6],
        correlation_id=row[7],
        cause_id=row[8],
        error_type=row[9],
        data=MappingProxyType(data),
        source=row[11],
        run_id=row[12],
        seq=row[13],
        mono_ns=row[14],
    )


def microseconds(time: datetime.datetime) -> int:
    """Return *time* as the database holds it."""
    return (time - _EPOCH) // _MICROSECOND


def moment(time_us: int) -> datetime.datetime:
    """Return what the database holds as a moment in UTC."""
    try:
        return _EPOCH + time_us * _MICROSECOND
    except OverflowError:  # within a day of the year 1 or 9999
        if time_us > 0:
            return datetime.datetime.max.replace(tzinfo=datetime.UTC)
        return datetime.datetime.min.replace(tzinfo=datetime.UTC)
