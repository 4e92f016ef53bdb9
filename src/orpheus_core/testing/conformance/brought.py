"""What a plugin brings, as its code hands it over."""

from __future__ import annotations

from typing import TypeVar

import attrs

from orpheus_core.delivery import Stage
from orpheus_core.plugins import Command
from orpheus_core.services import LoginStrategy, SecretBackend, Service
from orpheus_core.testing.conformance.bench import Bench

T = TypeVar("T")

ADVISES = "orpheus_advise"


@attrs.frozen(kw_only=True)
class Brought:
    """What a plugin brings, in the order of its answers; *hooks* are those it implements."""

    services: tuple[Service, ...] = ()
    logins: tuple[LoginStrategy, ...] = ()
    stages: tuple[Stage, ...] = ()
    backends: tuple[SecretBackend, ...] = ()
    commands: tuple[Command, ...] = ()
    hooks: tuple[str, ...] = ()

    @property
    def advises(self) -> bool:
        """Whether it gives advice."""
        return ADVISES in self.hooks


def brought_by(bench: Bench) -> Brought:
    """Return what the plugin on *bench* brings."""
    registry = bench.app.registry
    services = [each for each in registry.services() if each.plugin == bench.plugin_id]
    return Brought(
        services=tuple(services),
        logins=_answers(bench, "orpheus_login_strategies", LoginStrategy),
        stages=_answers(bench, "orpheus_stages", Stage),
        backends=_answers(bench, "orpheus_secret_backends", SecretBackend),
        commands=_answers(bench, "orpheus_commands", Command),
        hooks=hooks_of(bench),
    )


def hooks_of(bench: Bench) -> tuple[str, ...]:
    """Return the hooks that the plugin on *bench* implements."""
    for record in bench.app.plugins.records():
        if record.id == bench.plugin_id:
            return record.hooks
    return ()


def reason_to_stay_out(bench: Bench) -> str:
    """Return why the application did without the plugin; empty when it took it.

    One of whose hooks failed meanwhile is not out: other rules say so.
    """
    for record in bench.app.plugins.records():
        if record.id == bench.plugin_id:
            taken = bench.app.plugins.usable(record.id)
            return "" if taken else f"{record.state.value}: {record.reason}"
    return "the application did not take it up"


def _answers(bench: Bench, hook: str, expect: type[T]) -> tuple[T, ...]:
    answers = bench.app.plugins.collect(hook, expect, only=bench.plugin_id)
    return tuple(answer.value for answer in answers)
