"""The engine: what a rule waits for, told when it has come."""

from __future__ import annotations

import pytest
from tests.brain.rules.bench import Bench
from tests.brain.rules.events import FAILED, FINISHED, event, rule, steps

from orpheus_core.brain import Per

# --- counts -----------------------------------------------------------------------------------


def test_a_count_fires_at_the_event_that_completes_it() -> None:
    """Its firing names plugin, key, number and that event."""
    bench = Bench(rule(count=3, per=Per.HOST))
    third = event(host="a")
    assert not bench.engine.feed(event(host="a"))
    assert not bench.engine.feed(event(host="a"))

    (firing,) = bench.engine.feed(third)

    assert firing.event is third
    assert (firing.plugin, firing.key, firing.matched) == ("p", "a", 3)


@pytest.mark.parametrize(("last", "fired"), [(60.0, ["r"]), (60.5, [])])
def test_events_lie_within_the_time_up_to_its_very_end(last: float, fired: list[str]) -> None:
    """From the first to the last of them."""
    bench = Bench(rule(count=2, within_s=60))
    bench.feed(event(), at=0)

    assert bench.feed(event(), at=last) == fired


def test_the_window_moves_along() -> None:
    """What is too old is left behind, not the whole count."""
    bench = Bench(rule(count=3, within_s=10))
    for at in (0, 8, 16):
        assert not bench.feed(event(), at=at)

    assert bench.feed(event(), at=18) == ["r"]


def test_a_firing_uses_up_what_it_counted() -> None:
    """The next one takes as many new events, even without a cool-down."""
    bench = Bench(rule(count=2, cooldown_s=0))

    assert [bench.feed(event()) for _ in range(5)] == [[], ["r"], [], ["r"], []]


def test_during_a_cooldown_nothing_is_collected() -> None:
    """Its end is a fresh start: what came meanwhile is not remembered."""
    bench = Bench(rule(count=2, cooldown_s=100))
    for _ in range(2):
        bench.feed(event(), at=0)

    assert bench.feed(event(), at=99) == []
    assert bench.feed(event(), at=100) == []
    assert bench.feed(event(), at=101) == ["r"]


def test_a_cooldown_is_that_of_its_key() -> None:
    """Another host is counted meanwhile."""
    bench = Bench(rule(per=Per.HOST))

    assert bench.feed(event(host="a")) == ["r"]
    assert bench.feed(event(host="b")) == ["r"]
    assert bench.feed(event(host="a")) == []


def test_a_reset_clears_its_key_and_no_other() -> None:
    """One request that works, and that host's failures are forgotten."""
    bench = Bench(rule(count=2, per=Per.HOST, reset=FINISHED))
    bench.feed(event(host="a"))
    bench.feed(event(host="b"))
    bench.feed(event(FINISHED, host="a"))

    assert bench.feed(event(host="a")) == []
    assert bench.feed(event(host="b")) == ["r"]


def test_a_reset_does_not_end_a_cooldown() -> None:
    """It clears what was collected, and nothing was."""
    bench = Bench(rule(cooldown_s=10, reset=FINISHED))
    bench.feed(event())
    bench.feed(event(FINISHED))

    assert bench.feed(event()) == []


def test_an_event_that_resets_and_counts_is_the_first_of_the_new_count() -> None:
    """First the reset is looked at."""
    bench = Bench(rule("network.request.*", count=2, reset=FINISHED))
    bench.feed(event(FAILED))
    assert bench.feed(event(FINISHED)) == []

    assert bench.feed(event(FAILED)) == ["r"]


# --- sequences --------------------------------------------------------------------------------


def test_a_sequence_comes_in_order_with_others_in_between() -> None:
    """Not in another order."""
    bench = Bench(rule(steps("job.started", FAILED, "job.failed")))
    kinds = ["job.failed", "job.started", "job.failed", FAILED, FINISHED, "job.failed"]

    assert [bench.feed(event(kind)) for kind in kinds] == [[], [], [], [], [], ["r"]]


