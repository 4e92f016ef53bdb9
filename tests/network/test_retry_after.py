"""``Retry-After`` is read in every allowed spelling, and never raises."""

from __future__ import annotations

import datetime
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orpheus_core.network.retry_after import parse_http_date, parse_retry_after

NOON = datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.UTC)
TEN_YEARS_S = 10 * 366 * 86_400.0


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        ("42", 42.0),
        (" 42 ", 42.0),
        ("86400", 86_400.0),
        ("99999999999999999999", TEN_YEARS_S),
        ("9" * 5000, TEN_YEARS_S),
        ("Thu, 01 Jan 2026 12:00:42 GMT", 42.0),
        ("thu, 01 jan 2026 12:00:42 gmt", 42.0),
        ("Thursday, 01-Jan-26 12:00:42 GMT", 42.0),
        ("Thu Jan  1 12:00:42 2026", 42.0),
        ("Thu, 01 Jan 2026 11:00:00 GMT", 0.0),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 0.0),
        ("Sunday, 06-Nov-94 08:49:37 GMT", 0.0),
        ("Tue, 01 Jan 2999 00:00:00 GMT", TEN_YEARS_S),
        ("Thu, 01 Jan 2026 12:00:60 GMT", 59.0),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("1e5", None),
        ("", None),
        ("\N{ARABIC-INDIC DIGIT FIVE}", None),
        ("Thu, 32 Jan 2026 12:00:42 GMT", None),
        ("Thu, 01 Foo 2026 12:00:42 GMT", None),
        ("Thu, 01 Jan 2026 25:00:42 GMT", None),
        ("Thu, 01 Jan 2026 12:00:42 CET", None),
        ("Thu, 01 Jan 0000 12:00:42 GMT", None),
        (None, None),
    ],
)
def test_spelling_is_read_or_says_nothing(value: str | None, seconds: float | None) -> None:
    """Source: RFC 9110, 10.2.3; what does not follow it is no request to wait."""
    assert parse_retry_after(value, now=NOON) == seconds


@pytest.mark.parametrize(
    ("year", "means"), [("76", 2076), ("77", 1977), ("26", 2026), ("94", 1994)]
)
def test_year_of_two_digits_is_at_most_50_years_ahead(year: str, means: int) -> None:
    """Source: RFC 9110, 5.6.7."""
    date = parse_http_date(f"Sunday, 06-Nov-{year} 08:49:37 GMT", now=NOON)
    assert date is not None
    assert date.year == means


@given(st.text() | st.from_regex(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT"))
def test_no_text_makes_it_raise(value: str) -> None:
    seconds = parse_retry_after(value, now=NOON)
    assert seconds is None or 0.0 <= seconds <= TEN_YEARS_S


@given(st.dates(datetime.date(1900, 1, 1), datetime.date(9990, 1, 1)), st.integers(0, 10**6))
def test_every_date_is_read_back(day: datetime.date, seconds: int) -> None:
    now = datetime.datetime(day.year, day.month, day.day, tzinfo=datetime.UTC)
    date = now + datetime.timedelta(seconds=seconds)
    text = format_datetime(date, usegmt=True)
    assert parse_retry_after(text, now=now) == seconds
