"""The brain: a dispatcher of hooks over whatever plugins are installed."""

from __future__ import annotations

import collections
import threading

import attrs

from orpheus_core.brain.advice import Advice, Situation
from orpheus_core.brain.bus import EventBus
from orpheus_core.brain.decisions import Decision, Question, Verdict
from orpheus_core.brain.events import Event, Severity
from orpheus_core.brain.hooks import Hooks
from orpheus_core.plugins import PluginHost

_RECENT = 200
_ADVICE_GIVEN = "brain.advice.given"


class Brain:
    """Publishes events, gathers advice on them, and decides what parts ask.

    Knows no service and has no opinion of its own: each is a plugin's.

    Args:
        wakes: whether an event may import a plugin that asks for its kind.

    Attributes:
        events: publish and subscribe.
        hooks: asks the plugins.
    """

    def __init__(self, plugins: PluginHost, events: EventBus, *, wakes: bool = True) -> None:
        self.events = events
        self.hooks = Hooks(plugins, wakes=wakes)
        self._lock = threading.Lock()
        self._recent: collections.deque[Event] = collections.deque(maxlen=_RECENT)
        self._counts: collections.Counter[str] = collections.Counter()
        events.subscribe(self._observe, name="hooks")
        events.subscribe(self._consider, min_severity=Severity.WARNING, name="advisors")

    def advise(self, event: Event) -> list[Advice]:
        """Return what the installed advisors say of *event*, each with its advisor's name."""
        return self._advise(event, self.situation())

    def decide(self, question: Question) -> Decision:
        """Return the first decision that a plugin makes; recorded as an event.

        When every plugin passes, the decision is to give up.
        """
        answer = self.hooks.decide(question)
        if answer is None:
            reason = f"no plugin had an answer{self.hooks.who_could_decide()}"
            decision = Decision(verdict=Verdict.GIVE_UP, reason=reason, decided_by="core")
        else:
            decision = attrs.evolve(answer.value, decided_by=answer.plugin)
        self.events.emit(
            "brain.decision.made",
            service=question.service,
            subject=question.subject,
            error=question.error,
            data={
                "question": question.kind.value,
                "verdict": decision.verdict.value,
                "reason": decision.reason,
                "decided_by": decision.decided_by,
                "after_s": round(decision.after_s, 3),
                "attempt": question.attempt,
            },
        )
        return decision

    def situation(self) -> Situation:
        """What has happened so far in this run."""
        with self._lock:
            return self._situation()

    def _situation(self) -> Situation:
        return Situation(recent=tuple(self._recent), counts=dict(self._counts))

    def _advise(self, event: Event, situation: Situation) -> list[Advice]:
        answers = self.hooks.advise(event, situation)
        return [attrs.evolve(answer.value, advisor=answer.plugin) for answer in answers]

    def _observe(self, event: Event) -> None:
        self.hooks.observe(event)

    def _consider(self, event: Event) -> None:
        if event.kind == _ADVICE_GIVEN:
            return  # nobody advises on advice: it would not end
        with self._lock:
            self._recent.append(event)
            if event.error_type:
                self._counts[event.error_type] += 1
            # Of several threads that fail alike, one sees that it was the first.
            situation = self._situation()
        for advice in self._advise(event, situation):
            self.events.emit(
                _ADVICE_GIVEN,
                service=advice.service or event.service,
                plugin=advice.advisor,
                subject=event.subject,
                severity=advice.severity,
                cause=event,
                data={
                    "code": advice.code,
                    "message": advice.message,
                    "advisor": advice.advisor,
                    "next_step": next((a.label for a in advice.actions), ""),
                },
            )
