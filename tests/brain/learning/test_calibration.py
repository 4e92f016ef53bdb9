"""Whether what is predicted comes true as often as is said: in worlds whose chances are known."""

from __future__ import annotations

import itertools
import random
import statistics
from collections.abc import Callable

import pytest
from tests.brain.learning.observed import SERVICE
from tests.brain.learning.test_forecast import DAY_S, DOWN, NOW_S

from orpheus_core.brain import QueueQuestion
from orpheus_core.brain.learning.counts import Counts
from orpheus_core.brain.learning.forecast import predictions_for
from orpheus_core.brain.learning.observations import WENT_WELL, Observation, Topic

World = Callable[[random.Random, Counts], float]
"""Has something observed of the service; returns how likely it really is to fail now."""


def note(counts: Counts, is_down: bool, age_s: float) -> None:
    outcome = DOWN if is_down else WENT_WELL
    counts.add(Observation(Topic.SERVICE, SERVICE, outcome, NOW_S - age_s))


def failures_in_minutes(rng: random.Random, counts: Counts) -> float:
    """Requests of the last twenty minutes fail each for itself."""
    chance = rng.random()
    for _ in range(rng.randint(10, 80)):
        note(counts, rng.random() < chance, rng.uniform(0, 1200))
    return chance


def failures_in_weeks(rng: random.Random, counts: Counts) -> float:
    """Requests at this hour of many days fail each for itself."""
    chance = rng.random()
    for day in range(1, rng.randint(3, 25)):
        for _ in range(rng.randint(1, 30)):
            note(counts, rng.random() < chance, day * DAY_S)
    return chance


def outages_in_weeks(rng: random.Random, counts: Counts) -> float:
    """At this hour a day is up or down altogether, and most hosts are nearly always the same."""
    chance = rng.betavariate(0.2, 0.2)
    for day in range(1, rng.randint(3, 25)):
        is_down = rng.random() < chance
        for _ in range(rng.randint(1, 30)):
            note(counts, is_down, day * DAY_S)
    return chance


def said_and_true(world: World, services: int = 800) -> list[tuple[float, float, float]]:
    """Of each service that something is predicted of: what, to either side, and the truth."""
    rng, found = random.Random(1), []
    for _ in range(services):
        counts = Counts()
        truth = world(rng, counts)
        said = predictions_for(QueueQuestion(service=SERVICE), counts, NOW_S)
        found += [(each.chance, (1 - each.confidence) / 2, truth) for each in said]
    return found


@pytest.mark.parametrize(
    ("world", "held"),
    [(failures_in_minutes, 0.95), (failures_in_weeks, 0.95), (outages_in_weeks, 0.85)],
)
def test_what_is_said_comes_true_as_often(world: World, held: float) -> None:
    """Of five bands of chances, each within 0.05; the interval holds 95 % of the truths.

    Where each day is one outage, it holds fewer: a day is taken for five observations.
    """
    found = sorted(said_and_true(world))
    assert len(found) > 500
    for _band, members in itertools.groupby(found, key=lambda each: int(each[0] * 5)):
        said, _widths, truths = zip(*members, strict=True)
        assert statistics.fmean(said) == pytest.approx(statistics.fmean(truths), abs=0.05)
    assert statistics.fmean(abs(said - truth) <= width for said, width, truth in found) >= held
