"""Asks the brain whether to try again, and where, and waits as long as it says."""

from __future__ import annotations

import threading

import attrs

from orpheus_core.brain import Brain, Decision, RetryQuestion, Verdict
from orpheus_core.clock import Clock
from orpheus_core.errors import Cancelled, StorageError
from orpheus_core.network.endpoints import Endpoints
from orpheus_core.network.trail import Trail
from orpheus_core.redaction import public_url

# Whatever a plugin decides: nobody may be asked for ever.
_MOST_ATTEMPTS = 20


@attrs.frozen(kw_only=True)
class Again:
    """It is tried again, after *waited_s* seconds; at *host*, or where it was when None."""

    waited_s: float
    host: str | None = None


@attrs.frozen(kw_only=True)
class Retrier:
    """The one place where something is sent again. *max_wait_s* bounds each wait."""

    brain: Brain
    clock: Clock
    endpoints: Endpoints
    max_wait_s: float

    def again_or_raise(
        self,
        question: RetryQuestion,
        *,
        url: str,
        cancel: threading.Event | None,
        others: tuple[str, ...] = (),
        trail: Trail,
    ) -> Again:
        """Ask *question*, wait if the decision is to try again, and say how.

        When it is given up at its host, and there are *others* that answer the same and were
        not tried, the brain is asked about those.

        Raises:
            OrpheusError: the question's own error, when it is not to be tried again.
            Cancelled: *cancel* was set meanwhile.
        """
        error = question.error
        if isinstance(error, Cancelled | StorageError):
            raise error
        decision = self.brain.decide(question)
        if not question.repeatable or question.attempt >= _MOST_ATTEMPTS:
            raise error
        if decision.verdict is Verdict.RETRY and decision.after_s <= self.max_wait_s:
            self._schedule(question, decision, url, trail)
            return self._waited(question, decision.after_s, cancel)
        another = self.endpoints.next_after(question, others, trail=trail)
        if another is None:
            raise error
        host, after_s = another
        return self._waited(question, after_s, cancel, host)

    def _schedule(
        self, question: RetryQuestion, decision: Decision, url: str, trail: Trail
    ) -> None:
        trail.told(
            self.brain.events.emit(
                "network.retry.scheduled",
                service=question.service,
                subject=question.subject,
                error=question.error,
                cause=decision.event,
                data={
                    "url.full": public_url(url),
                    "reason": decision.reason,
                    "after_s": round(decision.after_s, 3),
                    "attempt": question.attempt,
                },
            )
        )

    def _waited(
        self,
        question: RetryQuestion,
        seconds: float,
        cancel: threading.Event | None,
        host: str | None = None,
    ) -> Again:
        if not self.clock.sleep(seconds, cancel):
            raise Cancelled("stopped on request") from question.error
        return Again(waited_s=seconds, host=host)
