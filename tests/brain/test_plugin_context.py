"""What a plugin is given: its settings, its folder, the events, and its own hooks to ask."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.plugins.fakes import Fake, Shelf, eager, lazy

import orpheus_core as oc
from orpheus_core.brain import Event, EventBus, PluginContext, Severity, faults_of
from orpheus_core.plugins import PluginHost
from orpheus_core.redaction import Redactor
from orpheus_core.testing.clock import SimClock


class Rhymes:
    @oc.hookspec
    def orpheus_poet_rhymes(self, word: str) -> str:
        """Answer with a rhyme."""
        raise NotImplementedError


class Poet:
    @oc.hookimpl
    def orpheus_add_hookspecs(self) -> list[object]:
        return [Rhymes]


class Rhymer:
    @oc.hookimpl
    def orpheus_poet_rhymes(self, word: str) -> str:
        return f"{word}, {word}"


POET_LAZY = lazy("poet", Poet, "orpheus_add_hookspecs", adds=("orpheus_poet_rhymes",))


def context(plugin: str, *found: Fake) -> tuple[PluginContext, list[Event]]:
    host = PluginHost(index=Shelf(list(found)))
    host.discover()
    host.activate(plugin)
    bus, events = EventBus(SimClock(), Redactor()), list[Event]()
    bus.subscribe(events.append)
    made = PluginContext(plugin=plugin, settings={}, folder=Path("/nowhere"), events=bus, host=host)
    return made, events


@pytest.mark.parametrize("poet", [POET_LAZY, eager("poet", Poet)], ids=["lazy", "eager"])
def test_a_plugin_asks_a_hook_that_it_added(poet: Fake) -> None:
    """Whoever implements it answers, each by its name."""
    rhymer = eager("rhymer", Rhymer) if poet.manifest is None else RHYMER_LAZY
    made, _ = context("poet", poet, rhymer)
    (answer,) = made.ask("orpheus_poet_rhymes", str, word="moon")
    assert (answer.plugin, answer.value) == ("rhymer", "moon, moon")


RHYMER_LAZY = lazy("rhymer", Rhymer, "orpheus_poet_rhymes")


@pytest.mark.parametrize(
    "hook", ["orpheus_secret_backends", "orpheus_run_stage", "orpheus_poet_rhymes", "orpheus_x"]
)
@pytest.mark.parametrize("plugin", ["run", "rhymer"])
def test_a_plugin_asks_no_hook_of_anybody_else(hook: str, plugin: str) -> None:
    """Neither one of the core, which could hand it secrets, nor one of another plugin."""
    rhymer = lazy("rhymer", Rhymer, "orpheus_poet_rhymes")
    made, _ = context(plugin, POET_LAZY, rhymer, eager("run", object))
    made._host.activate("poet")  # the hook is there
    with pytest.raises(oc.HookFailed) as caught:
        made.ask(hook, object, word="moon")
    assert caught.value.title == f"plugin {plugin} asks {hook}, which is no hook of its own"
    assert caught.value.why == "its own hooks: none"


def test_what_a_plugin_says_is_an_event_of_its_own() -> None:
    """The command line shows it; secrets are masked there as everywhere."""
    made, events = context("poet", POET_LAZY)
    made.say("The catalogue is old.", next_step="refresh it", service="shop")
    made.say("The catalogue is gone.", severity=Severity.WARNING)
    assert faults_of(events) == []
    assert [(e.kind, e.plugin, e.service, e.severity, e.data["message"]) for e in events] == [
        ("plugin.said", "poet", "shop", Severity.INFO, "The catalogue is old."),
        ("plugin.said", "poet", None, Severity.WARNING, "The catalogue is gone."),
    ]
    assert events[0].data["next_step"] == "refresh it"
