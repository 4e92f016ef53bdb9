"""Whether something that failed is tried again. Built-in plugin ``core-retry``."""

from __future__ import annotations

import random

from orpheus_core.brain.decisions import Decision
from orpheus_core.brain.plugin_context import PluginContext
from orpheus_core.brain.prediction import Predicted, Prediction
from orpheus_core.brain.questions import Attempted, Question, RetryQuestion, Verdict
from orpheus_core.brain.retry_budget import WATCHED, RetryBudget
from orpheus_core.config import NetworkSettings
from orpheus_core.errors import IntegrityError, Retryable, ServiceDown
from orpheus_core.hookspecs import hookimpl

_RESUMES_WITHOUT_PROGRESS = 5
_STAGE_ATTEMPTS = 2
_LONGEST_BACKOFF_S = 20.0
_FIRST_BACKOFF_S = 0.5
_FIRST_BACKOFF_WHEN_THROTTLED_S = 1.0
_LIKELY = 0.9
_CONFIDENT = 0.5


class RetryDecider:
    """Retries what may pass by itself: bounded attempts, full jitter, the service's own wait.

    What is sent again comes out of a budget that all jobs share, except for a transfer that
    got further: see `RetryBudget`. Where another failure is as good as certain (a chance of
    0.9 with a confidence of 0.5), it is sent once, as with an empty budget: no backoff outlasts
    such an outage, and each request that comes later still asks the host anew.

    Source: M. Brooker, "Exponential Backoff And Jitter" (full jitter); RFC 9110, 10.2.3
    (Retry-After).

    Args:
        budget: what is left to send again; None: as much as *settings* allow one request.
    """

    def __init__(
        self, settings: NetworkSettings, rng: random.Random, budget: RetryBudget | None = None
    ) -> None:
        self._settings = settings
        self._rng = rng
        self._budget = budget

    @hookimpl
    def orpheus_configure(self, context: PluginContext) -> None:
        """Have the budget told how requests end; of the other events, it hears nothing."""
        if self._budget is not None:
            context.events.subscribe(self._budget.note, kinds=WATCHED, name=context.plugin)

    @hookimpl(trylast=True)
    def orpheus_decide(self, question: Question) -> Decision | None:
        """Answer every question of that kind that no other plugin answered."""
        if not isinstance(question, RetryQuestion):
            return None
        if question.attempted is Attempted.STAGE:
            return self._stage(question)
        return self._retry(question)

    def _stage(self, question: RetryQuestion) -> Decision:
        if question.skippable:
            return _decision(Verdict.SKIP, "the work can go on without it")
        if isinstance(question.error, IntegrityError):
            again = question.error.retryable is Retryable.YES and question.attempt < _STAGE_ATTEMPTS
            if again:
                return _decision(Verdict.RETRY, "what came was damaged: fetched once more")
        return _decision(Verdict.GIVE_UP, "the stage cannot do its work")

    def _retry(self, question: RetryQuestion) -> Decision:
        error = question.error
        against = self._against(question)
        if against:
            return _decision(Verdict.GIVE_UP, against)
        wait_s, reason = self._wait(question)
        if wait_s > self._settings.max_wait_s:
            return _decision(
                Verdict.GIVE_UP,
                f"the service asks to wait {wait_s:.0f} s; network.max_wait_s is "
                f"{self._settings.max_wait_s:.0f} s",
            )
        if error.retry_after_s:
            reason = "the service said when to ask again"
        if question.progressed:
            reason = "it got further than before"
        return _decision(Verdict.RETRY, reason, wait_s)

    def _against(self, question: RetryQuestion) -> str:
        """Why it is not tried again, however long the wait; empty: nothing is against it."""
        error = question.error
        if error.retryable in (Retryable.NO, Retryable.AFTER_ACTION):
            return "asking again would bring the same answer"
        if not question.repeatable:
            return "sending it again could do it twice"
        if question.progressed:
            return ""
        transfer = question.attempted is Attempted.TRANSFER
        limit = _RESUMES_WITHOUT_PROGRESS if transfer else self._settings.attempts
        if question.attempt >= limit:
            return f"{question.attempt} attempts failed"
        budget, service = self._budget, question.service
        if budget and budget.counts(error) and not budget.allows(service):
            return f"too many requests to {service or 'it'} failed: each is sent once for now"
        expected = _expected_failure(question) if error.retry_after_s is None else None
        if expected is not None:
            return (
                f"the chance to fail again is {expected.chance:.0%} "
                f"({expected.observations} observations): each is sent once for now"
            )
        return ""

    def _wait(self, question: RetryQuestion) -> tuple[float, str]:
        """How long to wait, and what for."""
        error = question.error
        if error.retry_after_s is not None:
            return max(0.0, error.retry_after_s), "it may pass"
        first = _FIRST_BACKOFF_S
        if error.retryable is Retryable.AFTER and not isinstance(error, ServiceDown):
            first = _FIRST_BACKOFF_WHEN_THROTTLED_S
        longest = min(_LONGEST_BACKOFF_S, self._settings.max_wait_s)
        ceiling_s: float = min(longest, first * 2.0 ** min(question.attempt, 10))
        return self._rng.uniform(0.0, ceiling_s), "it may pass"


def _expected_failure(question: RetryQuestion) -> Prediction | None:
    """The prediction that makes another failure as good as certain."""
    for each in question.predictions:
        of_host = each.what is Predicted.REQUEST_FAILS and each.about == question.host
        if of_host and each.chance >= _LIKELY and each.confidence >= _CONFIDENT:
            return each
    return None


def _decision(verdict: Verdict, reason: str, after_s: float = 0.0) -> Decision:
    return Decision(verdict=verdict, reason=reason, after_s=after_s)
