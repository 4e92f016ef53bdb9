"""The plugin host: registration, the verbs, isolation."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

import orpheus_core as oc
from orpheus_core.errors import HookFailed, PluginLoadFailed
from orpheus_core.plugins import HookFailure, LoadFailure, PluginHost, PluginState
from orpheus_core.plugins import discovery as discovery_module
from orpheus_core.plugins import host as host_module
from orpheus_core.plugins.discovery import EntryPoint


class Answers:
    def __init__(self, value: object) -> None:
        self.value = value

    @oc.hookimpl
    def orpheus_decide(self, question: object) -> object:
        if isinstance(self.value, Exception):
            raise self.value
        return self.value


def state_of(host: PluginHost, name: str) -> tuple[PluginState, str]:
    return next((r.state, r.reason) for r in host.records() if r.id == name)


def test_collect_keeps_good_answers_and_names_bad_ones() -> None:
    """An implementation that raises, or answers with the wrong type, costs its own answer."""
    failures: list[HookFailure] = []
    host = PluginHost(on_failure=failures.append)
    for name, value in (("a", "one"), ("b", RuntimeError("x")), ("c", 3), ("d", ["two", None])):
        host.register(name, Answers(value))
    answers = host.collect("orpheus_decide", str, question=None)
    assert sorted((a.plugin, a.value) for a in answers) == [("a", "one"), ("d", "two")]
    assert sorted(failure.plugin for failure in failures) == ["b", "c"]
    assert state_of(host, "b") == (PluginState.FAILED, "orpheus_decide raised RuntimeError: x")


def test_first_passes_over_none_and_failures() -> None:
    """The first real answer stands; later plugins are not asked."""
    host = PluginHost()
    host.register("last", Answers("second best"))
    host.register("good", Answers("best"))
    host.register("none", Answers(None))
    host.register("bad", Answers(RuntimeError()))
    answer = host.first("orpheus_decide", str, question=None)
    assert answer is not None
    assert (answer.plugin, answer.value) == ("good", "best")


def test_a_hook_is_muted_after_three_failures_in_a_row() -> None:
    """And the host says so once."""
    muted: list[HookFailure] = []
    host = PluginHost(on_muted=muted.append)
    host.register("bad", Answers(RuntimeError()))
    for _ in range(5):
        host.first("orpheus_decide", str, question=None)
    assert len(muted) == 1
    assert state_of(host, "bad")[0] is PluginState.MUTED


def test_strict_raises_what_a_hook_raises() -> None:
    """Tests of plugins want to see it."""
    host = PluginHost(strict=True)
    host.register("bad", Answers(RuntimeError("seen")))
    with pytest.raises(HookFailed, match="bad: orpheus_decide failed: seen"):
        host.first("orpheus_decide", str, question=None)


def test_a_misspelled_hook_is_refused_with_the_nearest_name() -> None:
    """pluggy would register it silently, and it would never be called."""

    class Misspelled:
        @oc.hookimpl
        def orpheus_advize(self) -> None: ...

    host = PluginHost()
    host.register("typo", Misspelled())
    state, reason = state_of(host, "typo")
    assert state is PluginState.FAILED
    assert "did you mean orpheus_advise?" in reason


def test_an_argument_that_the_hook_does_not_have_is_refused() -> None:
    """It could never be filled in."""

    class TooMuch:
        @oc.hookimpl
        def orpheus_decide(self, question: object, mood: object) -> None: ...

    host = PluginHost()
    host.register("eager", TooMuch())
    assert "has no argument mood" in state_of(host, "eager")[1]


def test_a_disabled_plugin_is_not_even_imported() -> None:
    """Built-in or not."""
    host = PluginHost(disabled=["off"])
    host.register_builtins({"off": Answers("x"), "on": Answers("y")}, "1")
    assert state_of(host, "off")[0] is PluginState.DISABLED
    assert [a.value for a in host.collect("orpheus_decide", str, question=None)] == ["y"]


def exits() -> object:
    raise SystemExit(3)


def fails() -> object:
    raise ModuleNotFoundError("No module named 'Cryptodome'")


def points(*entries: EntryPoint) -> Callable[[], Iterator[EntryPoint]]:
    return lambda: iter(entries)


def test_an_import_that_fails_or_exits_leaves_the_others_working(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each broken plugin is named with its reason."""
    failures: list[LoadFailure] = []
    found = points(
        EntryPoint("fails", "orpheus-fails", "1", fails),
        EntryPoint("exits", "orpheus-exits", "2", exits),
        EntryPoint("good", "orpheus-good", "3", lambda: Answers("fine")),
    )
    monkeypatch.setattr(host_module, "entry_points", found)
    host = PluginHost(on_load_failure=failures.append)
    host.discover()
    assert [a.value for a in host.collect("orpheus_decide", str, question=None)] == ["fine"]
    assert state_of(host, "fails")[1] == "ModuleNotFoundError: No module named 'Cryptodome'"
    assert state_of(host, "exits")[0] is PluginState.FAILED
    assert {failure.plugin for failure in failures} == {"fails", "exits"}


