"""A plugin is imported once, then configured, and only then called by others."""

from __future__ import annotations

import collections
import concurrent.futures
import contextlib
import sys
import threading

import pytest
from tests.plugins.fakes import Counting, Decides, Shelf, decide, eager, host_of, lazy, state_of

import orpheus_core as oc
from orpheus_core.clock import SystemClock
from orpheus_core.plugins import (
    HookFailure,
    LoadFailure,
    PluginHost,
    PluginState,
)
from orpheus_core.plugins.dispatch import Dispatch
from orpheus_core.plugins.implementations import HookManager
from orpheus_core.plugins.last_failures import LastFailures


def test_many_threads_that_need_a_plugin_import_it_once() -> None:
    """Each of them gets its answer."""
    gate = threading.Barrier(8)
    load = Counting(Decides())
    host = host_of(lazy("lazy", load, "orpheus_decide"))

    def ask(_: int) -> list[str]:
        gate.wait(timeout=30)
        return decide(host)

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(8))) == [["lazy ?"]] * 8
    assert load.loads == 1


def test_no_hook_is_called_before_the_plugin_is_configured() -> None:
    """A second thread waits until the first has done all that belongs to an import."""
    in_configure, asked = threading.Event(), threading.Event()

    class Plugin(Decides):
        @oc.hookimpl
        def orpheus_configure(self, context: object) -> None:
            in_configure.set()
            asked.wait(timeout=30)
            self.value = context

    host = PluginHost(
        index=Shelf([lazy("lazy", Plugin, "orpheus_decide", "orpheus_configure")]),
        contexts=lambda record: f"context of {record.id}",
    )
    host.discover()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        first = pool.submit(decide, host)
        in_configure.wait(timeout=30)
        second = pool.submit(decide, host)
        asked.set()
        assert first.result(30) == second.result(30) == ["context of lazy ?"]


def test_an_import_that_calls_its_own_hooks_is_not_repeated() -> None:
    """It is not there yet, so it has no answer; there is nothing to wait for."""
    inner: list[list[str]] = []

    def load() -> object:
        inner.append(decide(host))
        return Decides()

    host = host_of(lazy("self", load, "orpheus_decide"))
    assert decide(host) == ["lazy ?"]
    assert inner == [[]]


def test_two_imports_that_need_each_other_come_to_an_end() -> None:
    """In one thread, and in two."""

    def load_a() -> object:
        both.wait(timeout=30)
        host.collect("orpheus_decide", str, only="b", question="?")
        return Decides("a")

    def load_b() -> object:
        both.wait(timeout=30)
        host.collect("orpheus_decide", str, only="a", question="?")
        return Decides("b")

    found = [lazy("a", load_a, "orpheus_decide"), lazy("b", load_b, "orpheus_decide")]
    both = threading.Barrier(1)
    host = host_of(*found)
    assert decide(host) == ["a ?", "b ?"]
    both = threading.Barrier(2)
    host = host_of(*found)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(host.activate, name) for name in ("a", "b")]:
            done.result(timeout=30)
    assert decide(host) == ["a ?", "b ?"]


def test_an_import_may_start_a_thread_that_publishes_and_wait_for_it() -> None:
    """Who publishes does not wait for the plugin; it is told afterwards."""
    seen: list[object] = []

    class Listens:
        @oc.hookimpl
        def orpheus_event(self, event: object) -> None:
            seen.append(event)

    def load() -> object:
        thread = threading.Thread(target=lambda: host.emit("orpheus_event", event="early"))
        thread.start()
        thread.join(timeout=30)
        assert not thread.is_alive()
        return Listens()

    host = host_of(lazy("listens", load, "orpheus_event"))
    host.emit("orpheus_event", event="first")
    assert seen == ["first", "early"]


def test_an_import_that_is_broken_off_by_ctrl_c_in_configure_is_done_all_the_same() -> None:
    """The module is there; it is not imported a second time."""

    class Plugin(Decides):
        @oc.hookimpl
        def orpheus_configure(self) -> None:
            raise KeyboardInterrupt

    load = Counting(Plugin())
    host = PluginHost(
        index=Shelf([lazy("lazy", load, "orpheus_decide", "orpheus_configure")]),
        contexts=lambda record: record,
    )
    host.discover()
    with pytest.raises(KeyboardInterrupt):
        decide(host)
    assert decide(host) == ["lazy ?"]
    assert load.loads == 1


