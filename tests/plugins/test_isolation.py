"""One bad plugin harms only itself: what it raises, and what it answers with."""

from __future__ import annotations

import collections
import concurrent.futures
import threading
from collections.abc import Iterator
from typing import NamedTuple, Protocol, runtime_checkable

import pytest

import orpheus_core as oc
from orpheus_core.errors import ServiceDown
from orpheus_core.plugins import HookFailure, PluginHost, PluginState


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
    assert state_of(host, "exits")[0] is PluginState.MUTED


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


def test_a_hook_that_always_answers_with_the_wrong_type_is_muted() -> None:
    """One failure a call, however many values are wrong; being called is no success."""
    failures: list[HookFailure] = []
    host = PluginHost(on_failure=failures.append)
    host.register("wrong", Answers([1, 2]))
    for _ in range(5):
        host.collect("orpheus_decide", str, question=None)
    assert len(failures) == 3
    assert state_of(host, "wrong")[0] is PluginState.MUTED


def test_a_good_answer_in_between_begins_the_count_anew() -> None:
    """Three in a row, not three in all."""
    answers = Answers(None)
    host = PluginHost()
    host.register("moody", answers)
    for value in (1, 1, "good", 1, 1, "good"):
        answers.value = value
        host.first("orpheus_decide", str, question=None)
    assert state_of(host, "moody")[0] is PluginState.FAILED


def test_a_plugin_stays_muted_when_another_of_its_hooks_fails() -> None:
    """The list names every hook that failed, with its last reason."""

    class Bad:
        @oc.hookimpl
        def orpheus_decide(self) -> str:
            raise RuntimeError("first")

        @oc.hookimpl
        def orpheus_teardown(self) -> None:
            raise RuntimeError("second")

    host = PluginHost()
    host.register("bad", Bad())
    for _ in range(3):
        host.emit("orpheus_decide", question=None)
    host.emit("orpheus_teardown")
    assert state_of(host, "bad") == (
        PluginState.MUTED,
        "orpheus_decide raised RuntimeError: first; orpheus_teardown raised RuntimeError: second",
    )


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
        def orpheus_decide(self) -> str:
            gate.wait()
            raise RuntimeError

    host = PluginHost(on_muted=lambda failure: told.append(failure.plugin))
    host.register("slow", Slow())
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for _ in range(8):
            pool.submit(host.emit, "orpheus_decide", question=None)
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


def test_a_text_is_a_plain_text() -> None:
    """What only behaves like one (markup, an enum) may lie about what it holds."""
    host = PluginHost()
    host.register("markup", Answers(Markup("{title}")))
    answer = host.first("orpheus_decide", str, question=None)
    assert answer is not None
    assert type(answer.value) is str
    assert answer.value == "{title}"


def test_what_a_plugin_handed_over_is_guarded_like_its_hook() -> None:
    """Failures are counted and muted; what is raised on purpose passes."""
    failures: list[HookFailure] = []
    host = PluginHost(on_failure=failures.append)
    host.register("backend", Answers(None))

    def fails() -> str:
        raise KeyError("gone")

    def down() -> str:
        raise ServiceDown("down")

    assert host.guarded("backend", "orpheus_decide", lambda: "fine") == "fine"
    with pytest.raises(ServiceDown):
        host.guarded("backend", "orpheus_decide", down, let_through=(ServiceDown,))
    for _ in range(3):
        assert host.guarded("backend", "orpheus_decide", fails) is None
    assert len(failures) == 3
    assert host.guarded("backend", "orpheus_decide", lambda: "fine") is None
