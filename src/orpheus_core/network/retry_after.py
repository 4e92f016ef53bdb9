"""``Retry-After``, in every spelling that the standard allows; all else is no answer.

Source: RFC 9110, sections 10.2.3 (Retry-After) and 5.6.7 (HTTP-date, with its two
obsolete forms, which a recipient must accept).
"""

from __future__ import annotations

import datetime
import re

_LONGEST_S = 10 * 366 * 86_400.0
_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_TIME = r"(?P<hour>\d{2}):(?P<minute>\d{2}):(?P<second>\d{2})"
_FORMS = tuple(
    re.compile(form, re.ASCII | re.IGNORECASE)
    for form in (
        rf"[a-z]{{3}}, (?P<day>\d{{2}}) (?P<month>[a-z]{{3}}) (?P<year>\d{{4}}) {_TIME} GMT",
        rf"[a-z]{{6,9}}, (?P<day>\d{{2}})-(?P<month>[a-z]{{3}})-(?P<year>\d{{2}}) {_TIME} GMT",
        rf"[a-z]{{3}} (?P<month>[a-z]{{3}}) (?P<day>[ \d]\d) {_TIME} (?P<year>\d{{4}})",
    )
)


def parse_retry_after(value: str | None, *, now: datetime.datetime) -> float | None:
    """Return for how many seconds *value* asks to wait, or None when it says nothing readable.

    A date that is over means now. No answer is longer than ten years. Never raises.

    Args:
        value: the header field, or None when there was none.
        now: the time by the clock that a date is meant by: the answer's own ``Date`` field
            where there is one, since the two come from the same clock.

    >>> noon = datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.UTC)
    >>> parse_retry_after("42", now=noon)
    42.0
    >>> parse_retry_after("Thu, 01 Jan 2026 12:00:10 GMT", now=noon)
    10.0
    >>> parse_retry_after("soon", now=noon)
    """
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:400]), _LONGEST_S) if len(text) < 400 else _LONGEST_S
    date = parse_http_date(text, now=now)
    if date is None:
        return None
    return min(max(0.0, (date - now).total_seconds()), _LONGEST_S)


def parse_http_date(text: str | None, *, now: datetime.datetime) -> datetime.datetime | None:
    """Return the moment that *text* names, in UTC, or None when it is no HTTP-date.

    *now* decides the century of a year of two digits. Never raises.
    """
    for form in _FORMS:
        found = form.fullmatch(text.strip()) if text else None
        if found is None:
            continue
        month = _MONTHS.get(found["month"].lower())
        if month is None:
            return None
        try:
            return datetime.datetime(
                _full_year(found["year"], now),
                month,
                int(found["day"]),
                int(found["hour"]),
                int(found["minute"]),
                min(int(found["second"]), 59) if found["second"] == "60" else int(found["second"]),
                tzinfo=datetime.UTC,
            )
        except ValueError:
            return None
    return None


def _full_year(text: str, now: datetime.datetime) -> int:
    """A year of two digits that seems more than 50 years ahead is of the past century."""
    if len(text) == 4:
        return int(text)
    year = now.year - now.year % 100 + int(text)
    return year - 100 if year > now.year + 50 else year
