"""The file with the counts: shared, private, and forgetful."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from tests.brain.learning.test_counts import DAY_S, START_S, TOPICS, counted, observations

from orpheus_core.brain.learning import learned_counts
from orpheus_core.brain.learning.counts import MOST_SUBJECTS, Counts
from orpheus_core.brain.learning.learned_counts import LearnedCounts
from orpheus_core.brain.learning.observations import Observation, Topic
from orpheus_core.errors import FileInUse

LATER_S = START_S + 60


def of_host(host: str, outcome: str = "", times: int = 1) -> list[Observation]:
    return [Observation(Topic.HOST, host, outcome, START_S)] * times


def tallies(counts: Counts, now_s: float) -> dict[tuple[str, Topic, str], dict[str, float]]:
    """Everything that can be asked of *counts*."""
    found = {}
    for topic, about, _subject in counts:
        found["recent", topic, about] = dict(counts.recent_tally(topic, about, now_s))
        found["daily", topic, about] = dict(counts.daily_tally(topic, about, now_s))
    return found


def daily(learned: LearnedCounts, host: str) -> dict[str, float]:
    return dict(learned.read().daily_tally(Topic.HOST, host, START_S))


def rows(learned: LearnedCounts, query: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(learned.file)
    try:
        with connection:
            return connection.execute(query).fetchall()
    finally:
        connection.close()


def test_without_a_file_there_is_nothing_and_none_is_made(tmp_path: Path) -> None:
    """A question must not leave a trace."""
    learned = LearnedCounts(tmp_path / "events")
    assert not learned.read()
    assert learned.forget() == 0
    assert list(tmp_path.iterdir()) == []


@settings(max_examples=50)
@given(observations(), observations())
def test_what_was_added_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, first: Sequence[Observation], more: list[Observation]
) -> None:
    """Added in two parts, as by two runs, it is what was observed altogether."""
    learned = LearnedCounts(tmp_path_factory.mktemp("learned"))
    learned.add(counted(first), LATER_S)
    returned = learned.add(counted(more), LATER_S)
    expected = tallies(counted([*first, *more]), LATER_S)
    for counts in (returned, LearnedCounts(learned.file.parent).read()):
        found = tallies(counts, LATER_S)
        for key, tally in expected.items():
            for outcome, weight in tally.items():
                # What has faded for hours is let go.
                assert found.get(key, {}).get(outcome, 0.0) == pytest.approx(weight, abs=0.1)


@pytest.mark.skipif(os.name == "nt", reason="rights are no bits there")
def test_nobody_else_can_read_it(tmp_path: Path) -> None:
    """Which hosts somebody talks to, and when, is their own business."""
    learned = LearnedCounts(tmp_path / "events")
    old_mask = os.umask(0)
    try:
        learned.add(counted(of_host("a")), LATER_S)
    finally:
        os.umask(old_mask)
    assert stat.S_IMODE(learned.file.stat().st_mode) == 0o600
    assert stat.S_IMODE(learned.file.parent.stat().st_mode) == 0o700


_ADD = """
import sys
from pathlib import Path
from orpheus_core.brain.learning import learned_counts
from orpheus_core.brain.learning.counts import Counts
from orpheus_core.brain.learning.learned_counts import LearnedCounts
from orpheus_core.brain.learning.observations import Observation, Topic

learned_counts._BUSY_S = 60.0
learned = LearnedCounts(Path(sys.argv[1]))
now_s = float(sys.argv[2])
counts = Counts()
counts.add(Observation(Topic.QUALITY, "shop:album", "hires", now_s))
counts.add(Observation(Topic.HOST, "a", "svc.down", now_s))
for done in range(int(sys.argv[3])):
    learned.add(counts, now_s)
    print(done, flush=True)
