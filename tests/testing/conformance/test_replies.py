"""Finding the answer that a sample has for a request."""

from __future__ import annotations

import datetime

import pytest

import orpheus_core as oc
from orpheus_core.testing import Reply
from orpheus_core.testing.conformance.replies import reply_to, response_of

API = "https://a.example/x"
NOON = datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.UTC)


def request(url: str, method: str = "GET") -> oc.OutgoingRequest:
    return oc.OutgoingRequest(method=method, url=url, service="a")


def test_the_key_that_names_most_of_the_query_wins() -> None:
    """What a key does not name may be anything: a signature, a time."""
    answers = {API: "any", f"{API}?id=1": "one", f"{API}?id=1&page=2": "second page"}

    found = [
        reply_to(request(f"{API}{query}"), answers)
        for query in ("", "?id=2", "?id=1&t=99", "?page=2&id=1")
    ]

    assert [each.body if each else None for each in found] == ["any", "any", "one", "second page"]


def test_a_key_with_a_method_is_for_that_method() -> None:
    """One without is for all; the one that says more wins."""
    answers = {f"POST {API}": "posted", API: "any"}

    assert [reply_to(request(API, each), answers) for each in ("GET", "POST")] == [
        Reply(body="any"),
        Reply(body="posted"),
    ]


@pytest.mark.parametrize(
    "url", ["https://b.example/x", "https://a.example/y", "https://a.example/x/y"]
)
def test_another_host_or_path_has_no_answer(url: str) -> None:
    """Only the query may say more than the key does."""
    assert reply_to(request(url), {API: "any"}) is None


def test_a_path_is_the_same_however_it_is_escaped() -> None:
    """As are hosts in any case."""
    answers = {"https://A.example/a b": "found"}

    assert reply_to(request("https://a.example/a%20b"), answers) == Reply(body="found")


def test_a_function_answers_each_request() -> None:
    """It returns what a key would have, or None."""

    def answer(asked: oc.OutgoingRequest) -> object:
        return {"url": asked.url} if asked.method == "GET" else None

    assert reply_to(request(API), answer) == Reply(body={"url": API})
    assert reply_to(request(API, "POST"), answer) is None


@pytest.mark.parametrize(
    ("body", "content", "media_type"),
    [
        ({"a": 1}, b'{"a": 1}', "application/json"),
        (None, b"null", "application/json"),
        (b"<html>", b"<html>", "text/html"),
        (b"\x00\x01", b"\x00\x01", "application/octet-stream"),
    ],
)
def test_a_body_becomes_bytes_with_their_type(
    body: object, content: bytes, media_type: str
) -> None:
    """JSON, unless it is bytes already."""
    response = response_of(request(API), Reply(body=body), now=NOON)

    assert response.content == content
    assert response.headers["Content-Type"] == media_type
    assert response.headers["Date"] == "Thu, 01 Jan 2026 12:00:00 GMT"


def test_a_reply_has_its_own_status_and_headers() -> None:
    """They win over what is filled in."""
    reply = Reply(status=302, headers={"Location": API, "content-type": "text/plain"})

    response = response_of(request(API), reply, now=NOON)

    assert (response.status_code, response.headers["Location"]) == (302, API)
    assert response.headers["Content-Type"] == "text/plain"
