"""One bad plugin harms only itself: what it raises, and what it answers with."""

from __future__ import annotations

import collections
import concurrent.futures
import threading
from collections.abc import Iterator
from typing import NamedTuple, Protocol, runtime_checkable

import pytest
from tests.plugins.fakes import Answers, eager, host_of, state_of

import orpheus_core as oc
from orpheus_core.errors import ServiceDown
from orpheus_core.plugins import HookFailure, PluginHost, PluginRecord, PluginState


@pytest.mark.parametrize("error", [SystemExit(3), GeneratorExit(), MemoryError()])
def test_a_hook_that_exits_costs_only_its_own_answer(error: BaseException) -> None:
    """Everything but Ctrl-C is the plugin's own affair."""

    class Exits:
        @oc.hookimpl
        def orpheus_decide(self) -> str:
            raise error

    host = PluginHost()
    host.register("good", Answers("fine"))
    host.register("exits", Exits())
    assert [a.value for a in host.collect("orpheus_decide", str, question=None)] == ["fine"]
    assert host.first("orpheus_decide", str, question=None) is not None
    host.emit("orpheus_decide", question=None)
    assert state_of(host, "exits")[0] is PluginState.FAILED


def test_ctrl_c_in_a_hook_is_not_swallowed() -> None:
    """The person wants to stop, wherever the program is."""

    class Interrupted:
        @oc.hookimpl
        def orpheus_decide(self) -> str:
            raise KeyboardInterrupt

    host = PluginHost()
    host.register("interrupted", Interrupted())
    with pytest.raises(KeyboardInterrupt):
        host.first("orpheus_decide", str, question=None)


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise ValueError("no words")


def test_an_exception_that_cannot_be_put_into_words_is_reported_all_the_same() -> None:
    """At a hook and at the import; whoever is told gets one that can be."""
    told: list[BaseException] = []
    host = PluginHost(
        on_failure=lambda failure: told.append(failure.error),
        on_load_failure=lambda failure: told.append(failure.error),
    )

    class Fails:
        def __dir__(self) -> list[str]:
            raise Unspeakable

    host.register("mute", Answers(Unspeakable()))
    host.register("fails", Fails())
    host.emit("orpheus_decide", question=None)
    assert [str(error) for error in told] == ["Unspeakable, whose text raises ValueError"] * 2
    assert isinstance(told[0].__cause__, Unspeakable)
    assert "Unspeakable" in state_of(host, "fails")[1]


class RaisesWhenLookedAt:
    """Satisfies a protocol by name; a look at its property raises."""

    @property
    def name(self) -> str:
        raise RuntimeError("not now")


@runtime_checkable
class Named(Protocol):
    @property
    def name(self) -> str: ...


class Endless(list[object]):
    def __iter__(self) -> Iterator[object]:
        yield "good"
        raise RuntimeError("list without an end")


def test_an_answer_that_raises_when_it_is_looked_at_costs_only_itself() -> None:
    """What a plugin hands over is its code, too."""
    host = PluginHost()
    host.register("looked", Answers(RaisesWhenLookedAt()))
    assert host.collect("orpheus_decide", Named, question=None) == []
    assert state_of(host, "looked")[1] == "orpheus_decide raised RuntimeError: not now"
    host.register("endless", Answers(Endless([1])))
    answers = host.collect("orpheus_decide", str, question=None)
    assert [answer.value for answer in answers] == ["good"]
    assert state_of(host, "endless")[0] is PluginState.FAILED


def test_a_hook_that_always_answers_with_the_wrong_type_fails_once_a_call() -> None:
    """However many values are wrong; it goes on being asked, for work depends on its answer."""
    failures: list[HookFailure] = []
    host = PluginHost(on_failure=failures.append)
    host.register("wrong", Answers([1, 2]))
    for _ in range(5):
        host.collect("orpheus_decide", str, question=None)
    assert len(failures) == 5
    assert state_of(host, "wrong")[0] is PluginState.FAILED


class Advises:
    """Fails at advice as long as *fails* is set; its other hook always works."""

    def __init__(self) -> None:
        self.fails = True
        self.calls = 0

    @oc.hookimpl
    def orpheus_advise(self) -> None:
        self.calls += 1
        if self.fails:
            raise RuntimeError("no advice")

    @oc.hookimpl
    def orpheus_event(self) -> None:
        self.calls += 1

    @oc.hookimpl
    def orpheus_decide(self) -> str:
        return "fine"


