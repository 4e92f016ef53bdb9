"""Text in columns."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orpheus_core.cli.columns import cut, fit, table, width, wrap

_TEXT = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")))


@pytest.mark.parametrize(
    ("text", "columns"), [("abc", 3), ("灯籠", 4), ("e\u0301", 1), ("🏮", 2), ("नी", 2)]
)
def test_width_is_what_a_terminal_shows(text: str, columns: int) -> None:
    """Wide characters take two columns, marks above a letter none."""
    assert width(text) == columns


@given(_TEXT, st.integers(1, 30))
def test_fit_takes_exactly_the_columns(text: str, size: int) -> None:
    """Cut or filled, so that what follows stands below what stood above."""
    assert width(fit(text, size)) == size


@given(_TEXT, st.integers(1, 30))
def test_cut_keeps_what_fits(text: str, limit: int) -> None:
    """A text that fits is not touched; one that does not says so."""
    if width(text) <= limit:
        assert cut(text, limit) == text
    else:
        assert width(cut(text, limit)) <= limit
        assert cut(text, limit).endswith("…")


@given(st.lists(st.text("abc灯", min_size=1, max_size=20), max_size=30))
def test_wrapped_lines_stay_within_80_columns_and_lose_no_word(words: list[str]) -> None:
    """The hanging indent of the five lines."""
    lines = wrap(" ".join(words), "  why   ", " " * 8)

    assert all(width(line) <= 80 for line in lines)
    assert " ".join(lines).split()[1:] == words
    assert all(line.startswith(" " * 8) for line in lines[1:])


def test_a_link_is_never_broken() -> None:
    """What is to be copied stays in one piece, even when it is too long."""
    link = "https://sandbox.example/album/" + "x" * 90
    lines = wrap(f"orpheus download {link}", "  next  ", " " * 8)
    assert any(link in line for line in lines)


def test_gaps_in_a_hint_stay() -> None:
    """A wide gap sets a command apart from what it does."""
    assert wrap("orpheus x     shows y", "  next  ", "") == ["  next  orpheus x     shows y"]


def test_cells_stand_below_each_other() -> None:
    """Also with wide characters; and nothing trails."""
    assert table([["a", "bb", "c"], ["灯籠", "b", ""]]) == ["a     bb  c", "灯籠  b"]
