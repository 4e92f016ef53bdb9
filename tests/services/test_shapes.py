"""JSON into attrs values."""

from __future__ import annotations

import contextlib
import json

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orpheus_core.errors import SchemaMismatch, UnexpectedAnswer
from orpheus_core.services.shapes import decode_json, structure


@attrs.frozen(kw_only=True)
class Inner:
    id: str
    length: int = 0


@attrs.frozen(kw_only=True)
class Outer:
    title: str
    items: tuple[Inner, ...] = ()
    gain: float | None = None
    explicit: bool = False
    genres: tuple[str, ...] = ()
    names: list[str] = attrs.field(factory=list)


def test_unknown_members_are_ignored_and_missing_ones_default() -> None:
    """Services add fields without asking."""
    data = {"title": "x", "new": {"a": 1}, "items": [{"id": 7, "length": "3"}]}
    assert structure(data, Outer, service="s") == Outer(title="x", items=(Inner(id="7", length=3),))


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"items": []}, "title"),
        ({"title": None}, "title"),
        ({"title": ["x"]}, "title"),
        ({"title": "x", "items": [{"id": "1"}, {"id": None}]}, "items[1].id"),
        ({"title": "x", "items": [{"id": "1", "length": 1.5}]}, "length"),
        ({"title": "x", "items": [{"id": "1", "length": "long"}]}, "length"),
        ({"title": "x", "gain": "nan"}, "gain"),
        ({"title": "x", "explicit": "yes"}, "explicit"),
        ({"title": "x", "genres": "Rock"}, "genres"),
        ({"title": "x", "genres": {"Rock": 1}}, "genres"),
        ({"title": "x", "genres": None}, "genres"),
        ({"title": "x", "names": "Rock"}, "names"),
        ({"title": "x", "names": ["a", None]}, "names[1]"),
        ({"title": "x", "items": {"id": "1"}}, "items"),
        ([], "Outer"),
        (None, "Outer"),
    ],
)
def test_another_shape_names_the_field(data: object, field: str) -> None:
    """null is no text, and text is no number unless it says one."""
    with pytest.raises(SchemaMismatch) as caught:
        structure(data, Outer, service="s")
    assert field in caught.value.why or field == "Outer"


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>Hotel Wi-Fi</html>", b"\xff\xfe", b'{"a": NaN}', b"[" * 100_000, b"{'a': 1}",
     b"1" * 100_000],
)  # fmt: skip
def test_what_is_no_json_is_an_unexpected_answer(body: bytes) -> None:
    """Also when it is deep, or a number without end: never another exception."""
    with pytest.raises(UnexpectedAnswer) as caught:
        decode_json(body, service="s", content_type="text/html")
    assert len(caught.value.why) < 400


def test_json_is_read() -> None:
    """Of course."""
    assert decode_json(b'{"a": [1, "\xc3\xa9"]}', service="s") == {"a": [1, "é"]}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
outer_like = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(("title", "items", "gain", "explicit", "genres", "names"), json_values),
)


@given(outer_like | json_values)
def test_any_json_is_the_shape_or_a_mismatch(data: object) -> None:
    """Hostile values included."""
    with contextlib.suppress(SchemaMismatch):
        assert isinstance(structure(data, Outer, service="s"), Outer)
    assert json.dumps(data) is not None


def test_lists_are_read_in_both_forms() -> None:
    """As a tuple, or as a list."""
    data = {"title": "x", "genres": ["a", 1], "names": ["b"]}
    assert structure(data, Outer, service="s") == Outer(title="x", genres=("a", "1"), names=["b"])


@given(st.integers(min_value=-(10**40), max_value=10**40))
def test_a_number_written_as_text_keeps_every_digit(number: int) -> None:
    """Ids have more of them than a float can hold."""
    assert structure({"id": "1", "length": str(number)}, Inner, service="s").length == number


@pytest.mark.parametrize(
    ("title", "read"),
    [
        (r"half \ud83c of it", "half \N{REPLACEMENT CHARACTER} of it"),
        (r"\udf27\ud83c", "\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}"),
        (r"\ud83c\udf27 whole", "\N{CLOUD WITH RAIN} whole"),
        ("ÄÖ 音", "ÄÖ 音"),
    ],
)
def test_half_a_character_is_replaced(title: str, read: str) -> None:
    """JSON may hold it; no file, no terminal and no request can."""
    data = decode_json(f'{{"title": "{title}"}}'.encode(), service="s")
    assert structure(data, Outer, service="s").title == read


@given(st.text(st.characters()))
def test_any_text_that_is_read_can_be_written(text: str) -> None:
    """In UTF-8, and what could be before is unchanged."""
    title = structure({"title": text}, Outer, service="s").title
    title.encode("utf-8")
    assert title == text or any("\ud800" <= letter <= "\udfff" for letter in text)