def advise(host: PluginHost) -> None:
    host.collect("orpheus_advise", str, event=None, situation=None)


def test_three_failures_in_a_row_of_an_advisory_hook_mute_all_of_them() -> None:
    """Said once; the plugin's other hooks are called as ever."""
    muted: list[HookFailure] = []
    plugin = Advises()
    host = PluginHost(on_muted=muted.append)
    host.register("bad", plugin)
    for _ in range(5):
        advise(host)
    host.emit("orpheus_event", event=None)
    assert plugin.calls == 3
    assert [(failure.plugin, failure.hook) for failure in muted] == [("bad", "orpheus_advise")]
    assert state_of(host, "bad") == (
        PluginState.MUTED,
        "orpheus_advise raised RuntimeError: no advice",
    )
    assert host.record("bad").hint
    assert host.first("orpheus_decide", str, question=None) is not None


def test_good_advice_in_between_begins_the_count_anew() -> None:
    """Three in a row, not three in all."""
    plugin = Advises()
    host = PluginHost()
    host.register("moody", plugin)
    for fails in (True, True, False, True, True, False, True):
        plugin.fails = fails
        advise(host)
    assert plugin.calls == 7
    assert state_of(host, "moody")[0] is PluginState.FAILED


def test_another_advisory_hook_that_works_does_not_interrupt_the_row() -> None:
    """Each hook is counted by itself."""
    host = PluginHost()
    host.register("bad", Advises())
    for _ in range(3):
        advise(host)
        host.emit("orpheus_event", event=None)
    assert state_of(host, "bad")[0] is PluginState.MUTED


def test_a_plugin_is_active_again_when_each_hook_that_failed_has_worked() -> None:
    """Not before, and its reason names what still fails."""

    class Moody:
        fails = True

        @oc.hookimpl
        def orpheus_decide(self) -> None:
            if self.fails:
                raise RuntimeError("first")

        @oc.hookimpl
        def orpheus_tags(self) -> None:
            if self.fails:
                raise RuntimeError("second")

    plugin = Moody()
    states: list[PluginState] = []
    host = PluginHost(on_state=lambda record: states.append(record.state))
    host.register("moody", plugin)
    for _ in range(4):
        host.emit("orpheus_decide", question=None)
        host.fold("orpheus_tags", "tags", "", item=None)
    plugin.fails = False
    host.emit("orpheus_decide", question=None)
    assert state_of(host, "moody") == (
        PluginState.FAILED,
        "orpheus_tags raised RuntimeError: second",
    )
    host.fold("orpheus_tags", "tags", "", item=None)
    record = host.record("moody")
    assert (record.state, record.reason, record.hint) == (PluginState.ACTIVE, "", "")
    assert states == [PluginState.ACTIVE, PluginState.FAILED, PluginState.ACTIVE]


def test_a_plugin_stays_muted_when_its_other_hooks_fail_and_work() -> None:
    """The list names every hook that fails, with its last reason."""

    class Bad(Advises):
        @oc.hookimpl
        def orpheus_decide(self) -> str:
            if self.fails:
                raise RuntimeError("undecided")
            return "fine"

    plugin = Bad()
    host = PluginHost()
    host.register("bad", plugin)
    for _ in range(3):
        advise(host)
    host.emit("orpheus_decide", question=None)
    advice = "orpheus_advise raised RuntimeError: no advice"
    assert state_of(host, "bad") == (
        PluginState.MUTED,
        f"{advice}; orpheus_decide raised RuntimeError: undecided",
    )
    plugin.fails = False
    host.emit("orpheus_decide", question=None)
    assert state_of(host, "bad") == (PluginState.MUTED, advice)


def test_advice_that_was_under_way_when_its_plugin_was_muted_changes_nothing() -> None:
    """It is muted for the rest of the process, and says why."""

    class Listens:
        @oc.hookimpl
        def orpheus_event(self, event: object) -> None:
            if event == "inner":
                raise RuntimeError("hears nothing")
            for _ in range(3):
                host.emit("orpheus_event", event="inner")

        @oc.hookimpl
        def orpheus_decide(self) -> None:
            raise RuntimeError("undecided")

    host = PluginHost()
    host.register("listens", Listens())
    host.emit("orpheus_event", event="outer")
    advice = "orpheus_event raised RuntimeError: hears nothing"
    assert state_of(host, "listens") == (PluginState.MUTED, advice)
    host.emit("orpheus_decide", question=None)
    assert state_of(host, "listens")[1].startswith(f"{advice}; ")


