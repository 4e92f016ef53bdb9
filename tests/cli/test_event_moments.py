"""Moments as people type and read them."""

from __future__ import annotations

import contextlib
import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orpheus_core.cli.event_moments import full_time, is_today, moment_of, time_text
from orpheus_core.errors import WrongArguments

NOW = datetime.datetime(2026, 3, 14, 13, 2, 9, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("30m", 1800),
        ("2h", 7200),
        ("1.5h", 5400),
        ("30d", 30 * 86_400),
        ("1w", 7 * 86_400),
        (" 2 Days ", 2 * 86_400),
        ("5 min", 300),
        ("0s", 0),
    ],
)
def test_a_span_is_a_number_and_a_unit(text: str, seconds: float) -> None:
    """The unit may be written out."""
    assert moment_of(text, "--since", NOW) == NOW - datetime.timedelta(seconds=seconds)


@pytest.mark.usefixtures("in_amsterdam")
@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-14", "2026-03-13T23:00:00+00:00"),
        ("2026-07-01", "2026-06-30T22:00:00+00:00"),
        ("2026-03-14T14:02", "2026-03-14T13:02:00+00:00"),
        ("2026-03-14 14:02:09.5", "2026-03-14T13:02:09.500000+00:00"),
        ("2026-03-14T14:02Z", "2026-03-14T14:02:00+00:00"),
        ("2026-03-14T14:02-05:00", "2026-03-14T19:02:00+00:00"),
    ],
)
def test_a_date_is_in_the_zone_of_this_machine(text: str, moment: str) -> None:
    """Unless it says another; without a time it is the day's beginning."""
    assert moment_of(text, "--since", NOW).isoformat() == moment


@pytest.mark.parametrize("text", ["9999999w", "999999999999s", "99999999999w"])
def test_a_span_before_all_time_is_all_time(text: str) -> None:
    """No clock has an error in it."""
    assert moment_of(text, "--since", NOW).year == 1


@pytest.mark.parametrize("text", ["", "h", "3x", "3mo", "-3h", "1h30m", "٣h", "2026-13-01", "1e3s"])
def test_what_is_neither_is_refused(text: str) -> None:
    """With an example."""
    with pytest.raises(WrongArguments, match=r"--since cannot be ") as caught:
        moment_of(text, "--since", NOW)
    assert "--since 1h" in caught.value.next_step


def test_a_number_without_a_unit_gets_one_suggested() -> None:
    """Nobody can know which was meant."""
    with pytest.raises(WrongArguments) as caught:
        moment_of("30", "--since", NOW)
    assert caught.value.next_step == "did you mean --since 30h or --since 30d?"


@given(st.text(max_size=30))
def test_whatever_is_typed_is_a_moment_or_refused(text: str) -> None:
    """Nothing else comes out, and a moment has its zone."""
    with contextlib.suppress(WrongArguments):
        assert moment_of(text, "--since", NOW).tzinfo is not None


@pytest.mark.usefixtures("in_amsterdam")
@pytest.mark.parametrize("year", [datetime.MINYEAR, datetime.MAXYEAR])
def test_any_moment_can_be_shown(year: int) -> None:
    """Also at the ends of time, where no zone has a clock."""
    at_the_end = (1, 1, 0) if year == datetime.MINYEAR else (12, 31, 23)
    moment = datetime.datetime(year, *at_the_end, tzinfo=datetime.UTC)
    assert time_text(moment, dated=True).endswith(full_time(moment)[11:23])
    assert not is_today(moment, NOW)


@pytest.mark.usefixtures("in_amsterdam")
def test_times_are_local_to_the_millisecond() -> None:
    """Cut, not rounded: no event is shown before its cause."""
    moment = NOW.replace(microsecond=999_999)
    assert time_text(moment, dated=False) == "14:02:09.999"
    assert time_text(moment, dated=True) == "2026-03-14 14:02:09.999"
    assert full_time(moment) == "2026-03-14 14:02:09.999 +0100"
