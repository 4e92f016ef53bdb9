"""Filters: whether the fields of an event are what a rule wants."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.brain.rules.events import FAILED, event

from orpheus_core.brain import EventPattern, Range, Severity
from orpheus_core.brain.rules import Filter
from orpheus_core.brain.rules.matching import Glob, matcher


def fits(where: dict[str, Filter], **fields: object) -> bool:
    """Whether an event with *fields* passes *where*."""
    return matcher(EventPattern(kind=FAILED, where=where))(event(**fields))  # type: ignore[arg-type] # any of its fields


@pytest.mark.parametrize(
    ("wanted", "held"),
    [
        (503, 503),
        (503, 503.0),
        ("a", "a"),
        (True, True),
        (None, None),
        ((500, 503), 503),
        (("a", None), None),
        (("x", "a*"), "abc"),
        (Range(at_least=500), 500),
        (Range(at_most=599), 599),
        (Range(at_least=500, at_most=599), 550.5),
        ("[::1]", "[::1]"),
    ],
)
def test_a_value_that_is_wanted_fits(wanted: Filter, held: object) -> None:
    """Exactly, as one of several, as a pattern, in a range."""
    assert fits({"x": wanted}, x=held)


@pytest.mark.parametrize(
    ("wanted", "held"),
    [
        (1, True),
        (True, 1),
        (0, False),
        ("1", 1),
        (1, "1"),
        ("a", "A"),
        ("a", "ab"),
        ("a*", "ba"),
        ("*", 5),
        ("*", None),
        (None, ""),
        (None, 0),
        ((500, 503), 502),
        (Range(at_least=500), 499),
        (Range(at_least=0), True),
        (Range(at_least=0), "5"),
        (Range(at_least=0), None),
        (Range(), float("nan")),
        ("[a]", "a"),
        ("?", "a"),
    ],
)
def test_a_value_of_another_size_or_type_does_not(wanted: Filter, held: object) -> None:
    """true is not 1, a text is no number, and only a star stands for something else."""
    assert not fits({"x": wanted}, x=held)


def test_none_is_a_field_that_is_not_there() -> None:
    """In the data and in the envelope."""
    assert fits({"x": None, "service": None})
    assert not fits({"service": None}, service="a")


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("error_type", {"error_type": "a"}),
        ("service", {"service": "a"}),
        ("plugin", {"plugin": "a"}),
        ("subject", {"subject": "a"}),
    ],
)
def test_names_of_the_envelope_are_looked_up_there(name: str, fields: dict[str, object]) -> None:
    """Whatever the data calls so."""
    assert fits({name: "a"}, **fields)
    assert not fits({name: "b"}, **fields)


@pytest.mark.parametrize("wanted", ["error", Severity.ERROR, ("warning", "error"), "e*"])
def test_severity_is_its_word(wanted: Filter) -> None:
    """The number behind it is nobody's business."""
    assert fits({"severity": wanted}, severity=Severity.ERROR)
    assert not fits({"severity": wanted}, severity=Severity.INFO)


def test_every_filter_has_to_pass() -> None:
    """They narrow, they do not widen."""
    where: dict[str, Filter] = {"x": 1, "error_type": "a"}

    assert fits(where, x=1, error_type="a")
    assert not fits(where, x=1, error_type="b")
    assert not fits(where, x=2, error_type="a")


@given(st.text("ab*[.\n", max_size=8), st.text("ab[.\n", max_size=12))
def test_a_star_stands_for_any_letters_and_nothing_else_for_anything(
    pattern: str, text: str
) -> None:
    """As the regular expression that it would be."""
    expression = ".*".join(map(re.escape, pattern.split("*")))

    assert Glob(pattern).fits(text) == bool(re.fullmatch(expression, text, re.DOTALL))


def test_a_pattern_of_many_stars_takes_no_time_on_a_text_made_against_it() -> None:
    """As a regular expression this would not end: the test is that it does."""
    assert not Glob("*a" * 40 + "b").fits("a" * 2000)


@pytest.mark.parametrize(
    "where",
    [
        {"x": [1, 2]},
        {"x": {"at_least": 1}},
        {"x": ((1,),)},
        {"x": (Range(at_least=1),)},
        {"x": float("nan")},
        {"x": object()},
        {5: "x"},
        5,
    ],
)
def test_what_is_no_filter_is_refused_where_it_is_written(where: object) -> None:
    """Not at the first event."""
    with pytest.raises(TypeError):
        EventPattern(kind=FAILED, where=where)  # type: ignore[arg-type] # wrong on purpose


@pytest.mark.parametrize(
    ("bounds", "error"),
    [
        ({"at_least": "1"}, TypeError),
        ({"at_most": True}, TypeError),
        ({"at_least": float("nan")}, TypeError),
        ({"at_least": 2, "at_most": 1}, ValueError),
        ({"at_least": 10**400, "at_most": 1}, ValueError),
    ],
)
def test_a_range_in_which_nothing_lies_is_refused(
    bounds: dict[str, float], error: type[Exception]
) -> None:
    """Or one that has no bounds that could be compared."""
    with pytest.raises(error):
        Range(**bounds)


def test_one_of_none_is_refused() -> None:
    """Nothing would ever fit."""
    with pytest.raises(ValueError, match="nothing fits"):
        EventPattern(kind=FAILED, where={"x": ()})
