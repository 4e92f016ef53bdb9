"""Lines of a TOML document: every key that tomllib finds stands where it is said to stand."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator

import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as st

from orpheus_core.brain.rules.toml_lines import Place, lines_of

DOCUMENT = (
    "# [no.header]\n"
    "plain.dotted = 1\n"
    "\n"
    "[[rule]]\n"
    'id = "x" # [[rule]] = "no"\n'
    "when = [\n"
    '  "a", # one, [\n'
    '  { kind = "b", where = { "c.d" = ["x", "y"], e = { at_least = 3 } } },\n'
    "\n"
    "  'c',\n"
    "]\n"
    'text = """\n'
    "[[rule]]\n"
    'id = "no \\""" "" """""\n'
    "literal = '''\n"
    "[[rule]]\n"
    "''''\n"
    "time = 1979-05-27 07:32:00 # k = 1\n"
    '"" = ""\n'
    "\"i\\u0065\" = ''\n"
    "[rule.advice]\n"
    "title = 'z#\"'\n"
    "[[rule.advice.actions]]\n"
    'label = "l"\n'
    "[[rule.advice.actions]]\n"
    'label = "m"\n'
    "[[rule]]\n"
    "advice.title = true\n"
    '[ a . "b c" ]\n'
    "d=inf\n"
)


def test_each_form_of_a_key_is_found() -> None:
    """In texts over several lines and in comments, nothing is a key."""
    lines = lines_of(DOCUMENT)

    assert lines == {
        ("plain",): 2,
        ("plain", "dotted"): 2,
        ("rule",): 4,
        ("rule", 0): 4,
        ("rule", 0, "id"): 5,
        ("rule", 0, "when"): 6,
        ("rule", 0, "when", 0): 7,
        ("rule", 0, "when", 1): 8,
        ("rule", 0, "when", 2): 10,
        ("rule", 0, "when", 1, "kind"): 8,
        ("rule", 0, "when", 1, "where"): 8,
        ("rule", 0, "when", 1, "where", "c.d"): 8,
        ("rule", 0, "when", 1, "where", "c.d", 0): 8,
        ("rule", 0, "when", 1, "where", "c.d", 1): 8,
        ("rule", 0, "when", 1, "where", "e"): 8,
        ("rule", 0, "when", 1, "where", "e", "at_least"): 8,
        ("rule", 0, "text"): 12,
        ("rule", 0, "literal"): 15,
        ("rule", 0, "time"): 18,
        ("rule", 0, ""): 19,
        ("rule", 0, "ie"): 20,
        ("rule", 0, "advice"): 21,
        ("rule", 0, "advice", "title"): 22,
        ("rule", 0, "advice", "actions"): 23,
        ("rule", 0, "advice", "actions", 0): 23,
        ("rule", 0, "advice", "actions", 0, "label"): 24,
        ("rule", 0, "advice", "actions", 1): 25,
        ("rule", 0, "advice", "actions", 1, "label"): 26,
        ("rule", 1): 27,
        ("rule", 1, "advice"): 28,
        ("rule", 1, "advice", "title"): 28,
        ("a",): 29,
        ("a", "b c"): 29,
        ("a", "b c", "d"): 30,
    }
    assert set(lines) == set(places(tomllib.loads(DOCUMENT)))


def places(value: object, above: Place = ()) -> Iterator[Place]:
    """Every key and item that is in a value."""
    inside: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        inside = list(value.items())
    elif isinstance(value, list):
        inside = list(enumerate(value))
    for key, item in inside:
        yield (*above, key)
        yield from places(item, (*above, key))


keys = st.text(st.characters(exclude_categories=["Cs"]), max_size=5) | st.sampled_from(["a", "b"])
scalars = st.one_of(
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.datetimes(),
    st.text(st.sampled_from("ab\"'\\\n#[]{},=\r \u00e9"), max_size=12),
)
documents = st.dictionaries(
    keys,
    st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
        max_leaves=12,
    ),
    max_size=4,
)


@given(documents)
def test_every_key_of_a_written_document_is_found(document: dict[str, object]) -> None:
    """Tables, lists of tables, texts with whatever in them."""
    text = tomlkit.dumps(document)
    read = tomllib.loads(text)

    assert set(lines_of(text)) == set(places(read))


lines_before = st.lists(
    st.sampled_from(
        [
            "",
            "# a comment",
            'text = """',
            "text = [",
            "[table]",
            "[[list]]",
            "\t",
            "x = { y = 1 }",
            '"""',
            "]",
            "'''",
        ]
    ),
    max_size=8,
)


@given(lines_before, st.sampled_from(["\n", "\r\n"]))
def test_a_key_stands_on_the_line_that_it_is_on(before: list[str], end: str) -> None:
    """Whatever comes before it, as long as it is TOML at all."""
    text = end.join([*before, "[marked]", "here = 1"])
    try:
        read = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    if read.get("marked") == {"here": 1}:
        assert lines_of(text)["marked", "here"] == len(before) + 2


@pytest.mark.parametrize(
    "text", ["", "#", "\n\n", "a.b.c = 1", f"{'a.' * 3000}a = 1", "a = " + "[" * 50 + "]" * 50]
)
def test_what_is_deep_or_empty_is_no_trouble(text: str) -> None:
    """What lies deeper than anybody writes has the line of what it is in."""
    assert all(line == 1 for line in lines_of(text).values())
    assert len(lines_of(text)) <= 20