def test_a_sequence_begins_as_late_as_it_can() -> None:
    """The job that began last leaves the most time."""
    bench = Bench(rule(steps("job.started", "job.failed"), within_s=10))
    bench.feed(event("job.started"), at=0)
    bench.feed(event("job.started"), at=8)

    assert bench.feed(event("job.failed"), at=18) == ["r"]


def test_an_old_beginning_is_no_beginning() -> None:
    """The whole sequence lies within the time, not only two steps of it."""
    bench = Bench(rule(steps("job.started", FAILED, "job.failed"), within_s=10))
    bench.feed(event("job.started"), at=0)
    bench.feed(event(FAILED), at=6)

    assert bench.feed(event("job.failed"), at=12) == []


def test_one_event_is_one_step() -> None:
    """A sequence of the same step twice takes two events."""
    bench = Bench(rule(steps(FAILED, FAILED)))

    assert [bench.feed(event()) for _ in range(2)] == [[], ["r"]]


def test_a_sequence_counts_its_steps() -> None:
    """What advice says as the count."""
    engine = Bench(rule(steps("job.started", "job.failed"))).engine
    engine.feed(event("job.started"))

    assert engine.feed(event("job.failed"))[0].matched == 2


# --- absences ---------------------------------------------------------------------------------


def test_an_absence_fires_with_the_next_event_of_any_kind() -> None:
    """Its event is the one that completed the count; it fires once."""
    bench = Bench(rule("job.paused", absent="job.resumed", within_s=60))
    paused = event("job.paused")
    assert bench.feed(paused, at=0) == []
    assert bench.feed(event("system.started"), at=59.5) == []
    bench.clock.advance(0.5)

    (firing,) = bench.engine.feed(event("system.started"))

    assert firing.event is paused
    assert bench.feed(event("system.started"), at=500) == []


def test_an_absence_can_be_asked_for() -> None:
    """When nobody publishes anything."""
    bench = Bench(rule("job.paused", absent="job.resumed", within_s=60))
    bench.feed(event("job.paused"))
    assert bench.engine.due() == []
    bench.clock.advance(60)

    assert [firing.rule.id for firing in bench.engine.due()] == ["r"]
    assert bench.engine.due() == []


@pytest.mark.parametrize(("came", "fired"), [(59.5, []), (60.0, ["r"])])
def test_what_was_absent_comes_in_time_or_too_late(came: float, fired: list[str]) -> None:
    """At the very end of the time is too late."""
    bench = Bench(rule("job.paused", absent="job.resumed", within_s=60))
    bench.feed(event("job.paused"), at=0)

    assert bench.feed(event("job.resumed"), at=came) == fired
    assert bench.feed(event("system.started"), at=1000) == []


def test_while_an_absence_is_waited_for_no_other_count_begins() -> None:
    """The wait is from the first on: a steady stream would put it off for ever."""
    bench = Bench(rule(FAILED, absent=FINISHED, within_s=10))
    for at in (0, 4, 8):
        assert bench.feed(event(), at=at) == []

    assert bench.feed(event(), at=10) == ["r"]


def test_an_absence_has_its_count_first() -> None:
    """What is absent before is of no interest."""
    bench = Bench(rule(FAILED, absent=FINISHED, count=2, within_s=10))
    bench.feed(event(), at=0)
    bench.feed(event(FINISHED), at=1)
    bench.feed(event(), at=2)

    assert bench.feed(event("system.started"), at=12) == ["r"]


def test_a_heartbeat_that_stops_is_noticed() -> None:
    """The event that ends one wait begins the next, if it is both."""
    bench = Bench(rule("job.started", absent="job.started", within_s=10))
    for at in (0, 9, 18):
        assert bench.feed(event("job.started"), at=at) == []

    assert bench.feed(event("system.started"), at=28) == ["r"]


def test_a_reset_ends_the_wait() -> None:
    """Then nothing is absent."""
    bench = Bench(rule("job.paused", absent="job.resumed", reset="job.failed", within_s=10))
    bench.feed(event("job.paused"), at=0)
    bench.feed(event("job.failed"), at=1)

    assert bench.feed(event("system.started"), at=100) == []
