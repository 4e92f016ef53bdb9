"""Releases that are kept out."""

from __future__ import annotations

import pytest

from orpheus_core.plugins.known_bad import KNOWN_BAD, KnownBad, known_bad

BAD = KnownBad(
    distribution="Orpheus_Deezer",
    versions=frozenset({"0.3.0", "0.3.1"}),
    reason="it deletes what it downloaded",
    fixed_in="0.3.2",
)


@pytest.mark.parametrize("name", ["orpheus-deezer", "Orpheus.Deezer", "orpheus__deezer"])
def test_a_bad_release_is_known_however_its_name_is_written(name: str) -> None:
    """Source: PEP 503."""
    assert known_bad(name, "0.3.1", [BAD]) is BAD


@pytest.mark.parametrize(
    ("name", "version"),
    [("orpheus-deezer", "0.3.2"), ("orpheus-deezer", "0.3"), ("orpheus-qobuz", "0.3.1"), ("", "")],
)
def test_other_releases_are_not(name: str, version: str) -> None:
    """Of the same plugin, or of another one."""
    assert known_bad(name, version, [BAD]) is None


def test_no_release_is_known_to_be_bad_today() -> None:
    """The table that ships is what is asked when none is given."""
    assert KNOWN_BAD == ()
    assert known_bad("orpheus-deezer", "0.3.1") is None
