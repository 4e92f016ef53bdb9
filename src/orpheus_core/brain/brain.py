"""The brain: a dispatcher of hooks over whatever plugins are installed."""

from __future__ import annotations

import collections
import functools
import itertools
import json
import threading
from collections.abc import Iterable
from pathlib import Path

import attrs

from orpheus_core.brain.advice import Advice, Applicability, Situation
from orpheus_core.brain.advice_desk import AdviceDesk
from orpheus_core.brain.bus import EventBus
from orpheus_core.brain.correlation import correlated
from orpheus_core.brain.decisions import Decision
from orpheus_core.brain.events import Event, Severity
from orpheus_core.brain.hooks import Hooks
from orpheus_core.brain.log import EventLog
from orpheus_core.brain.log.recorder import Recorder
from orpheus_core.brain.mitigations import Mitigations
from orpheus_core.brain.prediction import Prediction
from orpheus_core.brain.questions import Question, RetryQuestion, Verdict
from orpheus_core.brain.rules import UNSEEN, Firing, RuleAdvice, RuleEngine, fill_in
from orpheus_core.brain.rules.commands import filled_command
from orpheus_core.brain.rules.feed import RuleFeed
from orpheus_core.clock import Clock, SystemClock
from orpheus_core.config import AdviceSettings
from orpheus_core.plugins import PluginHost

_RECENT = 200
_MOST_CODES = 1000
_FLUSH_WITHIN_S = 5.0


