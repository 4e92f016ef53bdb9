"""Reads lists to their end: a list stands inside its item, and comes page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

import orpheus_core as oc
from orpheus_qobuz.shapes import Page

T = TypeVar("T")

PAGE_SIZE = 500
"""The most items that Qobuz sends at once."""

MOST_ITEMS = 10_000
"""No album, playlist or artist is that large: what goes on for longer has no end."""


def items(first: Page[T] | None, page_at: Callable[[int], Page[T] | None]) -> Iterator[T]:
    """Yield each item of the list that begins with *first*.

    *page_at* asks for the page at an offset, when it is needed. Pages may be shorter than
    asked for; the end is where the stated total is reached, where a page is empty, or where
    Qobuz sends another place than the one that was asked for.

    Raises:
        AnswerTooLarge: there are more than `MOST_ITEMS`.
    """
    page, offset = first, 0
    while page is not None and page.items and page.offset in (None, offset):
        offset += len(page.items)
        if offset > MOST_ITEMS:
            raise oc.AnswerTooLarge(
                f"Qobuz lists more than {MOST_ITEMS} items", evidence={"items": offset}
            )
        yield from page.items
        if page.total is not None and offset >= page.total:
            return
        page = page_at(offset)