def test_ctrl_c_while_its_last_failure_is_forgotten_leaves_a_plugin_imported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """That writes a file, which takes its time."""
    waits: list[object] = [KeyboardInterrupt]

    def clear(self: LastFailures, plugin: object) -> None:
        if waits:
            waits.pop()
            raise KeyboardInterrupt

    monkeypatch.setattr(LastFailures, "clear", clear)
    load = Counting(Decides())
    host = host_of(lazy("lazy", load, "orpheus_decide"))
    with pytest.raises(KeyboardInterrupt):
        decide(host)
    assert decide(host) == ["lazy ?"]
    assert load.loads == 1


@pytest.mark.parametrize("fails", [True, False])
def test_a_plugin_that_is_refused_while_it_is_imported_stays_out(fails: bool) -> None:
    """Another thread found out that its manifest is not true; it is told once."""

    def load() -> object:
        host.refuse("lazy", "not true")
        if fails:
            raise ImportError("gone as well")
        return Decides()

    told: list[LoadFailure | HookFailure] = []
    host = host_of(
        lazy("lazy", load, "orpheus_decide"), on_load_failure=told.append, on_failure=told.append
    )
    assert decide(host) == []
    assert state_of(host, "lazy") == (PluginState.INVALID_MANIFEST, "not true")
    assert [type(each) for each in told] == [LoadFailure]


# --- what it is given --------------------------------------------------------------------


class Configured(Decides):
    @oc.hookimpl
    def orpheus_configure(self, context: object) -> None:
        self.value = context


@pytest.mark.parametrize("origin", ["builtin", "script", "eager", "lazy"])
def test_every_plugin_is_configured_before_its_hooks_are_called(origin: str) -> None:
    """Wherever it comes from; its state is told after that."""
    told: list[PluginState] = []
    configured: list[str] = []

    def context(record: oc.PluginRecord) -> str:
        configured.append(record.id)
        assert PluginState.ACTIVE not in told
        return "ready"

    found = {
        "eager": eager("it", Configured),
        "lazy": lazy("it", Configured, "orpheus_decide", "orpheus_configure"),
    }
    host = PluginHost(
        index=Shelf([found[origin]] if origin in found else []),
        contexts=context,
        on_state=lambda record: told.append(record.state),
    )
    if origin == "builtin":
        host.register_builtins({"it": Configured()}, "1")
    if origin == "script":
        host.register("it", Configured())
    host.discover()
    assert decide(host) == ["ready ?"]
    assert configured == ["it"]
    assert told[-1] is PluginState.ACTIVE


def test_a_plugin_is_told_to_be_active_when_it_is_configured() -> None:
    """Not before, whatever else changes meanwhile."""

    class Plugin:
        @oc.hookimpl
        def orpheus_configure(self) -> None:
            host.register("other", Decides())

    told: list[str] = []
    host = PluginHost(
        contexts=lambda record: record, on_state=lambda record: told.append(record.id)
    )
    host.register("it", Plugin())
    assert told == ["other", "it"]


def test_a_plugin_that_fails_at_its_configuration_is_active_and_then_failed() -> None:
    """In that order for whoever listens; its other hooks are called."""

    class Plugin(Decides):
        @oc.hookimpl
        def orpheus_configure(self) -> None:
            raise RuntimeError("no such folder")

    told: list[PluginState] = []
    host = PluginHost(
        contexts=lambda record: record, on_state=lambda record: told.append(record.state)
    )
    host.register("it", Plugin())
    assert told == [PluginState.ACTIVE, PluginState.FAILED]
    assert state_of(host, "it")[1] == "orpheus_configure raised RuntimeError: no such folder"
    assert decide(host) == ["lazy ?"]


def test_a_context_that_cannot_be_made_is_the_plugin_s_failure() -> None:
    """A setting of its own that does not fit, say; the others go on."""

    def contexts(record: oc.PluginRecord) -> object:
        raise oc.InvalidSetting("it.colour is no number")

    host = PluginHost(contexts=contexts)
    host.register("it", Configured("unset"))
    assert state_of(host, "it")[0] is PluginState.FAILED
    assert decide(host) == ["unset ?"]


