"""A brain with plugins, and what they may be asked."""

from __future__ import annotations

import random

import attrs

from orpheus_core.brain import (
    Attempted,
    Brain,
    Event,
    EventBus,
    RetryQuestion,
)
from orpheus_core.brain.deciders import RetryDecider
from orpheus_core.config import AdviceSettings, NetworkSettings
from orpheus_core.errors import (
    OrpheusError,
    ServiceDown,
)
from orpheus_core.plugins import HookFailure, PluginHost
from orpheus_core.redaction import Redactor
from orpheus_core.testing.clock import SimClock

DOWN = ServiceDown("x")


def brain_with(
    *plugins: object, clock: SimClock | None = None, silenced: tuple[str, ...] = ()
) -> tuple[Brain, list[Event]]:
    def told(failure: HookFailure) -> None:
        data = {"hook": failure.hook, "reason": str(failure.error)}
        bus.emit("plugin.hook.failed", plugin=failure.plugin, data=data)

    clock = clock or SimClock()
    bus = EventBus(clock, Redactor())
    host = PluginHost(on_failure=told)
    brain = Brain(host, bus, clock=clock, advice=AdviceSettings(silenced=silenced))
    events: list[Event] = []
    bus.subscribe(events.append)
    for number, plugin in enumerate(plugins):
        host.register(f"plugin-{number}", plugin)
    return brain, events


def of_kind(events: list[Event], kind: str) -> list[Event]:
    return [event for event in events if event.kind == kind]


def ask(error: OrpheusError, **more: object) -> RetryQuestion:
    return RetryQuestion(attempted=Attempted.REQUEST, error=error, service="sandbox", **more)


def decider(**settings: float) -> RetryDecider:
    return RetryDecider(NetworkSettings(**settings), random.Random(1))


class OneArgument:
    """Lets itself be made in one way only, and so not be copied."""

    def __init__(self, made: object) -> None:
        for name in attrs.fields_dict(type(made)):
            object.__setattr__(self, name, getattr(made, name))
