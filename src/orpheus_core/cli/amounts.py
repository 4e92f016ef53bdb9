"""Sizes, times and counts in words that a person reads."""

from __future__ import annotations

_UNITS = ("kB", "MB", "GB", "TB")


def count_text(count: int, noun: str) -> str:
    """Return how many of *noun* there are.

    >>> count_text(1, "event"), count_text(2, "event")
    ('1 event', '2 events')
    """
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def size_text(size_bytes: float) -> str:
    """Return a size in decimal units, as file managers and disk makers count.

    >>> size_text(999), size_text(38_100_000), size_text(512_000_000)
    ('999 B', '38.1 MB', '512 MB')
    """
    if size_bytes < 1000:
        return f"{size_bytes:.0f} B"
    step = 1
    while step < len(_UNITS) and size_bytes >= 999.5 * 1000**step:
        step += 1
    value = size_bytes / 1000**step
    number = f"{value:.1f}" if value < 99.95 else f"{value:.0f}"
    return f"{number} {_UNITS[step - 1]}"


def time_text(seconds: float) -> str:
    """Return a duration in at most two units.

    >>> time_text(0.42), time_text(4.4), time_text(64), time_text(7260)
    ('0.4 s', '4 s', '1 min 4 s', '2 h 1 min')
    """
    if seconds < 0.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"