class Brain:
    """Publishes events, gathers advice on them, and decides what parts ask.

    Knows no service and has no opinion of its own: each is a plugin's.

    Args:
        wakes: whether an event may import a plugin that asks for its kind, and is kept.
        log_folder: where events are kept.

    Attributes:
        events: publish and subscribe.
        hooks: asks the plugins.
        mitigations: what is done differently at the moment.
        log: the events that were kept, of this run and of earlier ones.
    """

    def __init__(
        self,
        plugins: PluginHost,
        events: EventBus,
        *,
        clock: Clock | None = None,
        advice: AdviceSettings | None = None,
        wakes: bool = True,
        log_folder: Path | None = None,
    ) -> None:
        clock = clock or SystemClock()
        self.events = events
        self.hooks = Hooks(plugins, wakes=wakes)
        self._recorder = Recorder(self.hooks, events) if wakes else None
        self.log = EventLog(log_folder, clock=clock, before_reading=self._flush)
        self.mitigations = Mitigations(events, clock)
        self._plugins = plugins
        self._rules = RuleEngine(clock)
        self._feed = RuleFeed(self._rules, self._gather_rules)
        self._desk = AdviceDesk(advice or AdviceSettings(), clock)
        self._lock = threading.Lock()
        self._recent: collections.deque[Event] = collections.deque(maxlen=_RECENT)
        self._counts: collections.Counter[str] = collections.Counter()
        events.subscribe(self._observe, name="hooks")
        events.subscribe(self._watch_for_patterns, name="rules")
        events.subscribe(self._consider, min_severity=Severity.WARNING, name="advisors")

    def close(self) -> None:
        """Have the last events kept; what is published later is not."""
        if self._recorder is not None:
            self._recorder.close()

    def _flush(self) -> None:
        if self._recorder is not None:
            self._recorder.flush(_FLUSH_WITHIN_S)

    def advise(self, event: Event) -> list[Advice]:
        """Return what the installed advisors say of *event*, each with its advisor's name.

        What the person silenced is not among it.
        """
        return self._advise(event, self.situation())

    def predict(self, question: Question) -> list[Prediction]:
        """Return what the installed predictors expect; each is recorded as an event."""
        found = []
        for answer in self.hooks.predict(question):
            prediction = attrs.evolve(answer.value, predicted_by=answer.plugin)
            found.append(prediction)
            self.events.emit(
                "brain.prediction.made",
                service=question.service,
                subject=question.subject,
                cause=question.cause,
                data={
                    "prediction": prediction.what.value,
                    "about": prediction.about,
                    "outcome": prediction.outcome,
                    "chance": round(prediction.chance, 4),
                    "confidence": round(prediction.confidence, 4),
                    "observations": prediction.observations,
                    "reason": prediction.reason,
                    "predicted_by": prediction.predicted_by,
                },
            )
        return found

    def decide(self, question: Question) -> Decision:
        """Return the first decision that a plugin makes; recorded as an event.

        When every plugin passes, it is the question's own `otherwise`.
        """
        self._fire_all(self._rules.due())
        question = attrs.evolve(question, predictions=tuple(self.predict(question)))
        answer = self.hooks.decide(question)
        if answer is None:
            reason = f"no plugin had an answer{self.hooks.who_could_decide()}"
            decision = Decision(verdict=question.otherwise, reason=reason, decided_by="core")
        else:
            decision = attrs.evolve(answer.value, decided_by=answer.plugin)
        usual = decision.verdict is Verdict.GO_ON
        told = self.events.emit(
            "brain.decision.made",
            service=question.service,
            subject=question.subject,
            severity=Severity.DEBUG if usual else None,
            error=question.error,
            cause=question.cause,
            data={
                "question": question.name,
                "verdict": decision.verdict.value,
                "reason": decision.reason,
                "decided_by": decision.decided_by,
                "choice": decision.choice,
                "rule": decision.rule,
                "after_s": round(decision.after_s, 3),
                "attempt": question.attempt if isinstance(question, RetryQuestion) else None,
            },
        )
        return attrs.evolve(decision, event=told)

    def situation(self) -> Situation:
        """What has happened so far in this run."""
        with self._lock:
            return self._situation()

    def _situation(self) -> Situation:
        return Situation(recent=tuple(self._recent), counts=dict(self._counts))

    def _advise(self, event: Event, situation: Situation) -> list[Advice]:
        answers = self.hooks.advise(event, situation)
        named = [attrs.evolve(answer.value, advisor=answer.plugin) for answer in answers]
        return [advice for advice in named if not self._desk.is_silenced(advice.code)]

    def _observe(self, event: Event) -> None:
        self.hooks.observe(event)

    # --- rules ----------------------------------------------------------------------------

    def _watch_for_patterns(self, event: Event) -> None:
        if event.kind.startswith(UNSEEN):
            return
        self._fire_all(self._feed.feed(event))

    def _gather_rules(self, event_kind: str) -> None:
        new = self.hooks.new_rules(event_kind)
        for plugin, answers in itertools.groupby(new, key=lambda answer: answer.plugin):
            add = functools.partial(self._rules.add_all, [each.value for each in answers], plugin)
            self._plugins.guarded(plugin, "orpheus_rules", add)

    def _fire_all(self, firings: Iterable[Firing]) -> None:
        for firing in firings:
            # An absence is told in whatever job is at work then.
            with correlated(firing.event.correlation_id):
                self._fire(firing)

    def _fire(self, firing: Firing) -> None:
        rule, event = firing.rule, firing.event
        told = self.events.emit(
            "brain.rule.fired",
            service=event.service,
            plugin=event.plugin,
            subject=event.subject,
            cause=event,
            data={
                "rule": rule.id,
                "rule_plugin": firing.plugin,
                "scope": firing.key,
                "matched": firing.matched,
            },
        )
        # The data of what completed the rule says what its mitigations are about.
        about = attrs.evolve(told, data={**event.data, **told.data})
        # What it brings may be of classes of the plugin's own, which let themselves not be copied.
        act = functools.partial(self._act_on, firing, about)
        self._plugins.guarded(firing.plugin, "orpheus_rules", act)

    def _act_on(self, firing: Firing, about: Event) -> None:
        rule = firing.rule
        for mitigation in rule.then:
            self.mitigations.apply(mitigation, rule=rule.id, cause=about)
        if rule.advice is not None:
            self._give(_filled(rule.advice, firing), about)

    # --- advice ---------------------------------------------------------------------------

    def _consider(self, event: Event) -> None:
        if event.kind.startswith(UNSEEN):
            return
        with self._lock:
            self._recent.append(event)
            code = event.error_type
            if code and (code in self._counts or len(self._counts) < _MOST_CODES):
                self._counts[code] += 1
            # Of several threads that fail alike, one sees that it was the first.
            situation = self._situation()
        for advice in self._advise(event, situation):
            give = functools.partial(self._give, advice, event)
            self._plugins.guarded(advice.advisor, "orpheus_advise", give)

    def _give(self, advice: Advice, event: Event) -> None:
        """Pass *advice* on, and do what it says that is safe to do; *event* is what it is on.

        What is not passed on is not done either: nothing happens behind a person's back. Who
        wants to act, whatever is said, writes a rule.
        """
        if not self._desk.passes(advice, event):
            return
        told = self.events.emit(
            "brain.advice.given",
            service=advice.service or event.service,
            plugin=advice.advisor,
            subject=event.subject,
            severity=advice.severity,
            cause=event,
            source=f"plugin/{advice.advisor}",
            data={
                "code": advice.code,
                "title": advice.title,
                "cause": advice.cause,
                "done": advice.done,
                "advisor": advice.advisor,
                "next_step": next((a.label for a in advice.actions), ""),
                "actions": _as_json(advice),
            },
        )
        about = attrs.evolve(told, data={**event.data, **told.data})
        for action in advice.actions:
            if action.mitigation and action.applicability is Applicability.AUTOMATIC:
                self.mitigations.apply(action.mitigation, rule=advice.code, cause=about)


def _filled(advice: RuleAdvice, firing: Firing) -> Advice:
    fill = functools.partial(fill_in, firing=firing)
    return Advice(
        code=advice.code,
        title=fill(advice.title),
        cause=fill(advice.cause),
        done=fill(advice.done),
        severity=advice.severity,
        actions=tuple(
            attrs.evolve(each, label=fill(each.label), argv=filled_command(each.argv, firing))
            for each in advice.actions
        ),
        service=firing.event.service,
        about="" if firing.key == firing.event.service else firing.key,
        advisor=firing.plugin,
    )


def _as_json(advice: Advice) -> str:
    """The actions as a JSON list, as ``--json`` shows them."""
    return json.dumps(
        [
            {
                "id": action.id,
                "label": action.label,
                "argv": list(action.argv),
                "applicability": action.applicability.value,
            }
            for action in advice.actions
        ]
    )
