"""Exports: whole or not there, for this user alone, harmless to what opens them."""

from __future__ import annotations

import csv
import errno
import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest
from tests.brain.log.made import some_events

from orpheus_core.brain import Event
from orpheus_core.brain.event_json import event_in
from orpheus_core.brain.log import EventLog, ExportFormat
from orpheus_core.errors import DiskFull, StorageError, UnreadableLog
from orpheus_core.storage import DiskStorage, Storage
from orpheus_core.testing import FaultyStorage, count_calls

LOG = EventLog(None)


def test_lines_are_the_events(tmp_path: Path) -> None:
    """As the text files of the log."""
    events = some_events(1200)
    assert LOG.export(tmp_path / "out.jsonl", ExportFormat.JSONL, events) == 1200
    lines = (tmp_path / "out.jsonl").read_bytes().splitlines(keepends=True)
    assert list(map(event_in, lines)) == events


def test_a_database_is_a_log_of_its_own(tmp_path: Path) -> None:
    """One file, that `EventLog` reads."""
    events = some_events(1200)
    target = tmp_path / "events.sqlite"
    assert LOG.export(target, ExportFormat.SQLITE, iter(events)) == 1200
    assert list(tmp_path.iterdir()) == [target]
    assert list(EventLog(tmp_path).query()) == events


def test_a_table_has_a_row_an_event(tmp_path: Path) -> None:
    """With a head; severities are words, the data is JSON."""
    (event,) = some_events(1)
    LOG.export(tmp_path / "out.csv", ExportFormat.CSV, [event])
    with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert row["id"] == event.id
    assert row["time"] == "2026-01-01T00:00:00.000000Z"
    assert (row["kind"], row["severity"], row["service"]) == ("stage.started", "debug", "sandbox")
    assert row["plugin"] == ""
    assert json.loads(row["data"]) == {"stage": "download", "attempt": 0}
    assert row["seq"] == str(event.seq)


@pytest.mark.parametrize(
    "subject", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\uff1d1"]
)
def test_no_spreadsheet_takes_a_text_for_a_formula(tmp_path: Path, subject: str) -> None:
    """Subjects come from services."""
    event = attrs.evolve(some_events(1)[0], subject=subject)
    LOG.export(tmp_path / "out.csv", ExportFormat.CSV, [event])
    with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert row["subject"] == f"'{subject}"


@pytest.mark.parametrize("end", [";", "\n"])
def test_no_formula_begins_where_a_semicolon_ends_a_cell(tmp_path: Path, end: str) -> None:
    """A spreadsheet in a country with decimal commas reads the same file so."""
    event = attrs.evolve(some_events(1)[0], subject=f"track{end}=cmd|' /C calc'!A0{end}")
    LOG.export(tmp_path / "out.csv", ExportFormat.CSV, [event])
    text = (tmp_path / "out.csv").read_text(encoding="utf-8")
    assert not any(cell.startswith("=") for line in text.splitlines() for cell in line.split(";"))


@pytest.mark.parametrize("to", ExportFormat)
@pytest.mark.skipif(os.name == "nt", reason="Windows has other rights")
def test_an_export_is_for_this_user_alone(tmp_path: Path, to: ExportFormat) -> None:
    """Also where a file with other rights was before."""
    target = tmp_path / "out"
    target.write_text("old")
    target.chmod(0o644)
    LOG.export(target, to, some_events(1))
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


@pytest.mark.parametrize("to", ExportFormat)
def test_an_export_of_nothing_is_a_file_of_nothing(tmp_path: Path, to: ExportFormat) -> None:
    """Not an error, and not the file of before."""
    target = tmp_path / "events.sqlite"
    target.write_text("old")
    assert LOG.export(target, to, []) == 0
    assert b"old" not in target.read_bytes()


@pytest.mark.parametrize("to", ExportFormat)
def test_an_export_that_fails_leaves_what_was_there(tmp_path: Path, to: ExportFormat) -> None:
    """Here it is the reading that fails, half way."""
    target = tmp_path / "out"
    target.write_text("old")

    def events() -> Iterator[Event]:
        yield from some_events(700)
        raise UnreadableLog("the log is damaged")

    with pytest.raises(UnreadableLog):
        LOG.export(target, to, events())
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("to", ExportFormat)
def test_whatever_call_fails_the_target_is_whole(tmp_path: Path, to: ExportFormat) -> None:
    """Old or new, and nothing beside it; the error names the file that was meant."""
    events = some_events(2)
    whole = tmp_path / "whole"
    calls = count_calls(DiskStorage(), lambda storage: _export(storage, whole, to, events))
    for number in range(1, calls + 1):
        target = tmp_path / str(number) / "out"
        target.parent.mkdir()
        target.write_text("old")
        failing = FaultyStorage(DiskStorage(), number, OSError(errno.ENOSPC, "full"))
        with pytest.raises(DiskFull) as caught:
            _export(failing, target, to, events)
        assert ".orpheus-tmp" not in caught.value.title
        assert target.read_bytes() in (b"old", whole.read_bytes())
        assert list(target.parent.iterdir()) == [target]


def _export(storage: Storage, target: Path, to: ExportFormat, events: list[Event]) -> None:
    EventLog(None, storage=storage).export(target, to, events)


@pytest.mark.parametrize("to", ExportFormat)
def test_an_export_into_a_folder_that_is_not_there_is_an_error(
    tmp_path: Path, to: ExportFormat
) -> None:
    """One of ours."""
    with pytest.raises(StorageError):
        LOG.export(tmp_path / "none" / "out", to, some_events(1))
