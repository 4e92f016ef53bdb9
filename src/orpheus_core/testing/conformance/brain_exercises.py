"""Calls the hooks of the brain: a plugin decides, predicts, brings rules, keeps events."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from orpheus_core.brain import (
    Decision,
    Event,
    EventBus,
    EventSink,
    Prediction,
    Rule,
    RuleAdvice,
    Verdict,
)
from orpheus_core.brain.rules.engine import RuleEngine
from orpheus_core.brain.rules.sight import faults_of
from orpheus_core.errors import OrpheusError
from orpheus_core.testing.canary import Place
from orpheus_core.testing.conformance.any_event import HOSTILE, every_event
from orpheus_core.testing.conformance.any_question import every_question
from orpheus_core.testing.conformance.bench import Bench

SERVICE = "conformance"
_CODE = re.compile(r"[a-z][a-z0-9-]*(\.[a-z0-9-]+)+")


def decide(bench: Bench) -> list[str]:
    """Ask questions of every class; return what is wrong with the answers."""
    faults: list[str] = []
    for question in every_question(SERVICE):
        answer = bench.app.plugins.first(
            "orpheus_decide", Decision, only=bench.plugin_id, question=question
        )
        if answer is not None:
            faults += _faults_of_decision(answer.value, question.name, question.verdicts)
            if answer.value.verdict is Verdict.SWITCH:
                choice = answer.value.choice
                if choice not in question.choices:
                    faults.append(f"{choice!r} is nothing that the {question.name} question offers")
    return list(dict.fromkeys(faults))


def _faults_of_decision(
    decision: Decision, question: str, verdicts: frozenset[Verdict]
) -> Iterator[str]:
    verdict = decision.verdict.value
    if decision.verdict not in verdicts:
        yield f"{verdict} is no answer to a {question} question"
    if not decision.reason.strip():
        yield f"a {question} question is answered with {verdict}, and no reason"


def predict(bench: Bench) -> list[str]:
    """Ask for predictions on every question; return what is wrong with them."""
    faults = []
    for question in every_question(SERVICE):
        answers = bench.app.plugins.collect(
            "orpheus_predict", Prediction, only=bench.plugin_id, question=question
        )
        for answer in answers:
            prediction = answer.value
            what = f"{prediction.what.value} of {prediction.about!r}"
            if not prediction.about:
                faults.append(f"{what} is about nothing")
            if not prediction.reason.strip():
                faults.append(f"{what} is predicted without a reason")
            if prediction.confidence > 0 and not prediction.observations:
                faults.append(f"{what} is believed in without one observation")
    return list(dict.fromkeys(faults))


def bring_rules(bench: Bench) -> list[str]:
    """Ask for the rules; return which could never fire, and what their advice lacks."""
    answers = bench.app.plugins.collect("orpheus_rules", Rule, only=bench.plugin_id)
    rules = [answer.value for answer in answers]
    faults = [
        f"{times} rules have the id {ident!r}"
        for ident, times in Counter(rule.id for rule in rules).items()
        if times > 1
    ]
    engine = RuleEngine(bench.clock)
    for rule in {rule.id: rule for rule in rules}.values():
        mistakes = faults_of(rule)
        faults += [f"the rule {rule.id!r} could never fire: {mistake}" for mistake in mistakes]
        if not mistakes:
            engine.add(rule, bench.plugin_id)
        if rule.advice is not None:
            faults += [f"the rule {rule.id!r}: {fault}" for fault in _faults_of(rule.advice)]
    for text in ("plain", HOSTILE):
        for event in _published(bench, text):
            engine.feed(event)
    return faults


def _faults_of(advice: RuleAdvice) -> Iterator[str]:
    if not _CODE.fullmatch(advice.code):
        yield f"the code {advice.code!r} is not of the form area.what-is-meant"
    if not advice.title.strip():
        yield f"the advice {advice.code} has no title"
    if not advice.cause.strip():
        yield f"the advice {advice.code} names no cause"
    if not any(action.label.strip() for action in advice.actions):
        yield f"the advice {advice.code} says nothing that can be done"


def keep_events(bench: Bench) -> list[str]:
    """Give events to each sink as the brain does; return what is wrong with it."""
    faults: list[str] = []
    for answer in bench.app.plugins.collect("orpheus_event_sinks", EventSink, only=bench.plugin_id):
        faults += _faults_of_sink(bench, answer.value)
    return faults


def _faults_of_sink(bench: Bench, sink: EventSink) -> Iterator[str]:
    name: object = sink.name
    waits: object = sink.waited_for
    if not isinstance(name, str) or not name.strip() or not name.isprintable():
        yield f"a sink is called {name!r}, which cannot be shown"
    if not isinstance(waits, bool):
        yield f"the sink {name!r} is waited for: {waits!r}, which is neither True nor False"
    secret = bench.canaries.plant("conformance.event")
    bench.app.redactor.add(secret)
    for text in ("plain", HOSTILE, secret):
        events = list(_published(bench, text))
        # One, many, and the same once more: as after a failure.
        for batch in (events[:1], events, events):
            try:
                sink.write(batch)
            except OrpheusError:
                continue  # it says that it cannot: so it may
    sink.close()
    sink.close()
    if bench.canaries.search(repr(sink), Place.RESULT, f"the sink {name!r}"):
        yield f"the sink {name!r} shows a secret"
    for leak in bench.canaries.search_folder(bench.home):
        yield f"the sink {name!r} wrote a secret: {leak}"


def _published(bench: Bench, text: str) -> Iterator[Event]:
    """Events of every kind, as a sink or a rule gets them: what is secret is masked."""
    bus = EventBus(bench.clock, bench.app.redactor)
    for event in every_event(text):
        yield bus.publish(event)
