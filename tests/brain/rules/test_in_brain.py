"""Rules at work in the brain: what they are fed, and what comes of a firing."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest
from tests.brain.rules.events import FAILED, rule

from orpheus_core import hookimpl
from orpheus_core.brain import (
    Attempted,
    Brain,
    Event,
    EventBus,
    RetryQuestion,
    Rule,
    RuleAdvice,
    correlated,
)
from orpheus_core.errors import DnsFailure, ServiceDown
from orpheus_core.plugins import HookFailure, PluginHost
from orpheus_core.redaction import Redactor
from orpheus_core.testing.clock import SimClock


class Brings:
    """A plugin with rules."""

    def __init__(self, *rules: Rule) -> None:
        self._rules = rules

    @hookimpl
    def orpheus_rules(self) -> Sequence[Rule]:
        return self._rules


class Stage:
    """A brain with plugins, its clock, and all that happened there."""

    def __init__(self, **plugins: object) -> None:
        self.clock = SimClock()
        self.bus = EventBus(self.clock, Redactor())
        self.failures: list[HookFailure] = []
        host = PluginHost(on_failure=self.failures.append)
        self.brain = Brain(host, self.bus, clock=self.clock)
        self.events: list[Event] = []
        self.bus.subscribe(self.events.append)
        for name, plugin in plugins.items():
            host.register(name, plugin)

    def all_of(self, kind: str) -> list[Event]:
        """The events of *kind*, in order."""
        return [event for event in self.events if event.kind == kind]

    def fail(self, **more: str) -> Event:
        """A name cannot be looked up."""
        return self.bus.emit(FAILED, service="qobuz", error=DnsFailure("x"), data=more)


ADVICE = RuleAdvice(code="mine", title="{count} times at {host}")


def test_a_firing_leads_to_a_mitigation_and_to_advice_and_each_names_its_cause() -> None:
    """From the advice back to the event that completed the pattern."""
    stage = Stage(mine=Brings(rule(count=3, advice=ADVICE)))
    *_, last = [stage.fail(**{"server.address": "a.example"}) for _ in range(3)]

    (fired,) = stage.all_of("brain.rule.fired")
    (applied,) = stage.all_of("brain.mitigation.applied")
    (given,) = stage.all_of("brain.advice.given")
    assert fired.cause_id == last.id
    assert {applied.cause_id, given.cause_id} == {fired.id}
    assert fired.data == {"rule": "r", "rule_plugin": "mine", "scope": "", "matched": 3}
    assert applied.data["scope"] == "qobuz"
    assert given.data["title"] == "3 times at a.example"
    assert given.data["advisor"] == "mine"


def test_what_other_threads_publish_while_a_plugin_is_asked_is_counted() -> None:
    """Its rules are not there yet; nobody waits for them, and no event passes them by."""
    others = threading.Thread(target=lambda: [stage.fail() for _ in range(2)], daemon=True)

    class Slow:
        @hookimpl
        def orpheus_rules(self) -> Sequence[Rule]:
            others.start()
            others.join(timeout=10)
            return [rule(count=3)]

    stage = Stage(slow=Slow())
    stage.fail()

    assert not others.is_alive()
    assert len(stage.all_of("brain.rule.fired")) == 1


def test_a_rule_that_cannot_be_costs_itself_and_is_reported() -> None:
    """Neither the publisher, nor the other rules of that plugin, nor other plugins."""
    bad = rule("no.such.kind", id="bad")
    stage = Stage(one=Brings(bad, rule(id="good"), rule(id="good")), two=Brings(rule(id="other")))

    stage.fail()

    assert [event.data["rule"] for event in stage.all_of("brain.rule.fired")] == ["other", "good"]
    (failure,) = stage.failures
    assert (failure.plugin, failure.hook) == ("one", "orpheus_rules")
    assert "rule bad: there is no kind of event 'no.such.kind'" in str(failure.error)
    assert "rule good: one has one of that name already" in str(failure.error)
    assert not stage.all_of("brain.subscriber.failed")


def test_an_absence_is_told_before_a_decision() -> None:
    """Whoever decides knows of it, though nothing was published meanwhile."""

    known: list[str] = []

    class Decider:
        @hookimpl
        def orpheus_decide(self) -> None:
            known.extend(event.kind for event in stage.events)

    mine = Brings(rule("job.paused", absent="job.resumed", within_s=60))
    stage = Stage(mine=mine, decider=Decider())
    stage.bus.emit("job.paused", service="qobuz")
    stage.clock.advance(60)

    stage.brain.decide(RetryQuestion(attempted=Attempted.REQUEST, error=ServiceDown("x")))

    assert "brain.mitigation.applied" in known


def test_what_follows_from_a_job_belongs_to_that_job() -> None:
    """An absence that is told while another job is at work."""
    stage = Stage(mine=Brings(rule("job.paused", absent="job.resumed", within_s=60, advice=ADVICE)))
    with correlated("job-1"):
        stage.bus.emit("job.paused", service="qobuz")
    stage.clock.advance(60)
    with correlated("job-2"):
        stage.bus.emit("job.started")

    for kind in ("brain.rule.fired", "brain.mitigation.applied", "brain.advice.given"):
        assert [event.correlation_id for event in stage.all_of(kind)] == ["job-1"]


@pytest.mark.parametrize("kind", ["*", "brain.*"])
def test_rules_do_not_wait_for_rules(kind: str) -> None:
    """However wide the pattern: it ends."""
    stage = Stage(mine=Brings(rule(kind, cooldown_s=0, advice=ADVICE)))

    stage.brain.decide(RetryQuestion(attempted=Attempted.REQUEST, error=ServiceDown("x")))

    assert len(stage.all_of("brain.rule.fired")) == 1
