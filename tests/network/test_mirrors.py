"""Hosts that answer the same: which there are, and what is sent to them."""

from __future__ import annotations

import pytest

from orpheus_core.clock import SystemClock
from orpheus_core.network.hosts import host_of
from orpheus_core.network.lines import Line
from orpheus_core.network.mirrors import at_host, others_like
from orpheus_core.network.throttle import Throttle

GROUPS = (("a.example", "b.example", "C.example"), ("x.example", "y.example"))


@pytest.mark.parametrize(
    ("host", "others"),
    [
        ("a.example", ("b.example", "c.example")),
        ("c.example", ("a.example", "b.example")),
        ("B.EXAMPLE.", ("a.example", "c.example")),
        ("y.example", ("x.example",)),
        ("z.example", ()),
        ("sub.a.example", ()),
    ],
)
def test_others_are_those_of_the_same_group(host: str, others: tuple[str, ...]) -> None:
    """However the name is written, and written as in the links that lead there."""
    assert others_like(host, GROUPS) == others


def test_only_a_host_that_the_service_named_is_another() -> None:
    """What is sent carries credentials: a group alone opens no door."""
    line = Line(
        service="shop",
        hosts=("a.example", "b.example"),
        throttle=Throttle((), SystemClock()),
        mirrors=GROUPS,
    )
    assert line.others_like("a.example") == ("b.example",)
    assert line.others_like("a.example", but=("b.example",)) == ()


def test_a_host_that_was_given_up_is_none_however_the_service_writes_it() -> None:
    """Otherwise it would be tried again and again."""
    line = Line(
        service="shop",
        hosts=("A.Example", "B.Example"),
        throttle=Throttle((), SystemClock()),
        mirrors=(("A.Example", "B.Example"),),
    )
    (other,) = line.others_like("a.example")
    given_up = host_of(at_host("https://a.example/x", other))
    assert line.others_like("a.example", but=(given_up,)) == ()


@pytest.mark.parametrize(
    ("url", "host", "moved"),
    [
        ("https://a.example/x/y?q=1&r=%20", "b.example", "https://b.example/x/y?q=1&r=%20"),
        ("http://a.example:8080", "b.example", "http://b.example:8080"),
        ("https://[::1]:8443/x", "b.example", "https://b.example:8443/x"),
        ("https://a.example/x", "::1", "https://[::1]/x"),
        ("https://a.example:443/x", "[::1]", "https://[::1]:443/x"),
    ],
)
def test_the_rest_of_a_link_stays_at_another_host(url: str, host: str, moved: str) -> None:
    """Scheme and port, too: nothing leads from TLS to plain text."""
    assert at_host(url, host) == moved
