"""The brain's hooks: typed, and no plugin is imported for an event that it does not look at."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import pytest
from tests.plugins.fakes import Shelf, lazy

from orpheus_core import hookimpl
from orpheus_core.brain import (
    Advice,
    Attempted,
    Brain,
    Event,
    EventBus,
    Question,
    RetryQuestion,
    Severity,
    Situation,
)
from orpheus_core.brain.deciders import RetryDecider
from orpheus_core.errors import ServiceDown
from orpheus_core.plugins import FoundPlugin, HookUse, PluginHost
from orpheus_core.redaction import Redactor
from orpheus_core.testing.clock import SimClock


@attrs.define(eq=False)
class Looks:
    """A plugin that looks at events, and advises on them."""

    imports: int = 0
    seen: list[str] = attrs.field(factory=list)
    asked: list[str] = attrs.field(factory=list)

    def brings(self) -> Looks:
        self.imports += 1
        return self

    @hookimpl
    def orpheus_event(self, event: Event) -> None:
        self.seen.append(event.kind)

    @hookimpl
    def orpheus_advise(self, event: Event, situation: Situation) -> Sequence[Advice]:
        self.asked.append(event.kind)
        return [Advice(code="looks", title=f"{event.kind}, {len(situation.recent)}")]


def looking(looks: Looks, *, events: str = "", advises: str = "") -> FoundPlugin:
    """The installed plugin, which looks at the kinds of its manifest; empty: at all."""
    return lazy(
        "looks",
        looks.brings,
        HookUse(name="orpheus_event", events=tuple(events.split())),
        HookUse(name="orpheus_advise", events=tuple(advises.split())),
    )


def brain_of(*found: FoundPlugin, wakes: bool = True) -> tuple[Brain, PluginHost]:
    host = PluginHost(index=Shelf(list(found)))
    brain = Brain(host, EventBus(SimClock(), Redactor()), wakes=wakes)
    host.discover()
    return brain, host


def test_a_plugin_is_imported_at_the_first_event_of_a_kind_that_it_looks_at() -> None:
    """By the patterns of its manifest; it is told of no other."""
    looks = Looks()
    brain, _ = brain_of(looking(looks, events="job.* stage.failed", advises="network.*"))
    for kind in ("system.started", "transfer.started", "stage.started", "brain.advice.given"):
        brain.events.emit(kind)
    brain.events.emit("transfer.interrupted")  # a warning: advisors are asked
    assert looks.imports == 0
    brain.events.emit("job.started")
    brain.events.emit("job.finished")
    brain.events.emit("system.stopped")
    assert (looks.imports, looks.seen) == (1, ["job.started", "job.finished"])
    assert looks.asked == []
    brain.events.emit("network.request.failed")
    assert looks.asked == ["network.request.failed"]


def test_a_plugin_that_names_no_kinds_looks_at_all() -> None:
    """And is imported at the first."""
    looks = Looks()
    brain, _ = brain_of(looking(looks, advises="job.*"))
    brain.events.emit("system.started")
    assert looks.seen == ["system.started"]


def test_a_brain_that_only_lists_wakes_nobody() -> None:
    """What is imported already is told and asked, as ever."""
    sleeps, awake = Looks(), Looks()
    brain, host = brain_of(looking(sleeps), wakes=False)
    host.register("awake", awake)
    brain.events.emit("stage.failed")
    assert (sleeps.imports, sleeps.seen, sleeps.asked) == (0, [], [])
    assert awake.asked == ["stage.failed"]
    assert "stage.failed" in awake.seen
    host.activate("looks")
    brain.events.emit("job.started")
    assert sleeps.seen == ["job.started"]


def test_advice_has_its_type_and_its_advisor() -> None:
    """As an answer for the brain, and as advice for who asks the brain."""
    looks = Looks()
    brain, _ = brain_of(looking(looks))
    event = brain.events.emit("job.started")
    (answer,) = brain.hooks.advise(event, Situation())
    assert (answer.plugin, answer.value.title) == ("looks", "job.started, 0")
    assert [(advice.advisor, advice.severity) for advice in brain.advise(event)] == [
        ("looks", Severity.INFO)
    ]


def ask() -> Question:
    return RetryQuestion(attempted=Attempted.REQUEST, error=ServiceDown("x"), service="shop")


@pytest.mark.parametrize("off", [[], ["core-retry"]])
def test_where_nobody_decides_the_reason_names_the_decider_that_is_off(off: list[str]) -> None:
    """A person may have forgotten that they switched it off."""
    import random

    from orpheus_core.config import NetworkSettings

    host = PluginHost(index=Shelf(), disabled=off)
    brain = Brain(host, EventBus(SimClock(), Redactor()))
    if off:
        decider = RetryDecider(NetworkSettings(), random.Random(1))
        host.register_builtins({"core-retry": decider}, "0")
    expected = "; orpheus plugin enable core-retry switches the core's own on" if off else ""
    assert brain.decide(ask()).reason == f"no plugin had an answer{expected}"
