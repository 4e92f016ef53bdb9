"""What is tried again, and after which wait."""

from __future__ import annotations

import pytest
from tests.brain.brains import ask, decider

from orpheus_core.brain import (
    Attempted,
    RetryQuestion,
    Verdict,
)
from orpheus_core.errors import (
    ChecksumMismatch,
    ConnectionLost,
    ItemNotFound,
    NotAudio,
    OrpheusError,
    RateLimited,
    ServiceDown,
    TlsUntrusted,
)


@pytest.mark.parametrize(
    ("error", "more", "verdict"),
    [
        (ServiceDown("x"), {"attempt": 1}, Verdict.RETRY),
        (ServiceDown("x"), {"attempt": 3}, Verdict.GIVE_UP),
        (ServiceDown("x"), {"attempt": 1, "repeatable": False}, Verdict.GIVE_UP),
        (ConnectionLost("x"), {"attempt": 2}, Verdict.RETRY),
        (ItemNotFound("x"), {"attempt": 1}, Verdict.GIVE_UP),
        (TlsUntrusted("x"), {"attempt": 1}, Verdict.GIVE_UP),
        (RateLimited("x", retry_after_s=42), {"attempt": 1}, Verdict.RETRY),
        (RateLimited("x", retry_after_s=86_400), {"attempt": 1}, Verdict.GIVE_UP),
    ],
)
def test_retry_depends_on_error_attempts_and_wait(
    error: OrpheusError, more: dict[str, object], verdict: Verdict
) -> None:
    """What may pass is retried, within attempts and patience; what will not is not."""
    assert decider().orpheus_decide(ask(error, **more)).verdict is verdict


def test_the_services_own_wait_is_obeyed() -> None:
    """Retry-After beats backoff."""
    assert decider().orpheus_decide(ask(RateLimited("x", retry_after_s=42))).after_s == 42


def test_backoff_is_jittered_below_a_growing_ceiling() -> None:
    """Full jitter: anywhere between nothing and 0.5 s times two to the attempt, at most 20 s."""
    rule = decider(attempts=100)
    for attempt, ceiling in ((1, 1.0), (2, 2.0), (3, 4.0), (50, 20.0)):
        waits = [
            rule.orpheus_decide(ask(ServiceDown("x"), attempt=attempt)).after_s for _ in range(200)
        ]
        assert 0 <= min(waits) < ceiling / 4
        assert ceiling * 0.75 < max(waits) <= ceiling


def test_a_transfer_that_gets_further_goes_on() -> None:
    """Five resumes without a byte are the end; progress is never the end."""
    question = RetryQuestion(attempted=Attempted.TRANSFER, error=ConnectionLost("x"), attempt=5)
    assert decider().orpheus_decide(question).verdict is Verdict.GIVE_UP
    further = RetryQuestion(
        attempted=Attempted.TRANSFER, error=ConnectionLost("x"), attempt=50, progressed=True
    )
    assert decider().orpheus_decide(further).verdict is Verdict.RETRY


@pytest.mark.parametrize(
    ("error", "attempt", "skippable", "verdict"),
    [
        (ChecksumMismatch("x"), 1, False, Verdict.RETRY),
        (ChecksumMismatch("x"), 2, False, Verdict.GIVE_UP),
        (NotAudio("x"), 1, False, Verdict.GIVE_UP),
        (ItemNotFound("x"), 1, True, Verdict.SKIP),
        (ItemNotFound("x"), 1, False, Verdict.GIVE_UP),
    ],
)
def test_damaged_files_are_fetched_once_more_and_optional_stages_skipped(
    error: OrpheusError, attempt: int, skippable: bool, verdict: Verdict
) -> None:
    """Stages fail for good only when neither helps."""
    question = RetryQuestion(
        attempted=Attempted.STAGE, error=error, attempt=attempt, skippable=skippable
    )
    assert decider().orpheus_decide(question).verdict is verdict


def test_a_backoff_of_our_own_never_exceeds_the_longest_wait() -> None:
    """`network.max_wait_s` shortens it; only a wait that the service wants is too long."""
    rule = decider(max_wait_s=0.1, attempts=10)
    for attempt in range(1, 10):
        decision = rule.orpheus_decide(ask(ServiceDown("x"), attempt=attempt))
        assert decision.verdict is Verdict.RETRY
        assert decision.after_s <= 0.1


def test_a_throttled_service_is_left_alone_for_longer() -> None:
    """Its first backoff is twice as long as that of a service that is down."""
    rule = decider(attempts=100)
    waits = [
        max(rule.orpheus_decide(ask(error)).after_s for _ in range(200))
        for error in (ServiceDown("x"), RateLimited("x"))
    ]
    assert waits[0] <= 1.0 < waits[1] <= 2.0