"""


def test_processes_that_write_at_the_same_time_add_up(tmp_path: Path) -> None:
    """Each reads, adds and writes while no other does; the others wait."""
    times, arguments = 10, [sys.executable, "-c", _ADD, str(tmp_path), str(START_S)]
    quiet = subprocess.DEVNULL
    running = [subprocess.Popen([*arguments, str(times)], stdout=quiet) for _ in range(3)]
    assert [process.wait() for process in running] == [0, 0, 0]
    counts = LearnedCounts(tmp_path).read()
    assert counts.daily_tally(Topic.QUALITY, "shop:album", START_S) == {"hires": 30.0}
    assert counts.recent_tally(Topic.HOST, "a", START_S) == {"svc.down": 30.0}


def test_a_process_that_is_killed_leaves_whole_counts(tmp_path: Path) -> None:
    """What it added, it added altogether; and nobody calls the file damaged."""
    arguments = [sys.executable, "-c", _ADD, str(tmp_path), str(START_S), "1000000"]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        done = [process.stdout.readline() for _ in range(20)]
        process.kill()
        done += process.stdout.readlines()
    reasons: list[str] = []
    counts = LearnedCounts(tmp_path, reasons.append).read()
    jobs = counts.daily_tally(Topic.QUALITY, "shop:album", START_S)["hires"]
    assert counts.recent_tally(Topic.HOST, "a", START_S) == {"svc.down": jobs}
    assert len(done) <= jobs <= len(done) + 1
    assert reasons == []


def test_a_file_that_another_holds_is_not_waited_for_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says so, and nothing is lost of what is there."""
    monkeypatch.setattr(learned_counts, "_BUSY_S", 0.0)
    learned = LearnedCounts(tmp_path)
    learned.add(counted(of_host("a")), LATER_S)
    other = sqlite3.connect(learned.file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(FileInUse):
            learned.add(counted(of_host("a")), LATER_S)
    finally:
        other.close()
    assert daily(learned, "a") == {"": 1.0}


# --- forgetting -----------------------------------------------------------------------------


def full(folder: Path) -> LearnedCounts:
    learned = LearnedCounts(folder)
    qualities = [Observation(Topic.QUALITY, "shop:album", "hires", START_S)] * 3
    service = [Observation(Topic.SERVICE, "shop", "", START_S)] * 2
    stages = [Observation(Topic.STAGE, "shopping", "", START_S)]
    learned.add(counted([*of_host("a", times=4), *qualities, *service, *stages]), LATER_S)
    return learned


@pytest.mark.parametrize(
    ("about", "forgotten", "left"),
    [
        ("a", 4, {"shop", "shop:album", "shopping"}),
        ("shop", 5, {"a", "shopping"}),
        ("shop:album", 3, {"a", "shop", "shopping"}),
        ("SHOP", 5, {"a", "shopping"}),
        ("sho", 0, {"a", "shop", "shop:album", "shopping"}),
        ("", 0, {"a", "shop", "shop:album", "shopping"}),
        ("%", 0, {"a", "shop", "shop:album", "shopping"}),
        (None, 10, set()),
    ],
)
def test_what_is_forgotten_is_gone(
    tmp_path: Path, about: str | None, forgotten: int, left: set[str]
) -> None:
    """A service takes the qualities that it came in with it; the number is of observations."""
    learned = full(tmp_path)
    assert learned.forget(about) == forgotten
    assert {each for _topic, each, _subject in learned.read()} == left


def test_what_is_forgotten_is_not_in_the_file_either(tmp_path: Path) -> None:
    """SQLite would leave the bytes where they were."""
    learned = LearnedCounts(tmp_path)
    learned.add(counted([*of_host("secret.example"), *of_host("kept.example")]), LATER_S)
    assert b"secret.example" in learned.file.read_bytes()
    learned.forget("secret.example")
    assert b"secret.example" not in learned.file.read_bytes()
    assert b"kept.example" in learned.file.read_bytes()


def test_what_seems_to_have_happened_just_now_in_the_future_is_dropped(tmp_path: Path) -> None:
    """A clock that was set back an hour must not make the last minutes last as long."""
    learned = LearnedCounts(tmp_path)
    learned.add(counted(of_host("a", "svc.down", 20)), START_S)
    counts = learned.add(counted(of_host("b")), START_S - 3600)
    assert counts.recent_tally(Topic.HOST, "a", START_S - 3600) == {}
    assert daily(learned, "a") == {"svc.down": 5.0}


@pytest.mark.parametrize("topic", Topic)
def test_what_has_faded_is_dropped(tmp_path: Path, topic: Topic) -> None:
    """Five half-lives, and it is not in the file any more; nor what a wrong clock dated."""
    learned = LearnedCounts(tmp_path)
    days = TOPICS[topic][0] * 5
    late_s, early_s = START_S + (days + 1) * DAY_S, START_S - 2 * DAY_S
    for now_s, name in ((late_s, "old"), (early_s, "future")):
        learned.forget()
        learned.add(counted([Observation(topic, name, "x", START_S)]), START_S)
        learned.add(counted([Observation(topic, "new", "x", now_s)]), now_s)
        assert rows(learned, "SELECT about FROM daily") == [("new",)]
        assert rows(learned, "SELECT about FROM recent WHERE about <> 'new'") == []


def test_the_file_holds_so_many_hosts_at_most(tmp_path: Path) -> None:
    """Runs that each saw others fill no disk; those that were seen last stay."""
    learned = LearnedCounts(tmp_path)
    for number in range(3):
        now_s = START_S + number * DAY_S
        hosts = [f"cdn-{number}-{each}" for each in range(MOST_SUBJECTS // 2)]
        learned.add(counted([Observation(Topic.HOST, host, "", now_s) for host in hosts]), now_s)
    learned.add(Counts(), START_S + 2 * DAY_S)
    found = rows(learned, "SELECT min(day), count(DISTINCT about) FROM daily")
    assert found == [(START_S // DAY_S + 1, MOST_SUBJECTS)]
