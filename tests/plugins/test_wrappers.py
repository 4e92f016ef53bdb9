"""Hooks with wrappers around them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest
from tests.plugins.fakes import state_of

import orpheus_core as oc
from orpheus_core.errors import HookFailed, ServiceDown
from orpheus_core.plugins import HookFailure, PluginHost, PluginState


class Work:
    def __init__(self, outcome: object) -> None:
        self.outcome = outcome

    @oc.hookimpl(trylast=True)
    def orpheus_run_stage(self, stage: object, item: object, context: object) -> object:
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


class Watching:
    """Notes each error that comes past, and lets it go on."""

    def __init__(self) -> None:
        self.caught: list[ServiceDown] = []

    @oc.hookimpl(wrapper=True)
    def orpheus_run_stage(self) -> Iterator[None]:
        try:
            return (yield)
        except ServiceDown as error:
            self.caught.append(error)
            raise


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
    watching = Watching()
    host = PluginHost()
    host.register("work", Work(ServiceDown("down")))
    host.register("watching", watching)
    with pytest.raises(ServiceDown):
        run(host)
    assert len(watching.caught) == 1
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


def test_a_wrapper_that_forgets_the_result_is_named_and_left_out() -> None:
    """Without `return (yield)` the result would be lost, and nobody would know to whom."""

    class Forgets:
        @oc.hookimpl(wrapper=True)
        def orpheus_run_stage(self) -> Iterator[None]:
            yield

    failures: list[HookFailure] = []
    host = PluginHost(on_failure=failures.append)
    host.register("work", Work("done"))
    host.register("forgets", Forgets())
    assert run(host) == "done"
    assert [failure.plugin for failure in failures] == ["forgets"]
    assert "answered with NoneType" in state_of(host, "forgets")[1]


def test_a_wrapper_that_swallows_the_failure_without_a_result_is_left_out() -> None:
    """The caller gets the failure of the work; to recover takes a result in its place."""

    class Swallows:
        @oc.hookimpl(wrapper=True)
        def orpheus_run_stage(self) -> Iterator[None]:
            with contextlib.suppress(ServiceDown):
                return (yield)

    host = PluginHost()
    host.register("work", Work(ServiceDown("down")))
    host.register("swallows", Swallows())
    with pytest.raises(ServiceDown):
        run(host)


def test_a_wrapper_may_recover_from_a_failure_with_a_result() -> None:
    """A cache, say."""

    class Recovers:
        @oc.hookimpl(wrapper=True)
        def orpheus_run_stage(self) -> Iterator[None]:
            try:
                return (yield)
            except ServiceDown:
                return "from the cache"  # type: ignore[return-value] # pluggy's protocol

    host = PluginHost()
    host.register("work", Work(ServiceDown("down")))
    host.register("recovers", Recovers())
    assert run(host) == "from the cache"


def test_ctrl_c_ends_the_wrappers_before_it_goes_on() -> None:
    """A wrapper lets go of what it holds; nobody waits for the garbage collector."""
    seen: list[str] = []

    class Holds:
        @oc.hookimpl(wrapper=True)
        def orpheus_run_stage(self) -> Iterator[None]:
            try:
                return (yield)
            finally:
                seen.append("let go")

    class Interrupted:
        @oc.hookimpl
        def orpheus_run_stage(self) -> str:
            raise KeyboardInterrupt

    host = PluginHost()
    host.register("work", Interrupted())
    host.register("holds", Holds())
    with pytest.raises(KeyboardInterrupt) as caught:
        run(host)
    assert seen == ["let go"]
    assert caught.value is not None


def test_a_wrapper_that_refuses_to_end_is_reported() -> None:
    """It yields twice, and again when it is closed."""

    class Stubborn:
        @oc.hookimpl(wrapper=True)
        def orpheus_run_stage(self) -> Iterator[None]:
            yield
            with contextlib.suppress(GeneratorExit):
                yield
            yield

    failures: list[HookFailure] = []
    host = PluginHost(on_failure=failures.append)
    host.register("work", Work("done"))
    host.register("stubborn", Stubborn())
    assert run(host) == "done"
    assert {failure.plugin for failure in failures} == {"stubborn"}


def test_a_broken_wrapper_is_entered_each_time_and_heals() -> None:
    """Being entered well is not yet having worked."""

    class Broken:
        fails = True

        @oc.hookimpl(wrapper=True)
        def orpheus_run_stage(self) -> Iterator[None]:
            result = yield
            if self.fails:
                raise RuntimeError
            return result

    failures: list[HookFailure] = []
    broken = Broken()
    host = PluginHost(on_failure=failures.append)
    host.register("work", Work("done"))
    host.register("broken", broken)
    assert [run(host) for _ in range(5)] == ["done"] * 5
    assert len(failures) == 5
    assert state_of(host, "broken")[0] is PluginState.FAILED
    broken.fails = False
    run(host)
    assert state_of(host, "broken")[0] is PluginState.ACTIVE


def refuse(reason: str) -> None:
    raise ServiceDown(reason)


def test_a_wrapper_refuses_with_an_error_of_ours() -> None:
    """The work is not done, inner wrappers are not entered, outer ones see the error."""
    entered: list[str] = []
    outer = Watching()

    class Refuses:
        @oc.hookimpl(wrapper=True)
        def orpheus_run_stage(self) -> Iterator[None]:
            refuse("not on this connection")
            return (yield)

    class Inner:
        @oc.hookimpl(wrapper=True)
        def orpheus_run_stage(self) -> Iterator[None]:
            entered.append("inner")
            return (yield)

    class Works:
        @oc.hookimpl
        def orpheus_run_stage(self) -> str:
            entered.append("work")
            return "done"

    host = PluginHost()
    for name, plugin in (("d", Works()), ("c", Inner()), ("b", Refuses()), ("a", outer)):
        host.register(name, plugin)
    with pytest.raises(ServiceDown, match="not on this connection") as caught:
        run(host)
    assert entered == []
    assert outer.caught == [caught.value]
    assert state_of(host, "b")[0] is PluginState.ACTIVE


def test_an_outer_wrapper_may_answer_for_one_that_refuses() -> None:
    """As for work that fails."""

    class Recovers:
        @oc.hookimpl(wrapper=True)
        def orpheus_run_stage(self) -> Iterator[None]:
            try:
                return (yield)
            except ServiceDown:
                return "from the cache"  # type: ignore[return-value] # pluggy's protocol

    class Refuses:
        @oc.hookimpl(wrapper=True)
        def orpheus_run_stage(self) -> Iterator[None]:
            refuse("no")
            return (yield)

    host = PluginHost()
    host.register("work", Work("done"))
    host.register("refuses", Refuses())
    host.register("recovers", Recovers())
    assert run(host) == "from the cache"


@pytest.mark.parametrize("error", [SystemExit(3), GeneratorExit(), StopIteration()])
def test_work_that_wants_to_end_the_program_has_failed(error: BaseException) -> None:
    """A stage of a stranger calls `sys.exit`: that is its failure, and the job's to handle."""

    class Exits:
        @oc.hookimpl
        def orpheus_run_stage(self) -> str:
            raise error

    failures: list[HookFailure] = []
    host = PluginHost(on_failure=failures.append)
    host.register("exits", Exits())
    with pytest.raises(HookFailed, match=f"exits: orpheus_run_stage raised {type(error).__name__}"):
        run(host)
    assert [failure.error for failure in failures] == [error]


