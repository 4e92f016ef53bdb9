"""Ids of events, jobs and runs: unique over processes, and sortable by time."""

from __future__ import annotations

import datetime
import itertools
import os
import secrets

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_LONG_AGO = datetime.datetime.min.replace(tzinfo=datetime.UTC)
_MILLISECOND = datetime.timedelta(milliseconds=1)
_48_BITS = (1 << 48) - 1
_DIGITS = "0123456789abcdef"
_TWO = [first + second for first in _DIGITS for second in _DIGITS]
_THREE = [two + third for two in _TWO for third in _DIGITS]
"""Every number of 12 bits in hexadecimal: looking one up takes a fifth of formatting it."""

_FRACTIONS = [_THREE[micros * 4096 // 1000] for micros in range(1000)]
"""How much of a millisecond so many microseconds are, in 12 bits."""

_numbers = itertools.count()


def new_id(now: datetime.datetime) -> str:
    """Return a UUIDv7 for the moment *now*: unique, and sortable by time.

    Source: RFC 9562, section 5.7.
    """
    head = _first_60_bits(now - _EPOCH)
    rest = f"{secrets.randbits(60):015x}"
    return f"{head}{rest[:3]}-{0x8000 | secrets.randbits(14):04x}-{rest[3:]}"


class EventIds:
    """Makes the ids of many events: as `new_id` does, in a tenth of the time, and in order.

    An id holds the microsecond, then what tells processes apart, then a number that counts up
    in this process. So ids that one thread makes sort in the order in which they were made,
    also when the clock stands still or goes back. Source: RFC 9562, section 6.2, methods 3
    (a fraction of the millisecond in ``rand_a``) and 1 (a counter in ``rand_b``; it has 24
    bits).
    """

    def __init__(self) -> None:
        self._latest = (_LONG_AGO, _LONG_AGO, "")
        """The latest moment, the end of its millisecond, and what the ids of that begin with."""

    def next(self, now: datetime.datetime) -> str:
        """Return a new id for the moment *now*."""
        # No lock: what threads that come here at once read and write is in one piece.
        latest, end, head = self._latest
        if now < latest:
            now = latest
        else:
            if now >= end:
                head = _first_60_bits(now - _EPOCH)
                end = now - datetime.timedelta(microseconds=now.microsecond % 1000) + _MILLISECOND
            self._latest = (now, end, head)
        process, more = _process
        number = next(_numbers)
        return (
            f"{head}{_FRACTIONS[now.microsecond % 1000]}{process}"
            f"{_THREE[number >> 12 & 0xFFF]}{_THREE[number & 0xFFF]}{more}"
        )


def _first_60_bits(since: datetime.timedelta) -> str:
    """The milliseconds since 1970 and the version, up to where ``rand_a`` begins."""
    digits = f"{since // _MILLISECOND & _48_BITS:012x}"
    return f"{digits[:8]}-{digits[8:]}-7"


def _new_process() -> tuple[str, str]:
    """38 random bits, and the variant: what stands before and behind the counter."""
    return f"-{0x8000 | secrets.randbits(14):04x}-", f"{secrets.randbits(24):06x}"


def _after_fork() -> None:
    global _process  # noqa: PLW0603 - it belongs to the process, as that of `random` does
    _process = _new_process()


_process = _new_process()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