def test_telling_of_a_failure_may_make_the_plugin_fail_again() -> None:
    """Whoever is told publishes it, and the plugin fails at that event, too: until it is muted."""

    class Deaf:
        @oc.hookimpl
        def orpheus_event(self) -> None:
            raise RuntimeError("hears nothing")

    failures: list[HookFailure] = []

    def tell(failure: HookFailure) -> None:
        failures.append(failure)
        host.emit("orpheus_event", event="a plugin failed")

    host = PluginHost(on_failure=tell)
    host.register("deaf", Deaf())
    host.emit("orpheus_event", event="first")
    assert len(failures) == 3
    assert state_of(host, "deaf")[0] is PluginState.MUTED


def test_what_is_kept_of_a_failure_holds_no_secret() -> None:
    """The host is given what takes them out."""
    host = PluginHost(clean=lambda text: text.replace("hunter2", "***"))
    host.register("leaks", Answers(RuntimeError("password hunter2")))
    host.emit("orpheus_decide", question=None)
    assert state_of(host, "leaks")[1] == "orpheus_decide raised RuntimeError: password ***"


def test_states_that_make_each_other_fail_come_to_an_end() -> None:
    """A plugin that fails whenever it is told that it works would be told so for ever."""
    host: PluginHost

    def tell(record: PluginRecord) -> None:
        told.append(record.state)
        host.emit("orpheus_plugin_state", record=record)

    class Sulks:
        @oc.hookimpl
        def orpheus_plugin_state(self, record: PluginRecord) -> None:
            if record.state is PluginState.ACTIVE:
                raise RuntimeError("no, I do not")

    told: list[PluginState] = []
    host = PluginHost(on_state=tell)
    host.register("sulks", Sulks())
    assert told == [PluginState.ACTIVE, PluginState.FAILED]
    assert state_of(host, "sulks")[0] is PluginState.FAILED


def test_the_reason_of_a_value_that_does_not_fit_is_its_sentence() -> None:
    """attrs puts the field and the value behind it, which may be a secret."""

    class Wrong:
        @oc.hookimpl
        def orpheus_decide(self, question: object) -> object:
            return oc.Decision(verdict="hunter2", reason="")  # type: ignore[arg-type] # on purpose

    host = host_of(eager("wrong", Wrong))
    host.first("orpheus_decide", oc.Decision, question="?")
    _, reason = state_of(host, "wrong")
    assert "'verdict' must be <enum 'Verdict'>" in reason
    assert "Attribute(" not in reason


def test_a_reason_stays_short_whatever_was_raised() -> None:
    """It is shown in a table."""
    host = PluginHost()
    host.register("verbose", Answers(RuntimeError("x" * 100_000)))
    host.emit("orpheus_decide", question=None)
    assert len(state_of(host, "verbose")[1]) < 600


def test_a_hook_that_fails_in_many_threads_is_muted_once() -> None:
    """Calls that were under way still fail; it is said once."""
    told: list[str] = []
    gate = threading.Barrier(8)

    class Slow:
        @oc.hookimpl
        def orpheus_event(self) -> None:
            gate.wait()
            raise RuntimeError

    host = PluginHost(on_muted=lambda failure: told.append(failure.plugin))
    host.register("slow", Slow())
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for _ in range(8):
            pool.submit(host.emit, "orpheus_event", event=None)
    assert told == ["slow"]
    assert state_of(host, "slow")[0] is PluginState.MUTED


def test_any_sequence_is_an_answer_and_a_text_is_one_value() -> None:
    """As the hooks' types say."""
    host = PluginHost()
    host.register("deque", Answers(collections.UserList(["a", "b"])))
    host.register("text", Answers("cd"))
    answers = host.collect("orpheus_decide", str, question=None)
    assert [answer.value for answer in answers] == ["cd", "a", "b"]


class Point(NamedTuple):
    name: str


