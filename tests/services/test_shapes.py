"""JSON into attrs values."""

from __future__ import annotations

import json

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orpheus_core.errors import OrpheusError, SchemaMismatch, UnexpectedAnswer
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
    {}, optional={name: json_values for name in ("title", "items", "gain", "explicit")}
)


@given(outer_like | json_values)
def test_any_json_is_the_shape_or_a_mismatch(data: object) -> None:
    """Hostile values included."""
    try:
        assert isinstance(structure(data, Outer, service="s"), Outer)
    except OrpheusError as error:
        assert isinstance(error, SchemaMismatch)
    assert json.dumps(data) is not None