def test_what_an_import_prints_goes_to_the_standard_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What a program reads from the standard output stays whole."""

    class Prints(Decides):
        def __init__(self) -> None:
            super().__init__()
            sys.stdout.write("made\n")

    def load() -> object:
        print("imported")
        return Prints

    host = host_of(lazy("prints", load, "orpheus_decide"))
    decide(host)
    print("result")
    out, err = capsys.readouterr()
    assert out == "result\n"
    assert err == "imported\nmade\n"


class _Observer:
    """Notes what it is told of."""

    def __init__(self) -> None:
        self.seen: list[object] = []

    @oc.hookimpl
    def orpheus_event(self, event: object) -> None:
        self.seen.append(event)


def test_an_observer_misses_nothing_while_it_is_imported() -> None:
    """Who publishes does not wait for the import; the observer hears of all, in order."""
    observer, at_it, go_on = _Observer(), threading.Event(), threading.Event()

    def load() -> object:
        host.emit("orpheus_event", event=1)  # by the import itself
        at_it.set()
        go_on.wait(timeout=30)
        return observer

    host = host_of(lazy("observer", load, "orpheus_event"))
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        first = pool.submit(host.emit, "orpheus_event", event=0)
        at_it.wait(timeout=30)
        for event in (2, 3, 4):
            host.emit("orpheus_event", event=event)
        assert observer.seen == []
        go_on.set()
        first.result(30)
    host.emit("orpheus_event", event=5)
    assert observer.seen == [0, 1, 2, 3, 4, 5]


def test_plugins_with_manifests_come_in_without_a_look_at_what_they_have_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Opening costs one look for each hook that they name, and one plan to tell of them all."""
    looks: list[str] = []
    plans: list[str] = []
    parse, made = HookManager.parse_hookimpl_opts, Dispatch._made

    def counted(self: HookManager, plugin: object, name: str) -> object:
        looks.append(name)
        return parse(self, plugin, name)

    def planned(self: Dispatch, hook: str, *rest: object) -> object:
        plans.append(hook)
        return made(self, hook, *rest)  # type: ignore[arg-type] # as it was called

    monkeypatch.setattr(HookManager, "parse_hookimpl_opts", counted)
    monkeypatch.setattr(Dispatch, "_made", planned)
    found = [lazy(f"p{n}", object, "orpheus_tags", "orpheus_decide") for n in range(20)]
    host = PluginHost(
        index=Shelf(found), on_state=lambda record: host.emit("orpheus_plugin_state", record=record)
    )
    looks.clear()
    host.discover()
    assert len(host.hooks()["orpheus_tags"]) == 20
    assert len(looks) == 40
    assert plans == ["orpheus_plugin_state"]


def test_one_object_under_two_ids_is_refused_however_the_imports_meet() -> None:
    """Both threads have looked at it before either has it."""
    module, meet = Decides(), threading.Barrier(2)
    seen: collections.Counter[int] = collections.Counter()

    class Meeting(SystemClock):
        """Has both at the end of their imports at one time."""

        def monotonic(self) -> float:
            seen[threading.get_ident()] += 1
            if seen[threading.get_ident()] == 2:
                meet.wait(10)
            return 0.0

    plugins = [lazy(name, lambda: module, "orpheus_decide") for name in ("one", "two")]
    host = host_of(*plugins, clock=Meeting())

    def need(name: str) -> None:
        with contextlib.suppress(oc.PluginUnavailable):
            host.activate(name)

    threads = [threading.Thread(target=need, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    states = sorted(state_of(host, name)[0].value for name in ("one", "two"))
    assert states == ["active", "failed"]


def test_what_waits_for_an_import_that_fails_is_forgotten() -> None:
    """There is nobody to tell."""

    def load() -> object:
        host.emit("orpheus_event", event=1)
        raise RuntimeError("no import today")

    host = host_of(lazy("observer", load, "orpheus_event"))
    host.emit("orpheus_event", event=0)
    assert state_of(host, "observer")[0] is PluginState.FAILED
    host.emit("orpheus_event", event=2)
    assert not host._roster.members["observer"].backlog


def test_an_author_whose_code_is_ahead_of_the_manifest_is_told_the_command() -> None:
    """It is the commonest slip of whoever writes a plugin."""
    host = host_of(lazy("mine", Decides, "orpheus_tags"))
    host.fold("orpheus_tags", "tags", "tags", item=None)
    record = host.record("mine")
    assert record.state is PluginState.INVALID_MANIFEST
    assert record.hint.endswith("if it is your own: orpheus plugin manifest mine --write")
