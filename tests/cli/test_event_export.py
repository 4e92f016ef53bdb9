"""``orpheus event export``: a part of the log in a file."""

from __future__ import annotations

import csv
import json
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.cli.kept_events import Kept, failed_job

from orpheus_core.brain.event_json import document_of
from orpheus_core.brain.log import EventLog

if TYPE_CHECKING:
    from tests.cli.conftest import Orpheus


def test_lines_are_the_events(orpheus: Orpheus, kept: Kept, tmp_path: Path) -> None:
    """All that fit, in a file for this user alone."""
    failed_job(kept)
    wanted = [document_of(each) for each in kept.events if each.kind.startswith("brain.")]
    kept.keep()
    file = tmp_path / "x.jsonl"
    ended = orpheus("event", "export", file, "--kind", "brain.*")
    assert ended == (0, f"{len(wanted)} events in {file}\n", "")
    assert [json.loads(line) for line in file.read_text("utf-8").splitlines()] == wanted
    if os.name == "posix":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("name", "options", "form"),
    [
        ("x.csv", [], "csv"),
        ("x.txt", ["--format", "csv"], "csv"),
        ("x.csv", ["--format", "jsonl"], "jsonl"),
        ("x.NDJSON", [], "jsonl"),
        ("x.db", [], "sqlite"),
        ("events.sqlite", [], "sqlite"),
    ],
)
def test_the_format_is_what_was_said_else_what_the_name_ends_with(
    orpheus: Orpheus, kept: Kept, tmp_path: Path, name: str, options: list[str], form: str
) -> None:
    """Each of them is what it is called."""
    event = kept.emit("login.attempt")
    kept.keep()
    file = tmp_path / name
    data = orpheus("--json", "event", "export", file, *options).document["data"]
    assert data == {"path": str(file), "format": form, "events": 1}
    if form == "csv":
        with file.open(encoding="utf-8", newline="") as opened:
            (row,) = csv.DictReader(opened)
        assert row["id"] == event.id
    elif form == "jsonl":
        assert json.loads(file.read_text("utf-8"))["id"] == event.id
    else:
        folder = tmp_path / "opened"
        folder.mkdir()
        file.rename(folder / "events.sqlite")
        assert [each.id for each in EventLog(folder).query()] == [event.id]


def test_a_file_that_is_there_is_kept_unless_said_otherwise(
    orpheus: Orpheus, kept: Kept, tmp_path: Path
) -> None:
    """It may be anything."""
    kept.emit("login.attempt")
    kept.keep()
    file = tmp_path / "x.jsonl"
    file.write_text("mine")
    ended = orpheus("event", "export", file)
    assert (ended.status, file.read_text()) == (2, "mine")
    assert "  next  name another file, or --replace\n" in ended.err
    assert orpheus("event", "export", file, "--replace").out == f"1 event in {file}\n"
    assert "mine" not in file.read_text("utf-8")


def test_the_log_is_never_written_over(orpheus: Orpheus, kept: Kept) -> None:
    """Nor is anything put beside it, where the log would take it for its own."""
    kept.emit("login.attempt")
    kept.keep()
    before = sorted(kept.folder.iterdir())
    for name in ("events.sqlite", "other.jsonl"):
        ended = orpheus("event", "export", kept.folder / name, "--replace")
        assert ended.status == 2
        assert "in the folder of the log itself" in " ".join(ended.err.split())
    assert sorted(kept.folder.iterdir()) == before


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["x.txt"], 2, "orpheus event export x.txt --format jsonl"),
        (["x.csv", "--format", "xls"], 2, "choose one of jsonl, csv, sqlite"),
        (["x.csv", "--format", "sqlit"], 2, "did you mean sqlite?"),
        (["x.csv", "--kind", "job.faild"], 2, "did you mean job.failed?"),
        (["."], 2, "--format jsonl"),
        ([".", "--format", "csv"], 2, "name another file"),
        (["no/such/folder/x.csv"], 9, ""),
    ],
)
def test_what_cannot_be_done_is_refused(
    orpheus: Orpheus,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    status: int,
    said: str,
) -> None:
    """And leaves no file behind."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    ended = orpheus("event", "export", *arguments)
    assert (ended.status, ended.out) == (status, "")
    assert f"{said}\n" in ended.err
    assert not list(here.iterdir())


def test_of_an_empty_log_nothing_is_in_the_file(orpheus: Orpheus, tmp_path: Path) -> None:
    """No failure: there is a file, as was asked for."""
    file = tmp_path / "x.jsonl"
    assert orpheus("event", "export", file) == (0, f"0 events in {file}\n", "")
    assert file.read_bytes() == b""
