"""The plugin host: registration, the verbs, isolation."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

import orpheus_core as oc
from orpheus_core.errors import HookFailed, PluginLoadFailed, ServiceDown
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


# --- around ------------------------------------------------------------------------------


class Work:
    def __init__(self, outcome: object) -> None:
        self.outcome = outcome

    @oc.hookimpl(trylast=True)
    def orpheus_run_stage(self, stage: object, item: object, context: object) -> object:
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


def run(host: PluginHost) -> str:
    return host.around("orpheus_run_stage", str, stage=None, item=None, context=None)


def test_wrappers_stand_around_the_work_and_may_change_its_result() -> None:
    """The last registered is the outermost."""
    seen: list[str] = []

    class Wrapper:
        def __init__(self, name: str) -> None:
            self.name = name

        @oc.hookimpl(wrapper=True)
        def orpheus_run_stage(self, stage: object) -> Iterator[None]:
            seen.append(f"{self.name} in")
            result = yield
            seen.append(f"{self.name} out")
            return f"{result}+{self.name}"  # type: ignore[return-value] # pluggy's protocol

    host = PluginHost()
    host.register("work", Work("done"))
    host.register("inner", Wrapper("inner"))
    host.register("outer", Wrapper("outer"))
    assert run(host) == "done+inner+outer"
    assert seen == ["outer in", "inner in", "inner out", "outer out"]


def test_what_the_work_raises_goes_through_the_wrappers_to_the_caller() -> None:
    """As it is: the caller asks the brain about it."""
    caught: list[Exception] = []

    class Watching:
        @oc.hookimpl(wrapper=True)
        def orpheus_run_stage(self) -> Iterator[None]:
            try:
                return (yield)
            except ServiceDown as error:
                caught.append(error)
                raise

    host = PluginHost()
    host.register("work", Work(ServiceDown("down")))
    host.register("watching", Watching())
    with pytest.raises(ServiceDown):
        run(host)
    assert len(caught) == 1
    assert state_of(host, "watching")[0] is PluginState.ACTIVE


@pytest.mark.parametrize("when", ["before", "after", "never yields", "yields twice"])
def test_a_broken_wrapper_does_not_disturb_the_work(when: str) -> None:
    """It is reported and left out."""

    class Broken:
        @oc.hookimpl(wrapper=True)
        def orpheus_run_stage(self) -> Iterator[None]:
            if when == "before":
                raise RuntimeError
            if when == "never yields":
                return
            yield
            if when == "after":
                raise RuntimeError
            yield

    failures: list[HookFailure] = []
    host = PluginHost(on_failure=failures.append)
    host.register("work", Work("done"))
    host.register("broken", Broken())
    assert run(host) == "done"
    assert [failure.plugin for failure in failures] == ["broken"]


def test_without_anyone_to_do_the_work_the_hook_says_so() -> None:
    """Switching the built-in off is allowed, and clear."""
    with pytest.raises(HookFailed, match="no plugin answered orpheus_run_stage"):
        run(PluginHost())


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
