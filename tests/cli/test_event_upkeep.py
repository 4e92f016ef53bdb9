"""``orpheus event stats`` and ``prune``: how much is kept."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from tests.cli.kept_events import Kept, failed_job

if TYPE_CHECKING:
    from tests.cli.conftest import Orpheus


@pytest.mark.usefixtures("in_amsterdam")
def test_the_numbers_of_the_log(orpheus: Orpheus, kept: Kept) -> None:
    """How many, since when, how large, of what."""
    kept.emit("login.attempt", service="qobuz")
    kept.begin_run()
    failed_job(kept)
    kept.keep()
    ended = orpheus("event", "stats")
    assert (ended.status, ended.err) == (0, "")
    said = re.sub(r"size      [\d.]+ kB", "size      N kB", ended.out)
    assert said == (
        "events    10, of 2 runs\n"
        "first     2026-03-14 14:02:09.114\n"
        "last      2026-03-14 14:02:10.014\n"
        "size      N kB of at most 50 MB; what is older than 30 days goes\n"
        "severity  debug 2, info 6, warning 1, error 1\n"
        "kinds     brain.prediction.made 2, brain.advice.given 1, brain.decision.made 1,\n"
        "          brain.mitigation.applied 1, brain.rule.fired 1, job.failed 1,\n"
        "          job.started 1, login.attempt 1, and 1 more\n"
        "services  deezer 9, qobuz 1\n"
        "errors    net.dns-failure 3\n"
    )


def test_the_numbers_for_programs(orpheus: Orpheus, kept: Kept) -> None:
    """All of them; of an empty log they are none."""
    data = orpheus("--json", "event", "stats").document["data"]
    assert (data["events"], data["runs"], data["first"], data["by_kind"]) == (0, 0, None, {})
    kept.emit("login.attempt", service="qobuz")
    kept.keep()
    data = orpheus("--json", "event", "stats").document["data"]
    assert data.pop("size_bytes") > 0
    assert data == {
        "events": 1,
        "runs": 1,
        "first": "2026-03-14T13:02:09.114Z",
        "last": "2026-03-14T13:02:09.114Z",
        "by_severity": {"info": 1},
        "by_kind": {"login.attempt": 1},
        "by_service": {"qobuz": 1},
        "by_error_type": {},
    }


@pytest.fixture
def old_and_new(kept: Kept) -> Kept:
    """An event of two days ago, and one of now."""
    kept.clock.jump_wall(-2 * 86_400)
    kept.emit("login.attempt", service="old")
    kept.clock.jump_wall(2 * 86_400)
    kept.emit("login.attempt", service="new")
    kept.keep()
    return kept


@pytest.mark.usefixtures("old_and_new", "in_amsterdam")
@pytest.mark.parametrize(
    ("older", "left"),
    [
        ("3d", {"old": 1, "new": 1}),
        ("1d", {"new": 1}),
        ("2026-03-14", {"new": 1}),
        ("0s", {}),
        ("2999-01-01", {}),
        ("9999999w", {"old": 1, "new": 1}),
    ],
)
def test_what_is_older_is_deleted(orpheus: Orpheus, older: str, left: dict[str, int]) -> None:
    """What is not stays."""
    data = orpheus("--json", "event", "prune", "--older", older).document["data"]
    assert data["events"] == 2 - len(left)
    assert orpheus("--json", "event", "stats").document["data"]["by_service"] == left


@pytest.mark.usefixtures("old_and_new", "in_amsterdam")
def test_how_many_were_deleted_is_said(orpheus: Orpheus) -> None:
    """And what was taken for old."""
    said = "1 event from before 2026-03-13 14:03:09.114 deleted.\n"
    assert orpheus("event", "prune", "--older", "1d") == (0, said, "")
    assert orpheus("event", "prune", "--older", "1d").out.startswith("0 events from before ")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "orpheus event prune --help"),
        (["--older", "30"], "did you mean --older 30h or --older 30d?"),
        (["--older", "long"], "--older 1h     or --older "),
    ],
)
def test_an_age_that_is_none_deletes_nothing(
    orpheus: Orpheus, old_and_new: Kept, options: list[str], said: str
) -> None:
    """Whatever was meant."""
    ended = orpheus("event", "prune", *options)
    assert (ended.status, ended.out) == (2, "")
    assert f"  next  {said}" in ended.err
    assert len(orpheus("event", "query").out.splitlines()) == 2


def test_an_empty_log_is_pruned_quietly(orpheus: Orpheus) -> None:
    """There is nothing to delete, and nothing is made."""
    assert orpheus("event", "prune", "--older", "1d").status == 0
    assert not (orpheus.home / "state").exists()
