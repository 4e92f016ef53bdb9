"""The file with the counts when it is damaged, hostile, or no file: mended, and told of."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.brain.learning.test_counts import DAY_S, START_S, counted
from tests.brain.learning.test_learned_counts import LATER_S, daily, full, of_host, rows

from orpheus_core.brain.learning import tables
from orpheus_core.brain.learning.counts import Counts
from orpheus_core.brain.learning.learned_counts import LearnedCounts
from orpheus_core.brain.learning.observations import Observation, Topic
from orpheus_core.errors import StorageFailed, SymlinkInPath


def altered(script: str, *, anew: bool = False) -> Callable[[Path], object]:
    """What another program made of the file, or put in its place."""

    def alter(file: Path) -> None:
        if anew:
            file.unlink()
        connection = sqlite3.connect(file, isolation_level=None)
        connection.executescript(script)
        connection.close()

    return alter


_ENDLESS_VIEW = """
    DROP TABLE daily;
    CREATE VIEW daily AS
        WITH RECURSIVE days(day) AS (SELECT 1 UNION ALL SELECT day + 1 FROM days)
        SELECT 'host' AS topic, 'a' AS about, 3 AS hour, day, '' AS outcome, 1 AS count FROM days;
"""
_TRIGGER = "CREATE TRIGGER t AFTER INSERT ON daily BEGIN DELETE FROM daily; END;"
_TOO_LONG = "UPDATE daily SET about = printf('%.2000000c', 'x')"


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:5000])


def overwritten(file: Path) -> None:
    data = file.read_bytes()
    file.write_bytes(data[:100] + bytes(len(data) - 100))


DAMAGES: dict[str, Callable[[Path], object]] = {
    "noise": lambda file: file.write_bytes(b"no database at all" * 100),
    "other tables": altered("CREATE TABLE daily (x); PRAGMA user_version = 1", anew=True),
    "another program's": altered("CREATE TABLE diary (page)", anew=True),
    "a table too many": altered("CREATE TABLE diary (page)"),
    "a view": altered(_ENDLESS_VIEW),
    "a trigger": altered(_TRIGGER),
    "no text": altered("UPDATE daily SET outcome = CAST(x'FF' AS TEXT)"),
    "a text without end": altered(_TOO_LONG),
    "cut": cut,
    "overwritten": overwritten,
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_file_is_begun_anew_and_told_of(
    tmp_path: Path, damage: Callable[[Path], object]
) -> None:
    """Counts are worth no failure. The damaged one is set aside, until something is forgotten."""
    reasons: list[str] = []
    learned = LearnedCounts(tmp_path, reasons.append)
    learned.add(counted(of_host("a", times=3)), LATER_S)
    damage(learned.file)
    damaged = learned.file.read_bytes()
    assert not learned.read()
    assert len(reasons) == 1
    assert reasons[0]
    assert learned.set_aside.read_bytes() == damaged
    learned.add(counted(of_host("b")), LATER_S)
    assert daily(learned, "b") == {"": 1.0}
    assert len(reasons) == 1
    assert learned.forget("a") == 0
    assert not learned.set_aside.exists()


def test_a_new_file_of_another_process_is_not_set_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two that meet the damage, one mends it; the other finds what the first began anew."""
    reasons: list[str] = []
    learned = LearnedCounts(tmp_path, reasons.append)
    learned.file.write_bytes(b"noise" * 1000)
    transact = LearnedCounts._transact

    def late(self: LearnedCounts, work: Callable[[sqlite3.Connection], object]) -> object:
        try:
            return transact(self, work)
        finally:
            if not self.set_aside.exists():
                monkeypatch.undo()
                LearnedCounts(tmp_path).add(counted(of_host("b")), LATER_S)

    monkeypatch.setattr(LearnedCounts, "_transact", late)
    learned.add(counted(of_host("a")), LATER_S)
    assert (daily(learned, "a"), daily(learned, "b")) == ({"": 1.0}, {"": 1.0})
    assert reasons == []


def test_an_empty_file_is_no_damage(tmp_path: Path) -> None:
    """A process that was killed between making it and writing to it leaves one."""
    reasons: list[str] = []
    learned = LearnedCounts(tmp_path, reasons.append)
    learned.file.touch()
    assert not learned.read()
    assert reasons == []


@pytest.mark.parametrize(
    "values",
    [
        "topic = 'mood'",
        "count = 'many'",
        "count = -5",
        "count = 1e300",
        "hour = 'noon'",
        "hour = 99",
        "day = 'monday'",
        "about = x'00'",
        "about = printf('%.5000c', 'x')",
        "about = 'a' || char(27) || '[31m'",
        "outcome = 'Abbey Road'",
    ],
)
def test_a_row_that_does_not_fit_is_passed_over(tmp_path: Path, values: str) -> None:
    """Whoever can write the file can write anything; the others still count."""
    learned = LearnedCounts(tmp_path)
    learned.add(counted([*of_host("a"), *of_host("b")]), LATER_S)
    assert rows(learned, "DELETE FROM recent") == []
    rows(learned, f"UPDATE daily SET {values} WHERE about = 'a'")
    assert [about for _topic, about, _subject in learned.read()] == ["b"]


