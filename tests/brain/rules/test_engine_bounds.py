"""The engine's bounds: keys, rules that are refused, threads, what comes from outside."""

from __future__ import annotations

import threading

import pytest
from tests.brain.rules.bench import Bench
from tests.brain.rules.events import FAILED, FINISHED, event, rule

from orpheus_core.brain import EventPattern, Per
from orpheus_core.brain.rules import RuleEngine
from orpheus_core.brain.rules.watch import MOST_KEYS
from orpheus_core.testing.clock import SimClock

# --- keys -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("per", "kind", "one", "other"),
    [
        (Per.HOST, FAILED, {"host": "a"}, {"host": "b"}),
        (Per.SERVICE, FAILED, {"service": "a"}, {"service": "b"}),
        (Per.JOB, FAILED, {"job": "a"}, {"job": "b"}),
        (Per.PLUGIN, FAILED, {"plugin": "a"}, {"plugin": "b"}),
        (Per.STAGE, "stage.failed", {"stage": "a"}, {"stage": "b"}),
        (Per.SUBJECT, FAILED, {"subject": "a"}, {"subject": "b"}),
    ],
)
def test_what_is_told_apart_is_counted_apart(
    per: Per, kind: str, one: dict[str, str], other: dict[str, str]
) -> None:
    """And an event that does not have it does not count."""
    bench = Bench(rule(kind, count=2, per=per))
    for fields in (one, other, {}, {}):
        assert bench.feed(event(kind, **fields)) == []  # type: ignore[arg-type] # one of them

    assert bench.engine.feed(event(kind, **one))[0].key == "a"  # type: ignore[arg-type] # the same


@pytest.mark.parametrize("host", ["", None, 5, True])
def test_a_key_is_a_text_that_is_not_empty(host: object) -> None:
    """Whatever a plugin publishes."""
    bench = Bench(rule(per=Per.HOST))

    assert bench.feed(event(host=host)) == []


def test_a_thousand_keys_are_remembered_and_the_longest_unseen_goes_first() -> None:
    """However many hosts somebody invents."""
    bench = Bench(rule(count=3, per=Per.HOST))
    for number in range(MOST_KEYS):
        bench.feed(event(host=f"host-{number}"))
    bench.feed(event(host="host-0"))
    bench.feed(event(host="one more"))  # in the place of host-1

    assert bench.feed(event(host="host-0")) == ["r"]
    assert [bench.feed(event(host="host-1")) for _ in range(3)] == [[], [], ["r"]]


def test_a_key_is_not_as_long_as_whoever_makes_it_likes() -> None:
    """A thousand of them are kept."""
    (firing,) = Bench(rule(per=Per.SERVICE)).engine.feed(event(service="x" * 10_000))

    assert len(firing.key) == 2000


def test_a_forgotten_key_is_not_waited_for() -> None:
    """Waiting absences are bounded, too."""
    bench = Bench(rule(absent=FINISHED, per=Per.HOST, within_s=10))
    for number in range(MOST_KEYS + 5):
        bench.feed(event(host=f"host-{number}"))
    bench.clock.advance(10)

    assert len(bench.engine.due()) == MOST_KEYS


# --- rules that are refused -------------------------------------------------------------------


def test_two_rules_of_one_name_are_refused_within_a_plugin() -> None:
    """Of two plugins, they are two rules."""
    engine = Bench(rule()).engine

    with pytest.raises(ValueError, match="rule r: p has one of that name already"):
        engine.add(rule(), "p")
    engine.add(rule(), "q")
    assert [firing.plugin for firing in engine.feed(event())] == ["p", "q"]


def test_a_refused_rule_costs_no_other_one() -> None:
    """What is wrong with each is told at the end."""
    engine = RuleEngine(SimClock())
    rules = [rule("no.such.kind", id="a"), rule(id="b"), rule(id="b"), rule(id="c")]

    with pytest.raises(ValueError, match=r"rule a: there is no kind .*; rule b: p has one"):
        engine.add_all(rules, "p")

    assert [firing.rule.id for firing in engine.feed(event())] == ["b", "c"]


def test_rules_are_told_in_the_order_of_their_coming() -> None:
    """An absence that is due comes before what the event completes."""
    bench = Bench(rule(id="b"), rule("job.paused", id="z", absent="job.resumed"), rule(id="a"))
    bench.feed(event("job.paused"), at=0)

    assert bench.feed(event(), at=60) == ["z", "b", "a"]


# --- threads, and what comes from outside -----------------------------------------------------


def test_moments_are_taken_one_after_the_other() -> None:
    """Under the lock: of two threads, the later one does not come with the earlier moment."""
    held: list[bool] = []

    class Watched(SimClock):
        def monotonic(self) -> float:
            held.append(engine._lock.locked())
            return super().monotonic()

    engine = RuleEngine(Watched())
    engine.add(rule(), "p")
    engine.feed(event())

    assert held == [True]


def test_of_many_threads_no_event_is_lost_or_counted_twice() -> None:
    """A hundred events a firing: as many firings as there are hundreds."""
    engine = Bench(rule(count=100, cooldown_s=0), rule(id="s", per=Per.SERVICE, count=50)).engine
    fired: list[str] = []
    start = threading.Barrier(4)

    def publish(service: str) -> None:
        start.wait(timeout=10)
        for _ in range(1000):
            fired.extend(f.rule.id for f in engine.feed(event(service=service)))

    threads = [threading.Thread(target=publish, args=(name,)) for name in "abab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (fired.count("r"), fired.count("s")) == (40, 2)


def test_an_absence_fires_once_whoever_looks() -> None:
    """Several threads publish when its time has come."""
    bench = Bench(rule("job.paused", absent="job.resumed", per=Per.JOB, within_s=1))
    for number in range(200):
        bench.feed(event("job.paused", job=f"job-{number}"))
    bench.clock.advance(1)
    fired: list[str] = []
    start = threading.Barrier(4)

    def look() -> None:
        start.wait(timeout=10)
        fired.extend(firing.key for firing in bench.engine.due())

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(fired) == sorted({f"job-{number}" for number in range(200)})


@pytest.mark.parametrize("kind", ["transfer.progressed", "no.such.kind", "brain.rule.fired"])
def test_a_kind_that_no_rule_wants_touches_no_clock_and_no_lock(kind: str) -> None:
    """Every event of a run passes here: one look into a table, and no more."""

    class NoClock(SimClock):
        def monotonic(self) -> float:
            raise AssertionError("the clock was asked")

    engine = RuleEngine(NoClock())
    engine.add(rule(), "p")
    engine.add(rule("job.*", id="a", absent=FINISHED), "p")
    engine._lock = None  # type: ignore[assignment] # whoever takes it fails
    assert engine.feed(event(kind)) == []


class Liar(str):
    """A text that says of itself whatever it likes."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        raise RuntimeError

    def __hash__(self) -> int:
        raise RuntimeError

    def startswith(self, *_: object) -> bool:
        return True


def test_texts_that_misbehave_are_taken_for_what_they_hold() -> None:
    """Of the envelope, a plugin may have made any."""
    where = EventPattern(kind=FAILED, where={"service": ("a*", "qobuz"), "error_type": "x"})
    bench = Bench(rule(where, per=Per.SERVICE), rule(id="all", per=Per.SUBJECT))
    hostile = event(service=Liar("qobuz"), subject=Liar("s"), error_type=Liar("x"))

    assert bench.feed(hostile) == ["r", "all"]
