"""The chance of something, from how often it was observed, and how sure that is."""

from __future__ import annotations

import math

import attrs

_Z_95 = 1.96
"""As many standard deviations on both sides hold 95 % of a normal distribution."""


@attrs.frozen
class BetaEstimate:
    """What *hits* and *misses* say of the chance of a hit: Beta(1 + hits, 1 + misses).

    The prior is Beta(1, 1): before the first observation every chance is as likely. Both
    counts may be fractions, where older observations count less.

    >>> BetaEstimate(hits=18, misses=0).chance
    0.95

    Source: A. Jøsang and R. Ismail, "The Beta Reputation System", 2002 (the mean of the
    posterior, with a forgetting factor); the variance is that of any Beta distribution.
    """

    hits: float = 0.0
    misses: float = 0.0

    @property
    def evidence(self) -> float:
        """How many observations there are, each by its weight."""
        return self.hits + self.misses

    @property
    def chance(self) -> float:
        """The mean of the posterior."""
        return (1 + self.hits) / (2 + self.evidence)

    @property
    def confidence(self) -> float:
        """1 less the width of the interval that holds 95 % of the posterior; at least 0.

        The width is that of a normal distribution with the same variance.
        """
        chance = self.chance
        deviation = math.sqrt(chance * (1 - chance) / (3 + self.evidence))
        return max(0.0, 1 - 2 * _Z_95 * deviation)
