"""From events to rules, and from rules to mitigations and advice."""

from __future__ import annotations

import json

import pytest
from tests.brain.brains import DOWN, OneArgument, brain_with, of_kind

from orpheus_core import hookimpl
from orpheus_core.brain import (
    Action,
    Advice,
    Applicability,
    Brain,
    Event,
    EventPattern,
    Mitigation,
    MitigationKind,
    Per,
    Rule,
    RuleAdvice,
    Severity,
)
from orpheus_core.testing.clock import SimClock


class OddAction(OneArgument, Action):
    """A plugin's own class."""


PAUSE = Mitigation(kind=MitigationKind.PAUSE_SERVICE, for_s=60.0)


class Rules:
    """A plugin that brings rules."""

    def __init__(self, *rules: Rule) -> None:
        self.rules = rules

    @hookimpl
    def orpheus_rules(self) -> list[Rule]:
        return list(self.rules)


def busy(*, advice: RuleAdvice | None = None, per: Per = Per.SERVICE) -> Rule:
    pattern = EventPattern(kind="network.request.failed", where={"error_type": "svc.down"})
    return Rule(
        id="busy", when=pattern, count=3, per=per, cooldown_s=0.0, then=(PAUSE,), advice=advice
    )


def fail(brain: Brain, service: str = "sandbox", host: str = "a.example", times: int = 1) -> Event:
    for _ in range(times - 1):
        fail(brain, service, host)
    return brain.events.emit(
        "network.request.failed", service=service, error=DOWN, data={"server.address": host}
    )


def test_a_rule_leads_to_a_mitigation_and_to_advice() -> None:
    """The chain can be read back by its causes: event, rule, mitigation and advice."""
    said = RuleAdvice(code="test.busy", title="{service} is busy.", cause="Load.", done="Waits.")
    brain, events = brain_with(Rules(busy(advice=said)))
    assert not fail(brain, times=2).cause_id
    assert not of_kind(events, "brain.rule.fired")

    last = fail(brain)

    (fired,) = of_kind(events, "brain.rule.fired")
    (applied,) = of_kind(events, "brain.mitigation.applied")
    (given,) = of_kind(events, "brain.advice.given")
    assert [each.cause_id for each in (fired, applied, given)] == [last.id, fired.id, fired.id]
    assert (fired.data["rule"], fired.data["rule_plugin"]) == ("busy", "plugin-0")
    assert (fired.data["matched"], fired.service) == (3, "sandbox")
    assert dict(applied.data) == {
        "mitigation": "pause_service",
        "scope": "sandbox",
        "rule": "busy",
        "for_s": 60.0,
    }
    assert given.data["title"] == "sandbox is busy."
    assert (given.plugin, given.source) == ("plugin-0", "plugin/plugin-0")
    assert brain.mitigations.in_force(MitigationKind.PAUSE_SERVICE, "sandbox")


def test_a_mitigation_ends_by_itself() -> None:
    """It is told when somebody looks."""
    clock = SimClock()
    brain, events = brain_with(Rules(busy()), clock=clock)
    fail(brain, times=3)
    clock.advance(61)
    assert brain.mitigations.in_force(MitigationKind.PAUSE_SERVICE, "sandbox") is None
    (ended,) = of_kind(events, "brain.mitigation.ended")
    (applied,) = of_kind(events, "brain.mitigation.applied")
    assert ended.cause_id == applied.id


def test_a_rule_that_counts_hosts_apart_speaks_of_each() -> None:
    """What it says of one host is not what it says of another; of one, it says it once."""
    said = RuleAdvice(code="test.busy", title="{host} is busy.")
    brain, events = brain_with(Rules(busy(advice=said, per=Per.HOST)))
    for host in ("a.example", "b.example", "a.example"):
        fail(brain, host=host, times=3)
    titles = [event.data["title"] for event in of_kind(events, "brain.advice.given")]
    assert titles == ["a.example is busy.", "b.example is busy."]
    assert len(of_kind(events, "brain.rule.fired")) == 3


def test_rules_that_cannot_be_had_cost_nothing() -> None:
    """Those of the others count."""

    class Broken:
        @hookimpl
        def orpheus_rules(self) -> list[Rule]:
            raise RuntimeError("no idea")

    brain, events = brain_with(Rules(busy()), Broken())
    fail(brain, times=3)
    assert len(of_kind(events, "brain.rule.fired")) == 1
    assert [event.plugin for event in of_kind(events, "plugin.hook.failed")] == ["plugin-1"]


