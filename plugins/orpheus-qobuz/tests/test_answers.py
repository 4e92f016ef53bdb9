"""Errors: each of Qobuz's codes becomes the leaf that says what happened, with what to do."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

import orpheus_core as oc
from orpheus_qobuz.answers import refusal

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def error(code: object, message: object = "") -> dict[str, object]:
    return {"status": "error", "code": code, "message": message}


@pytest.mark.parametrize(
    ("code", "message", "leaf", "advice"),
    [
        (400, "Invalid or missing app_id parameter", oc.LoginNeeded, "ORPHEUS_QOBUZ_APP_ID"),
        (
            400,
            "Invalid Request Signature parameter (request_sig)",
            oc.LoginNeeded,
            "ORPHEUS_QOBUZ_APP_SECRET",
        ),
        (400, "Invalid request_ts parameter", oc.RequestRejected, "date and time"),
        (400, "Invalid album_id", oc.RequestRejected, ""),
        (401, "User authentication is required.", oc.LoginNeeded, "ORPHEUS_QOBUZ_USER_AUTH_TOKEN"),
        (403, "no", oc.Forbidden, ""),
        (404, "No result matching given argument", oc.ItemNotFound, ""),
        ("404", "No result matching given argument", oc.ItemNotFound, ""),
    ],
)
def test_code_becomes_a_leaf(
    code: object, message: str, leaf: type[oc.OrpheusError], advice: str
) -> None:
    """What Qobuz says is quoted; what a person can do is named."""
    found = refusal(error(code, message))

    assert type(found) is leaf
    assert message in found.why
    assert advice in found.next_step


@pytest.mark.parametrize("code", [429, 500, 503, None, True, [], "x"])
def test_other_codes_are_left_to_the_status(code: object) -> None:
    """The status line comes with Retry-After; JSON does not."""
    assert refusal(error(code)) is None


@pytest.mark.parametrize("answer", [{}, [], None, "error", {"id": 1}, {"status": "success"}])
def test_answer_without_an_error_is_none(answer: object) -> None:
    """Only ``status: error`` is one."""
    assert refusal(answer) is None


def test_long_message_is_cut() -> None:
    """A message is from outside, and shown to a person."""
    found = refusal(error(404, "x" * 10_000))

    assert found is not None
    assert len(found.why) < 300


@settings(deadline=None, max_examples=150)
@given(code=JSON, message=JSON)
def test_no_answer_raises(code: object, message: object) -> None:
    """Whatever stands in the members of an error."""
    found = refusal(error(code, message))

    assert found is None or isinstance(found, oc.OrpheusError)
