"""A service that has to be asked again and again is told as such: once, and with a way on."""

from __future__ import annotations

import threading
from typing import Any

import orpheus_core as oc
from orpheus_assistant.unsteady_service import REPEATED_REQUESTS, WINDOW


def test_third_repeated_request_is_told_at_the_warning_that_follows(run: Any) -> None:
    """Advice is asked for at warnings; what is said comes from all that went before."""
    for _ in range(REPEATED_REQUESTS):
        run.retry()
    assert run.advice == []

    run.warning()

    (event,) = run.said
    assert event.data["code"] == "assistant.unsteady-service"
    assert event.data["title"].startswith("sandbox is unsteady today")
    assert "--jobs 1" in event.data["next_step"]
    assert event.service == "sandbox"


def test_advice_is_given_once_a_run(run: Any) -> None:
    """However long it goes on."""
    for _ in range(4 * REPEATED_REQUESTS):
        run.retry()

    assert len(run.said) == 1


def test_advice_is_not_given_without_a_warning(run: Any) -> None:
    """What recovered by itself needs no word, until something happens again."""
    for _ in range(REPEATED_REQUESTS):
        run.retry()
    run.happens("transfer.finished")

    assert run.advice == []


def test_one_request_that_fails_again_and_again_accuses_nobody(run: Any) -> None:
    """It may be the fault of what it asks for."""
    for attempt in range(1, 3 * REPEATED_REQUESTS):
        run.retry(attempt=attempt)
    run.warning()

    assert run.advice == []


def test_services_are_held_apart(run: Any) -> None:
    """Two that failed twice each are no unsteady one; each is told for itself."""
    for service in ("sandbox", "other"):
        for _ in range(REPEATED_REQUESTS - 1):
            run.retry(service=service)
        run.warning(service=service)
    assert run.advice == []

    for service in ("sandbox", "other"):
        run.retry(service=service)
        run.warning(service=service)

    assert [event.service for event in run.said] == ["sandbox", "other"]


def test_event_of_no_service_is_left_alone(run: Any) -> None:
    """A full disk is nobody's unsteadiness."""
    for _ in range(REPEATED_REQUESTS):
        run.retry()
    run.happens("plugin.muted", oc.Severity.WARNING, service=None)

    assert run.advice == []


def test_service_that_asks_for_fewer_requests_is_not_unsteady(run: Any) -> None:
    """It is waited for as long as it says, and that is told by the core."""
    for _ in range(2 * REPEATED_REQUESTS):
        run.retry(code="svc.rate-limited")
    run.warning()

    assert run.advice == []


def test_what_happened_long_ago_does_not_count(run: Any) -> None:
    """Three failures in a day are no trouble."""
    for _ in range(2 * REPEATED_REQUESTS):
        run.retry()
        run.clock.sleep(WINDOW.total_seconds() / 2)
    run.warning()

    assert run.advice == []


def test_events_of_many_threads_give_one_advice(run: Any) -> None:
    """Tracks are worked on side by side."""
    start = threading.Barrier(8)

    def work() -> None:
        start.wait()
        for _ in range(20):
            run.retry()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(run.said) == 1
