"""Finds the answer that a sample has for a request, and makes a response of it."""

from __future__ import annotations

import datetime
import email.utils
import io
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

import attrs

from orpheus_core.network import OutgoingRequest
from orpheus_core.testing.conformance.samples import Answers, Reply

if TYPE_CHECKING:
    import requests

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD")


@attrs.frozen
class _Key:
    """A key of a sample's answers, or a request, in parts. *method* is empty for any."""

    method: str
    host: str
    path: str
    query: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, text: str) -> _Key:
        method, _, link = text.partition(" ")
        if method not in _METHODS:
            method, link = "", text
        parts = urlsplit(link)
        query = parse_qsl(parts.query, keep_blank_values=True)
        return cls(method, parts.netloc.lower(), unquote(parts.path), frozenset(query))

    def fits(self, request: _Key) -> bool:
        return (
            self.method in ("", request.method)
            and (self.host, self.path) == (request.host, request.path)
            and self.query <= request.query
        )


def reply_to(request: OutgoingRequest, answers: Answers) -> Reply | None:
    """Return what *answers* hold for *request*, or None when they hold nothing.

    >>> request = OutgoingRequest(method="GET", url="https://a.example/x?id=1&t=9", service="a")
    >>> reply_to(request, {"https://a.example/x?id=1": {"title": "One"}}).body
    {'title': 'One'}
    """
    if not isinstance(answers, Mapping):
        found = answers(request)
        return None if found is None else _as_reply(found)
    asked = _Key.of(f"{request.method} {request.url}")
    fitting = [(key, answer) for key, answer in _by_key(answers) if key.fits(asked)]
    if not fitting:
        return None
    _, answer = max(fitting, key=lambda each: (len(each[0].query), each[0].method != ""))
    return _as_reply(answer)


def _by_key(answers: Mapping[str, object]) -> list[tuple[_Key, object]]:
    return [(_Key.of(text), answer) for text, answer in answers.items()]


def _as_reply(answer: object) -> Reply:
    return answer if isinstance(answer, Reply) else Reply(body=answer)


def response_of(
    request: OutgoingRequest,
    reply: Reply,
    *,
    now: datetime.datetime,
    announced_bytes: int | None = None,
) -> requests.Response:
    """Return *reply* as a response to *request*, its body still to be read.

    Args:
        now: the time by the service's clock, for the field ``Date``.
        announced_bytes: the length that the answer states; its own when None.
    """
    import requests
    import urllib3
    from requests.adapters import HTTPAdapter

    body, media_type = encoded(reply.body)
    size_bytes = len(body) if announced_bytes is None else announced_bytes
    headers = urllib3.HTTPHeaderDict(
        {
            "Date": email.utils.format_datetime(now.astimezone(datetime.UTC), usegmt=True),
            "Content-Type": media_type,
            "Content-Length": str(size_bytes),
        }
    )
    for name, value in reply.headers.items():
        headers[name] = value
    asked = requests.Request(request.method, request.url, headers=dict(request.headers)).prepare()
    raw = urllib3.HTTPResponse(
        body=io.BytesIO(body),
        headers=headers,
        status=reply.status,
        preload_content=False,
        enforce_content_length=False,  # the core finds out by itself
        request_method=request.method,
    )
    return HTTPAdapter().build_response(asked, raw)


def encoded(body: object) -> tuple[bytes, str]:
    """Return *body* as bytes, and their media type: bytes as they are, all else as JSON."""
    if isinstance(body, bytes):
        kind = "text/html" if body.lstrip()[:1] == b"<" else "application/octet-stream"
        return body, kind
    return json.dumps(body).encode(), "application/json"
