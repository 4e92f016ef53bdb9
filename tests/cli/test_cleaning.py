"""Text from outside cannot steer a terminal."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orpheus_core.cli.cleaning import clean


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[2Jb", r"a\x1b[2Jb"),
        ("\x1b]52;c;cm0=\x07", r"\x1b]52;c;cm0=\x07"),
        ("one\ntwo\r", r"one\x0atwo\x0d"),
        ("\x9b31m", r"\x9b31m"),
        ("\u2028", r"\u2028"),
        ("\udc80", r"\udc80"),
        ("cod\u202egpj.exe", "codgpj.exe"),
        ("pay\u200bpal \ufeff", "paypal "),
        ("[/b] [bold]x", "[/b] [bold]x"),
    ],
)
def test_what_steers_is_shown_or_dropped(text: str, shown: str) -> None:
    """Control characters are shown as numbers; no markup has a meaning."""
    assert clean(text) == shown


@pytest.mark.parametrize("text", ["می‌خواهم", "👩‍🚀", "क्‍ष", "Motörhead", "灯籠流し", "نور"])
def test_what_scripts_need_stays(text: str) -> None:
    """Joiners shape Persian, Indic scripts and emoji."""
    assert clean(text) == text


@given(st.text())
def test_nothing_clean_holds_a_control_or_a_direction(text: str) -> None:
    """Whatever comes in, and cleaning twice changes nothing more."""
    cleaned = clean(text)
    for char in cleaned:
        assert unicodedata.category(char) not in ("Cc", "Cs", "Zl", "Zp")
        assert unicodedata.bidirectional(char) not in (
            *("LRE", "RLE", "LRO", "RLO", "PDF"),
            *("LRI", "RLI", "FSI", "PDI"),
        )
    assert clean(cleaned) == cleaned
