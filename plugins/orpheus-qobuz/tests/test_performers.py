"""Credits: who took part, out of one text in which names may hold what divides them."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

import orpheus_core as oc
from orpheus_qobuz.performers import credits_in

MAIN, FEATURED = oc.CreditRole.MAIN_ARTIST, oc.CreditRole.FEATURED_ARTIST
COMPOSER, LYRICIST = oc.CreditRole.COMPOSER, oc.CreditRole.LYRICIST
PRODUCER, ENGINEER = oc.CreditRole.PRODUCER, oc.CreditRole.ENGINEER
PERFORMER, OTHER = oc.CreditRole.PERFORMER, oc.CreditRole.OTHER


def read(text: str | None, *names: str) -> list[tuple[str, oc.CreditRole]]:
    return [(credit.name, credit.role) for credit in credits_in(text, names)]


def test_each_role_of_each_person_is_a_credit() -> None:
    """The documented form: ``Name, Role, Role - Name, Role``."""
    text = (
        "Nur, MainArtist - Ada Weir, Composer, Lyricist - Jørn, FeaturedArtist, Vocals - "
        "Ken Lock, Producer, Mastering Engineer - Brackwater Music, MusicPublisher"
    )

    assert read(text) == [
        ("Nur", MAIN),
        ("Ada Weir", COMPOSER),
        ("Ada Weir", LYRICIST),
        ("Jørn", FEATURED),
        ("Jørn", PERFORMER),
        ("Ken Lock", PRODUCER),
        ("Ken Lock", ENGINEER),
        ("Brackwater Music", OTHER),
    ]


@pytest.mark.parametrize(
    ("word", "roles"),
    [
        ("MainArtist", [MAIN]),
        ("Main Artist", [MAIN]),
        ("ComposerLyricist", [COMPOSER, LYRICIST]),
        ("CoProducer", [PRODUCER]),
        ("RecordingEngineer", [ENGINEER]),
        ("Bass Guitar", [PERFORMER]),
        ("Theremin", [OTHER]),
    ],
)
def test_role_is_read_by_its_word(word: str, roles: list[oc.CreditRole]) -> None:
    """Spaces and case mean nothing; a word that is not known is something other."""
    assert read(f"Nur, {word}") == [("Nur", role) for role in roles]


def test_name_with_a_comma_stays_whole_where_it_is_known() -> None:
    """The performer and composer that Qobuz names by themselves are recognised."""
    text = "Tyler, The Creator, MainArtist, Vocals - Ada, Composer"

    assert read(text, "Tyler, The Creator", "Tyler") == [
        ("Tyler, The Creator", MAIN),
        ("Tyler, The Creator", PERFORMER),
        ("Ada", COMPOSER),
    ]


def test_part_that_cannot_be_a_role_belongs_to_the_name() -> None:
    """Roles are made of letters: ``Stills & Nash`` and ``Jr.`` are none."""
    assert read("Crosby, Stills & Nash, MainArtist - Sam Davis, Jr., Vocals") == [
        ("Crosby, Stills & Nash", MAIN),
        ("Sam Davis, Jr.", PERFORMER),
    ]


def test_part_without_a_role_belongs_to_the_name_that_follows() -> None:
    """Every entry has a role, so one without it was cut off from its name."""
    assert read("Quatuor Bas - Rhin, Ensemble") == [("Quatuor Bas - Rhin", PERFORMER)]


def test_text_that_is_one_name_is_a_credit() -> None:
    """Nobody is left out because their role is not known."""
    assert read("Nur") == [("Nur", OTHER)]


@pytest.mark.parametrize("text", [None, "", " ", ",", " - ", ", , - ,", "\r", "\x1f, "])
def test_text_without_names_has_no_credits(text: str | None) -> None:
    """What divides names is not one."""
    assert read(text) == []


def test_credit_is_there_once() -> None:
    """Qobuz names some people twice."""
    assert read("Nur, MainArtist, MainArtist - Nur, MainArtist") == [("Nur", MAIN)]


@settings(deadline=None, max_examples=150)
@given(
    text=st.lists(st.sampled_from(["Nur", ", ", " - ", " ", "Composer", ",", "-", "é"])).map(
        "".join
    )
    | st.text(),
    names=st.lists(st.text(), max_size=2),
)
def test_any_text_gives_credits_with_names(text: str, names: list[str]) -> None:
    """No text raises, and no credit is without a name."""
    for credit in credits_in(text, names):
        assert credit.name.strip()
