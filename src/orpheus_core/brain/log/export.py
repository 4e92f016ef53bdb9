"""Writes events to a file of a form that other programs read."""

from __future__ import annotations

import enum
import io
import itertools
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from orpheus_core.brain.event_json import document_of, line_of
from orpheus_core.brain.events import Event
from orpheus_core.brain.log.folder import OWN_FILE
from orpheus_core.errors import StorageError
from orpheus_core.storage import TEMPORARY_PREFIX, Storage

_AT_ONCE = 500
CSV_COLUMNS = (
    "time",
    "kind",
    "severity",
    "service",
    "plugin",
    "subject",
    "error_type",
    "data",
    "correlation_id",
    "cause_id",
    "id",
    "run_id",
    "seq",
    "source",
)
_BEGINS_A_CELL = re.compile("(^|[;\n])(?=[=+\\-@\t\r\uff1d\uff0b\uff0d\uff20])")
"""Where a spreadsheet would take what follows for a formula.

Where a comma stands in numbers, a semicolon ends a cell, and no quotes around it are seen; signs
of full width are taken for the plain ones.
"""


class ExportFormat(enum.Enum):
    """JSONL: a CloudEvent a line. CSV: a row an event, its data as JSON. SQLITE: as the log."""

    JSONL = "jsonl"
    CSV = "csv"
    SQLITE = "sqlite"


def export(events: Iterable[Event], target: Path, to: ExportFormat, storage: Storage) -> int:
    """Write *events* to *target*, for this user alone; return how many.

    It is there whole, or as it was before.

    Raises:
        StorageError: it cannot be written.
    """
    temporary = target.with_name(f"{TEMPORARY_PREFIX}{os.urandom(8).hex()}")
    write = _WRITERS[to]
    try:
        count = write(iter(events), temporary, storage)
        storage.rename(temporary, target)
    except BaseException as error:
        try:
            if storage.exists(temporary):
                storage.unlink(temporary)
        except StorageError as failure:
            error.add_note(f"{temporary} was left behind: {failure.title}")
        if isinstance(error, StorageError):
            # A person knows the file that was to be written, not what stood in for it.
            error.title = error.title.replace(str(temporary), str(target))
            error.args = (error.title,)
        raise
    storage.fsync_folder(target.parent)
    return count


def _batches(events: Iterator[Event]) -> Iterator[list[Event]]:
    while batch := list(itertools.islice(events, _AT_ONCE)):
        yield batch


def _as_lines(events: Iterator[Event], file: Path, storage: Storage) -> int:
    return _as_text(events, file, storage, lambda batch: b"".join(map(line_of, batch)))


def _as_csv(events: Iterator[Event], file: Path, storage: Storage) -> int:
    def rows(batch: Sequence[Event]) -> bytes:
        return _csv(_cells(event) for event in batch)

    return _as_text(events, file, storage, rows, head=_csv([CSV_COLUMNS]))


def _as_text(
    events: Iterator[Event],
    file: Path,
    storage: Storage,
    coded: Callable[[Sequence[Event]], bytes],
    *,
    head: bytes = b"",
) -> int:
    count = 0
    with storage.create(file, mode=OWN_FILE) as opened:
        opened.write(head)
        for batch in _batches(events):
            opened.write(coded(batch))
            count += len(batch)
        opened.fsync()
    return count


def _csv(rows: Iterable[Sequence[object]]) -> bytes:
    import csv

    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8", "replace")


def _cells(event: Event) -> list[object]:
    document = document_of(event)
    named = {
        "time": document["time"],
        "severity": event.severity.name.lower(),
        "data": json.dumps(document["data"], ensure_ascii=False),
    }
    return [_harmless(named.get(name) or getattr(event, name)) for name in CSV_COLUMNS]


def _harmless(cell: object) -> object:
    """*cell*, with a quote before what a spreadsheet would take for a formula and run."""
    return _BEGINS_A_CELL.sub(r"\1'", cell) if isinstance(cell, str) else cell


def _as_database(events: Iterator[Event], file: Path, _: Storage) -> int:
    from orpheus_core.brain.log.sqlite_file import write_new_database

    count = 0

    def counted() -> Iterator[list[Event]]:
        nonlocal count
        for batch in _batches(events):
            count += len(batch)
            yield batch

    write_new_database(file, counted())
    return count


_WRITERS = {
    ExportFormat.JSONL: _as_lines,
    ExportFormat.CSV: _as_csv,
    ExportFormat.SQLITE: _as_database,
}
