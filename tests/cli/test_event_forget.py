"""``orpheus event forget``: what was learned is learned anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from orpheus_core.brain.learning.counts import Counts
from orpheus_core.brain.learning.learned_counts import LearnedCounts
from orpheus_core.brain.learning.observations import Observation, Topic

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Orpheus

NOW_S = 1_800_000_000.0


@pytest.fixture
def learned(home: Path) -> LearnedCounts:
    """Three observations of a host, one of a stage."""
    counts = Counts()
    for _ in range(3):
        counts.add(Observation(Topic.HOST, "api.deezer.com", "net.refused", NOW_S))
    counts.add(Observation(Topic.STAGE, "convert", "failed", NOW_S))
    learned = LearnedCounts(home / "state" / "events")
    learned.file.parent.mkdir(parents=True)
    learned.add(counts, NOW_S)
    return learned


def known(learned: LearnedCounts) -> set[str]:
    """What something is known of."""
    return {about for _, about, _ in learned.read()}


def test_one_subject_is_forgotten_and_the_others_stay(
    orpheus: Orpheus, learned: LearnedCounts
) -> None:
    """By its name."""
    ended = orpheus("event", "forget", "API.deezer.com")
    assert ended == (0, "3 observations of api.deezer.com forgotten.\n", "")
    assert known(learned) == {"convert"}


def test_all_is_forgotten(orpheus: Orpheus, learned: LearnedCounts) -> None:
    """When that is asked for in so many words."""
    document = orpheus("--json", "event", "forget", "--all").document
    assert document["schema"] == "orpheus.event-forget/1"
    assert document["data"] == {"subject": None, "observations": 4}
    assert known(learned) == set()
    assert orpheus("event", "forget", "--all").out == "Nothing was learned yet.\n"


@pytest.mark.parametrize("arguments", [[], ["convert", "--all"]])
def test_it_is_one_or_all(orpheus: Orpheus, learned: LearnedCounts, arguments: list[str]) -> None:
    """Nothing is forgotten by mistake; what there is is named."""
    ended = orpheus("event", "forget", *arguments)
    assert ended.status == 2
    assert "something was learned of api.deezer.com, convert" in " ".join(ended.err.split())
    assert known(learned) == {"api.deezer.com", "convert"}


def test_a_subject_that_is_none_gets_a_suggestion(orpheus: Orpheus, learned: LearnedCounts) -> None:
    """The nearest of those that there are."""
    ended = orpheus("event", "forget", "api.dezer.com")
    assert ended.status == 2
    assert "  next  orpheus event forget api.deezer.com     if that" in ended.err
    assert known(learned) == {"api.deezer.com", "convert"}


def test_where_nothing_was_learned_nothing_is_made(orpheus: Orpheus) -> None:
    """It is said, and no failure."""
    assert orpheus("event", "forget", "deezer") == (0, "Nothing was learned yet.\n", "")
    assert not (orpheus.home / "state").exists()
