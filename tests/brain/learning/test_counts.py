"""Counts fade as they should: against a slow computation that looks at each observation."""

from __future__ import annotations

import collections
import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orpheus_core.brain.learning.counts import MOST_SUBJECTS, Counts
from orpheus_core.brain.learning.observations import Observation, Topic
from orpheus_core.testing.clock import SimClock

DAY_S, HOUR_S = 86_400.0, 3600.0
START_S = SimClock().now().timestamp()

TOPICS = {
    Topic.HOST: (7.0, 5.0),
    Topic.SERVICE: (7.0, 5.0),
    Topic.STAGE: (7.0, 5.0),
    Topic.QUALITY: (30.0, math.inf),
}
"""Half-life in days, and the most that a day counts: what the documentation says."""

REQUESTS = (Topic.HOST, Topic.SERVICE)


def observations() -> st.SearchStrategy[list[Observation]]:
    """Up to sixty observations of few things, spread over two weeks or crowded together."""
    ages = st.one_of(
        st.integers(0, 14 * 86_400), st.integers(0, 3600), st.just(0), st.just(86_400)
    ).map(lambda age_s: START_S - age_s)
    one = st.builds(
        Observation,
        topic=st.sampled_from(Topic),
        about=st.sampled_from(["a", "b"]),
        outcome=st.sampled_from(["", "svc.down", "net.refused"]),
        time_s=ages,
    )
    return st.lists(one, max_size=60)


def slow_recent(
    observed: Sequence[Observation], topic: Topic, about: str, now_s: float
) -> dict[str, float]:
    """Each observation, halved every ten minutes."""
    if topic not in REQUESTS:
        return {}
    tally: collections.Counter[str] = collections.Counter()
    for each in observed:
        if (each.topic, each.about) == (topic, about):
            tally[each.outcome] += 0.5 ** ((now_s - each.time_s) / 600)
    return dict(tally)


def slow_daily(
    observed: Sequence[Observation], topic: Topic, about: str, now_s: float
) -> dict[str, float]:
    """Each observation of this hour, halved with the days, a day counting so much at most."""
    half_life_days, most_a_day = TOPICS[topic]
    fit = [
        each
        for each in observed
        if (each.topic, each.about) == (topic, about)
        and (topic not in REQUESTS or each.time_s % DAY_S // HOUR_S == now_s % DAY_S // HOUR_S)
    ]
    tally: collections.Counter[str] = collections.Counter()
    for each in fit:
        of_its_day = sum(other.time_s // DAY_S == each.time_s // DAY_S for other in fit)
        age_days = now_s // DAY_S - each.time_s // DAY_S
        tally[each.outcome] += 0.5 ** (age_days / half_life_days) * min(1, most_a_day / of_its_day)
    return dict(tally)


def counted(observed: Sequence[Observation]) -> Counts:
    counts = Counts()
    for each in observed:
        counts.add(each)
    return counts


@given(observations(), st.integers(0, 3 * 86_400), st.sampled_from(Topic))
def test_tallies_equal_those_of_a_slow_computation(
    observed: list[Observation], later_s: int, topic: Topic
) -> None:
    """Whatever the order in which observations came, and whenever one asks."""
    counts, now_s = counted(observed), START_S + later_s
    for about in ("a", "b"):
        recent = slow_recent(observed, topic, about, now_s)
        daily = slow_daily(observed, topic, about, now_s)
        assert counts.recent_tally(topic, about, now_s) == pytest.approx(recent)
        assert counts.daily_tally(topic, about, now_s) == pytest.approx(daily)


@pytest.mark.parametrize(
    ("topic", "half_life_s"),
    [(topic, 86_400 * days) for topic, (days, _most) in TOPICS.items()],
)
def test_an_observation_counts_half_after_its_half_life(topic: Topic, half_life_s: float) -> None:
    """Seven days for hosts, services and stages, thirty for qualities."""
    clock = SimClock()
    counts = counted([Observation(topic, "a", "x", clock.now().timestamp())])
    weights = []
    for _ in range(3):
        weights.append(counts.daily_tally(topic, "a", clock.now().timestamp())["x"])
        clock.advance(half_life_s)
    assert weights == [1.0, 0.5, 0.25]


def test_the_memory_of_minutes_halves_in_ten() -> None:
    """Outages come in bursts, and pass."""
    clock = SimClock()
    counts = counted([Observation(Topic.HOST, "a", "x", clock.now().timestamp())])
    weights = []
    for _ in range(3):
        weights.append(counts.recent_tally(Topic.HOST, "a", clock.now().timestamp())["x"])
        clock.advance(600)
    assert weights == [1.0, 0.5, 0.25]


def test_another_hour_of_the_day_is_another_count() -> None:
    """Of hosts, each hour speaks for itself; of stages, all hours speak together."""
    at_midnight = START_S - START_S % DAY_S
    counts = counted([Observation(topic, "a", "x", at_midnight) for topic in Topic])
    at_one = at_midnight + HOUR_S
    assert counts.daily_tally(Topic.HOST, "a", at_one) == {}
    assert counts.daily_tally(Topic.STAGE, "a", at_one) == {"x": 1.0}
    assert counts.daily_tally(Topic.HOST, "a", at_midnight + DAY_S) != {}


def test_one_bad_hour_counts_as_five_requests() -> None:
    """A thousand requests of one outage are one outage."""
    outage = [Observation(Topic.HOST, "a", "svc.down", START_S)] * 900
    answers = [Observation(Topic.HOST, "a", "", START_S)] * 100
    tally = counted([*outage, *answers]).daily_tally(Topic.HOST, "a", START_S)
    assert tally == pytest.approx({"svc.down": 4.5, "": 0.5})


def test_what_is_added_between_two_questions_counts() -> None:
    """What was worked out for the first is not the answer to the second."""
    counts = counted([Observation(Topic.HOST, "a", "x", START_S)])
    assert counts.daily_tally(Topic.HOST, "a", START_S) == {"x": 1.0}
    counts.add(Observation(Topic.HOST, "a", "x", START_S))
    assert counts.daily_tally(Topic.HOST, "a", START_S) == {"x": 2.0}


def test_a_clock_that_was_set_back_makes_nothing_grow() -> None:
    """What seems to come from the future counts as of now."""
    counts = counted([Observation(Topic.HOST, "a", "x", START_S + DAY_S)])
    assert counts.recent_tally(Topic.HOST, "a", START_S) == {"x": 1.0}
    assert counts.daily_tally(Topic.HOST, "a", START_S) == {"x": 1.0}


def test_what_was_not_seen_for_longest_makes_room() -> None:
    """A service with a new name for each file must not fill the memory."""
    names = [f"cdn-{number}" for number in range(MOST_SUBJECTS)]
    observed = [Observation(Topic.HOST, name, "", START_S) for name in [*names, names[0], "new"]]
    kept = [about for _topic, about, _subject in counted(observed)]
    assert len(kept) == MOST_SUBJECTS
    assert names[0] in kept
    assert names[1] not in kept
