"""Which part of a file a request asks for (RFC 9110, sections 13.1.5 and 14)."""

from __future__ import annotations

import enum
import re

import attrs

_ONE_RANGE = re.compile(r"bytes=[ \t]*([0-9]*)-([0-9]*)[ \t]*", re.IGNORECASE)
_ENORMOUS = 10**18


@attrs.frozen
class ByteRange:
    """From *first* to *last*, both included, counted from 0."""

    first: int
    last: int

    @property
    def size_bytes(self) -> int:
        """How many bytes these are."""
        return self.last - self.first + 1


class RangeVerdict(enum.Enum):
    """What else a Range header may come to: all of the file, or 416."""

    WHOLE = "whole"
    UNSATISFIABLE = "unsatisfiable"


def wanted_range(header: str | None, size_bytes: int) -> ByteRange | RangeVerdict:
    """Return what the Range header asks of a file of *size_bytes*.

    What is no valid range of bytes is ignored, as the RFC demands; so are several
    ranges at once, as it allows.
    """
    found = _ONE_RANGE.fullmatch(header or "")
    if not found or found.groups() == ("", ""):
        return RangeVerdict.WHOLE
    first, last = (_number(text) for text in found.groups())
    if first is None:
        suffix = min(last or 0, size_bytes)
        first, last = size_bytes - suffix, size_bytes - 1
    elif last is not None and last < first:
        return RangeVerdict.WHOLE
    if first >= size_bytes:
        return RangeVerdict.UNSATISFIABLE
    return ByteRange(first, size_bytes - 1 if last is None else min(last, size_bytes - 1))


def if_range_holds(header: str | None, etag: str) -> bool:
    """Whether the If-Range header allows a part: it is absent, or equals the strong *etag*.

    A weak tag never matches, nor does a date: the sandbox states no Last-Modified.
    """
    return header is None or (header == etag and not header.startswith("W/"))


def _number(digits: str) -> int | None:
    significant = digits.lstrip("0")
    if len(significant) > 18:
        return _ENORMOUS
    return int(digits[-19:]) if digits else None