def test_rows_without_end_are_not_all_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would take seconds, and decisions wait for it: those of the last days are enough."""
    monkeypatch.setattr(tables, "_MOST_ROWS", 3)
    learned = LearnedCounts(tmp_path)
    for days in range(5):
        at_s = START_S + days * DAY_S
        learned.add(counted([Observation(Topic.HOST, f"a{days}", "", at_s)]), at_s)
    assert [about for _topic, about, _subject in learned.read()] == ["a2", "a3", "a4"]


@pytest.mark.parametrize("count", ["9e999", "-5", "'many'", "9223372036854775807"])
def test_what_is_no_count_is_forgotten_as_none(tmp_path: Path, count: str) -> None:
    """The number is of observations, and the row is gone all the same."""
    learned = LearnedCounts(tmp_path)
    learned.add(counted([*of_host("a"), *of_host("b", times=2)]), LATER_S)
    rows(learned, f"UPDATE daily SET count = {count} WHERE about = 'a'")
    assert learned.forget() == 2
    assert rows(learned, "SELECT * FROM daily") == []


@pytest.mark.parametrize(
    "values",
    [
        "weight = 9e999",
        "weight = 1e300",
        "weight = -1",
        "weight = 'x'",
        "at_s = 'x'",
        "at_s = 1e300",
    ],
)
def test_a_weight_that_does_not_fit_is_passed_over(tmp_path: Path, values: str) -> None:
    """An endless one would make everything certain, and one of the far future for ever."""
    learned = LearnedCounts(tmp_path)
    learned.add(counted(of_host("a")), LATER_S)
    rows(learned, f"UPDATE recent SET {values}")
    assert learned.read().recent_tally(Topic.HOST, "a", LATER_S) == {}


def test_a_newer_file_is_left_alone(tmp_path: Path) -> None:
    """It is not damaged: the Orpheus that wrote it wants it back."""
    learned = LearnedCounts(tmp_path)
    learned.add(counted(of_host("a")), LATER_S)
    rows(learned, f"PRAGMA user_version = {tables.VERSION + 1}")
    before = learned.file.read_bytes()
    with pytest.raises(StorageFailed, match="another version"):
        learned.add(counted(of_host("a")), LATER_S)
    assert learned.file.read_bytes() == before


def test_a_link_in_its_place_is_not_followed(tmp_path: Path) -> None:
    """What it leads to is somebody's file."""
    target, folder = tmp_path / "diary", tmp_path / "events"
    target.write_text("dear diary")
    folder.mkdir()
    learned = LearnedCounts(folder)
    learned.file.symlink_to(target)
    with pytest.raises(SymlinkInPath):
        learned.add(counted(of_host("a")), LATER_S)
    assert target.read_text() == "dear diary"


@pytest.mark.parametrize("make", [Path.mkdir, getattr(os, "mkfifo", Path.mkdir)])
def test_what_is_no_file_is_an_error_of_ours_and_left_as_it_is(
    tmp_path: Path, make: Callable[[Path], object]
) -> None:
    """Whatever somebody put in its place: no foreign exception, no waiting, no other rights."""
    learned = LearnedCounts(tmp_path)
    make(learned.file)
    before = learned.file.lstat().st_mode
    for work in (learned.read, learned.forget, lambda: learned.add(Counts(), LATER_S)):
        with pytest.raises(StorageFailed, match="no file"):
            work()
    assert learned.file.lstat().st_mode == before


@settings(max_examples=60)
@example(damage=b"\x80", at=3943)  # within the schema: SQLite's own message is no text then
@given(damage=st.binary(max_size=300), at=st.integers(0, 12_000))
def test_any_damage_ends_in_counts_or_a_new_file(
    tmp_path_factory: pytest.TempPathFactory, damage: bytes, at: int
) -> None:
    """Wherever bytes are overwritten: it is read, or begun anew, and adding works again."""
    learned = full(tmp_path_factory.mktemp("learned"))
    data = learned.file.read_bytes()
    header = 100  # the format's version numbers are in it: a newer one is left alone
    at = header + at % (len(data) - header)
    learned.file.write_bytes(data[:at] + damage + data[at + len(damage) :])
    learned.read()
    learned.add(counted(of_host("z")), LATER_S)
    assert daily(learned, "z")[""] >= 1.0
