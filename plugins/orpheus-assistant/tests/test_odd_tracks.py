"""Tracks that fail alike while others of the job come: what is odd is said once."""

from __future__ import annotations

from typing import Any

import pytest

import orpheus_core as oc


def test_tracks_that_fail_alike_are_named_with_what_is_odd(run: Any) -> None:
    """Others came: it is neither the connection nor the login."""
    run.comes(1)
    run.comes(2)
    run.fails(3)
    assert run.advice == []

    run.fails(4)

    ((code, message),) = run.advice
    assert code == "assistant.odd-tracks"
    assert message.startswith(
        "sandbox:track:salt-03, sandbox:track:salt-04 fail alike (svc.country), "
        "while 2 other tracks came: it is these tracks"
    )
    assert "another service" in run.said[0].data["next_step"]


@pytest.mark.parametrize("code", ["net.dns-failure", "svc.down", "auth.login-needed"])
def test_failure_that_is_no_matter_of_the_track_is_told_as_that(run: Any, code: str) -> None:
    """The connection may go, or the login end, in the middle of a job."""
    run.comes(1)
    run.fails(2, code)
    run.fails(3, code)

    ((_, message),) = run.advice
    assert f"({code}), while 1 other track came" in message
    assert "it is not these tracks" in message
    assert "same command again" in run.said[0].data["next_step"]


def test_job_and_code_are_told_once(run: Any) -> None:
    """The third and fourth are no news; another code is."""
    run.comes(1)
    for track in range(2, 6):
        run.fails(track)
    assert len(run.said) == 1

    run.fails(6, "svc.not-found")
    run.fails(7, "svc.not-found")

    assert len(run.said) == 2


def test_tracks_that_fail_before_any_came_are_told_at_a_later_warning(run: Any) -> None:
    """Which is odd is known only when another came."""
    run.fails(1)
    run.fails(2)
    assert run.advice == []

    run.comes(3)
    run.warning()

    assert len(run.said) == 1


@pytest.mark.parametrize(
    "tracks",
    [
        {1: None, 2: "svc.country"},
        {1: None, 2: "svc.country", 3: "svc.not-found"},
        {1: "svc.country", 2: "svc.country", 3: "svc.country"},
        {1: None, 2: None},
    ],
)
def test_what_is_not_odd_is_not_told(run: Any, tracks: dict[int, str | None]) -> None:
    """One failure, failures of several kinds, a job of which nothing came, one that came whole."""
    for track, code in tracks.items():
        if code is None:
            run.comes(track)
        else:
            run.fails(track, code)
    run.warning()

    assert run.advice == []


def test_track_that_fails_twice_is_one_track(run: Any) -> None:
    """Stages may fail one after the other."""
    run.comes(1)
    run.fails(2)
    run.fails(2)

    assert run.advice == []


def test_track_that_came_and_failed_afterwards_did_not_come(run: Any) -> None:
    """What the verify stage let pass may still break in a later one."""
    run.comes(1)
    run.fails(1)
    run.fails(2)

    assert run.advice == []


def test_track_counts_as_come_when_it_is_verified(run: Any) -> None:
    """A file that was fetched may be anything."""
    run.comes(1, stage="download")
    run.fails(2)
    run.fails(3)

    assert run.advice == []


def test_tracks_of_an_earlier_run_count_as_come(run: Any) -> None:
    """A job that goes on has them already."""
    run.happens("job.recovered", tracks_done=5)
    run.fails(6)
    run.fails(7)

    ((_, message),) = run.advice
    assert "while 5 other tracks came" in message


def test_jobs_are_held_apart(run: Any) -> None:
    """What came in one job says nothing of another."""
    run.comes(1, job="job-2")
    run.fails(1)
    run.fails(2)
    run.fails(3, job="job-2")

    assert run.advice == []


def test_job_that_begins_again_begins_anew(run: Any) -> None:
    """It may have been taken up in another country."""
    run.comes(1)
    run.fails(2)
    run.happens("job.started")
    run.comes(1)
    run.fails(3)

    assert run.advice == []


def test_many_failing_tracks_are_not_all_named(run: Any) -> None:
    """The message stays a sentence."""
    for track in range(1, 7):
        run.fails(track)
    run.comes(9)
    run.warning()

    ((_, message),) = run.advice
    assert "salt-03, ... fail alike" in message
    assert "salt-04" not in message


def test_jobs_of_long_ago_are_forgotten(run: Any) -> None:
    """A run may have thousands of jobs: memory does not grow with them."""
    run.comes(1, job="first")
    run.fails(2, job="first")
    for number in range(60):
        run.happens("job.started", job=f"job-{number}")
    run.fails(3, job="first")

    assert run.advice == []


def test_failure_outside_of_any_job_is_left_alone(run: Any) -> None:
    """There are no others to compare it with."""
    run.comes(1, job=None)
    run.fails(2, job=None)
    run.fails(3, job=None)

    assert run.advice == []


def test_failing_stage_of_the_job_itself_is_no_track(run: Any) -> None:
    """Packaging fails for all tracks or none."""
    run.comes(1)
    for number in (1, 2):
        run.happens("stage.failed", oc.Severity.ERROR, subject=f"job/{number}", code="svc.country")

    assert run.advice == []
