"""What foreign code raises, in words that can be shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orpheus_core.plugins import in_words

SECRET = "s3cr3t-" * 9


@given(before=st.text(alphabet="ab \n", max_size=600))
def test_a_secret_is_there_whole_or_not_at_all(before: str) -> None:
    """Half of one would not be known for a secret by whoever takes them out afterwards."""
    said = in_words(RuntimeError(f"{before} {SECRET} and more " + "x " * 600))
    assert SECRET in said or "s3cr3t" not in said


@pytest.mark.parametrize("text", ["y" * 5000, "word " * 1000, f"{SECRET}{'z' * 600}"])
def test_a_long_text_is_cut(text: str) -> None:
    """And says that it was."""
    said = in_words(ValueError(text))
    assert len(said) <= 500
    assert said.startswith("ValueError:")
    assert said.endswith(" …")
    assert "s3cr3t" not in said


def test_a_short_text_is_left_as_it_is() -> None:
    """With the type before it."""
    assert in_words(KeyError("tracks")) == "KeyError: 'tracks'"
