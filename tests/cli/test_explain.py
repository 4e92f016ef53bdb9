"""``orpheus explain``: every error says ``more  orpheus explain CODE``, so every code works."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from orpheus_core.errors import OrpheusError, error_types

if TYPE_CHECKING:
    from tests.cli.conftest import Orpheus


@pytest.mark.parametrize("kind", list(error_types()), ids=lambda kind: kind.code)
def test_every_code_is_explained(orpheus: Orpheus, kind: type[OrpheusError]) -> None:
    """What it means, how a command then ends, whether the same again helps."""
    ended = orpheus("explain", kind.code)
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.startswith(f"{kind.code}: ")
    assert f"  exit  {kind.exit_status.value} (" in ended.out
    assert "  retry the same again " in ended.out


@pytest.mark.parametrize("word", ["error[svc.down]:", "warning[svc.down]:", " SVC.DOWN "])
def test_the_code_is_taken_as_it_stands_on_the_screen(orpheus: Orpheus, word: str) -> None:
    """Copied with its brackets, it is still the code."""
    assert orpheus("explain", word).out.startswith("svc.down: ")


def test_the_explanation_as_json(orpheus: Orpheus) -> None:
    """The same for a program."""
    data = orpheus("--json", "explain", "svc.rate-limited").document["data"]
    assert (data["code"], data["class"], data["exit_code"], data["retryable"]) == (
        "svc.rate-limited",
        "later",
        6,
        "after",
    )
