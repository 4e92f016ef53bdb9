"""Range and If-Range are read as RFC 9110 says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orpheus_core.testing.sandbox.ranges import (
    ByteRange,
    RangeVerdict,
    if_range_holds,
    wanted_range,
)

WHOLE, UNSATISFIABLE = RangeVerdict.WHOLE, RangeVerdict.UNSATISFIABLE


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("bytes=0-0", ByteRange(0, 0)),
        ("bytes=10-19", ByteRange(10, 19)),
        ("bytes=10-", ByteRange(10, 99)),
        ("bytes=10-1000", ByteRange(10, 99)),
        ("bytes=-1", ByteRange(99, 99)),
        ("bytes=-1000", ByteRange(0, 99)),
        ("BYTES= 00010-0019 ", ByteRange(10, 19)),
        ("bytes=99-" + "9" * 5000, ByteRange(99, 99)),
        ("bytes=100-", UNSATISFIABLE),
        ("bytes=" + "9" * 5000 + "-", UNSATISFIABLE),
        ("bytes=-0", UNSATISFIABLE),
        (None, WHOLE),
        ("", WHOLE),
        ("bytes=-", WHOLE),
        ("bytes=20-10", WHOLE),
        ("bytes=0-1,5-6", WHOLE),
        ("bytes=a-b", WHOLE),
        ("bytes=٣-٤", WHOLE),
        ("items=0-1", WHOLE),
    ],
)
def test_range_of_a_hundred_bytes(header: str | None, wanted: ByteRange | RangeVerdict) -> None:
    """14.1.2: satisfiable or not; 14.2: what is invalid is ignored."""
    assert wanted_range(header, 100) == wanted


@given(st.integers(0, 300), st.integers(0, 300), st.integers(1, 200))
def test_range_is_the_slice_that_it_names(first: int, last: int, size: int) -> None:
    """The part is what Python's slice gives, for every pair of positions."""
    content = bytes(i % 251 for i in range(size))
    wanted = wanted_range(f"bytes={first}-{last}", size)
    if isinstance(wanted, ByteRange):
        assert content[wanted.first : wanted.last + 1] == content[first : last + 1]
        assert 0 < wanted.size_bytes <= size
    else:
        assert wanted is (WHOLE if last < first else UNSATISFIABLE)


@given(st.text(max_size=30))
def test_no_header_is_too_odd(header: str) -> None:
    """Whatever comes, there is a verdict."""
    wanted = wanted_range("bytes=" + header, 50)
    assert isinstance(wanted, RangeVerdict) or 0 <= wanted.first <= wanted.last < 50


@pytest.mark.parametrize(
    ("header", "holds"),
    [
        (None, True),
        ('"abc"', True),
        ('"abd"', False),
        ('W/"abc"', False),
        ("abc", False),
        ("Wed, 21 Oct 2015 07:28:00 GMT", False),
    ],
)
def test_if_range_needs_the_very_tag(header: str | None, holds: bool) -> None:
    """13.1.5: strong comparison; a date matches nothing where no Last-Modified is stated."""
    assert if_range_holds(header, '"abc"') is holds


def test_weak_tag_never_matches_even_itself() -> None:
    """8.8.3.2: in the strong comparison two weak tags are not equal."""
    assert not if_range_holds('W/"abc"', 'W/"abc"')
