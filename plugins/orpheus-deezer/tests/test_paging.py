"""Lists end, whatever their pages say."""

from __future__ import annotations

import pytest

import orpheus_core as oc
from orpheus_core.testing import CannedClient
from orpheus_deezer.paging import MOST_ITEMS, items
from orpheus_deezer.shapes import GenreShape, Page

URL = "https://api.deezer.com/list"


def page(*names: str, following: str | None = None) -> dict[str, object]:
    link = {"next": following} if following is not None else {}
    return {"data": [{"name": name} for name in names], "total": 99, **link}


def listed(client: oc.ServiceClient) -> list[str | None]:
    return [item.name for item in items(client, URL, Page[GenreShape])]


def test_pages_are_read_to_the_last() -> None:
    """The last page has no ``next``."""
    client = CannedClient("deezer", {
        f"{URL}?index=0": page("a", "b", following=f"{URL}?index=2"),
        f"{URL}?index=2": page("c", following=f"{URL}?limit=2&index=4"),
        f"{URL}?index=4": page("d"),
    })  # fmt: skip

    assert listed(client) == ["a", "b", "c", "d"]


def test_page_that_is_shorter_than_its_place_loses_nothing() -> None:
    """Deezer leaves hidden items out of a page; the next index counts them."""
    client = CannedClient("deezer", {
        f"{URL}?index=0": page("a", following=f"{URL}?index=25"),
        f"{URL}?index=25": page("b"),
    })  # fmt: skip

    assert listed(client) == ["a", "b"]


def test_empty_page_ends_the_list() -> None:
    """A ``next`` behind nothing leads nowhere."""
    client = CannedClient("deezer", {f"{URL}?index=0": page(following=f"{URL}?index=25")})

    assert listed(client) == []


@pytest.mark.parametrize("back", ["0", "5", "", "-1", "x", "9" * 30, "٣٠"])
def test_next_that_does_not_lead_on_ends_the_list(back: str) -> None:
    """A list that leads back to itself is not read twice."""
    client = CannedClient("deezer", {
        f"{URL}?index=0": page("a", following=f"{URL}?index=5"),
        f"{URL}?index=5": page("b", following=f"{URL}?index={back}"),
    })  # fmt: skip

    assert listed(client) == ["a", "b"]


def test_host_of_the_next_link_is_not_followed() -> None:
    """Only the index of a link from outside is used."""
    client = CannedClient("deezer", {
        f"{URL}?index=0": page("a", following="http://[evil.example/steal?index=1"),
    })  # fmt: skip
    other = CannedClient("deezer", {
        f"{URL}?index=0": page("a", following="https://evil.example/steal?index=1"),
        f"{URL}?index=1": page("b"),
    })  # fmt: skip

    assert listed(client) == ["a"]
    assert listed(other) == ["a", "b"]


def test_list_without_end_is_refused() -> None:
    """A service that always has one more page does not keep the job for ever."""
    size = 2_000
    names = ["x"] * size
    client = CannedClient("deezer", {
        f"{URL}?index={index}": page(*names, following=f"{URL}?index={index + size}")
        for index in range(0, MOST_ITEMS + size, size)
    })  # fmt: skip

    with pytest.raises(oc.AnswerTooLarge):
        listed(client)
    assert len(client.calls) == MOST_ITEMS // size + 1


def test_next_page_is_asked_for_only_when_it_is_needed() -> None:
    """Who wants the first result makes one request."""
    client = CannedClient("deezer", {f"{URL}?index=0": page("a", following=f"{URL}?index=1")})

    assert next(items(client, URL, Page[GenreShape])).name == "a"
    assert len(client.calls) == 1


def test_error_in_place_of_a_page_is_raised() -> None:
    """A quota may run out in the middle of a list."""
    client = CannedClient("deezer", {
        f"{URL}?index=0": page("a", following=f"{URL}?index=1"),
        f"{URL}?index=1": {"error": {"type": "Exception", "message": "Quota", "code": 4}},
    })  # fmt: skip

    with pytest.raises(oc.RateLimited):
        listed(client)
