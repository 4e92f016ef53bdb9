"""A question of every class there is, for code that has to answer whatever comes."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from orpheus_core.brain import (
    Attempted,
    ConversionQuestion,
    EndpointQuestion,
    LoginQuestion,
    Predicted,
    Prediction,
    QualityQuestion,
    Question,
    QueueQuestion,
    RetryQuestion,
)
from orpheus_core.errors import (
    DnsFailure,
    LoginNeeded,
    LoginRejected,
    OrpheusError,
    RateLimited,
    ServiceDown,
    TagsFailed,
)
from orpheus_core.testing.conformance.any_event import HOSTILE
from orpheus_core.testing.conformance.sample_events import sample_event

_HOST, _OTHER = "kit.example", "other.kit.example"
_ERRORS = (
    ServiceDown("down"),
    DnsFailure("lost"),
    RateLimited("busy", retry_after_s=5.0),
    TagsFailed("x"),
)
_EXPECTED = Prediction(
    what=Predicted.REQUEST_FAILS, about=_HOST, chance=0.9, confidence=0.9, observations=100
)


def every_question(service: str) -> Iterator[Question]:
    """Yield questions of every class about *service*: bare, and with all there is to know."""
    for question in (*_retries(), *_logins(), *_others()):
        yield question
        cause = sample_event("network.request.failed", error=question.error, service=service)
        yield attrs.evolve(
            question, service=service, subject=HOSTILE, cause=cause, predictions=(_EXPECTED,)
        )


def _retries() -> Iterator[Question]:
    for attempted in Attempted:
        for error in _ERRORS:
            for attempt in (1, 2, 50):
                yield RetryQuestion(
                    attempted=attempted,
                    error=error,
                    attempt=attempt,
                    waited_s=float(attempt),
                    repeatable=attempt < 50,
                    progressed=attempt == 2,
                    skippable=attempted is Attempted.STAGE,
                    host=None if attempted is Attempted.STAGE else _HOST,
                    stage="tag" if attempted is Attempted.STAGE else None,
                )


def _logins() -> Iterator[Question]:
    errors: tuple[OrpheusError, ...] = (LoginNeeded("again"), LoginRejected("wrong"))
    for error in errors:
        yield LoginQuestion(error=error)
        yield LoginQuestion(error=error, strategy="arl", others=("email", HOSTILE), attempt=2)


def _others() -> Iterator[Question]:
    for error in _ERRORS:
        yield EndpointQuestion(error=error, host=_HOST, alternatives=())
        yield EndpointQuestion(error=error, host=_HOST, alternatives=(_OTHER,))
    for offered in ("best", "high", "low"):
        yield QualityQuestion(wanted="best", floor="high", offered=offered, kind="album")
    for failures in (0, 50):
        yield ConversionQuestion(stage="convert", failures=failures)
    for waited_s in (0.0, 1e6):
        yield QueueQuestion(waited_s=waited_s)