def test_a_value_that_is_a_sequence_itself_is_one_answer() -> None:
    """A stage, a backend: any class may be a named tuple."""
    host = PluginHost()
    host.register("tuple", Answers(Point("x")))
    answers = host.collect("orpheus_decide", Named, question=None)
    assert [answer.value for answer in answers] == [Point("x")]


class Markup(str):
    __slots__ = ()

    def __str__(self) -> str:
        return "something else"


def test_an_answer_of_a_class_below_is_a_plain_one() -> None:
    """Whoever reads it may make a changed copy; one that was never finished is a failure."""

    class Derived(oc.Decision):
        def __init__(self) -> None:
            super().__init__(verdict=oc.Verdict.SKIP, reason="derived")

    class Unfinished(oc.Decision):
        def __init__(self) -> None:
            """Leave every field out."""

    class Derives:
        @oc.hookimpl
        def orpheus_decide(self, question: object) -> object:
            return Derived()

    class Leaves:
        @oc.hookimpl
        def orpheus_decide(self, question: object) -> object:
            return [Unfinished()]

    host = host_of(eager("derives", Derives), eager("leaves", Leaves))
    answers = host.collect("orpheus_decide", oc.Decision, question="?")
    assert [type(answer.value) for answer in answers] == [oc.Decision]
    assert answers[0].value == oc.Decision(verdict=oc.Verdict.SKIP, reason="derived")
    state, reason = state_of(host, "leaves")
    assert state is oc.PluginState.FAILED
    assert "verdict" in reason


def test_a_text_is_a_plain_text() -> None:
    """What only behaves like one (markup, an enum) may lie about what it holds."""
    host = PluginHost()
    host.register("markup", Answers(Markup("{title}")))
    answer = host.first("orpheus_decide", str, question=None)
    assert answer is not None
    assert type(answer.value) is str
    assert answer.value == "{title}"


def fails() -> str:
    raise KeyError("gone")


def down() -> str:
    raise ServiceDown("down")


def test_what_a_plugin_handed_over_is_guarded_like_its_hook() -> None:
    """Failures make it fail, what works heals it, and what is raised on purpose passes."""
    failures: list[HookFailure] = []
    host = PluginHost(on_failure=failures.append)
    host.register("backend", Answers(None))
    assert host.guarded("backend", "orpheus_decide", lambda: "fine") == "fine"
    with pytest.raises(ServiceDown):
        host.guarded("backend", "orpheus_decide", down, let_through=(ServiceDown,))
    for _ in range(4):
        assert host.guarded("backend", "orpheus_decide", fails) is None
    assert len(failures) == 4
    assert state_of(host, "backend")[0] is PluginState.FAILED
    assert host.guarded("backend", "orpheus_decide", lambda: "fine") == "fine"
    assert state_of(host, "backend")[0] is PluginState.ACTIVE


def test_what_a_muted_plugin_handed_over_for_advice_is_not_used() -> None:
    """What it handed over for other work is."""
    host = PluginHost()
    host.register("advises", Advises())
    for _ in range(3):
        assert host.guarded("advises", "orpheus_advise", fails) is None
    assert host.guarded("advises", "orpheus_advise", lambda: "fine") is None
    assert host.guarded("advises", "orpheus_decide", lambda: "fine") == "fine"


def test_what_a_plugin_that_is_out_handed_over_is_not_used() -> None:
    """It brought it before it was refused."""
    host = PluginHost()
    host.register("liar", Answers("x"))
    host.refuse("liar", "it claims what it has not")
    assert host.guarded("liar", "orpheus_decide", lambda: "fine") is None


def test_a_plugin_that_compares_badly_disturbs_nobody() -> None:
    """Neither one that raises when it is compared, nor one that equals another."""

    class Same(Answers):
        __hash__ = None  # type: ignore[assignment] # as a class with __eq__ has it

        def __eq__(self, other: object) -> bool:
            if self.value == "raises":
                raise RuntimeError
            return isinstance(other, Same)

    host = PluginHost()
    for name, value in (("a", "one"), ("b", "two"), ("c", "raises"), ("d", "four")):
        host.register(name, Same(value))
    answers = host.collect("orpheus_decide", str, question=None)
    assert [answer.value for answer in answers] == ["four", "raises", "two", "one"]
