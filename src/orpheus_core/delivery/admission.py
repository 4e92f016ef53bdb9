"""Whether the next piece of work for a service may begin, and the wait when it may not yet."""

from __future__ import annotations

import collections
import threading

import attrs

from orpheus_core.brain import Decision, Event, MitigationKind, QueueQuestion, Verdict
from orpheus_core.delivery.item import JobItem
from orpheus_core.delivery.stage import StageContext
from orpheus_core.errors import Cancelled, ServicePaused

# Whoever has a job wait for no time at all would be asked for ever.
_SHORTEST_WAIT_S = 1.0


@attrs.define(eq=False)
class _Turn:
    """Held by the one that asks for a service.

    *waited_s*: how long the job has waited for it; *refusal*: why it waits no longer.
    """

    lock: threading.Lock = attrs.field(factory=threading.Lock)
    waited_s: float = 0.0
    refusal: ServicePaused | None = None


class Admission:
    """Asks the brain for one job, and waits as long as it says.

    One thread asks for a service; those that come while it waits wait with it.
    """

    def __init__(self, context: StageContext) -> None:
        self._context = context
        self._lock = threading.Lock()
        self._turns = collections.defaultdict[str, _Turn](_Turn)

    def wait_for(self, service: str, job: JobItem) -> None:
        """Return when *job* may begin with its next piece of work for *service*.

        That it waits is told once, and once that it goes on.

        Raises:
            ServicePaused: it would wait longer than ``network.max_wait_s`` in all, or the
                brain gave up.
            Cancelled: somebody asked to stop.
        """
        with self._lock:
            turn = self._turns[service]
        with turn.lock:
            if turn.refusal is not None:
                raise turn.refusal
            self._wait(service, job, turn)

    def _wait(self, service: str, job: JobItem, turn: _Turn) -> None:
        events, before_s = self._context.brain.events, turn.waited_s
        paused: Event | None = None
        while True:
            if self._context.cancel.is_set():
                raise Cancelled("stopped on request")
            decision = self._asked(service, job, turn.waited_s)
            if decision.verdict is Verdict.GO_ON:
                break
            after_s = max(_SHORTEST_WAIT_S, decision.after_s)
            longest_s = self._context.settings.network.max_wait_s
            if decision.verdict is Verdict.GIVE_UP or turn.waited_s + after_s > longest_s:
                turn.refusal = _too_long(service, decision, after_s, turn.waited_s, longest_s)
                raise turn.refusal
            if paused is None:
                paused = events.emit(
                    "job.paused",
                    service=service,
                    subject=job.subject,
                    cause=decision.event,
                    data={"reason": decision.reason, "after_s": round(after_s, 3)},
                )
            if not self._context.clock.sleep(after_s, self._context.cancel):
                raise Cancelled("stopped on request")
            turn.waited_s += after_s
        if paused is not None:
            waited_s = round(turn.waited_s - before_s, 3)
            events.emit(
                "job.resumed",
                service=service,
                subject=job.subject,
                cause=paused,
                data={"waited_s": waited_s},
            )

    def _asked(self, service: str, job: JobItem, waited_s: float) -> Decision:
        brain = self._context.brain
        standing = brain.mitigations.in_force(MitigationKind.PAUSE_SERVICE, service)
        cause = standing.cause if standing else None
        question = QueueQuestion(
            service=service, subject=job.subject, cause=cause, waited_s=waited_s
        )
        return brain.decide(question)


def _too_long(
    service: str, decision: Decision, after_s: float, waited_s: float, longest_s: float
) -> ServicePaused:
    """The error that names the wait, as far as there would have been one."""
    if decision.verdict is Verdict.GIVE_UP:
        return ServicePaused(
            f"{service} is not asked now", why=decision.reason, done="what came is kept"
        )
    return ServicePaused(
        f"{service} is left alone for another {after_s:.0f} s",
        why=f"{decision.reason}; {waited_s:.0f} s were waited, and network.max_wait_s is "
        f"{longest_s:.0f} s",
        done="what came is kept",
        next_step=f"give the same command again in {after_s:.0f} s",
        retry_after_s=after_s,
        evidence={"service": service, "after_s": after_s, "waited_s": waited_s},
    )
