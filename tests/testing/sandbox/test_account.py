"""The sandbox server's one account: a token for user name and password."""

from __future__ import annotations

import contextlib
import http.client
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import pytest

from orpheus_core.testing.sandbox import ACCOUNT, Fault, FaultKind, SandboxServer

Got = tuple[int, dict[str, str], Any]


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    with SandboxServer() as running:
        yield running


def post(server: SandboxServer, body: str, method: str = "POST") -> Got:
    """Send *body* as a form; return status, headers and what the JSON says."""
    client = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=5)
    with contextlib.closing(client):
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        client.request(method, "/api/login", body=body, headers=kind)
        response = client.getresponse()
        return response.status, dict(response.getheaders()), json.loads(response.read() or "{}")


def test_the_account_is_exchanged_for_its_token(server: SandboxServer) -> None:
    """With a form, as most services take it."""
    status, _, answer = post(
        server, urlencode({"user": ACCOUNT.user, "password": ACCOUNT.password})
    )
    assert (status, answer) == (200, {"token": ACCOUNT.token})
    assert [(each.method, each.path) for each in server.requests] == [("POST", "/api/login")]


@pytest.mark.parametrize(
    "form",
    [
        {"user": ACCOUNT.user, "password": "guessed"},
        {"user": "somebody", "password": ACCOUNT.password},
        {"user": ACCOUNT.user, "password": ""},
        {"user": ACCOUNT.user, "password": "älter"},
    ],
)
def test_anything_else_is_refused_as_a_login(server: SandboxServer, form: dict[str, str]) -> None:
    """401 comes with a challenge (RFC 9110, 15.5.2), and says neither which of both is wrong."""
    status, headers, answer = post(server, urlencode(form))
    assert (status, answer["error"]["code"]) == (401, "wrong_password")
    assert headers["WWW-Authenticate"].startswith("Bearer")
    assert ACCOUNT.password not in json.dumps(answer)


@pytest.mark.parametrize("body", ["", "user=visitor", "password=x", '{"user": "visitor"}', "\0"])
def test_what_is_no_form_is_a_bad_request(server: SandboxServer, body: str) -> None:
    """Nobody was asked for, so nobody is refused."""
    status, _, answer = post(server, quote(body, safe='=&{":}'))
    assert (status, answer["error"]["code"]) == (400, "bad_request")


def test_a_login_is_asked_for_with_post_alone(server: SandboxServer) -> None:
    """So that no password stands in an address."""
    status, headers, _ = post(server, "", method="GET")
    assert (status, headers["Allow"]) == (405, "POST")


def test_faults_meet_a_login_too(server: SandboxServer) -> None:
    """By its path."""
    server.add_fault(Fault(kind=FaultKind.STATUS_503, item="/api/login"))
    form = urlencode({"user": ACCOUNT.user, "password": ACCOUNT.password})
    assert [post(server, form)[0] for _ in range(2)] == [503, 200]


def test_an_account_shows_no_secret() -> None:
    """Not even by accident."""
    assert ACCOUNT.password not in repr(ACCOUNT)
    assert ACCOUNT.token not in repr(ACCOUNT)
