"""What an answer amounts to: an error that its status or its service's own words say, or none."""

from __future__ import annotations

import datetime
import io
from collections.abc import Callable
from typing import TYPE_CHECKING

from orpheus_core.errors import HookFailed, OrpheusError, SchemaMismatch, UnexpectedAnswer
from orpheus_core.network.body import Body, read_some

if TYPE_CHECKING:
    import requests

Classifier = Callable[["requests.Response"], OrpheusError | None]
"""Looks at an answer that was read: an error that it returns counts like a status."""

PAGE_BYTES = 65_536
"""How much of a redirect's or error's page is read at most."""


def error_of(
    response: requests.Response,
    body: Body,
    *,
    service: str,
    now: datetime.datetime,
    classify: Classifier | None = None,
) -> OrpheusError | None:
    """Return the error that *response* amounts to; the page of one is read from *body*.

    An error of ours that *classify* raises counts as one that it returns.

    Raises:
        HookFailed: it raised another one, or returned what is none.
        Cancelled: it was stopped on request.
    """
    from orpheus_core.network.failures import classify_status

    by_status = classify_status(response, now=now)
    if by_status is not None:
        fill(response, read_some(body, response, max_bytes=PAGE_BYTES))
    error = _classified(response, classify, service) if classify else None
    if by_status is not None and isinstance(error, UnexpectedAnswer | SchemaMismatch | None):
        return by_status
    return error


def fill(response: requests.Response, body: bytes) -> None:
    """Make *body* the content of *response*."""
    response.raw = io.BytesIO(body)
    _ = response.content  # keeps it, so that it may be read as often as one likes


def _classified(
    response: requests.Response, classify: Classifier, service: str
) -> OrpheusError | None:
    title = f"the plugin of {service} failed at reading an answer"
    try:
        error: object = classify(response)
    except OrpheusError as raised:
        error = raised
    except Exception as raised:
        name = type(raised).__name__
        evidence = {"service": service, "exception": name}
        raise HookFailed(title, why=f"raised: {name}", evidence=evidence) from raised
    if error is None or isinstance(error, OrpheusError):
        return error
    why = f"it answered with {type(error).__name__}, which is no error of ours"
    raise HookFailed(title, why=why, evidence={"service": service})
