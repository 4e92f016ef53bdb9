"""Turns what a caller asks for into a complete request, or says what is wrong with it."""

from __future__ import annotations

import functools
from collections.abc import Mapping

from orpheus_core.config import NetworkSettings
from orpheus_core.errors import InvalidUrl, UnclassifiedError
from orpheus_core.network.exchange import OutgoingRequest
from orpheus_core.network.hosts import host_of

FormOrBytes = Mapping[str, str] | bytes
"""A body: a form, or bytes as they are."""


def prepare(
    method: str,
    url: str,
    *,
    service: str,
    settings: NetworkSettings,
    params: Mapping[str, str | int] | None = None,
    headers: Mapping[str, str] | None = None,
    data: FormOrBytes | None = None,
    json: object = None,
) -> OutgoingRequest:
    """Return the request with its query, headers and body complete.

    Raises:
        InvalidUrl: *url* is malformed.
        MalformedSecret: a header holds characters that no header may.
    """
    import requests
    from requests.structures import CaseInsensitiveDict

    from orpheus_core.network.failures import ForeignFailure, classify_exception

    all_headers = CaseInsensitiveDict(_default_headers())
    all_headers.update(headers or {})
    asked = requests.Request(
        method.upper(), url, params=params, headers=all_headers, data=data, json=json
    )
    try:
        ready = asked.prepare()
    except Exception as error:  # noqa: BLE001 - the border to requests
        verdict = classify_exception(error, url=url)
        if isinstance(verdict, UnclassifiedError) and isinstance(error, ValueError):
            verdict = InvalidUrl(f"the link to {host_of(url)} is malformed")
        raise verdict from ForeignFailure.of(error)
    body = ready.body.encode("utf-8") if isinstance(ready.body, str) else ready.body
    return OutgoingRequest(
        method=ready.method or "GET",
        url=ready.url or url,
        service=service,
        headers=dict(ready.headers),
        body=body if isinstance(body, bytes) else None,
        connect_timeout_s=settings.connect_timeout_s,
        read_timeout_s=settings.read_timeout_s,
    )


def _default_headers() -> dict[str, str]:
    # Only gzip: it can be unpacked to a bound, and shows whether it was cut.
    return {"User-Agent": _user_agent(), "Accept": "*/*", "Accept-Encoding": "gzip"}


@functools.cache
def _user_agent() -> str:
    import importlib.metadata

    try:
        return f"orpheus-core/{importlib.metadata.version('orpheus-core')}"
    except importlib.metadata.PackageNotFoundError:  # run from its sources, not installed
        return "orpheus-core"
