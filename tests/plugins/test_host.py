"""The plugin host: registration, the verbs, isolation."""

from __future__ import annotations

import pytest
from tests.plugins.fakes import Answers, Shelf, eager, host_of, lazy, state_of

import orpheus_core as oc
from orpheus_core.errors import (
    HookFailed,
    PluginLoadFailed,
    PluginUnavailable,
    UnknownPlugin,
)
from orpheus_core.plugins import (
    HookFailure,
    HookUse,
    LoadFailure,
    PluginHost,
    PluginMode,
    PluginState,
)
from orpheus_core.plugins.index import PluginIndex


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


def test_strict_raises_what_a_hook_raises() -> None:
    """Tests of plugins want to see it."""
    host = PluginHost(mode=PluginMode.STRICT)
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


def test_an_import_that_fails_or_exits_leaves_the_others_working() -> None:
    """Each broken plugin is named with its reason, and with what to do."""
    failures: list[LoadFailure] = []
    host = host_of(
        eager("fails", fails),
        eager("exits", exits),
        eager("good", lambda: Answers("fine")),
        on_load_failure=failures.append,
    )
    assert [a.value for a in host.collect("orpheus_decide", str, question=None)] == ["fine"]
    assert state_of(host, "fails") == (
        PluginState.FAILED,
        "ModuleNotFoundError: No module named 'Cryptodome'",
    )
    assert "pip install" in host.record("fails").hint
    assert state_of(host, "exits") == (PluginState.FAILED, "SystemExit: 3")
    assert "orpheus-exits" in host.record("exits").hint
    assert [failure.plugin for failure in failures] == ["exits", "fails"]


def test_ctrl_c_during_an_import_is_not_swallowed() -> None:
    """A person who wants to stop is not a broken plugin; the next time it is tried again."""
    answers = iter([KeyboardInterrupt()])

    def interrupted() -> object:
        for error in answers:
            raise error
        return Answers("fine")

    host = PluginHost(index=Shelf([lazy("p", interrupted, "orpheus_decide")]))
    host.discover()
    with pytest.raises(KeyboardInterrupt):
        host.first("orpheus_decide", str, question=None)
    assert host.record("p").state is PluginState.REGISTERED
    assert host.first("orpheus_decide", str, question=None) is not None


def test_strict_loading_raises() -> None:
    """With the reason."""
    host = PluginHost(mode=PluginMode.STRICT)
    with pytest.raises(PluginLoadFailed):
        host.register("typo", type("T", (), {"orpheus_x": oc.hookimpl(lambda self: None)})())


def test_entry_points_announce_the_sandbox() -> None:
    """The core's own service plugin is found like any other."""
    found = {plugin.id: plugin for plugin in PluginIndex(None).plugins()}
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


# --- who is there ------------------------------------------------------------------------


def test_a_plugin_that_does_not_exist_is_named_with_the_nearest() -> None:
    """A person typed it."""
    host = host_of(eager("deezer", lambda: Answers("x")))
    with pytest.raises(UnknownPlugin, match="there is no plugin 'deezr'") as caught:
        host.record("deezr")
    assert caught.value.next_step == "did you mean deezer?"
    assert not host.usable("deezr")


def test_the_list_has_built_ins_first_then_the_others_by_id_and_distribution() -> None:
    """The same on every machine."""
    host = PluginHost(index=Shelf([eager("b", exits, "two"), eager("b", exits, "one")]))
    host.register("c", Answers("x"))
    host.register_builtins({"core-z": Answers("y")}, "1")
    host.discover()
    names = [(record.id, record.distribution) for record in host.records()]
    assert names == [("core-z", "orpheus-core"), ("b", "one"), ("b", "two"), ("c", "")]


def test_safe_mode_loads_the_core_s_own_plugins_and_no_others() -> None:
    """Neither installed ones nor those of a script; each says why."""
    host = PluginHost(
        index=Shelf([eager("installed", exits), lazy("lazy", exits, "orpheus_decide")]),
        mode=PluginMode.SAFE,
    )
    host.register_builtins({"core-one": Answers("ours")}, "1")
    host.register("script", Answers("theirs"))
    host.discover()
    assert [a.value for a in host.collect("orpheus_decide", str, question=None)] == ["ours"]
    for name in ("installed", "lazy", "script"):
        record = host.record(name)
        assert record.state is PluginState.DISABLED
        assert "safe mode" in record.reason
        assert "plugins.mode" in record.hint


def test_each_application_makes_its_own_instance_of_a_class() -> None:
    """Two applications in one process share nothing."""

    class Counts:
        def __init__(self) -> None:
            self.calls = 0

        @oc.hookimpl
        def orpheus_decide(self) -> str:
            self.calls += 1
            return str(self.calls)

    plugin = eager("counts", lambda: Counts)
    hosts = [host_of(plugin), host_of(plugin)]
    answers = [host.first("orpheus_decide", str, question=None) for host in hosts]
    assert [answer.value for answer in answers if answer is not None] == ["1", "1"]


