"""Requests are read as RFC 9112 writes them; anything else is one kind of error."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orpheus_core.testing.httpwire import UnreadableRequestError, answer_head, read_request


def test_request_is_read_with_its_headers_in_order() -> None:
    """A name may come twice; values lose the white space around them."""
    stream = io.BytesIO(b"GET /a?b=c HTTP/1.1\r\nHost: x\r\nA:  1 \r\na: 2\r\n\r\nGET")
    request = read_request(stream, connection=4)
    assert request
    assert (request.method, request.path, request.version) == ("GET", "/a?b=c", "HTTP/1.1")
    assert request.headers == (("Host", "x"), ("A", "1"), ("a", "2"))
    assert (request.header("a"), request.body, request.connection) == ("1", b"", 4)
    assert stream.read() == b"GET", "the next request is left alone"


@pytest.mark.parametrize(
    ("head", "keeps"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", True),
        (b"GET / HTTP/1.1\r\nConnection: Close\r\n\r\n", False),
        (b"GET / HTTP/1.0\r\n\r\n", False),
    ],
)
def test_connection_is_kept_unless_the_client_says_otherwise(head: bytes, keeps: bool) -> None:
    """RFC 9112, 9.3."""
    request = read_request(io.BytesIO(head))
    assert request
    assert request.keeps_alive is keeps


@pytest.mark.parametrize(
    "fields",
    [
        b"Content-Length: 4\r\n\r\nbo",
        b"Content-Length: -4\r\n\r\nbody",
        b"Content-Length: many\r\n\r\nbody",
        b"Content-Length: 999999999999999999\r\n\r\nbody",
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\nbody",
        b"Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n",
        b"A: 1\r\n" * 201 + b"\r\n",
        b"A: " + b"x" * 70_000 + b"\r\n\r\n",
        b"A: 1\r\n",
    ],
)
def test_request_that_breaks_off_or_lies_is_unreadable(fields: bytes) -> None:
    """One error for all of them; it is an `OSError`, as a lost connection is."""
    with pytest.raises(UnreadableRequestError):
        read_request(io.BytesIO(b"POST / HTTP/1.1\r\n" + fields))


@given(st.binary(max_size=80) | st.binary(max_size=60).map(b"GET / HTTP/1.1\r\n".__add__))
@settings(max_examples=200)
def test_any_bytes_are_a_request_or_unreadable(data: bytes) -> None:
    """Nothing else is raised, whatever a client sends."""
    try:
        request = read_request(io.BytesIO(data))
    except UnreadableRequestError:
        return
    assert request is None if not data else request is not None


def test_head_of_an_answer_has_the_usual_reason_or_the_given_one() -> None:
    """RFC 9112, 4: status line, fields, empty line."""
    assert answer_head(404, [("A", "1")]) == b"HTTP/1.1 404 Not Found\r\nA: 1\r\n\r\n"
    assert answer_head(299, [], "Fine") == b"HTTP/1.1 299 Fine\r\n\r\n"
    assert answer_head(599, []) == b"HTTP/1.1 599 \r\n\r\n"
