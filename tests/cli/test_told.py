"""What was said is not said again for a day, and the memory of it is never in the way."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from orpheus_core.cli.told import Told
from orpheus_core.storage import DiskStorage
from orpheus_core.testing import SimClock

DISK = DiskStorage()
DAY_S = 86_400.0


def test_a_text_is_due_once_a_day(tmp_path: Path) -> None:
    """Each by itself, in every process that looks."""
    clock = SimClock()
    Told(tmp_path / "state", DISK, clock).note(["deezer is broken"])

    assert not Told(tmp_path / "state", DISK, clock).is_due("deezer is broken")
    assert Told(tmp_path / "state", DISK, clock).is_due("qobuz is broken")
    clock.sleep(DAY_S - 1)
    assert not Told(tmp_path / "state", DISK, clock).is_due("deezer is broken")
    clock.sleep(1)
    assert Told(tmp_path / "state", DISK, clock).is_due("deezer is broken")


def test_noting_one_forgets_no_other(tmp_path: Path) -> None:
    """And what is older than a day goes."""
    clock = SimClock()
    Told(tmp_path, DISK, clock).note(["old"])
    clock.sleep(DAY_S / 2)
    Told(tmp_path, DISK, clock).note(["new"])
    assert not Told(tmp_path, DISK, clock).is_due("old")
    clock.sleep(DAY_S / 2)
    Told(tmp_path, DISK, clock).note(["newest"])
    assert len(json.loads((tmp_path / "told.json").read_text("utf-8"))) == 2


def test_the_file_holds_no_word_of_what_was_said(tmp_path: Path) -> None:
    """A reason may quote what a plugin knows."""
    Told(tmp_path, DISK, SimClock()).note(["secret"])
    assert "secret" not in (tmp_path / "told.json").read_text("utf-8")


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff", b"[]", b"{", b'{"x": 3}', b'{"x": "2026-01-01T00:00:00"}', b"[" * 100_000],
)
def test_a_damaged_file_counts_as_an_empty_one(tmp_path: Path, content: bytes) -> None:
    """Nobody is told of it: the next write makes it whole."""
    tmp_path.joinpath("told.json").write_bytes(content)
    told = Told(tmp_path, DISK, SimClock())
    assert told.is_due("x")
    told.note(["x"])
    assert not told.is_due("x")


def test_a_time_in_the_future_is_none(tmp_path: Path) -> None:
    """A clock that was set back must not silence warnings for a year."""
    clock = SimClock()
    clock.sleep(DAY_S)
    Told(tmp_path, DISK, clock).note(["x"])
    assert Told(tmp_path, DISK, SimClock()).is_due("x")


def test_a_folder_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    """Then things are said more often, that is all."""
    tmp_path.joinpath("state").write_text("a file is in the way", "utf-8")
    told = Told(tmp_path / "state", DISK, SimClock())
    told.note(["x"])
    assert told.is_due("x")
