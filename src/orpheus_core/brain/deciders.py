"""The core's own answers to what parts ask. Built-in plugin ``core-retry``."""

from __future__ import annotations

import random

from orpheus_core.brain.decisions import Decision, Question, QuestionKind, Verdict
from orpheus_core.config import NetworkSettings
from orpheus_core.errors import IntegrityError, Retryable, ServiceDown
from orpheus_core.hookspecs import hookimpl

_RESUMES_WITHOUT_PROGRESS = 5
_STAGE_ATTEMPTS = 2
_LONGEST_BACKOFF_S = 20.0
_FIRST_BACKOFF_S = 0.5
_FIRST_BACKOFF_WHEN_THROTTLED_S = 1.0


class RetryDecider:
    """Retries what may pass by itself: bounded attempts, full jitter, the service's own wait.

    Source: M. Brooker, "Exponential Backoff And Jitter" (full jitter); RFC 9110, 10.2.3
    (Retry-After).
    """

    def __init__(self, settings: NetworkSettings, rng: random.Random) -> None:
        self._settings = settings
        self._rng = rng

    @hookimpl(trylast=True)
    def orpheus_decide(self, question: Question) -> Decision:
        """Answer every question that no other plugin answered."""
        if question.kind is QuestionKind.STAGE_FAILED:
            return self._stage(question)
        return self._retry(question)

    def _stage(self, question: Question) -> Decision:
        if question.skippable:
            return _decision(Verdict.SKIP, "the work can go on without it")
        if isinstance(question.error, IntegrityError):
            again = question.error.retryable is Retryable.YES and question.attempt < _STAGE_ATTEMPTS
            if again:
                return _decision(Verdict.RETRY, "what came was damaged: fetched once more")
        return _decision(Verdict.GIVE_UP, "the stage cannot do its work")

    def _retry(self, question: Question) -> Decision:
        error = question.error
        if error.retryable in (Retryable.NO, Retryable.AFTER_ACTION):
            return _decision(Verdict.GIVE_UP, "asking again would bring the same answer")
        if not question.repeatable:
            return _decision(Verdict.GIVE_UP, "sending it again could do it twice")
        transfer = question.kind is QuestionKind.RETRY_TRANSFER
        limit = _RESUMES_WITHOUT_PROGRESS if transfer else self._settings.attempts
        if question.attempt >= limit and not question.progressed:
            return _decision(Verdict.GIVE_UP, f"{question.attempt} attempts failed")
        wait = self._wait(question)
        if wait > self._settings.max_wait_s:
            return _decision(
                Verdict.GIVE_UP,
                f"the service asks to wait {wait:.0f} s; network.max_wait_s is "
                f"{self._settings.max_wait_s:.0f} s",
            )
        reason = "the service said when to ask again" if error.retry_after_s else "it may pass"
        if question.progressed:
            reason = "it got further than before"
        return _decision(Verdict.RETRY, reason, wait)

    def _wait(self, question: Question) -> float:
        if question.error.retry_after_s is not None:
            return max(0.0, question.error.retry_after_s)
        first = _FIRST_BACKOFF_S
        if question.error.retryable is Retryable.AFTER and not isinstance(
            question.error, ServiceDown
        ):
            first = _FIRST_BACKOFF_WHEN_THROTTLED_S
        longest = min(_LONGEST_BACKOFF_S, self._settings.max_wait_s)
        ceiling = min(longest, first * 2.0 ** min(question.attempt, 10))
        return self._rng.uniform(0.0, ceiling)


def _decision(verdict: Verdict, reason: str, after_s: float = 0.0) -> Decision:
    return Decision(verdict=verdict, reason=reason, after_s=after_s)