def test_a_rule_whose_advice_cannot_be_made_is_its_plugins_failure() -> None:
    """What it does is done; however often it fails, the other rules go on."""
    action = OddAction(Action(id="odd", label="odd"))
    odd = RuleAdvice(code="odd.rule", title="Odd.", actions=(action,))
    said = RuleAdvice(code="test.busy", title="{service} is busy.")
    brain, events = brain_with(Rules(busy(advice=odd)), Rules(busy(advice=said)))
    for service in ("a", "b", "c", "d"):
        fail(brain, service, times=3)
    given = of_kind(events, "brain.advice.given")
    assert [event.data["code"] for event in given] == ["test.busy"] * 4
    assert {event.plugin for event in of_kind(events, "plugin.hook.failed")} == {"plugin-0"}
    assert not of_kind(events, "brain.subscriber.failed")


def test_no_rule_waits_for_rules_and_no_advice_is_given_on_advice() -> None:
    """It would not end."""
    said = RuleAdvice(code="test.all", title="Something happened.", severity=Severity.ERROR)
    every = Rule(id="all", when=EventPattern(kind="*"), cooldown_s=0.0, then=(PAUSE,), advice=said)
    brain, events = brain_with(Rules(every))
    brain.events.emit("job.started", service="sandbox")
    assert [event.kind for event in events].count("brain.rule.fired") == 1


class Acts:
    """An advisor whose advice holds an action."""

    def __init__(self, action: Action) -> None:
        self.action = action

    @hookimpl
    def orpheus_advise(self, event: Event) -> list[Advice]:
        return [Advice(code="acts.now", title="It acts.", actions=(self.action,))]


@pytest.mark.parametrize("applicability", Applicability)
@pytest.mark.parametrize("mitigation", [PAUSE, None])
def test_only_automatic_actions_that_are_mitigations_are_done(
    applicability: Applicability, mitigation: Mitigation | None
) -> None:
    """Everything else is for a person, whatever command it names."""
    action = Action(
        id="pause",
        label="pause it",
        argv=("orpheus", "queue", "pause"),
        applicability=applicability,
        mitigation=mitigation,
    )
    brain, events = brain_with(Acts(action))
    brain.events.emit("stage.failed", service="sandbox")
    is_done = applicability is Applicability.AUTOMATIC and mitigation is not None
    assert len(of_kind(events, "brain.mitigation.applied")) == int(is_done)
    assert bool(brain.mitigations.all()) is is_done
    assert len(of_kind(events, "brain.advice.given")) == 1


def test_what_is_not_said_is_not_done() -> None:
    """Advice that is silenced, or was given a moment ago, does nothing behind a person's back."""
    action = Action(
        id="pause", label="pause it", applicability=Applicability.AUTOMATIC, mitigation=PAUSE
    )
    brain, events = brain_with(Acts(action), silenced=("acts.*",))
    brain.events.emit("stage.failed", service="sandbox")
    assert not of_kind(events, "brain.mitigation.applied")

    brain, events = brain_with(Acts(action))
    for _ in range(3):
        brain.events.emit("stage.failed", service="sandbox")
    (applied,) = of_kind(events, "brain.mitigation.applied")
    (given,) = of_kind(events, "brain.advice.given")
    assert (applied.cause_id, applied.data["rule"]) == (given.id, "acts.now")


def test_advice_tells_programs_what_can_be_done() -> None:
    """Its actions as JSON; the first is the next step."""
    first = Action(id="look", label="look", argv=("orpheus", "doctor"))
    brain, events = brain_with(Acts(first))
    brain.events.emit("stage.failed")
    (given,) = of_kind(events, "brain.advice.given")
    assert given.data["next_step"] == "look"
    assert json.loads(str(given.data["actions"])) == [
        {
            "id": "look",
            "label": "look",
            "argv": ["orpheus", "doctor"],
            "applicability": "manual",
        }
    ]


class OddMitigation(Mitigation):
    """A plugin's own class, which lets itself not be copied."""

    def __init__(self) -> None:
        super().__init__(kind=MitigationKind.PAUSE_SERVICE)


class Advises:
    """A plugin that has something to say, and to do, of every failure."""

    @hookimpl
    def orpheus_advise(self, event: Event) -> Advice:
        by_itself = Applicability.AUTOMATIC
        act = Action(id="a", label="l", applicability=by_itself, mitigation=OddMitigation())
        return Advice(code=f"mine.{event.seq}", title="Once more.", actions=(act,))


@pytest.mark.parametrize(
    ("hook", "odd"),
    [
        (
            "orpheus_rules",
            Rules(
                Rule(
                    id="odd",
                    when=EventPattern(kind="network.request.failed"),
                    cooldown_s=0.0,
                    then=(OddMitigation(),),
                )
            ),
        ),
        ("orpheus_advise", Advises()),
    ],
)
def test_a_mitigation_that_cannot_be_copied_costs_its_plugin_alone(hook: str, odd: object) -> None:
    """It is that plugin's failure, not one of the brain, which would stop listening after three."""
    brain, events = brain_with(odd)
    fail(brain, times=4)
    failed = of_kind(events, "plugin.hook.failed")
    assert {(event.plugin, event.data["hook"]) for event in failed} == {("plugin-0", hook)}
    assert not of_kind(events, "brain.subscriber.failed")
