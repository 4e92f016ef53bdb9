"""Text from outside, made fit for a tag: no control characters, no unbounded length."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from urllib.parse import quote

MAX_TEXT_BYTES = 4096
MAX_LYRICS_BYTES = 1_000_000
MAX_VALUES = 100
"""How many artists, genres or composers one track may have."""

MAX_NUMBER = 0xFFFF
"""MP4 keeps track and disc numbers in two bytes."""

_BREAKS = frozenset("\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u2028\u2029")
_LINE_ENDS = ("\r\n", "\r", "\x85", "\u2028", "\u2029")
_LEFT_OUT = frozenset({"Cc", "Cs"})  # control characters, halves of surrogate pairs


def clean_line(text: str | None) -> str | None:
    """Return *text* as one line of at most 4 kB in UTF-8, or None when nothing is left.

    >>> clean_line("Side A\\x00\\r\\nSide B")
    'Side A  Side B'
    """
    if text is None:
        return None
    spaced = "".join(" " if char in _BREAKS else char for char in text[:MAX_TEXT_BYTES])
    return _fit(spaced, MAX_TEXT_BYTES, keep="")


def clean_lines(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the first hundred of *texts* as lines, without empty ones and repetitions."""
    cleaned: dict[str, None] = {}
    for text in texts:
        line = clean_line(text)
        if line is not None:
            cleaned[line] = None
        if len(cleaned) == MAX_VALUES:
            break
    return tuple(cleaned)


def clean_lyrics(text: str | None) -> str | None:
    """Return *text* with its lines and tabs, at most 1 MB in UTF-8, or None when it is empty."""
    if text is None:
        return None
    text = text[:MAX_LYRICS_BYTES]
    for line_end in _LINE_ENDS:
        text = text.replace(line_end, "\n")
    return _fit(text, MAX_LYRICS_BYTES, keep="\n\t")


def clean_url(text: str | None) -> str | None:
    """Return *text* in ASCII when it is a web link that fits, else None: half a link is none."""
    line = clean_line(text)
    if line is None or not line.startswith(("https://", "http://")):
        return None
    link = quote(line, safe="!#$%&'()*+,/:;=?@[]~")
    return link if len(link) <= MAX_TEXT_BYTES else None


def clean_number(number: int | None) -> int | None:
    """Return *number* when it can be the number of a track or disc, else None."""
    return number if number is not None and 0 < number <= MAX_NUMBER else None


def _fit(text: str, max_bytes: int, *, keep: str) -> str | None:
    clean = "".join(
        char for char in text if char in keep or unicodedata.category(char) not in _LEFT_OUT
    )
    cut = clean.strip().encode()[:max_bytes].decode(errors="ignore")
    return cut.rstrip() or None
