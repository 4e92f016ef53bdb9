"""Moments and spans of time, as people type them and as they read them.

What is typed without a zone, and all that is shown, is in the zone of this machine.
"""

from __future__ import annotations

import datetime
import re

from orpheus_core.errors import WrongArguments

_UNITS = ("seconds", "minutes", "hours", "days", "weeks")
_SPAN = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,6})?) ?([a-z]+)")
_BEGINNING = datetime.datetime.min.replace(tzinfo=datetime.UTC)
_SPANS = "a number with s, m, h, d or w behind it, such as 30m, 2h or 30d"


def moment_of(text: str, option: str, now: datetime.datetime) -> datetime.datetime:
    """Return the moment that *text* names: a span before *now*, or a date, with a time or not.

    Raises:
        WrongArguments: it names none.
    """
    span = _span(text)
    if span is not None:
        return now - span if span < now - _BEGINNING else _BEGINNING
    word = text.strip()
    try:
        return datetime.datetime.fromisoformat(word).astimezone(datetime.UTC)
    except (ValueError, OverflowError, OSError):
        example = now.astimezone().date().isoformat()
        raise WrongArguments(
            f"{option} cannot be {text!r}",
            why=f"it is {_SPANS}, or a date such as {example} or {example}T14:02",
            next_step=f"did you mean {option} {word}h or {option} {word}d?"
            if word.isdecimal()
            else f"{option} 1h     or {option} {example}",
        ) from None


def _span(text: str) -> datetime.timedelta | None:
    found = _SPAN.fullmatch(text.strip().lower())
    unit = next((unit for unit in _UNITS if found and unit.startswith(found[2])), None)
    if found is None or unit is None:
        return None
    try:
        return datetime.timedelta(**{unit: float(found[1])})
    except OverflowError:  # longer than any clock
        return datetime.timedelta.max


def clock_time(moment: datetime.datetime) -> str:
    """Return the time of day of *moment*, to the millisecond."""
    return _local(moment).strftime("%H:%M:%S.") + f"{moment.microsecond // 1000:03}"


def time_text(moment: datetime.datetime, *, dated: bool) -> str:
    """Return *moment* as the time of day, with the date before it where it is *dated*."""
    date = f"{_local(moment).date().isoformat()} " if dated else ""
    return date + clock_time(moment)


def is_today(moment: datetime.datetime, now: datetime.datetime) -> bool:
    """Whether *moment* is on the same day as *now*, here."""
    return _local(moment).date() == _local(now).date()


def full_time(moment: datetime.datetime) -> str:
    """Return *moment* with its date and its distance from UTC."""
    local = _local(moment)
    return f"{local.date().isoformat()} {clock_time(moment)} {local.strftime('%z')}"


def _local(moment: datetime.datetime) -> datetime.datetime:
    try:
        return moment.astimezone()
    except (OverflowError, OSError, ValueError):  # at the ends of time no zone has a clock
        return moment
