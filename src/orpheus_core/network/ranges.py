"""Going on with a file: what to ask for, and whether what comes fits what is there.

Most downloaders take any 206 for the rest of their file and so join two versions into one.
Here only a strong validator (``If-Range``) or the same bytes again (an overlap) join.
Source: RFC 9110, sections 8.8.3 (ETag), 13.1.5 (If-Range), 14.4 (Content-Range).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import attrs

OVERLAP_BYTES = 65_536
"""How much of what is there is fetched again to be compared, where no validator vouches."""

_STRONG_ETAG = re.compile(r'"[\x21\x23-\x7e\x80-\xff]*"')
_CONTENT_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18})", re.ASCII)


@attrs.frozen(kw_only=True)
class ContentRange:
    """What part of a file an answer holds: its first and last byte, and the file's size."""

    first: int
    last: int
    size_bytes: int


@attrs.frozen(kw_only=True)
class Resumption:
    """What to ask for in order to go on: the bytes from *first*, if *validator* still holds."""

    first: int
    validator: str | None

    def headers(self) -> dict[str, str]:
        """The header fields that ask for it."""
        fields = {"Range": f"bytes={self.first}-"}
        if self.validator is not None:
            fields["If-Range"] = self.validator
        return fields


@attrs.frozen(kw_only=True)
class Version:
    """Which file a part is of, as far as the service tells.

    *url* is without its query, *etag* a strong one, *stable_id* the service's own name for
    this very file, *size_bytes* its whole size.
    """

    url: str
    etag: str | None = None
    stable_id: str | None = None
    size_bytes: int | None = None


def strong_etag(headers: Mapping[str, str]) -> str | None:
    """Return the answer's ETag if it is a strong one: equal only for equal bytes."""
    etag = headers.get("ETag", "").strip()
    return etag if _STRONG_ETAG.fullmatch(etag) else None


def content_range(headers: Mapping[str, str]) -> ContentRange | None:
    """Return what ``Content-Range`` says, or None when it is missing, open or senseless."""
    found = _CONTENT_RANGE.fullmatch(headers.get("Content-Range", "").strip())
    if found is None:
        return None
    first, last, size_bytes = (int(number) for number in found.groups())
    if not first <= last < size_bytes:
        return None
    return ContentRange(first=first, last=last, size_bytes=size_bytes)


def resumption(have: Version, have_bytes: int, want: Version) -> Resumption | str:
    """Return how to go on with *have_bytes* of *have* towards *want*, or why one cannot."""
    if have.stable_id and want.stable_id and have.stable_id != want.stable_id:
        return "the service names another file now"
    if None not in (have.size_bytes, want.size_bytes) and have.size_bytes != want.size_bytes:
        return "the service states another size now"
    same = have.url == want.url or (have.stable_id is not None and have.stable_id == want.stable_id)
    if same and have.etag and have_bytes != have.size_bytes:
        return Resumption(first=have_bytes, validator=have.etag)
    if not same and not have.etag:
        return "nothing shows that the new link leads to the same file"
    if have.size_bytes is None:
        return "nothing shows that it is still the same file"
    # Another link may use the same ETag for another file, and at the end there is no byte
    # left to ask for: both are settled by some of the bytes that are there already.
    return Resumption(first=max(0, have_bytes - OVERLAP_BYTES), validator=have.etag)


def misfit(
    headers: Mapping[str, str], announced_bytes: int | None, have: Version, have_bytes: int
) -> str:
    """Return why a 206 with *headers* does not continue the part, or "" when it does.

    It must begin where the part ends or before, go to the end of the file, name the same
    size and, if any, the same strong ETag, and its length must be the span it names.
    """
    span = content_range(headers)
    if span is None:
        return "the service did not say which part it sent"
    if have.size_bytes is not None and span.size_bytes != have.size_bytes:
        return "the file has another size now"
    etag = strong_etag(headers)
    if etag and have.etag and etag != have.etag:
        return "the file changed at the service"
    if span.first > have_bytes or have_bytes - span.first > OVERLAP_BYTES:
        return "the service sent another part than was asked for"
    if span.last != span.size_bytes - 1:
        return "the service sent less than the rest"
    if announced_bytes is not None and announced_bytes != span.last - span.first + 1:
        return "the length of the part is not what it says"
    return ""
