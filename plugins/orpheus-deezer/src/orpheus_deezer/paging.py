"""Reads lists to their end: page by page, as far as the service's own links lead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar
from urllib.parse import parse_qs, urlsplit

import orpheus_core as oc
from orpheus_deezer.answers import refusal
from orpheus_deezer.shapes import Page

T = TypeVar("T")

MOST_ITEMS = 10_000
"""No album, playlist or artist is that large: what goes on for longer has no end."""


def items(
    client: oc.ServiceClient,
    url: str,
    page_shape: type[Page[T]],
    params: Mapping[str, str | int] | None = None,
) -> Iterator[T]:
    """Yield each item of the list at *url*, asking for the next page when it is needed.

    A page's `next` says at which index the next one begins; pages may be shorter than asked
    for, since Deezer leaves hidden items out. The end is where `next` is absent, where a
    page is empty, or where `next` leads back.

    Raises:
        AnswerTooLarge: there are more than `MOST_ITEMS`.
    """
    index, seen = 0, 0
    while True:
        page = client.get(
            url, page_shape, params={**(params or {}), "index": index}, classify=refusal
        )
        seen += len(page.data)
        if seen > MOST_ITEMS:
            raise oc.AnswerTooLarge(
                f"Deezer lists more than {MOST_ITEMS} items", evidence={"items": seen}
            )
        yield from page.data
        following = _index(page.next)
        if not page.data or following is None or following <= index:
            return
        index = following


def _index(link: str | None) -> int | None:
    """The index in *link*. Of a link from outside nothing else is used, least of all its host."""
    try:
        values = parse_qs(urlsplit(link or "").query).get("index", [])
    except ValueError:
        return None
    text = values[-1] if values else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