def test_an_entry_point_that_is_none_is_no_plugin() -> None:
    """It would be there and do nothing."""
    host = host_of(eager("nothing", lambda: None))
    assert state_of(host, "nothing")[0] is PluginState.FAILED


def test_without_eagerness_a_plugin_without_a_manifest_is_only_indexed() -> None:
    """A list of plugins must import none."""
    host = PluginHost(index=Shelf([eager("old", exits)]))
    host.discover(eager=False)
    assert state_of(host, "old") == (PluginState.INDEXED, "")
    assert not host.usable("old")
    assert host.collect("orpheus_decide", str, question=None) == []


def test_a_plugin_that_is_only_indexed_can_be_activated() -> None:
    """When it turns out to be the one that is needed."""
    host = PluginHost(index=Shelf([eager("old", lambda: Answers("fine"))]))
    host.discover(eager=False)
    host.activate("old")
    assert state_of(host, "old")[0] is PluginState.ACTIVE
    assert [a.value for a in host.collect("orpheus_decide", str, question=None)] == ["fine"]


def test_activate_says_why_a_plugin_is_not_there_and_what_to_do() -> None:
    """Whether it was switched off, or its import fails now."""
    host = host_of(lazy("fails", fails, "orpheus_decide"), eager("off", fails), disabled=["off"])
    for name in ("fails", "off"):
        with pytest.raises(PluginUnavailable, match=f"the plugin {name} cannot be used") as caught:
            host.activate(name)
        assert host.record(name).reason in caught.value.why
        assert caught.value.next_step == host.record(name).hint
        assert not host.usable(name)
    with pytest.raises(UnknownPlugin):
        host.activate("nobody")


def test_activate_imports_a_plugin_once() -> None:
    """And does nothing for one that is there, be it failing or muted."""
    loads: list[int] = []

    def load() -> object:
        loads.append(1)
        return Answers(RuntimeError())

    host = host_of(lazy("good", load, "orpheus_decide"))
    assert host.usable("good")
    host.activate("good")
    host.emit("orpheus_decide", question=None)
    assert state_of(host, "good")[0] is PluginState.FAILED
    host.activate("good")
    assert len(loads) == 1
    assert host.usable("good")


def test_a_plugin_whose_claims_are_not_true_is_refused() -> None:
    """From then on none of its hooks is called; it is told, and nothing brings it back."""
    told: list[LoadFailure] = []
    host = host_of(
        lazy("liar", lambda: Answers("lie"), "orpheus_decide"), on_load_failure=told.append
    )
    assert host.first("orpheus_decide", str, question=None) is not None
    host.refuse("liar", "it claims the stage polish, which it has not")
    host.refuse("liar", "a second time")
    assert host.first("orpheus_decide", str, question=None) is None
    assert state_of(host, "liar") == (
        PluginState.INVALID_MANIFEST,
        "it claims the stage polish, which it has not",
    )
    assert "orpheus-liar" in host.record("liar").hint
    assert len(told) == 1
    with pytest.raises(PluginUnavailable):
        host.activate("liar")


def test_a_plugin_that_fails_once_it_is_refused_stays_as_it_is() -> None:
    """Calls that were under way end after it."""

    class Late:
        @oc.hookimpl
        def orpheus_decide(self) -> None:
            host.refuse("late", "not true")
            raise RuntimeError("too late")

    host = PluginHost()
    host.register("late", Late())
    host.emit("orpheus_decide", question=None)
    assert state_of(host, "late") == (PluginState.INVALID_MANIFEST, "not true")


# --- every hook --------------------------------------------------------------------------


def test_hooks_lists_every_hook_with_its_plugins_in_their_order() -> None:
    """Wrappers first, the outermost before the others; nothing is imported for it."""

    class Wraps:
        @oc.hookimpl(wrapper=True, tryfirst=True)
        def orpheus_send(self) -> object:
            return (yield)

    host = PluginHost(
        index=Shelf(
            [
                lazy("a", fails, HookUse(name="orpheus_event", events=("network.*",))),
                lazy("b", fails, HookUse(name="orpheus_send", tryfirst=True)),
            ]
        )
    )
    host.register("wraps", Wraps())
    host.discover()
    hooks = host.hooks()
    assert "orpheus_teardown" in hooks
    assert [(user.plugin, user.use) for user in hooks["orpheus_event"]] == [
        ("a", HookUse(name="orpheus_event", events=("network.*",)))
    ]
    assert [(user.plugin, user.use.wrapper) for user in hooks["orpheus_send"]] == [
        ("wraps", True),
        ("b", False),
    ]
    assert host.record("a").state is PluginState.REGISTERED


def test_an_unknown_hook_cannot_be_called() -> None:
    """A misspelled name would otherwise mean that nobody answers."""
    with pytest.raises(HookFailed, match="there is no hook orpheus_decid; did you mean orp"):
        PluginHost().first("orpheus_decid", str)
