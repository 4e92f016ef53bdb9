"""The estimate of a chance: against the integrals that it stands for."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orpheus_core.brain.learning.beta import BetaEstimate

COUNTS = st.integers(0, 300)


def beta(a: int, b: int) -> Fraction:
    """The integral of x^(a-1) (1-x)^(b-1) from 0 to 1, exactly."""
    return Fraction(math.factorial(a - 1) * math.factorial(b - 1), math.factorial(a + b - 1))


def moment(power: int, hits: int, misses: int) -> Fraction:
    """The mean of x^power where x is distributed as the posterior after *hits* and *misses*."""
    return beta(1 + hits + power, 1 + misses) / beta(1 + hits, 1 + misses)


@given(COUNTS, COUNTS)
def test_chance_and_confidence_are_those_of_the_posterior(hits: int, misses: int) -> None:
    """The mean, and 1 less the width of 1.96 standard deviations to both sides."""
    mean = moment(1, hits, misses)
    deviation = math.sqrt(moment(2, hits, misses) - mean**2)
    estimate = BetaEstimate(float(hits), float(misses))
    assert estimate.chance == pytest.approx(float(mean))
    assert estimate.confidence == pytest.approx(max(0.0, 1 - 3.92 * deviation), abs=1e-9)


def test_without_an_observation_nothing_is_known() -> None:
    """Every chance is as likely as any other, and nobody may be confident of the mean."""
    nothing = BetaEstimate()
    assert (nothing.chance, nothing.confidence, nothing.evidence) == (0.5, 0.0, 0.0)


@given(COUNTS.filter(bool), COUNTS, st.integers(2, 9))
def test_the_same_share_of_more_observations_is_more_certain(
    hits: int, misses: int, times: int
) -> None:
    """Confidence grows with evidence."""
    few = BetaEstimate(float(hits), float(misses))
    many = BetaEstimate(float(times * hits), float(times * misses))
    assert many.confidence >= few.confidence


@given(st.floats(0, 1e9), st.floats(0, 1e9))
def test_any_weights_give_shares(hits: float, misses: float) -> None:
    """Both lie between 0 and 1, and the two chances add up."""
    estimate = BetaEstimate(hits, misses)
    assert 0 < estimate.chance < 1
    assert 0 <= estimate.confidence <= 1
    assert estimate.chance + BetaEstimate(misses, hits).chance == pytest.approx(1)
