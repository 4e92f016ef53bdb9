"""A fault strikes the item that it names, as often as it says."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orpheus_core.errors import UnknownWord
from orpheus_core.testing.sandbox.faults import (
    Fault,
    FaultKind,
    FaultPlan,
    Place,
    Target,
    parse_faults,
)

FILE = Target("/files/lanterns-03.flac", Place.FILE, "lanterns-03")
FILE_URL = Target("/api/tracks/lanterns-03/file", Place.FILE_URL, "lanterns-03")
TRACK = Target("/api/tracks/lanterns-03", Place.API, "lanterns-03")
OTHER = Target("/files/lanterns-04.flac", Place.FILE, "lanterns-04")
COVER = Target("/covers/lanterns.jpg", Place.COVER, "lanterns")

faults = st.builds(
    Fault,
    kind=st.sampled_from(FaultKind),
    item=st.from_regex(r"[/a-z*][a-z0-9/*.-]{0,20}", fullmatch=True),
    times=st.none() | st.integers(0, 99),
    after=st.integers(0, 99),
    retry_after_s=st.integers(0, 99_999),
    cut_at_bytes=st.none() | st.integers(0, 99_999),
    bytes_per_s=st.integers(1, 99_999),
)


def test_short_text_is_one_strike() -> None:
    """What is not said has its usual value."""
    assert Fault.parse("503:lanterns-03") == Fault(kind=FaultKind.STATUS_503, item="lanterns-03")
    assert Fault.parse("503:lanterns-03:1") == Fault.parse("503:lanterns-03")


def test_every_setting_has_a_word() -> None:
    """The whole form."""
    text = "truncated:/files/*:always:after=2:retry-after=3:at=1000:rate=50"
    assert Fault.parse(text) == Fault(
        kind=FaultKind.TRUNCATED,
        item="/files/*",
        times=None,
        after=2,
        retry_after_s=3,
        cut_at_bytes=1000,
        bytes_per_s=50,
    )


@given(faults)
@settings(max_examples=100)
def test_text_of_a_fault_is_read_back(fault: Fault) -> None:
    """A child process is given the fault that was meant."""
    assert Fault.parse(fault.text) == fault


@given(st.text(max_size=40) | st.from_regex(r"503:x(:[a-z0-9=-]{0,6}){0,3}", fullmatch=True))
@settings(max_examples=200)
def test_any_text_is_a_fault_or_an_unknown_word(text: str) -> None:
    """Nothing else is ever raised."""
    try:
        fault = Fault.parse(text)
    except UnknownWord:
        return
    assert Fault.parse(fault.text) == fault


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("truncate:x", "did you mean truncated"),
        ("nothing like it:x", "kinds are"),
        ("503", "names no item"),
        ("503:x:soon", "is no number"),
        ("503:x:1:at=half", "is no number"),
        ("503:x:1:speed=3", "no setting 'speed'"),
        ("503:x:-1", "is no number"),
        ("slow:x:1:rate=0", "rate"),
    ],
)
def test_wrong_text_is_refused_with_the_reason(text: str, says: str) -> None:
    """A typing error does not become a test that meets no fault."""
    with pytest.raises(UnknownWord) as caught:
        Fault.parse(text)
    assert says in f"{caught.value.title} {caught.value.next_step}"


def test_several_faults_are_read_from_one_text() -> None:
    """Commas and white space part them, as an environment variable needs it."""
    found = parse_faults(" 503:a:1,\n truncated:b  ")
    assert [(fault.kind, fault.item) for fault in found] == [
        (FaultKind.STATUS_503, "a"),
        (FaultKind.TRUNCATED, "b"),
    ]


@pytest.mark.parametrize(
    ("text", "strikes"),
    [
        ("503:lanterns-03", [FILE, FILE_URL, TRACK]),
        ("503:lanterns-*", [FILE, FILE_URL, TRACK, OTHER]),
        ("503:*", [FILE, FILE_URL, TRACK, OTHER, COVER]),
        ("503:/files/lanterns-03.flac", [FILE]),
        ("503:/api/*", [FILE_URL, TRACK]),
        ("truncated:*", [FILE, OTHER]),
        ("truncated:/*", [FILE, FILE_URL, TRACK, OTHER, COVER]),
        ("html:lanterns-03", [FILE_URL, TRACK]),
        ("html:/files/*", [FILE, OTHER]),
        ("refused:*", [FILE_URL]),
        ("name-not-found:/*", [FILE_URL]),
        ("wrong-checksum:*", [FILE, OTHER]),
        ("changed:/*", [FILE, OTHER]),
        ("503:lanterns", [COVER]),
    ],
)
def test_fault_concerns_the_requests_that_it_names(text: str, strikes: list[Target]) -> None:
    """By id or by path, and each kind where it makes sense."""
    fault = Fault.parse(text)
    assert [t for t in (FILE, FILE_URL, TRACK, OTHER, COVER) if fault.concerns(t)] == strikes


def kinds(plan: FaultPlan, *targets: Target) -> list[str | None]:
    struck = [plan.strike(target) for target in targets]
    return [fault.kind.value if fault else None for fault in struck]


def test_fault_strikes_so_many_times_after_so_many_requests() -> None:
    """`after` requests pass, `times` are struck, the rest pass."""
    plan = FaultPlan([Fault.parse("500:lanterns-03:2:after=1")])
    assert kinds(plan, FILE, FILE, FILE, FILE) == [None, "500", "500", None]


def test_times_are_counted_for_each_item() -> None:
    """One fault for a whole release strikes every track of it."""
    plan = FaultPlan([Fault.parse("500:lanterns-*:1")])
    assert kinds(plan, FILE, OTHER, FILE, OTHER) == ["500", "500", None, None]


def test_always_never_ends() -> None:
    """A service that is down stays down, until the faults are cleared."""
    plan = FaultPlan([Fault.parse("503:*:always")])
    assert kinds(plan, *[FILE] * 20) == ["503"] * 20
    plan.clear()
    assert kinds(plan, FILE) == [None]


def test_faults_of_one_item_strike_one_after_another() -> None:
    """The one added first goes first; the next waits until it is used up."""
    plan = FaultPlan([Fault.parse("503:lanterns-03:1")])
    plan.add(Fault.parse("truncated:lanterns-03:1"))
    assert kinds(plan, FILE, FILE, FILE) == ["503", "truncated", None]


def test_file_changes_with_the_second_request_whatever_the_first_one_met() -> None:
    """A change is no strike of its own: a cut file may change before it is resumed."""
    plan = FaultPlan(parse_faults("truncated:lanterns-03 changed:lanterns-03"))
    assert kinds(plan, FILE) == ["truncated"]
    assert not plan.has_changed("lanterns-03")
    assert kinds(plan, FILE) == [None]
    assert plan.has_changed("lanterns-03")
    assert not plan.has_changed("lanterns-04")
