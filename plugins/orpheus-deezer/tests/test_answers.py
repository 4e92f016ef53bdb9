"""Errors inside answers with status 200 become typed errors of the core."""

from __future__ import annotations

import pytest

import orpheus_core as oc
from orpheus_deezer.answers import refusal


@pytest.mark.parametrize(
    ("code", "leaf"),
    [
        (4, oc.RateLimited),
        (100, oc.RequestRejected),
        (200, oc.Forbidden),
        (300, oc.LoginNeeded),
        (500, oc.RequestRejected),
        (501, oc.RequestRejected),
        (600, oc.RequestRejected),
        (700, oc.ServiceDown),
        (800, oc.ItemNotFound),
        (901, oc.Forbidden),
    ],
)
@pytest.mark.parametrize("spelled", [int, str])
def test_each_code_has_its_error(
    code: int, leaf: type[oc.OrpheusError], spelled: type[int | str]
) -> None:
    """The error says what Deezer said, and how programs can tell."""
    error = refusal({"error": {"type": "Oops", "message": "said so", "code": spelled(code)}})

    assert type(error) is leaf
    assert "Oops said so" in error.why
    assert error.evidence == {"deezer_code": code}
    assert error.next_step


@pytest.mark.parametrize("code", [4, 700])
def test_quota_and_overload_say_when_to_ask_again(code: int) -> None:
    """The quota counts the last five seconds."""
    error = refusal({"error": {"code": code}})

    assert error is not None
    assert error.retry_after_s == 5.0
    assert error.retryable is oc.Retryable.AFTER


@pytest.mark.parametrize(
    "answer",
    [
        {"error": [], "results": True},
        {"error": {}},
        {"error": None},
        {"id": 302127},
        {"data": [], "total": 0},
        [],
        None,
        "error",
        True,
    ],
)
def test_answer_without_an_error_is_none(answer: object) -> None:
    """An empty list in the place of the error is no error."""
    assert refusal(answer) is None


@pytest.mark.parametrize(
    "error", ["Not Found", {"code": 12345}, {"code": "x"}, {"code": None, "message": 7}, [1], 3]
)
def test_error_that_is_not_documented_is_refused_all_the_same(error: object) -> None:
    """What Deezer calls an error is never read as an item."""
    assert type(refusal({"error": error})) is oc.RequestRejected


def test_message_without_end_is_cut() -> None:
    """What is repeated to a person stays short."""
    error = refusal({"error": {"message": "x" * 10_000, "code": 800}})

    assert error is not None
    assert len(error.why) < 300
