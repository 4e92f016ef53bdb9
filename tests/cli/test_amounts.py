"""Sizes, times and counts in words."""

from __future__ import annotations

import pytest

from orpheus_core.cli.amounts import count_text, size_text, time_text


@pytest.mark.parametrize(
    ("size_bytes", "words"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (99_949, "99.9 kB"),
        (99_950, "100 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (38_100_000, "38.1 MB"),
        (512_000_000, "512 MB"),
        (4_000_000_000, "4.0 GB"),
        (7_000_000_000_000_000, "7000 TB"),
    ],
)
def test_sizes_have_two_or_three_digits(size_bytes: int, words: str) -> None:
    """Decimal units; never 1000 of one where 1 of the next would do."""
    assert size_text(size_bytes) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0.0 s"),
        (0.42, "0.4 s"),
        (0.96, "1 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (64, "1 min 4 s"),
        (3600, "1 h"),
        (7260, "2 h 1 min"),
    ],
)
def test_times_have_at_most_two_units(seconds: float, words: str) -> None:
    """Nobody waits for the seconds of an hour."""
    assert time_text(seconds) == words


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0 events"), (1, "1 event"), (2, "2 events"), (1000, "1000 events")]
)
def test_only_one_is_told_in_the_singular(count: int, words: str) -> None:
    """Nothing is more than one, as people say it."""
    assert count_text(count, "event") == words
