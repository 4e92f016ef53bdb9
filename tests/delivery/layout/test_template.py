"""Templates of file layouts: what they mean, and everything they refuse."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orpheus_core.delivery.layout import FIELDS, Template, safe_name
from orpheus_core.delivery.layout.template import NUMBER_WIDTHS
from orpheus_core.errors import InvalidTemplate

DEFAULT = "{albumartist}/{album} ({year})/{disc}-{track} {title}"
VALUES = {
    "albumartist": "Daft Punk",
    "album": "Discovery",
    "year": "2001",
    "disc": "1",
    "track": "4",
    "title": "Harder, Better, Faster, Stronger",
}
ANY_TEXT = st.text(st.characters(exclude_categories=()))


def render(text: str, extension: str = "", **values: str) -> tuple[str, ...]:
    """Parse and render in one step, over VALUES."""
    return Template.parse(text).render(VALUES | values, fallback="7", extension=extension)


def test_default_layout_gives_artist_album_and_file() -> None:
    """Slashes of the template make folders; the extension goes to the file alone."""
    assert render(DEFAULT, ".flac") == (
        "Daft Punk",
        "Discovery (2001)",
        "1-04 Harder, Better, Faster, Stronger.flac",
    )


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("{track}", "4", "04"),
        ("{track}", "123", "123"),
        ("{disc}", "4", "4"),
        ("{track:1}", "04", "4"),
        ("{track:9}", "4", "000000004"),
        ("{disc:2}", "0", "00"),
        ("{track}", "A1", "A1"),
        ("{track}", "٤", "٤"),
        ("{track}", "", "_7"),
    ],
)
def test_numbers_have_at_least_their_digits(text: str, value: str, expected: str) -> None:
    """Track two, disc one, or what the template says; what is no number stays as it is."""
    assert render(text, track=value, disc=value) == (expected,)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{album} ({year})", "Discovery"),
        ("{album} [{label}, {year}]", "Discovery"),
        ("{album} ({year}) [{upc}]", "Discovery"),
        ("{album} ({title} {year})", "Discovery (x )"),
        ("{album} ({title} [{year}])", "Discovery (x)"),
        ("{album} ([{year}])", "Discovery"),
        ("({year}) {album}", "Discovery"),
        ("{album}({year})", "Discovery"),
        ("{album} (live)", "Discovery (live)"),
        ("{album} ()", "Discovery ()"),
        ("{album} ({year}", "Discovery ("),
        ("{album} {year})", "Discovery )"),
        ("{album} ([{year})", "Discovery"),
        ("{album} ({title}]", "Discovery (x]"),
    ],
)
def test_group_of_empty_fields_is_left_out_with_its_space(text: str, expected: str) -> None:
    """No `Album ()`; brackets that do not pair, or hold no field, are text."""
    assert render(text, year="", title="x") == (expected,)


@pytest.mark.parametrize("value", ["", " ", "\u200b", "\0", "\u3000"])
def test_value_that_shows_nothing_is_empty(value: str) -> None:
    """A blank or invisible value leaves no empty brackets either."""
    assert render("{album} ({year})", year=value) == ("Discovery",)


def test_missing_value_is_empty() -> None:
    """Services do not know everything."""
    assert render("{album} ({label})") == ("Discovery",)


def test_doubled_braces_are_braces() -> None:
    """And can stand next to a field."""
    assert render("{{{disc}}}, {{title}}") == ("{1}, {title}",)


@pytest.mark.parametrize(
    "value",
    ["{album}", "{{", "}", "{t.__init__.__globals__}", "{title:>999999999}", "%s", "$(id)", "(x)"],
)
def test_value_is_never_read_as_a_template(value: str) -> None:
    """What a service sends is data, once and for all."""
    assert render("{title}", title=value) == (safe_name(value, fallback="7"),)


@pytest.mark.parametrize("value", ["a/b", "../..", "/etc/passwd", "..", ".", "", "a\\b", "\0/"])
def test_value_makes_no_folder(value: str) -> None:
    """As many names as the template has parts, whatever stands in the values."""
    names = render("{albumartist}/{title}", ".flac", albumartist=value, title=value)

    assert len(names) == 2
    assert not {"/", "\\"} & set("".join(names))
    assert not {"", ".", ".."} & set(names)


def test_text_of_the_template_is_made_safe_too() -> None:
    """A colon in a layout is fine on one system and not on another."""
    assert render("CON/{title}: {disc}?", title="x") == ("CON_", "x_ 1_")


@pytest.mark.parametrize(
    ("text", "position", "word"),
    [
        ("", 0, "empty"),
        ("/{title}", 0, "below the folder"),
        ("~/{title}", 0, "below the folder"),
        ("C:/{title}", 0, "below the folder"),
        ("{album}//{title}", 8, "empty"),
        ("{album}/", 8, "empty"),
        ("../{title}", 0, "no name"),
        ("{album}/./{title}", 8, "no name"),
        ("{album}/.. /{title}", 8, "no name"),
        ("{album}/.\u200b./{title}", 8, "no name"),
        ("{album}\\{title}", 7, "separated by /"),
        ("x {title", 2, "never closed"),
        ("x title}", 7, "never opened"),
        ("{title}}", 7, "never opened"),
        ("{a{title}}", 0, "never closed"),
        ("{track:{disc}}", 0, "never closed"),
        ("{}", 0, "no field ''"),
        ("{0}", 0, "no field '0'"),
        ("{ title}", 0, "no field ' title'"),
        ("{TITLE}", 0, "no field 'TITLE'"),
        ("x{t.client.arl}", 1, "more than the name"),
        ("{title.__class__}", 0, "more than the name"),
        ("{title[0]}", 0, "more than the name"),
        ("{title!r}", 0, "more than the name"),
        ("{track:2!r}", 0, "more than the name"),
        ("{title:>999999999}", 0, "no number"),
        ("{year:2}", 0, "no number"),
        ("{track:}", 0, "1 to 9"),
        ("{track:0}", 0, "1 to 9"),
        ("{track:10}", 0, "1 to 9"),
        ("{track:999999999}", 0, "1 to 9"),
        ("{track:²}", 0, "1 to 9"),
        ("{track:>2}", 0, "1 to 9"),
        ("(" * 9 + "{title}" + ")" * 9, 8, "too deep"),
    ],
)
def test_invalid_template_is_refused_with_its_place(text: str, position: int, word: str) -> None:
    """The message says what is wrong, and at which character, counted from 1."""
    with pytest.raises(InvalidTemplate, match=word) as caught:
        Template.parse(text)

    assert caught.value.evidence["position"] == position
    assert f"at character {position + 1} " in caught.value.why


def test_unknown_field_names_the_nearest() -> None:
    """A slip of the finger is answered with the word that was meant."""
    with pytest.raises(InvalidTemplate) as caught:
        Template.parse("{albumartits}")

    assert caught.value.next_step == "did you mean {albumartist}?"


def test_field_like_no_other_gets_the_whole_list() -> None:
    """Nothing is near: then all of them are named."""
    with pytest.raises(InvalidTemplate) as caught:
        Template.parse("{zzzzzz}")

    assert all(name in caught.value.next_step for name in FIELDS)


def test_every_number_is_a_field() -> None:
    """The two tables name the same things."""
    assert set(NUMBER_WIDTHS) <= set(FIELDS)


_PIECES = st.sampled_from(
    [*(f"{{{name}}}" for name in FIELDS), *"{}[]()/\\.!: ~", "{{", "}}", "{track:2}", "{t.x}", "a"]
)


@settings(max_examples=200)
@given(st.lists(_PIECES).map("".join) | ANY_TEXT)
def test_any_text_is_a_template_or_is_refused(text: str) -> None:
    """Nothing but InvalidTemplate is raised, and what is parsed gives safe names."""
    try:
        template = Template.parse(text)
    except InvalidTemplate:
        return

    names = template.render(VALUES, fallback="7", extension=".flac")

    assert len(names) == len(text.split("/"))
    assert [safe_name(name, fallback="8") for name in names] == list(names)


@settings(max_examples=200)
@given(st.dictionaries(st.sampled_from(sorted(FIELDS)), ANY_TEXT), ANY_TEXT)
def test_any_values_give_safe_names(values: dict[str, str], fallback: str) -> None:
    """As many names as parts, each of them safe, the file with its extension."""
    template = Template.parse("{artist}/{album} ({year}) [{label}]/{disc}-{track} {title}")

    names = template.render(values, fallback=fallback, extension=".flac")

    assert len(names) == 3
    assert names[-1].endswith(".flac")
    assert [safe_name(name, fallback="8") for name in names] == list(names)


@given(ANY_TEXT)
def test_escaped_text_is_itself(text: str) -> None:
    """Doubling the braces is all that it takes to have any text stand in a layout."""
    escaped = "x" + text.replace("/", "").replace("\\", "").replace("(", "").replace("[", "")

    template = Template.parse("_" + escaped.replace("{", "{{").replace("}", "}}"))

    assert template.render({}, fallback="7", extension="") == (
        safe_name("_" + escaped, fallback="7"),
    )
