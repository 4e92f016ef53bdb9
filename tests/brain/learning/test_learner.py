"""Learning from batches: at once in memory, now and then in the file."""

from __future__ import annotations

import concurrent.futures
import threading
from pathlib import Path

import pytest
from tests.brain.learning.observed import HOST, request

from orpheus_core.brain import Event
from orpheus_core.brain.learning import learned_counts
from orpheus_core.brain.learning.learned_counts import LearnedCounts
from orpheus_core.brain.learning.learner import SAVED_EVERY_S, Learner
from orpheus_core.brain.learning.observations import Topic
from orpheus_core.errors import StorageError
from orpheus_core.testing.clock import SimClock


class News:
    """Notes what it hears."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def damaged(self, file: Path, reason: str, set_aside: str) -> None:
        self.heard.append(f"{file.name} is now {set_aside}")

    def unusable(self, error: StorageError) -> None:
        self.heard.append(error.title)


def learner(folder: Path, clock: SimClock, news: News | None = None) -> Learner:
    return Learner(folder, clock, news or News())


def failure(clock: SimClock) -> Event:
    return request(clock.now(), "svc.down")


def seen(by: Learner) -> float:
    """How many failures of the host *by* knows of."""
    now_s = by.now_s()
    return by.look(lambda counts: counts.recent_tally(Topic.HOST, HOST, now_s).get("svc.down", 0.0))


def stored(folder: Path) -> int:
    """How many failures of the host the file holds."""
    counts = LearnedCounts(folder).read()
    return sum(
        count
        for topic, _about, subject in counts
        for days in subject.hours.values()
        for outcomes in days.values()
        for count in outcomes.values()
        if topic is Topic.HOST
    )


def test_a_batch_counts_at_once_and_is_saved_later(tmp_path: Path) -> None:
    """A question right after it knows of it; the file is written every thirty seconds."""
    clock = SimClock()
    one = learner(tmp_path, clock)
    one.write([failure(clock)])
    assert seen(one) == 1.0
    assert stored(tmp_path) == 0
    clock.advance(SAVED_EVERY_S)
    one.write([failure(clock)])
    assert stored(tmp_path) == 2
    one.write([failure(clock)])
    assert stored(tmp_path) == 2
    one.close()
    assert stored(tmp_path) == 3


def test_what_was_learned_survives_a_restart(tmp_path: Path) -> None:
    """Another process knows it, faded by the time that has passed."""
    clock = SimClock()
    first = learner(tmp_path, clock)
    first.write([failure(clock)] * 8)
    first.close()
    clock.advance(600)
    assert seen(learner(tmp_path, clock)) == pytest.approx(4.0)


def test_learners_that_run_at_the_same_time_add_up(tmp_path: Path) -> None:
    """Each finds what the other observed when it saves, and neither overwrites the other."""
    clock = SimClock()
    one, other = learner(tmp_path, clock), learner(tmp_path, clock)
    for each in (one, other):
        each.write([failure(clock)] * 3)
    one.close()
    other.close()
    assert seen(other) == 6.0
    assert stored(tmp_path) == 6
    one.write([failure(clock)])
    one.close()
    assert seen(one) == 7.0


def test_what_was_forgotten_meanwhile_stays_forgotten(tmp_path: Path) -> None:
    """A process that runs on adds what it observes from then on, not what it remembers."""
    clock = SimClock()
    one = learner(tmp_path, clock)
    one.write([failure(clock)] * 3)
    one.close()
    assert LearnedCounts(tmp_path).forget(HOST) == 3
    one.write([failure(clock)])
    one.close()
    assert seen(one) == 1.0


def test_after_the_first_question_none_touches_the_file(tmp_path: Path) -> None:
    """It is asked before each decision: that has to cost next to nothing."""
    clock = SimClock()
    first = learner(tmp_path, clock)
    first.write([failure(clock)])
    first.close()
    one = learner(tmp_path, clock)
    assert seen(one) == 1.0
    LearnedCounts(tmp_path).file.unlink()
    assert seen(one) == 1.0
    assert list(tmp_path.iterdir()) == []


def test_questions_alone_make_no_file(tmp_path: Path) -> None:
    """Nor does closing, when nothing was observed."""
    one = learner(tmp_path / "events", SimClock())
    assert seen(one) == 0.0
    one.write([])
    one.close()
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_busy_is_written_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That passes by itself, so nobody is told, and nothing is counted twice."""
    import sqlite3

    monkeypatch.setattr(learned_counts, "_BUSY_S", 0.0)
    clock, news = SimClock(), News()
    one = learner(tmp_path, clock, news)
    one.write([failure(clock)])
    one.close()
    other = sqlite3.connect(LearnedCounts(tmp_path).file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    one.write([failure(clock)])
    one.close()
    other.close()
    assert seen(one) == 2.0
    one.close()
    assert stored(tmp_path) == 2
    assert news.heard == []


def test_what_cannot_be_kept_is_told_once_and_counts_all_the_same(tmp_path: Path) -> None:
    """Whoever reads that predictions begin anew each time knows why."""
    clock, news = SimClock(), News()
    folder = tmp_path / "events"
    folder.write_text("a file where the folder should be")
    one = learner(folder, clock, news)
    for _ in range(3):
        one.write([failure(clock)])
        one.close()
    assert seen(one) == 3.0
    assert len(news.heard) == 1


def test_a_damaged_file_is_told_of(tmp_path: Path) -> None:
    """And what this run learns is kept in the new one."""
    LearnedCounts(tmp_path).file.write_bytes(b"noise" * 1000)
    clock, news = SimClock(), News()
    one = learner(tmp_path, clock, news)
    one.write([failure(clock)])
    one.close()
    assert news.heard == ["learned.sqlite is now learned.sqlite.damaged"]
    assert stored(tmp_path) == 1


def test_whoever_is_told_may_ask(tmp_path: Path) -> None:
    """What is told becomes an event, and an event may become a question: no lock is held."""
    LearnedCounts(tmp_path).file.write_bytes(b"noise" * 1000)
    clock = SimClock()
    answers: list[float] = []

    class Curious(News):
        def damaged(self, file: Path, reason: str, set_aside: str) -> None:
            asker = threading.Thread(target=lambda: answers.append(seen(one)))
            asker.start()
            asker.join(10)

    one = learner(tmp_path, clock, Curious())
    one.write([failure(clock)])
    assert answers == [1.0]


def test_questions_from_many_threads_meet_whole_counts(tmp_path: Path) -> None:
    """Batches arrive while questions are answered; in the end nothing is missing."""
    clock = SimClock()
    one = learner(tmp_path, clock)
    is_over = threading.Event()

    def ask() -> None:
        while not is_over.is_set():
            assert seen(one) >= 0

    with concurrent.futures.ThreadPoolExecutor(3) as askers:
        asking = [askers.submit(ask) for _ in range(3)]
        try:
            for number in range(60):
                hosts = [f"h{number}-{each}" for each in range(5)]
                others = [request(clock.now(), "svc.down", host=host) for host in hosts]
                one.write([*others, failure(clock)])
                if number % 20 == 0:
                    one.close()
        finally:
            is_over.set()
        assert [each.result() for each in asking] == [None] * 3
    assert seen(one) == 60.0
