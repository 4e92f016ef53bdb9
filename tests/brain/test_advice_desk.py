"""The advice desk: what is said, said again, held back, and kept quiet."""

from __future__ import annotations

import collections
import contextlib
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orpheus_core.brain import Advice, Severity
from orpheus_core.brain.advice_desk import MOST_REMEMBERED, AdviceDesk
from orpheus_core.config import AdviceSettings
from orpheus_core.testing import sample_event
from orpheus_core.testing.clock import SimClock

INFO, WARNING, ERROR = Severity.INFO, Severity.WARNING, Severity.ERROR
EVENT = sample_event("stage.failed", service="sandbox")


def desk_with(clock: SimClock | None = None, **settings: object) -> AdviceDesk:
    chosen = AdviceSettings(**settings)  # type: ignore[arg-type] # each test names what it needs
    return AdviceDesk(chosen, clock or SimClock())


def advice(
    code: str = "net.down",
    severity: Severity = INFO,
    service: str | None = None,
    about: str = "",
) -> Advice:
    return Advice(code=code, title="It is down.", severity=severity, service=service, about=about)


# --- again ----------------------------------------------------------------------------------


def test_the_same_advice_is_given_once_in_a_while() -> None:
    """Until ``again_after_s`` is over; then it counts from there."""
    clock = SimClock()
    desk = desk_with(clock, again_after_s=600.0)
    given = []
    for _ in range(5):
        given.append(desk.passes(advice(), EVENT))
        clock.advance(300)
    assert given == [True, False, True, False, True]


@pytest.mark.parametrize(
    "other",
    [
        advice(code="net.slow"),
        advice(service="deezer"),
        advice(about="b.example"),
        advice(severity=WARNING),
    ],
)
def test_advice_that_is_another_or_graver_is_given_at_once(other: Advice) -> None:
    """Another code, service, or thing that it is about."""
    desk = desk_with()
    assert desk.passes(advice(), EVENT)
    assert desk.passes(other, EVENT)
    assert not desk.passes(other, EVENT)


def test_the_service_of_the_event_counts_where_the_advice_names_none() -> None:
    """What is said of one service is not what is said of another."""
    desk = desk_with()
    assert desk.passes(advice(), EVENT)
    assert not desk.passes(advice(service="sandbox"), EVENT)
    assert desk.passes(advice(), sample_event("stage.failed", service="deezer"))
    assert desk.passes(advice(), sample_event("stage.failed"))


def test_what_got_less_grave_is_not_given_again() -> None:
    """Until its time has come; then what is graver is news once more."""
    clock = SimClock()
    desk = desk_with(clock, again_after_s=600.0)
    assert desk.passes(advice(severity=ERROR), EVENT)
    assert not desk.passes(advice(severity=WARNING), EVENT)
    clock.advance(600)
    assert desk.passes(advice(severity=WARNING), EVENT)
    assert desk.passes(advice(severity=ERROR), EVENT)


# --- how much -------------------------------------------------------------------------------


def test_there_is_an_end_to_advice() -> None:
    """After ``most`` pieces nothing more is said, not even that."""
    desk = desk_with(most=3)
    assert [desk.passes(advice(code=f"a.b{n}"), EVENT) for n in range(5)] == [True] * 3 + [
        False
    ] * 2


def test_lesser_advice_does_not_use_up_the_room_of_graver() -> None:
    """A full disk is still told of after twenty notes; after twenty errors no note is."""
    desk = desk_with(most=2)
    assert [desk.passes(advice(code=f"a.info{n}"), EVENT) for n in range(3)] == [True, True, False]
    graver = [advice(code=f"a.error{n}", severity=ERROR) for n in range(3)]
    assert [desk.passes(each, EVENT) for each in graver] == [True, True, False]
    assert not desk.passes(advice(code="a.warning", severity=WARNING), EVENT)


def test_what_is_held_back_does_not_count_as_given() -> None:
    """Graver later, it is said."""
    desk = desk_with(most=1)
    assert desk.passes(advice(code="other"), EVENT)
    assert not desk.passes(advice(), EVENT)
    assert desk.passes(advice(severity=WARNING), EVENT)


def test_none_at_all_can_be_wanted() -> None:
    """``most = 0``."""
    assert not desk_with(most=0).passes(advice(severity=Severity.CRITICAL), EVENT)


def test_what_is_remembered_is_bounded() -> None:
    """Of more than that the oldest may be said again; the newest not."""
    desk = desk_with(most=10 * MOST_REMEMBERED)
    for number in range(MOST_REMEMBERED + 1):
        assert desk.passes(advice(about=str(number)), EVENT)
    assert not desk.passes(advice(about=str(MOST_REMEMBERED)), EVENT)
    assert desk.passes(advice(about="0"), EVENT)


@given(
    st.integers(0, 4),
    st.lists(
        st.tuples(
            st.sampled_from(("a", "b", "c")),
            st.sampled_from((INFO, WARNING, ERROR)),
            st.integers(0, 700),
        ),
        max_size=40,
    ),
)
def test_whatever_comes_the_desk_keeps_its_word(
    most: int, story: list[tuple[str, Severity, int]]
) -> None:
    """At most so many of a severity and above; never the same within the time, unless graver."""
    clock = SimClock()
    desk = desk_with(clock, most=most, again_after_s=600.0)
    given: list[tuple[float, str, Severity]] = []
    for code, severity, wait_s in story:
        clock.advance(wait_s)
        now_s = clock.monotonic()
        alike = [each for each in given if each[1] == code]
        is_news = not alike or now_s - alike[-1][0] >= 600 or severity > alike[-1][2]
        has_room = sum(each[2] >= severity for each in given) < most
        passed = desk.passes(advice(code=code, severity=severity), EVENT)
        assert passed == (is_news and has_room)
        if passed:
            given.append((now_s, code, severity))


# --- silence --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("silenced", "code", "is_silenced"),
    [
        ((), "net.down", False),
        (("net.down",), "net.down", True),
        (("net.down",), "net.downer", False),
        (("net.*",), "net.down", True),
        (("net.*",), "svc.down", False),
        (("svc.*", "*.down"), "net.down", True),
        (("*",), "net.down", True),
        (("NET.*",), "net.down", False),
        (("[",), "net.down", False),
    ],
)
def test_codes_can_be_silenced(silenced: tuple[str, ...], code: str, is_silenced: bool) -> None:
    """By name or by pattern, however grave it is; what is silenced uses up no room."""
    desk = desk_with(silenced=silenced, most=1)
    assert desk.is_silenced(code) is is_silenced
    assert desk.passes(advice(code=code, severity=ERROR), EVENT) is not is_silenced
    assert desk.passes(advice(code="other.code"), EVENT) is (is_silenced and "*" not in silenced)


# --- threads --------------------------------------------------------------------------------


def test_of_two_threads_one_says_it() -> None:
    """They come at the same moment, each with the same: the second looks when the first is done."""
    desk = desk_with()
    both = threading.Barrier(2)
    passed: list[bool] = []

    class Looked(collections.OrderedDict[object, object]):
        """Lets go of a thread that looks once the other looks too, or after a while."""

        def get(self, key: object, default: object = None) -> object:
            found = super().get(key, default)
            with contextlib.suppress(threading.BrokenBarrierError):
                both.wait(timeout=0.1)
            return found

    desk._given = Looked()  # type: ignore[assignment] # what is looked into

    def work() -> None:
        passed.append(desk.passes(advice(), EVENT))

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(passed) == [False, True]
