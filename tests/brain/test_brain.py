"""The brain: advice comes from plugins, and is recorded."""

from __future__ import annotations

import threading
from collections.abc import Callable

import attrs
import pytest
from tests.brain.brains import DOWN, brain_with

from orpheus_core import hookimpl
from orpheus_core.brain import (
    Advice,
    Brain,
    Event,
    EventBus,
    Severity,
    Situation,
)
from orpheus_core.brain.advisors import CommonAdvisor
from orpheus_core.errors import (
    TlsUntrusted,
)
from orpheus_core.plugins import HookFailure, PluginHost
from orpheus_core.redaction import Redactor
from orpheus_core.testing.clock import SimClock


def test_advice_is_given_once_for_each_kind_of_trouble() -> None:
    """One certificate that is not trusted, or two hundred: one piece of advice."""
    brain, events = brain_with(CommonAdvisor())
    for host in ("a.example", "b.example"):
        brain.events.emit(
            "network.request.failed",
            error=TlsUntrusted("x"),
            data={"server.address": host},
        )
    advice = [event for event in events if event.kind == "brain.advice.given"]
    assert len(advice) == 1
    assert "a.example" in str(advice[0].data["title"])
    assert advice[0].cause_id


def test_a_plugin_advises_on_what_it_knows() -> None:
    """Advice carries the plugin's name, so that a person knows who says it."""

    class Adviser:
        @hookimpl
        def orpheus_advise(self, event: Event, situation: Situation) -> list[Advice]:
            return [Advice(code="mine", title=f"{len(situation.recent)} so far")]

    brain, events = brain_with(Adviser())
    brain.events.emit("stage.failed")
    advice = next(event for event in events if event.kind == "brain.advice.given")
    assert advice.plugin == "plugin-0"
    assert advice.data["title"] == "1 so far"


def test_an_event_hook_that_raises_is_left_out_after_three_times() -> None:
    """The stream goes on for everyone else."""
    calls = 0

    class Broken:
        @hookimpl
        def orpheus_event(self, event: Event) -> None:
            nonlocal calls
            calls += 1
            raise RuntimeError

    brain, _ = brain_with(Broken())
    for _ in range(10):
        brain.events.emit("job.started")
    assert calls == 3


def test_trouble_in_several_threads_at_once_is_advised_on_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Three tracks lose the network in the same moment: one of them was the first."""
    brain, events = brain_with(CommonAdvisor())
    both = threading.Barrier(2)
    situation: Callable[[], Situation] = brain.situation

    def later() -> Situation:
        both.wait(timeout=1)
        return situation()

    # Whoever looked at the situation only now would see two failures, and no first one.
    monkeypatch.setattr(brain, "situation", later)

    def fail() -> None:
        brain.events.emit("network.request.failed", error=TlsUntrusted("x"))

    threads = [threading.Thread(target=fail) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [event.kind for event in events].count("brain.advice.given") == 1


def test_an_advisor_that_answers_with_the_wrong_type_does_not_go_round_for_ever() -> None:
    """Its failure is a warning, on which it is asked again: three times, not a hundred."""
    calls = 0

    class Wrong:
        @hookimpl
        def orpheus_advise(self, event: Event) -> str:
            nonlocal calls
            calls += 1
            return "free some space"

    def told(failure: HookFailure) -> None:
        bus.emit("plugin.hook.failed", plugin=failure.plugin, data={"hook": failure.hook})

    bus = EventBus(SimClock(), Redactor())
    host = PluginHost(on_failure=told)
    brain = Brain(host, bus)
    host.register("wrong", Wrong())
    brain.events.emit("stage.failed")
    assert calls == 3


@pytest.mark.parametrize(
    "wrong",
    [
        {"code": 3},
        {"title": None},
        {"severity": "loud"},
        {"actions": "free some space"},
        {"cause": None},
        {"about": 7},
        {"service": 7},
    ],
)
def test_advice_of_the_wrong_types_costs_only_itself(wrong: dict[str, object]) -> None:
    """It fails in the plugin that makes it; the other advisors go on."""

    class Careless:
        @hookimpl
        def orpheus_advise(self, event: Event) -> list[Advice]:
            good: dict[str, object] = {"code": "careless", "title": "x"}
            return [Advice(**{**good, **wrong})]  # type: ignore[arg-type] # wrong on purpose

    brain, events = brain_with(Careless(), CommonAdvisor())
    for _ in range(5):
        brain.events.emit("stage.failed", error=TlsUntrusted("x"))
    assert [event.kind for event in events].count("brain.advice.given") == 1


def test_advice_is_as_grave_as_its_advisor_says_and_brings_no_advice_itself() -> None:
    """Whoever subscribes to warnings sees it; advice on advice would not end."""

    class Adviser:
        @hookimpl
        def orpheus_advise(self, event: Event) -> list[Advice]:
            return [Advice(code="mine", title=event.kind, severity=Severity.ERROR)]

    brain, events = brain_with(Adviser())
    brain.events.emit("stage.failed")
    given = [event for event in events if event.kind == "brain.advice.given"]
    assert [(event.severity, event.data["title"]) for event in given] == [
        (Severity.ERROR, "stage.failed")
    ]


def test_a_flood_of_codes_is_not_kept() -> None:
    """Memory is bounded, whatever plugins call their errors; the first ones are counted on."""
    brain, _ = brain_with()
    failure = brain.events.emit("stage.failed", error=DOWN)
    for number in range(1200):
        brain.events.publish(attrs.evolve(failure, error_type=f"odd.{number}"))
    brain.events.publish(failure)
    situation = brain.situation()
    assert len(situation.counts) == 1000
    assert situation.counts["svc.down"] == 2
    assert len(situation.recent) == 200
