"""Asks the brain whether to try again, and waits as long as it says."""

from __future__ import annotations

import threading

import attrs

from orpheus_core.brain import Brain, Question, Verdict
from orpheus_core.clock import Clock
from orpheus_core.errors import Cancelled, StorageError
from orpheus_core.redaction import public_url

# Whatever a plugin decides: nobody may be asked for ever.
_MOST_ATTEMPTS = 20


@attrs.frozen(kw_only=True)
class Retrier:
    """The one place where something is sent again. *max_wait_s* bounds each wait."""

    brain: Brain
    clock: Clock
    max_wait_s: float

    def wait_or_raise(
        self, question: Question, *, url: str, cancel: threading.Event | None
    ) -> float:
        """Ask *question*, wait if the decision is to retry, and return the seconds waited.

        Raises:
            OrpheusError: the question's own error, when it is not to be tried again.
            Cancelled: *cancel* was set meanwhile.
        """
        error = question.error
        if isinstance(error, Cancelled | StorageError):
            raise error
        decision = self.brain.decide(question)
        may_repeat = (
            question.repeatable
            and decision.after_s <= self.max_wait_s
            and question.attempt < _MOST_ATTEMPTS
        )
        if decision.verdict is not Verdict.RETRY or not may_repeat:
            raise error
        self.brain.events.emit(
            "network.retry.scheduled",
            service=question.service,
            subject=question.subject,
            error=error,
            data={
                "url_full": public_url(url),
                "reason": decision.reason,
                "after_s": round(decision.after_s, 3),
                "attempt": question.attempt,
            },
        )
        if not self.clock.sleep(max(0.0, decision.after_s), cancel):
            raise Cancelled("stopped on request") from error
        return max(0.0, decision.after_s)
