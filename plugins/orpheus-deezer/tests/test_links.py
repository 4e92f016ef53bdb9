"""Links: every form that Deezer gives out, and none that leads elsewhere."""

from __future__ import annotations

import pytest

import orpheus_core as oc
from orpheus_deezer.info import INFO


def claimed(text: str) -> tuple[oc.MediaKind | None, str] | None:
    """Kind and id that the first matching pattern reads from *text*."""
    url = oc.Url.parse(text)
    for pattern in INFO.links:
        ident = pattern.match(url)
        if ident is not None:
            return pattern.kind, ident
    return None


@pytest.mark.parametrize("host", ["www.deezer.com", "deezer.com"])
@pytest.mark.parametrize("country", ["", "en/", "fr/", "pt-br/"])
@pytest.mark.parametrize("kind", ["album", "track", "playlist", "artist"])
def test_page_of_an_item_is_claimed_with_and_without_country(
    host: str, country: str, kind: str
) -> None:
    """A page's link names kind and id, whatever country it was copied in."""
    assert claimed(f"https://{host}/{country}{kind}/302127") == (oc.MediaKind(kind), "302127")


@pytest.mark.parametrize(
    "text",
    [
        "www.deezer.com/album/302127",
        "http://www.deezer.com/album/302127/",
        "https://WWW.Deezer.com/us/album/302127?utm_source=deezer&utm_medium=web#top",
    ],
)
def test_spelling_of_the_link_does_not_matter(text: str) -> None:
    """Scheme, case of the host, last slash, query and fragment say nothing about the item."""
    assert claimed(text) == (oc.MediaKind.ALBUM, "302127")


@pytest.mark.parametrize(
    "text", ["https://deezer.page.link/WSqyMRBenWbw6GJ19", "https://link.deezer.com/s/30Jk_x-9"]
)
def test_short_link_is_followed_before_it_names_an_item(text: str) -> None:
    """A short link has no kind: its target is found by asking."""
    url = oc.Url.parse(text)
    patterns = [pattern for pattern in INFO.links if pattern.match(url)]

    assert [(pattern.redirect, pattern.kind) for pattern in patterns] == [(True, None)]


@pytest.mark.parametrize(
    "text",
    [
        "https://www.deezer.com/album/",
        "https://www.deezer.com/album/discovery",
        "https://www.deezer.com/album/-1",
        "https://www.deezer.com/album/٣٠٢",
        "https://www.deezer.com/album/" + "9" * 20,
        "https://www.deezer.com/fr/x/album/302127",
        "https://www.deezer.com/show/302127",
        "https://link.deezer.com/302127",
        "https://deezer.com.example/album/302127",
    ],
)
def test_other_paths_are_not_claimed(text: str) -> None:
    """What is no item's page is left to the message about the forms that are known."""
    assert claimed(text) is None


def test_every_host_of_a_link_may_be_talked_to() -> None:
    """Short links are asked for, and lead to the site."""
    assert {pattern.host for pattern in INFO.links} <= set(INFO.hosts)


def test_limit_stays_below_the_quota() -> None:
    """Deezer counts 50 requests in 5 s for one address."""
    (limit,) = INFO.limits

    assert limit.requests < 50
    assert limit.window_s == 5.0
