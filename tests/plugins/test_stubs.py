"""A plugin with a manifest is imported at the first call that is meant for it, and once."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pluggy
import pytest
from tests.plugins.fakes import Counting, Decides, decide, eager, host_of, lazy, state_of

import orpheus_core as oc
from orpheus_core import hookspecs
from orpheus_core.errors import HookFailed, PluginUnavailable, ServiceDown
from orpheus_core.plugins import (
    HookFailure,
    HookUse,
    LoadFailure,
    PluginHost,
    PluginMode,
    PluginState,
)
from orpheus_core.plugins.implementations import Face, HookManager, Implementation, Spec
from orpheus_core.plugins.stubs import NotThere, stub, wrapper_stub
from orpheus_core.testing import SimClock


def test_a_plugin_is_imported_when_one_of_its_hooks_is_called() -> None:
    """Not when it is found, nor when another hook is called."""
    load = Counting(Decides())
    host = host_of(lazy("lazy", load, "orpheus_decide"))
    host.emit("orpheus_event", event=None)
    assert (load.loads, host.record("lazy").state) == (0, PluginState.REGISTERED)
    assert host.record("lazy").hooks == ("orpheus_decide",)
    assert decide(host) == ["lazy ?"]
    assert decide(host) == ["lazy ?"]
    assert (load.loads, host.record("lazy").state) == (1, PluginState.ACTIVE)


def test_how_long_an_import_took_is_measured() -> None:
    """None before it was imported."""
    clock = SimClock()

    def load() -> object:
        clock.sleep(1.5)
        return Decides()

    host = host_of(lazy("slow", load, "orpheus_decide"), clock=clock)
    assert host.record("slow").loaded_in_s is None
    host.activate("slow")
    assert host.record("slow").loaded_in_s == 1.5


def test_a_first_that_is_answered_before_it_imports_nothing() -> None:
    """Only the winner is imported."""
    later = Counting(Decides())
    host = host_of(lazy("a", lambda: Decides("a"), "orpheus_decide"), lazy("b", later))
    answer = host.first("orpheus_decide", str, question="?")
    assert answer is not None
    assert (answer.plugin, later.loads) == ("a", 0)


def test_only_the_plugin_that_is_asked_is_imported() -> None:
    """A service, a command: found by key, then asked alone."""
    other = Counting(Decides("b"))
    host = host_of(
        lazy("a", lambda: Decides("a"), "orpheus_decide"), lazy("b", other, "orpheus_decide")
    )
    answers = host.collect("orpheus_decide", str, only="a", question="?")
    assert [answer.value for answer in answers] == ["a ?"]
    assert other.loads == 0


@pytest.mark.parametrize("hook", ["orpheus_teardown", "orpheus_plugin_state"])
def test_what_means_nothing_to_it_does_not_import_a_plugin(hook: str) -> None:
    """It has nothing to let go of. Once it is imported, it is called."""
    called: list[str] = []

    class Plugin(Decides):
        @oc.hookimpl
        def orpheus_teardown(self) -> None:
            called.append("orpheus_teardown")

        @oc.hookimpl
        def orpheus_plugin_state(self) -> None:
            called.append("orpheus_plugin_state")

    load = Counting(Plugin())
    hooks = ("orpheus_decide", "orpheus_teardown", "orpheus_plugin_state")
    host = host_of(lazy("lazy", load, *hooks))
    host.emit(hook, record=None)
    assert load.loads == 0
    decide(host)
    host.emit(hook, record=None)
    assert called == [hook]


def test_an_argument_that_the_function_does_not_take_is_left_out() -> None:
    """A stub takes all of them, and hands on as many as are wanted, at every call."""
    seen: list[object] = []

    class Plugin:
        @oc.hookimpl
        def orpheus_advise(self, situation: object, mood: object = "calm") -> None:
            seen.append((situation, mood))

    host = host_of(lazy("lazy", Plugin, "orpheus_advise"))
    for number in (1, 2):
        host.emit("orpheus_advise", event=0, situation=number)
    assert seen == [(1, "calm"), (2, "calm")]


def run(host: PluginHost) -> str:
    return host.around("orpheus_run_stage", str, stage=1, item=2, context=3)


class Works:
    @oc.hookimpl(trylast=True)
    def orpheus_run_stage(self, item: object) -> str:
        return f"work on {item}"


class Wraps:
    @oc.hookimpl(wrapper=True)
    def orpheus_run_stage(self, stage: object) -> Iterator[None]:
        try:
            result = yield
        except ServiceDown:
            result = "recovered"
        return f"{result} at {stage}"  # type: ignore[return-value] # pluggy's protocol


WRAPS = HookUse(name="orpheus_run_stage", wrapper=True)
WORKS = HookUse(name="orpheus_run_stage", trylast=True)


def test_a_wrapper_is_imported_at_its_first_call_as_well() -> None:
    """And stands around the work at that call already."""
    host = host_of(lazy("wraps", Wraps, WRAPS), lazy("works", Works, WORKS))
    assert run(host) == "work on 2 at 1"
    assert run(host) == "work on 2 at 1"
    assert {record.state for record in host.records()} == {PluginState.ACTIVE}


def test_what_the_work_raises_reaches_a_wrapper_through_its_stub() -> None:
    """So that it can recover at the very first call."""

    class Fails:
        @oc.hookimpl
        def orpheus_run_stage(self) -> str:
            raise ServiceDown("down")

    host = host_of(lazy("wraps", Wraps, WRAPS))
    host.register("fails", Fails())
    assert run(host) == "recovered at 1"


# --- imports that fail -------------------------------------------------------------------


@pytest.mark.parametrize(
    "error", [ImportError("gone"), SystemExit(0), BaseException("odd"), SyntaxError("def (")]
)
def test_a_lazy_import_that_fails_costs_its_own_answer_and_is_told_once(
    error: BaseException,
) -> None:
    """It is not tried again, and is no failure of the hook."""
    told: list[LoadFailure] = []
    failures: list[HookFailure] = []
    load = Counting(error)
    host = host_of(
        lazy("bad", load, "orpheus_decide", "orpheus_tags", "orpheus_event"),
        lazy("good", Decides, "orpheus_decide"),
        on_load_failure=told.append,
        on_failure=failures.append,
    )
    for _ in range(3):
        assert decide(host) == ["lazy ?"]
        assert host.first("orpheus_decide", str, question="?") is not None
        assert host.fold("orpheus_tags", "tags", "kept", item=None) == "kept"
        host.emit("orpheus_event", event=None)
    assert load.loads == 1
    assert [failure.error for failure in told] == [error]
    assert failures == []
    assert host.record("bad").state is PluginState.FAILED
    assert type(error).__name__ in host.record("bad").reason


def test_a_wrapper_that_cannot_be_imported_is_left_out() -> None:
    """The work is done without it."""
    host = host_of(lazy("wraps", Counting(ImportError("gone")), WRAPS), lazy("w", Works, WORKS))
    assert [run(host), run(host)] == ["work on 2"] * 2


def test_work_that_a_missing_plugin_claims_is_not_done_by_the_next() -> None:
    """A replay that does not load must not let the request go out: not the first, nor later."""
    sent: list[str] = []

    class Sends:
        @oc.hookimpl(trylast=True)
        def orpheus_send(self) -> str:
            sent.append("out")
            return "answer"

    host = host_of(lazy("replay", Counting(ImportError("gone")), "orpheus_send"))
    host.register("sends", Sends())
    for _ in range(2):
        with pytest.raises(PluginUnavailable, match="the plugin replay is to answer") as caught:
            host.around("orpheus_send", str, request=None)
        assert "gone" in caught.value.why
        assert "orpheus plugin disable replay" in caught.value.next_step
    assert sent == []


def test_outer_wrappers_see_that_the_work_is_not_there() -> None:
    """As they see any failure of it."""
    seen: list[BaseException] = []

    class Watches:
        @oc.hookimpl(wrapper=True)
        def orpheus_send(self) -> Iterator[None]:
            try:
                return (yield)
            except PluginUnavailable as error:
                seen.append(error)
                raise

    host = host_of(lazy("replay", Counting(ImportError("gone")), "orpheus_send"))
    host.register("watches", Watches())
    with pytest.raises(PluginUnavailable) as caught:
        host.around("orpheus_send", str, request=None)
    assert seen == [caught.value]
    assert state_of(host, "watches")[0] is PluginState.ACTIVE


@pytest.mark.parametrize(
    ("claimed", "brought", "sentence"),
    [
        ((), Decides, "the code has the hook orpheus_decide, orpheus.toml does not name it"),
        (
            ("orpheus_decide", "orpheus_stages"),
            Decides,
            "orpheus.toml names the hook orpheus_stages, the code has none",
        ),
        (
            (HookUse(name="orpheus_decide", tryfirst=True),),
            Decides,
            "the hook orpheus_decide: tryfirst is true in orpheus.toml, false in the code",
        ),
        ((HookUse(name="orpheus_run_stage"),), Wraps, "wrapper is false in orpheus.toml"),
    ],
)
def test_a_manifest_that_differs_from_the_code_takes_its_plugin_out(
    claimed: tuple[str | HookUse, ...], brought: Callable[[], object], sentence: str
) -> None:
    """Found out when it is imported; none of its code runs after that."""
    told: list[LoadFailure] = []
    host = host_of(lazy("liar", brought, *claimed), on_load_failure=told.append)
    with pytest.raises(PluginUnavailable):
        host.activate("liar")
    state, reason = state_of(host, "liar")
    assert state is PluginState.INVALID_MANIFEST
    assert sentence in reason
    assert "orpheus-liar" in host.record("liar").hint
    assert decide(host) == []
    assert [str(failure.error) for failure in told] == [reason]


def test_a_manifest_names_each_hook_once_so_the_code_may_have_it_once() -> None:
    """Two functions for one hook take no manifest."""

    class Twice:
        @oc.hookimpl(specname="orpheus_tags")
        def first(self) -> None: ...

        @oc.hookimpl(specname="orpheus_tags")
        def second(self) -> None: ...

    host = host_of(lazy("twice", Twice, "orpheus_tags"))
    host.fold("orpheus_tags", "tags", "", item=None)
    state, reason = state_of(host, "twice")
    assert state is PluginState.INVALID_MANIFEST
    assert "more than once" in reason


def test_an_import_that_raises_an_error_of_ours_has_failed_and_not_lied() -> None:
    """Whatever it raises is its own."""
    host = host_of(eager("odd", Counting(oc.InvalidPluginManifest("mine"))))
    assert state_of(host, "odd")[0] is PluginState.FAILED


def test_a_misspelled_hook_in_the_code_is_named_with_the_nearest() -> None:
    """Before it is compared with the manifest: that is the fault."""

    class Misspelled:
        @oc.hookimpl
        def orpheus_decid(self) -> None: ...

    host = host_of(lazy("typo", Misspelled, "orpheus_decide"))
    decide(host)
    state, reason = state_of(host, "typo")
    assert state is PluginState.FAILED
    assert "there is no hook orpheus_decid; did you mean orpheus_decide?" in reason


def test_a_misspelled_hook_in_a_manifest_is_seen_without_an_import() -> None:
    """Its stub would never be called."""
    load = Counting(Decides())
    host = host_of(lazy("typo", load, "orpheus_decid"))
    state, reason = state_of(host, "typo")
    assert state is PluginState.INVALID_MANIFEST
    assert "did you mean orpheus_decide?" in reason
    assert load.loads == 0


# --- pluggy ------------------------------------------------------------------------------


def _answer(request: object, more: object = "default") -> object:
    return f"{request} {more}"


IMPLEMENTATION = Implementation(
    use=HookUse(name="orpheus_send"),
    function=_answer,
    argnames=("request",),
    kwargnames=("more",),
)


def test_pluggy_takes_a_stub_for_an_implementation() -> None:
    """It reads the arguments from the specification, and asks for nothing before the call."""
    asked: list[int] = []

    def resolve() -> Implementation:
        asked.append(1)
        return IMPLEMENTATION

    manager = HookManager()
    spec = manager.spec_of("orpheus_send")
    assert spec == Spec(hookspecs.orpheus_send, ("request",))
    manager.register(Face([(HookUse(name="orpheus_send"), stub(spec, resolve))]), "lazy")
    (implementation,) = manager.hook.orpheus_send.get_hookimpls()
    assert (implementation.argnames, asked) == (("request",), [])
    assert manager.hook.orpheus_send(request="a") == "a default"


def test_pluggy_takes_a_wrapper_stub_for_a_wrapper() -> None:
    """A plain function would be refused."""

    def around(request: object) -> Iterator[None]:
        result = yield
        return f"({result})"  # type: ignore[return-value] # pluggy's protocol

    use = HookUse(name="orpheus_send", wrapper=True)
    target = Implementation(use=use, function=around, argnames=("request",), kwargnames=())
    manager = HookManager()
    spec = manager.spec_of("orpheus_send")
    assert spec is not None
    manager.register(Face([(use, wrapper_stub(spec, lambda: target))]), "wraps")
    plain = stub(spec, lambda: IMPLEMENTATION)
    manager.register(Face([(HookUse(name="orpheus_send"), plain)]), "works")
    assert manager.hook.orpheus_send(request="a") == "(a default)"
    with pytest.raises(pluggy.PluginValidationError):
        manager.register(Face([(use, plain)]), "plain")


def test_a_stub_whose_plugin_is_not_there_says_so() -> None:
    """Whoever calls it decides what that means."""

    def resolve() -> Implementation:
        raise NotThere("gone")

    spec = HookManager().spec_of("orpheus_send")
    assert spec is not None
    with pytest.raises(NotThere):
        stub(spec, resolve)(None)
    with pytest.raises(NotThere):
        next(wrapper_stub(spec, resolve)(None))  # type: ignore[call-overload] # a generator


def test_a_lazy_plugin_whose_hook_fails_at_the_first_call_is_reported_as_that() -> None:
    """Its import did not fail."""

    class Fails:
        @oc.hookimpl
        def orpheus_decide(self) -> str:
            raise RuntimeError("at work")

    host = host_of(lazy("fails", Fails, "orpheus_decide"))
    decide(host)
    assert state_of(host, "fails") == (
        PluginState.FAILED,
        "orpheus_decide raised RuntimeError: at work",
    )
    assert host.usable("fails")
    strict = host_of(lazy("fails", Fails, "orpheus_decide"), mode=PluginMode.STRICT)
    with pytest.raises(HookFailed, match="at work"):
        decide(strict)
