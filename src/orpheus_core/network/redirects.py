"""Redirects, followed by our own rules: requests' own give tokens away and read bombs.

Source: RFC 9110, section 15.4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urldefrag, urljoin, urlsplit

import attrs

from orpheus_core.errors import BadRedirect
from orpheus_core.network.exchange import OutgoingRequest
from orpheus_core.network.hosts import Origin, host_of
from orpheus_core.redaction import public_url

if TYPE_CHECKING:
    import requests

MOST_HOPS = 5

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_BECOMES_GET = frozenset({301, 302})

# What every host may see. All other headers may be credentials under a name we do not know.
_FOR_EVERYONE = frozenset(
    {"accept", "accept-encoding", "accept-language", "if-range", "range", "user-agent"}
)
_OF_THE_BODY = frozenset({"content-length", "content-type", "content-encoding"})


def redirect_target(response: requests.Response) -> str | None:
    """Return the ``Location`` that *response* redirects to, or None when it does not."""
    location = response.headers.get("Location")
    if response.status_code not in _REDIRECTS or location is None:
        return None
    try:
        # http.client reads headers as Latin-1; servers that send more than ASCII mean UTF-8.
        return location.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return location


def target_url(request: OutgoingRequest, location: str) -> str:
    """Return the whole URL that *location*, in the answer to *request*, names.

    Raises:
        BadRedirect: it is malformed, no web address, or carries a login.
    """
    try:
        url = urldefrag(urljoin(request.url, location.strip())).url
        target = Origin.of(url)
        has_login = "@" in urlsplit(url).netloc
    except ValueError:
        raise _refused(request, "(malformed)", "its target is malformed") from None
    if target.scheme not in ("http", "https") or not target.host:
        raise _refused(request, f"{target.scheme}:", "its target is no web address")
    if has_login:
        raise _refused(request, url, "its target carries a login")
    return url


def redirected(request: OutgoingRequest, status: int, location: str) -> OutgoingRequest:
    """Return the request that follows *request* after *status* with *location*.

    At another origin than before, only headers without secrets go along, and no body.

    Raises:
        BadRedirect: it leaves HTTP(S), leads from TLS to plain text, carries a login, is
            malformed, or asks to send a body to another origin.
    """
    url = target_url(request, location)
    before, after = Origin.of(request.url), Origin.of(url)
    if before.scheme == "https" and after.scheme == "http":
        raise _refused(request, url, "it leads from TLS to plain text")
    request = attrs.evolve(_with_method_after(request, status), url=url)
    if after.may_be_told_what(before):
        return request
    if request.body is not None:
        raise _refused(request, url, "it asks to send the request's body to another host")
    kept = {n: v for n, v in request.headers.items() if n.lower() in _FOR_EVERYONE}
    return attrs.evolve(request, headers=kept)


def too_many(request: OutgoingRequest) -> BadRedirect:
    """The error for one redirect more than any honest answer needs."""
    return _refused(request, request.url, f"it is number {MOST_HOPS + 1} in a row")


def _with_method_after(request: OutgoingRequest, status: int) -> OutgoingRequest:
    becomes_get = (status == 303 and request.method != "HEAD") or (
        status in _BECOMES_GET and request.method == "POST"
    )
    if not becomes_get:
        return request
    headers = {n: v for n, v in request.headers.items() if n.lower() not in _OF_THE_BODY}
    return attrs.evolve(request, method="GET", body=None, headers=headers)


def _refused(request: OutgoingRequest, target: str, why: str) -> BadRedirect:
    shown = public_url(target) if "://" in target else target[:60]
    return BadRedirect(
        f"a redirect of {host_of(request.url)} was not followed",
        why=f"{why}: {shown}",
        done="nothing was sent there",
        evidence={"host": host_of(request.url)},
    )
