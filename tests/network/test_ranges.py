"""What comes is joined to what is there only where both are of one version."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orpheus_core.network.ranges import (
    OVERLAP_BYTES,
    ContentRange,
    Resumption,
    Version,
    content_range,
    misfit,
    resumption,
    strong_etag,
)

HAVE = Version(url="http://a.example/x", etag='"v1"', size_bytes=1_000_000)
N = 300_000


@pytest.mark.parametrize(
    ("etag", "strong"),
    [
        ('"v1"', '"v1"'),
        ('""', '""'),
        ('W/"v1"', None),
        ("v1", None),
        ('"v1', None),
        ('"v"1"', None),
        ('"v 1"', None),
        ("", None),
    ],
)
def test_only_a_strong_etag_vouches(etag: str, strong: str | None) -> None:
    """Source: RFC 9110, 8.8.3."""
    assert strong_etag({"ETag": etag}) == strong


@pytest.mark.parametrize(
    ("value", "means"),
    [
        ("bytes 0-4/10", ContentRange(first=0, last=4, size_bytes=10)),
        ("bytes 0-9/10", ContentRange(first=0, last=9, size_bytes=10)),
        ("bytes 0-10/10", None),
        ("bytes 5-4/10", None),
        ("bytes 0-4/*", None),
        ("bytes */10", None),
        ("items 0-4/10", None),
        ("bytes -1-4/10", None),
        (f"bytes 0-{'9' * 30}/{'9' * 31}", None),
        ("", None),
    ],
)
def test_content_range_that_makes_no_sense_says_nothing(
    value: str, means: ContentRange | None
) -> None:
    assert content_range({"Content-Range": value}) == means


@given(st.text())
def test_no_content_range_makes_it_raise(value: str) -> None:
    content_range({"Content-Range": value})


def version(**changes: object) -> Version:
    return attrs.evolve(HAVE, **changes)  # type: ignore[arg-type]  # its own fields


GOES_ON = Resumption(first=N, validator='"v1"')
OVERLAPS = Resumption(first=N - OVERLAP_BYTES, validator=None)


@pytest.mark.parametrize(
    ("have", "want", "how"),
    [
        (HAVE, Version(url=HAVE.url), GOES_ON),
        (HAVE, Version(url=HAVE.url, size_bytes=1_000_000), GOES_ON),
        (HAVE, Version(url=HAVE.url, size_bytes=1_000_001), None),
        (version(size_bytes=None), Version(url=HAVE.url), GOES_ON),
        (version(etag=None), Version(url=HAVE.url), OVERLAPS),
        (version(etag=None, size_bytes=None), Version(url=HAVE.url), None),
        (HAVE, Version(url="http://b.example/y"), attrs.evolve(OVERLAPS, validator='"v1"')),
        (version(etag=None), Version(url="http://b.example/y"), None),
        (
            version(stable_id="7/flac"),
            Version(url="http://b.example/y", stable_id="7/flac"),
            GOES_ON,
        ),
        (
            version(stable_id="7/flac", etag=None),
            Version(url="http://b.example/y", stable_id="7/flac"),
            OVERLAPS,
        ),
        (version(stable_id="7/flac"), Version(url=HAVE.url, stable_id="7/mp3"), None),
    ],
)
def test_part_is_gone_on_with_only_where_something_vouches_for_it(
    have: Version, want: Version, how: Resumption | None
) -> None:
    found = resumption(have, N, want)
    assert (found if isinstance(found, Resumption) else None) == how


def test_part_that_is_complete_is_compared_at_its_end() -> None:
    """There is no byte left to ask for."""
    found = resumption(HAVE, 1_000_000, Version(url=HAVE.url))
    assert found == Resumption(first=1_000_000 - OVERLAP_BYTES, validator='"v1"')


def test_strong_validator_is_asked_for_and_no_other() -> None:
    assert GOES_ON.headers() == {"Range": "bytes=300000-", "If-Range": '"v1"'}
    assert OVERLAPS.headers() == {"Range": f"bytes={N - OVERLAP_BYTES}-"}


def reason(
    span: str, announced: int | None, etag: str = "", size_bytes: int | None = 1_000_000
) -> str:
    headers = {"Content-Range": span, "ETag": etag}
    return misfit(headers, announced, version(size_bytes=size_bytes), N)


@pytest.mark.parametrize(
    ("span", "announced", "etag"),
    [
        ("bytes 300000-999999/1000000", 700_000, '"v1"'),
        ("bytes 300000-999999/1000000", None, ""),
        ("bytes 300000-999999/1000000", 700_000, 'W/"v2"'),
        ("bytes 234464-999999/1000000", 765_536, ""),
    ],
)
def test_part_that_fits_is_taken(span: str, announced: int | None, etag: str) -> None:
    """It may begin before the end of what is there: then the bytes are compared."""
    assert reason(span, announced, etag) == ""


@pytest.mark.parametrize(
    ("span", "announced", "etag"),
    [
        ("", 700_000, ""),
        ("bytes 300000-999999/*", 700_000, ""),
        ("bytes 300001-999999/1000000", 699_999, ""),
        ("bytes 234463-999999/1000000", 765_537, ""),
        ("bytes 300000-999998/1000000", 699_999, ""),
        ("bytes 300000-1000000/1000001", 700_001, ""),
        ("bytes 300000-999999/1000000", 699_999, ""),
        ("bytes 300000-999999/1000000", 1_000_000, ""),
        ("bytes 300000-999999/1000000", 700_000, '"v2"'),
    ],
)
def test_part_that_does_not_fit_is_not_taken(span: str, announced: int | None, etag: str) -> None:
    assert reason(span, announced, etag)


def test_size_that_was_not_known_is_no_misfit() -> None:
    assert reason("bytes 300000-999999/1000000", 700_000, size_bytes=None) == ""
