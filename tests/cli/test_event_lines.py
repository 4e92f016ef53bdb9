"""A line for each event: all of it in one, whatever the event holds."""

from __future__ import annotations

import datetime
import unicodedata

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orpheus_core.brain import Event, Scalar, Severity
from orpheus_core.brain.log.event_log import short_id
from orpheus_core.cli.columns import width
from orpheus_core.cli.event_lines import EventLines, summary
from orpheus_core.cli.output import Output
from orpheus_core.testing.strategies import events

NOW = datetime.datetime(2026, 3, 14, 13, 2, 9, tzinfo=datetime.UTC)
EVENT = Event(id="0" * 36, time=NOW, kind="job.failed", severity=Severity.ERROR)


class Screen(Output):
    """An output to a terminal of so many columns."""

    def __init__(self, columns: int | None) -> None:
        super().__init__()
        self._columns = columns

    def result_columns(self) -> int | None:
        return self._columns


@given(events(), st.integers(60, 200))
def test_a_line_fits_the_terminal_and_ends_with_the_id(event: Event, columns: int) -> None:
    """It is one line, of what a terminal shows, and never obeys."""
    line = EventLines(Screen(columns), NOW).line(event)
    assert width(line) <= columns
    assert line.endswith(f"  id {short_id(event.id)}")
    assert not [char for char in line if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp")]


@given(events())
def test_where_there_is_no_terminal_nothing_is_cut(event: Event) -> None:
    """A pipe has no width: whoever reads it gets all there is."""
    output = Screen(None)
    assert output.harmless(summary(event)).rstrip() in EventLines(output, NOW).line(event)


def test_a_narrow_terminal_gets_lines_that_say_something() -> None:
    """Broken by it, and not cut to nothing by us."""
    line = EventLines(Screen(10), NOW).line(attrs.evolve(EVENT, service="deezer"))
    assert "job.failed" in line


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({}, ""),
        ({"message": "it failed", "tracks_done": 0}, "it failed tracks_done=0"),
        ({"why": "it is so", "message": "it failed"}, 'it failed why="it is so"'),
        ({"why": None, "message": ""}, ""),
        ({"took_s": 0.000408492000133, "flag": True}, "took_s=0.000408492 flag=yes"),
        ({"exception.stacktrace": "Traceback\n  x", "reason": "KeyError"}, "KeyError"),
    ],
)
def test_the_sentence_comes_first(data: dict[str, Scalar], said: str) -> None:
    """Then the rest by name, without what is empty; a trace is for ``event show``."""
    assert summary(attrs.evolve(EVENT, data=data)) == said


def test_what_is_for_programs_is_left_out() -> None:
    """The actions of an advice are JSON; its next step says the same in words."""
    event = attrs.evolve(
        EVENT,
        kind="brain.advice.given",
        error_type="net.refused",
        subject="job/x",
        data={"title": "It is off.", "actions": "[]", "next_step": "look"},
    )
    assert summary(event) == "net.refused It is off. job/x next_step=look"
