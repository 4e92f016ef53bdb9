"""The signature of requests that Qobuz answers to known applications only."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping


def signature(
    method: str, params: Mapping[str, str | int], timestamp_s: int, app_secret: str
) -> str:
    """Return the ``request_sig`` of a call of *method* (``track/getFileUrl``).

    The MD5, in hex, of object and method, the parameters as name and value in alphabetical
    order, the time and the application's secret, with nothing between. That MD5 is weak is
    Qobuz's affair: the signature is no secret, and TLS protects what is sent.

    Source: Qobuz's documentation of its API 0.2.
    """
    told = "".join(f"{name}{params[name]}" for name in sorted(params))
    text = f"{method.replace('/', '')}{told}{timestamp_s}{app_secret}"
    return hashlib.md5(text.encode("utf-8"), usedforsecurity=False).hexdigest()