def test_ctrl_c_during_an_import_is_not_swallowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A person who wants to stop is not a broken plugin."""

    def interrupted() -> object:
        raise KeyboardInterrupt

    monkeypatch.setattr(host_module, "entry_points", points(EntryPoint("p", "d", "1", interrupted)))
    with pytest.raises(KeyboardInterrupt):
        PluginHost().discover()


def test_two_distributions_with_one_id_are_both_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither wins by chance."""
    found = points(
        EntryPoint("same", "orpheus-one", "1", lambda: Answers("one")),
        EntryPoint("same", "orpheus-two", "1", lambda: Answers("two")),
    )
    monkeypatch.setattr(host_module, "entry_points", found)
    host = PluginHost()
    host.discover()
    assert state_of(host, "same") == (
        PluginState.CONFLICT,
        "claimed by orpheus-one, orpheus-two",
    )
    assert host.collect("orpheus_decide", str, question=None) == []


def test_strict_loading_raises() -> None:
    """With the reason."""
    host = PluginHost(strict=True)
    with pytest.raises(PluginLoadFailed):
        host.register("typo", type("T", (), {"orpheus_x": oc.hookimpl(lambda self: None)})())


def test_entry_points_announce_the_sandbox() -> None:
    """The core's own service plugin is found like any other."""
    found = {point.name: point for point in discovery_module.entry_points()}
    assert found["sandbox"].distribution == "orpheus-core"
    assert found["sandbox"].load().__name__ == "orpheus_core.testing.sandbox.plugin"  # type: ignore[attr-defined]


def test_fold_hands_the_value_on_and_none_keeps_it() -> None:
    """A failure or a wrong type keeps it as well."""

    class Adds:
        def __init__(self, change: object) -> None:
            self.change = change

        @oc.hookimpl
        def orpheus_tags(self, tags: str) -> object:
            if isinstance(self.change, Exception):
                raise self.change
            return tags + self.change if isinstance(self.change, str) else self.change

    host = PluginHost()
    for name, change in (("a", "x"), ("b", None), ("c", RuntimeError()), ("d", 5), ("e", "y")):
        host.register(name, Adds(change))
    assert host.fold("orpheus_tags", "tags", "-", item=None) == "-yx"


# --- ids ---------------------------------------------------------------------------------


def test_a_stranger_cannot_take_the_place_of_a_built_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is there keeps the id; the other is turned away, named, and not imported."""
    monkeypatch.setattr(host_module, "entry_points", points(EntryPoint("core", "evil", "6", fails)))
    told: list[LoadFailure] = []
    host = PluginHost(on_load_failure=told.append)
    host.register_builtins({"core": Answers("ours")}, "1")
    host.discover()
    assert [a.value for a in host.collect("orpheus_decide", str, question=None)] == ["ours"]
    ours, other = host.records()
    assert (ours.builtin, ours.state) == (True, PluginState.ACTIVE)
    assert (other.distribution, other.state) == ("evil", PluginState.CONFLICT)
    assert other.reason == "the id core is taken by a plugin of orpheus-core"
    assert [failure.distribution for failure in told] == ["evil"]


def test_two_objects_of_one_id_are_a_conflict_and_the_first_stays() -> None:
    """It is still there, and the list says so."""
    host = PluginHost()
    host.register("mine", Answers("first"))
    host.register("mine", Answers("second"))
    assert [a.value for a in host.collect("orpheus_decide", str, question=None)] == ["first"]
    assert [record.state for record in host.records()] == [
        PluginState.ACTIVE,
        PluginState.CONFLICT,
    ]


def test_a_conflict_is_told_like_any_other_plugin_that_is_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """So that the event log has it, too."""
    told: list[LoadFailure] = []
    found = points(EntryPoint("same", "one", "1", exits), EntryPoint("same", "two", "1", exits))
    monkeypatch.setattr(host_module, "entry_points", found)
    PluginHost(on_load_failure=told.append).discover()
    assert [(each.plugin, str(each.error)) for each in told] == [("same", "claimed by one, two")]


def test_a_plugin_without_an_id_is_left_out() -> None:
    """It could not be switched off, nor named when it fails."""
    host = PluginHost()
    host.register("", Answers("x"))
    assert state_of(host, "") == (PluginState.FAILED, "HookFailed: a plugin needs an id")


def test_one_object_is_registered_once() -> None:
    """A second id for it is refused, in a sentence that shows no object's insides."""
    plugin = Answers("x")
    host = PluginHost()
    host.register("one", plugin)
    host.register("two", plugin)
    assert state_of(host, "two") == (
        PluginState.FAILED,
        "HookFailed: it is registered already, as one",
    )
    assert len(host.collect("orpheus_decide", str, question=None)) == 1


def test_strict_raises_for_a_conflict() -> None:
    """Whoever tests a plugin wants to see that it is not there."""
    host = PluginHost(strict=True)
    host.register("one", Answers("x"))
    with pytest.raises(PluginLoadFailed, match="plugin one could not be loaded"):
        host.register("one", Answers("y"))
