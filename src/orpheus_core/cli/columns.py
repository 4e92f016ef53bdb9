"""Text in the columns of a terminal: how wide it is, cut, padded, wrapped.

East Asian characters take two columns, combining marks none.
"""

from __future__ import annotations

import unicodedata

LINE_COLUMNS = 80
"""No line of ours is longer, unless one word is."""

_NO_WIDTH = {"Mn", "Me", "Cf"}


def width(text: str) -> int:
    """Return how many columns *text* takes."""
    return len(text) if text.isascii() else sum(map(_width, text))


def _width(char: str) -> int:
    if unicodedata.category(char) in _NO_WIDTH:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def cut(text: str, limit: int) -> str:
    """Return *text*, with ``…`` at its end where it would take more than *limit* columns."""
    if width(text) <= limit:
        return text
    kept, taken = "", 1
    for char in text:
        taken += _width(char)
        if taken > limit:
            break
        kept += char
    return kept.rstrip() + "…"


def fit(text: str, size: int) -> str:
    """Return *text* in exactly *size* columns: cut, or filled with spaces."""
    text = cut(text, size)
    return text + " " * (size - width(text))


def wrap(text: str, first: str, rest: str, limit: int = LINE_COLUMNS) -> list[str]:
    """Return *text* in lines of at most *limit* columns that begin with *first*, then *rest*.

    It is broken at spaces only: a link or a path stays whole, so that it can be copied.
    """
    lines = [first]
    empty = True
    for word in text.split(" "):
        gap = "" if empty else " "
        if not empty and width(lines[-1] + gap + word) > limit:
            lines[-1] = lines[-1].rstrip(" ")
            lines.append(rest)
            gap = ""
            empty = True
        if empty and not word and len(lines) > 1:
            continue
        lines[-1] += gap + word
        empty = False
    return [line.rstrip(" ") for line in lines]


def table(rows: list[list[str]], gap: str = "  ") -> list[str]:
    """Return *rows* as lines whose cells stand below each other; the last cell is as it is."""
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    return [
        gap.join(fit(cell, size) for cell, size in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
