"""Whom a hook is meant for, and in which order."""

from __future__ import annotations

import functools
import itertools
from typing import Any

import pytest
from tests.plugins.fakes import Shelf, eager, host_of, lazy, manifest

import orpheus_core as oc
from orpheus_core.plugins import HookUse, PluginHost, PluginState


class Named:
    """Answers with its own name, as *marked*."""

    def __init__(self, name: str) -> None:
        def orpheus_decide(question: object) -> str:
            return name

        first, last = name.endswith("-first"), name.endswith("-last")
        self.orpheus_decide = oc.hookimpl(tryfirst=first, trylast=last)(orpheus_decide)


def decides(name: str) -> HookUse:
    first, last = name.endswith("-first"), name.endswith("-last")
    return HookUse(name="orpheus_decide", tryfirst=first, trylast=last)


def order(host: PluginHost) -> list[str]:
    return [answer.value for answer in host.collect("orpheus_decide", str, question=None)]


EXPECTED = [
    *("a-first", "b-first", "script-first", "core-first"),
    *("a", "b", "script-late", "script", "core-a", "core-b"),
    *("a-last", "script-last", "core-last"),
]


@pytest.mark.parametrize("is_lazy", [True, False])
@pytest.mark.parametrize("reverse", [True, False])
def test_hooks_are_called_in_the_same_order_on_every_machine(is_lazy: bool, reverse: bool) -> None:
    """By their marks, by where they come from, by their ids; never by when they came."""

    found = [
        lazy(name, functools.partial(Named, name), decides(name))
        if is_lazy
        else eager(name, functools.partial(Named, name))
        for name in EXPECTED
        if name[0] in "ab"
    ]
    host = PluginHost(index=Shelf(found[::-1] if reverse else found))
    if reverse:
        host.discover()
    builtins = [name for name in EXPECTED if name.startswith("core-")]
    host.register_builtins({name: Named(name) for name in builtins[:: -1 if reverse else 1]}, "1")
    for name in ("script-first", "script", "script-late", "script-last"):
        host.register(name, Named(name))
    if not reverse:
        host.discover()
    assert order(host) == EXPECTED


def test_the_order_does_not_change_when_a_plugin_is_imported() -> None:
    """A stub stands where its plugin will."""
    found = [lazy(name, functools.partial(Named, name), "orpheus_decide") for name in "abc"]
    for activated in itertools.permutations("abc", 2):
        host = host_of(*found)
        for name in activated:
            host.activate(name)
        assert order(host) == ["a", "b", "c"]


class Listens:
    def __init__(self) -> None:
        self.seen: list[object] = []

    @oc.hookimpl
    def orpheus_event(self, event: object) -> None:
        self.seen.append(event)

    @oc.hookimpl
    def orpheus_advise(self, event: object) -> str:
        return f"advice on {event}"


USES = (
    HookUse(name="orpheus_event", events=("network.*", "job.failed")),
    HookUse(name="orpheus_advise", events=("job.*",)),
)


def publish(host: PluginHost, *kinds: str) -> None:
    for kind in kinds:
        host.emit("orpheus_event", event_kind=kind, event=kind)


def test_a_plugin_is_called_for_the_kinds_of_events_that_its_manifest_names() -> None:
    """It is not imported for others, and not called for them once it is imported."""
    plugin = Listens()
    host = host_of(lazy("listens", lambda: plugin, *USES))
    publish(host, "job.started", "download.started")
    assert host.record("listens").state is PluginState.REGISTERED
    publish(host, "network.request.started", "job.started", "job.failed", "networks")
    assert host.record("listens").state is PluginState.ACTIVE
    assert plugin.seen == ["network.request.started", "job.failed"]


def test_advice_is_asked_for_the_kinds_that_the_manifest_names() -> None:
    """As with events."""
    host = host_of(lazy("listens", Listens, *USES))
    answers = [
        host.collect("orpheus_advise", str, event_kind=kind, event=kind, situation=None)
        for kind in ("network.slow", "job.failed")
    ]
    assert [len(each) for each in answers] == [0, 1]


def test_a_plugin_that_names_no_kinds_gets_every_event() -> None:
    """Whether its manifest names none, or there is no manifest."""
    plugins = [Listens(), Listens()]
    host = host_of(
        lazy("all", lambda: plugins[0], "orpheus_event", "orpheus_advise"),
        eager("plain", lambda: plugins[1]),
    )
    publish(host, "job.started")
    assert [plugin.seen for plugin in plugins] == [["job.started"], ["job.started"]]


def test_an_event_without_a_kind_goes_to_all() -> None:
    """Nothing is known that could keep it from anybody."""
    plugin = Listens()
    host = host_of(lazy("listens", lambda: plugin, *USES))
    host.emit("orpheus_event", event="?")
    assert plugin.seen == ["?"]


def test_a_plugin_that_comes_later_is_called_from_then_on() -> None:
    """What was worked out before is worked out anew; so is it when one goes."""
    host = PluginHost()
    host.register("one", Named("one"))
    assert order(host) == ["one"]
    host.register("two", Named("two"))
    assert order(host) == ["two", "one"]
    host.refuse("one", "not true")
    assert order(host) == ["two"]


def test_a_plugin_that_claims_no_hook_is_not_asked() -> None:
    """Whatever its code may have."""
    host = host_of(lazy("silent", Listens, claims=manifest("silent")))
    publish(host, "job.started")
    assert host.record("silent").state is PluginState.REGISTERED


def test_a_plan_that_is_made_while_plugins_change_is_not_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Another thread may have looked a moment before."""
    host = PluginHost()
    dispatch = host._dispatch
    make = dispatch._made

    def slow(*key: Any) -> Any:
        plan = make(*key)
        monkeypatch.undo()
        host.register("late", Named("late"))
        return plan

    host.register("one", Named("one"))
    monkeypatch.setattr(dispatch, "_made", slow)
    assert order(host) == ["one"]
    assert order(host) == ["late", "one"]
