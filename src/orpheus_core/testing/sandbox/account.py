"""The one account that the sandbox server knows, and how it is asked for."""

from __future__ import annotations

import hmac
from urllib.parse import parse_qs

import attrs

from orpheus_core.testing.httpwire import Headers, ReceivedRequest
from orpheus_core.testing.sandbox.api import ApiAnswer, problem


@attrs.frozen
class Account:
    """A user name, its password, and the token that both are exchanged for."""

    user: str
    password: str = attrs.field(repr=False)
    token: str = attrs.field(repr=False)


ACCOUNT = Account("visitor", "low-tide-lantern", "sandbox-7f31c0a9d2e84b56")
"""Fictional, and the same on every machine."""

CHALLENGE: Headers = (("WWW-Authenticate", 'Bearer realm="sandbox"'),)
"""What belongs to every 401 (RFC 9110, 15.5.2)."""


def login_answer(request: ReceivedRequest) -> ApiAnswer:
    """Return the token when the form in *request* holds the account, or what is wrong."""
    form = parse_qs(request.body.decode("utf-8", "replace"), keep_blank_values=True)
    user, password = form.get("user"), form.get("password")
    if user is None or password is None:
        return problem(400, "bad_request", "user and password are sent as a form")
    is_known = user == [ACCOUNT.user] and hmac.compare_digest(
        password[0].encode(), ACCOUNT.password.encode()
    )
    if not is_known:
        return problem(401, "wrong_password", "there is no such user with this password")
    return ApiAnswer(200, {"token": ACCOUNT.token})