def test_a_stranger_whose_work_raises_is_named_and_built_in_work_is_not() -> None:
    """The caller gets the exception as it is; the log says whose it was."""

    class Stranger:
        @oc.hookimpl
        def orpheus_run_stage(self) -> str:
            raise LookupError("theirs")

    failures: list[HookFailure] = []
    host = PluginHost(on_failure=failures.append)
    host.register_builtins({"core-work": Work(LookupError("ours"))}, "1")
    with pytest.raises(LookupError, match="ours"):
        run(host)
    assert failures == []
    host.register("stranger", Stranger())
    with pytest.raises(LookupError, match="theirs"):
        run(host)
    assert [failure.plugin for failure in failures] == ["stranger"]


def test_a_wrapper_that_passes_a_foreign_failure_on_has_done_nothing_wrong() -> None:
    """What the work raised is not the wrapper's, of whatever kind it is."""

    class Passes:
        @oc.hookimpl(wrapper=True)
        def orpheus_run_stage(self) -> Iterator[None]:
            return (yield)

    failures: list[HookFailure] = []
    host = PluginHost(on_failure=failures.append)
    host.register_builtins({"core-work": Work(LookupError("ours"))}, "1")
    host.register("passes", Passes())
    with pytest.raises(LookupError, match="ours"):
        run(host)
    assert failures == []


@pytest.mark.parametrize("when", ["before", "after", "at the end"])
def test_ctrl_c_in_a_wrapper_is_not_swallowed(when: str) -> None:
    """The person wants to stop, wherever the program is."""

    class Interrupted:
        @oc.hookimpl(wrapper=True)
        def orpheus_run_stage(self) -> Iterator[None]:
            if when == "before":
                raise KeyboardInterrupt
            yield
            if when == "after":
                raise KeyboardInterrupt
            try:
                yield
            finally:
                raise KeyboardInterrupt

    host = PluginHost()
    host.register("work", Work("done"))
    host.register("interrupted", Interrupted())
    with pytest.raises(KeyboardInterrupt):
        run(host)


def test_work_of_the_wrong_type_fails_and_is_not_passed_over() -> None:
    """It may have been done: to have the next one do it as well would do it twice."""

    class Wrong:
        @oc.hookimpl
        def orpheus_run_stage(self) -> int:
            return 3

    host = PluginHost()
    host.register("work", Work("done"))
    host.register("wrong", Wrong())
    reason = "orpheus_run_stage answered with int where str was due"
    with pytest.raises(HookFailed, match=f"wrong: {reason}"):
        run(host)
    assert state_of(host, "wrong") == (PluginState.FAILED, reason)


def test_a_stranger_whose_work_fails_is_active_again_when_it_works() -> None:
    """Law 5 holds for it as well."""

    class Stranger:
        fails = True

        @oc.hookimpl
        def orpheus_run_stage(self) -> str:
            if self.fails:
                raise LookupError("theirs")
            return "done"

    stranger = Stranger()
    host = PluginHost()
    host.register("stranger", stranger)
    with pytest.raises(LookupError):
        run(host)
    assert state_of(host, "stranger") == (
        PluginState.FAILED,
        "orpheus_run_stage raised LookupError: theirs",
    )
    stranger.fails = False
    assert run(host) == "done"
    assert state_of(host, "stranger")[0] is PluginState.ACTIVE
