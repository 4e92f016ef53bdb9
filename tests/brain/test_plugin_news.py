"""What becomes of plugins is told as events."""

from __future__ import annotations

import attrs
import pytest
from tests.plugins.fakes import Fake, Shelf, eager, lazy, manifest

from orpheus_core import hookimpl
from orpheus_core.brain import Event, EventBus, faults_of
from orpheus_core.brain.plugin_news import PluginNews
from orpheus_core.plugins import (
    LoadFailure,
    PluginHost,
    PluginMode,
    PluginRecord,
    PluginState,
)
from orpheus_core.plugins.known_bad import KnownBad
from orpheus_core.redaction import Redactor
from orpheus_core.testing.clock import SimClock


@attrs.define(eq=False)
class Told:
    """A host whose states are news, and the events of plugins so far."""

    host: PluginHost
    events: list[Event]

    @classmethod
    def of(cls, *found: Fake, **options: object) -> Told:
        bus, events = EventBus(SimClock(), Redactor()), list[Event]()
        bus.subscribe(events.append)
        news = PluginNews(bus)
        host = PluginHost(
            index=Shelf(list(found)),
            on_state=lambda record: host.emit("orpheus_plugin_state", record=record),
            on_load_failure=news.tell_error,
            **options,  # type: ignore[arg-type] # the test's own
        )
        host.register_builtins({"core-plugin-news": news}, "0")
        host.discover()
        return cls(host, events)

    def of_plugin(self, plugin: str) -> list[Event]:
        """The events of one plugin; each is as the table of kinds says."""
        assert faults_of(self.events) == []
        return [event for event in self.events if event.plugin == plugin]

    def only(self, plugin: str) -> Event:
        """The one event of a plugin."""
        (event,) = self.of_plugin(plugin)
        return event


class Fine:
    @hookimpl
    def orpheus_tags(self) -> None:
        return None


BAD = KnownBad(distribution="orpheus-bad", versions=frozenset({"1"}), reason="it deletes files")
OF_ANOTHER_API = manifest("x", "orpheus_tags", api=(99, 0))


def broken() -> object:
    raise ImportError("no such library")


def test_an_import_is_told_with_how_long_it_took() -> None:
    """Of a plugin with a manifest, when it is imported and not when it is found."""
    told = Told.of(eager("bare", Fine), lazy("calm", Fine, "orpheus_tags"))
    event = told.only("bare")
    assert event.kind == "plugin.loaded"
    assert event.data["distribution"] == "orpheus-bare"
    assert isinstance(event.data["took_s"], float)
    assert told.of_plugin("calm") == []
    told.host.activate("calm")
    assert told.only("calm").kind == "plugin.loaded"


def test_an_import_that_fails_is_told_once_with_its_trace() -> None:
    """The record says what is wrong and what to do, the trace where."""
    told = Told.of(eager("bare", broken))
    event = told.only("bare")
    assert event.kind == "plugin.load.failed"
    assert event.data["reason"] == "ImportError: no such library"
    assert "orpheus-bare" in str(event.data["hint"])
    assert event.data["exception.type"] == "ImportError"
    assert "in broken" in str(event.data["exception.stacktrace"])


@pytest.mark.parametrize(
    ("found", "options", "kind"),
    [
        ([eager("x", Fine)], {"disabled": ["x"]}, "plugin.disabled"),
        ([eager("x", Fine)], {"mode": PluginMode.SAFE}, "plugin.disabled"),
        ([eager("x", Fine, problem="odd")], {}, "plugin.manifest.refused"),
        ([lazy("x", Fine, "orpheus_event")], {}, "plugin.manifest.refused"),
        ([eager("X!", Fine)], {}, "plugin.load.failed"),
        ([eager("x", Fine, "orpheus-bad")], {"known_bad": (BAD,)}, "plugin.blocked"),
        ([lazy("x", Fine, claims=OF_ANOTHER_API)], {}, "plugin.api.mismatched"),
    ],
)
def test_a_plugin_that_stays_out_is_told_with_reason_and_hint(
    found: list[Fake], options: dict[str, object], kind: str
) -> None:
    """Whatever keeps it out."""
    told = Told.of(*found, **options)
    if found[0].manifest is not None:
        told.host.emit("orpheus_event", event=None)  # has it imported
    event = told.only(found[0].id)
    assert event.kind == kind
    assert event.data["reason"]
    assert event.data["hint"]


def test_two_of_one_id_are_told_each_with_its_package() -> None:
    """So that a person can choose."""
    told = Told.of(eager("x", Fine, "orpheus-a"), eager("x", Fine, "orpheus-b"))
    events = told.of_plugin("x")
    assert [(event.kind, event.data["distribution"]) for event in events] == [
        ("plugin.id.disputed", "orpheus-a"),
        ("plugin.id.disputed", "orpheus-b"),
    ]


def test_a_plugin_that_is_muted_and_one_that_works_again_are_told() -> None:
    """A hook that fails is an event of its own, so failing is none here."""

    class Moody:
        moods = iter([True, False, True, True, True])

        @hookimpl
        def orpheus_event(self) -> None:
            if next(self.moods):
                raise OSError("moody")

    told = Told.of(eager("moody", Moody))
    for _ in range(5):
        told.host.emit("orpheus_event", event=None)
    kinds = [event.kind for event in told.of_plugin("moody")]
    assert kinds == ["plugin.loaded", "plugin.recovered", "plugin.muted"]
    muted = told.of_plugin("moody")[-1]
    assert "OSError: moody" in str(muted.data["reason"])
    assert told.host.record("moody").state is PluginState.MUTED


def test_an_error_that_comes_before_its_state_is_told_with_it() -> None:
    """Another thread may be telling the states."""
    bus, events = EventBus(SimClock(), Redactor()), list[Event]()
    bus.subscribe(events.append)
    news = PluginNews(bus)
    record = PluginRecord(
        id="x", distribution="orpheus-x", version="1", builtin=False, state=PluginState.REGISTERED
    )
    news.orpheus_plugin_state(record)
    error = ImportError("x")
    news.tell_error(LoadFailure(plugin="x", distribution="orpheus-x", error=error))
    assert events == []
    news.orpheus_plugin_state(attrs.evolve(record, state=PluginState.FAILED, reason="x"))
    assert [event.kind for event in events] == ["plugin.load.failed"]
    assert events[0].data["exception.type"] == "ImportError"


def test_without_the_plugin_that_tells_nothing_is_told() -> None:
    """It can be switched off like any other."""
    told = Told.of(eager("bare", broken), disabled=["core-plugin-news"])
    assert told.events == []
