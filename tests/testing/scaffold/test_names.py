"""What a new plugin may be called, and what follows from its id."""

from __future__ import annotations

import re

import hypothesis.strategies as st
import pytest
from hypothesis import given

from orpheus_core.config import SECTIONS
from orpheus_core.errors import WrongArguments
from orpheus_core.music import SERVICE_ID
from orpheus_core.plugins.manifest_values import hosts
from orpheus_core.testing.scaffold.names import LONGEST, PluginNames

# What pip and Python take. Source: PyPA specifications, "Names and normalization".
DISTRIBUTION = re.compile(r"[A-Z0-9]([A-Z0-9._-]*[A-Z0-9])?", re.IGNORECASE)


def test_names_follow_from_the_id() -> None:
    """One name is given, the others are made of it."""
    names = PluginNames.parse("my-shop_2")

    assert names.id == "my-shop_2"
    assert names.distribution == "orpheus-my-shop_2"
    assert names.package == "orpheus_my_shop_2"
    assert names.title == "My Shop 2"
    assert names.slug == "my-shop-2"
    assert names.host == "my-shop-2.example"


def test_package_may_be_given_in_the_place_of_the_id() -> None:
    """Its folder is called that, and pip calls it that."""
    assert PluginNames.parse("orpheus-tidal") == PluginNames.parse("tidal")


@given(st.from_regex(r"[a-z0-9_-]{1,44}", fullmatch=True))
def test_each_name_that_is_taken_is_good_for_all_that_is_made_of_it(text: str) -> None:
    """An id of the core, a package for pip and for Python, a host; or a clear error."""
    try:
        names = PluginNames.parse(text)
    except WrongArguments:
        return

    assert re.fullmatch(SERVICE_ID, names.id)
    assert DISTRIBUTION.fullmatch(names.distribution)
    assert names.package.isidentifier()
    assert hosts(names.host) == names.host
    assert len(names.id) <= LONGEST


@given(st.text(max_size=60))
def test_whatever_is_suggested_can_be_chosen(text: str) -> None:
    """A suggestion that is refused, too, would be worse than none."""
    with pytest.raises(WrongArguments) as refused:
        PluginNames.parse(f"{text}!")

    suggestion = refused.value.next_step.removeprefix("choose one such as ")
    assert PluginNames.parse(suggestion).id == suggestion


@pytest.mark.parametrize(
    ("given_name", "suggestion"),
    [
        ("My Shop", "my-shop"),
        ("2nd-shop", "nd-shop"),
        ("a--b", "a-b"),
        ("shop-", "shop"),
        ("orpheus-", "my-shop"),
        ("Orpheus 0", "my-shop"),
        ("Orpheus Tidal", "tidal"),
        ("", "my-shop"),
        ("../../etc", "etc"),
        ("Network", "my-network"),
        ("Käse", "k-se"),
    ],
)
def test_name_of_another_form_is_refused_with_one_that_fits(
    given_name: str, suggestion: str
) -> None:
    """So that nothing has to be guessed."""
    with pytest.raises(WrongArguments) as refused:
        PluginNames.parse(given_name)

    assert refused.value.next_step == f"choose one such as {suggestion}"


@pytest.mark.parametrize("name", [*SECTIONS, "core", "core-tag", "sandbox", "orpheus-core"])
def test_name_that_is_taken_is_refused(name: str) -> None:
    """Sections of the settings, and what belongs to the core."""
    with pytest.raises(WrongArguments) as refused:
        PluginNames.parse(name)

    assert refused.value.why
    suggestion = refused.value.next_step.removeprefix("choose another, such as ")
    assert PluginNames.parse(suggestion).id == suggestion


def test_name_that_is_too_long_is_refused() -> None:
    """Files and hosts have limits of their own."""
    assert PluginNames.parse("a" * LONGEST).id == "a" * LONGEST
    with pytest.raises(WrongArguments, match="too long"):
        PluginNames.parse("a" * (LONGEST + 1))
