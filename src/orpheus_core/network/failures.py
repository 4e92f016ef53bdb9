"""From what libraries raise and services answer to the one tree of errors.

Exceptions come in chains (requests around urllib3 around the system), and the innermost
says what happened. Only types, error numbers and verify codes are looked at, never texts:
these differ by system and version, and may hold a whole URL. The one exception is the
status of a proxy that refused a CONNECT, which exists in a text only.
"""

from __future__ import annotations

import datetime
import errno
import http
import http.client
import json
import re
import socket
import ssl
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from orpheus_core.errors import (
    BadRedirect,
    CaMissing,
    CaptivePortal,
    ChallengePage,
    ClockWrong,
    ConnectionLost,
    ConnectionRefused,
    ConnectTimeout,
    CountryRestricted,
    DnsFailure,
    DnsTimeout,
    Forbidden,
    HostUnreachable,
    InvalidUrl,
    ItemNotFound,
    LoginNeeded,
    MalformedSecret,
    OrpheusError,
    ProtocolViolation,
    ProxyAuthRequired,
    ProxyUnreachable,
    RateLimited,
    ReadTimeout,
    RequestRejected,
    ServiceDown,
    Stalled,
    TlsExpired,
    TlsProtocol,
    TlsUntrusted,
    TlsWrongName,
    Truncated,
    UnclassifiedError,
    UnexpectedAnswer,
    WrongEncoding,
)
from orpheus_core.network.hosts import host_of
from orpheus_core.network.retry_after import parse_http_date, parse_retry_after

if TYPE_CHECKING:
    import requests

_LONGEST_CHAIN = 40

_UNREACHABLE = frozenset(
    getattr(errno, name)
    for name in (
        "ENETUNREACH",
        "EHOSTUNREACH",
        "ENETDOWN",
        "EHOSTDOWN",
        "EADDRNOTAVAIL",
        "EACCES",
        "EPERM",
    )
    if hasattr(errno, name)
)

_NO_SUCH_NAME = frozenset(
    getattr(socket, name) for name in ("EAI_NONAME", "EAI_NODATA") if hasattr(socket, name)
)

# OpenSSL's X509_V_ERR_CERT_NOT_YET_VALID, _CERT_HAS_EXPIRED, _HOSTNAME_MISMATCH and
# _IP_ADDRESS_MISMATCH. Source: openssl-verification-options(1).
_NOT_YET_VALID, _EXPIRED, _OTHER_NAMES = 9, 10, frozenset({62, 64})

_NO_CERTIFICATES_IN_FILE = frozenset({"NO_CERTIFICATE_OR_CRL_FOUND", "PEM_LIB"})


class ResolverTimeout(socket.gaierror):
    """The resolver did not answer in time."""


class ForeignFailure(Exception):
    """What another library raised: its types, without its text, which may hold a whole URL.

    Stands as the cause of our own errors, with the traceback of the original.
    """

    @classmethod
    def of(cls, error: BaseException) -> ForeignFailure:
        """Return the stand-in for *error*."""
        return cls(chain_of(error)).with_traceback(error.__traceback__)


def chain_of(error: BaseException, handled: BaseException | None = None) -> str:
    """The types of *error* and of what led to it, outermost first."""
    return " > ".join(type(each).__name__ for each in _walk(error, handled))


def classify_exception(
    error: Exception,
    *,
    url: str,
    handled: BaseException | None = None,
    proxy_variable: str = "",
) -> OrpheusError:
    """Return the leaf of our tree that says what *error* means for a request to *url*.

    Args:
        handled: what was being handled when the request was made, if anything: Python links
            it to *error*, with which it has nothing to do.
        proxy_variable: the variable that names the proxy on the way, if there is one.
    """
    if isinstance(error, OrpheusError):
        return error
    chain = list(_walk(error, handled))
    host = host_of(url)
    found: OrpheusError | None = _proxy_failure(chain, host, proxy_variable)
    for link in reversed(chain):
        found = found or _system_failure(link, host) or _library_failure(link, chain, host)
    if found is None:
        found = UnclassifiedError(
            f"something unexpected happened while talking to {host}",
            why=f"raised: {chain_of(error, handled)}",
        )
    found.evidence = {
        "host": host,
        "exception": chain_of(error, handled),
        **({"proxy": proxy_variable} if proxy_variable else {}),
        **found.evidence,
    }
    return found


def _walk(error: BaseException, handled: BaseException | None) -> Iterator[BaseException]:
    """*error* and what led to it; whatever leads to another comes before it."""
    waiting, seen = [error], {id(handled)}
    while waiting and len(seen) < _LONGEST_CHAIN:
        link = waiting.pop()
        if id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        context = None if link.__suppress_context__ else link.__context__
        below = [*link.args, getattr(link, "reason", None), link.__cause__, context]
        waiting += [each for each in reversed(below) if isinstance(each, BaseException)]


def _proxy_failure(
    chain: list[BaseException], host: str, variable: str
) -> ProxyUnreachable | ProxyAuthRequired | None:
    import requests
    import urllib3

    if not any(
        isinstance(link, urllib3.exceptions.ProxyError | requests.exceptions.ProxyError)
        for link in chain
    ):
        return None
    if any(
        isinstance(link, ConnectionError) and not isinstance(link, ConnectionRefusedError)
        for link in chain
    ):
        return None  # closed after it was reached: by the proxy or by the target, nobody knows
    named = f"the proxy named in {variable}" if variable else "the proxy"
    for link in chain:
        status = re.search(r"Tunnel connection failed: (\d{3})", str(link))
        if type(link) is OSError and status:
            number = int(status[1])
            if number == http.HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
                return ProxyAuthRequired(f"{named} asks for a login", evidence={"status": number})
            return ProxyUnreachable(
                f"{named} does not connect to {host}",
                why=f"it answered {number}",
                evidence={"status": number},
            )
    return ProxyUnreachable(f"{named} could not be reached", why=_system_words(chain))


def _system_words(chain: list[BaseException]) -> str:
    """What the system says, where it is the system that says it: never a URL."""
    for link in reversed(chain):
        if (
            isinstance(link, OSError)
            and link.errno
            and type(link).__module__ in ("builtins", "socket")
        ):
            return f"the system says: {link.strerror}"
    return ""


def _system_failure(link: BaseException, host: str) -> OrpheusError | None:  # noqa: C901 (a table)
    match link:
        case ResolverTimeout():
            return DnsTimeout(f"the look-up of the name {host} took too long")
        case socket.gaierror():
            return _look_up_failure(link, host)
        case ssl.SSLError():
            return _tls_failure(link, host)
        case ConnectionRefusedError():
            return ConnectionRefused(
                f"{host} refused the connection", why="nothing listens at this port"
            )
        case ConnectionError():
            return ConnectionLost(f"{host} closed the connection before its answer was complete")
        case OSError() if link.errno in _UNREACHABLE:
            return HostUnreachable(
                f"{host} cannot be reached from here", why=f"the system says: {link.strerror}"
            )
        case http.client.IncompleteRead():
            return Truncated(f"the answer of {host} ended too early")
        case http.client.HTTPException():
            return ProtocolViolation(f"what {host} sent is not HTTP")
        case json.JSONDecodeError():
            return UnexpectedAnswer(f"{host} answered with something else than JSON")
        case zlib.error():
            return WrongEncoding(f"the compressed answer of {host} does not unpack")
        case UnicodeEncodeError():
            return MalformedSecret(
                f"a credential for {host} holds characters that cannot be sent",
                evidence={"position": link.start},
            )
    return None


def _look_up_failure(link: socket.gaierror, host: str) -> DnsFailure:
    no_such = link.errno in _NO_SUCH_NAME
    why = "there is no such name" if no_such else "the resolver did not know or did not answer"
    return DnsFailure(
        f"the name {host} could not be looked up", why=why, evidence={"no_such_name": no_such}
    )


def _tls_failure(link: ssl.SSLError, host: str) -> OrpheusError:
    if isinstance(link, ssl.SSLCertVerificationError):
        evidence = {"verify_code": link.verify_code}
        if link.verify_code == _NOT_YET_VALID:
            return ClockWrong(f"the certificate of {host} is not valid yet", evidence=evidence)
        if link.verify_code == _EXPIRED:
            return TlsExpired(f"the certificate of {host} has expired", evidence=evidence)
        if link.verify_code in _OTHER_NAMES:
            return TlsWrongName(f"the certificate is not one for {host}", evidence=evidence)
        return TlsUntrusted(
            f"the certificate of {host} is signed by nobody that is trusted here",
            why="something on the way shows a certificate of its own, or the service's is faulty",
            done="nothing was sent; this check is never switched off",
            evidence=evidence,
        )
    if isinstance(link, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return ConnectionLost(f"{host} closed the connection in the middle of TLS")
    evidence_of_tls = {"reason": str(link.reason)}
    if link.reason in _NO_CERTIFICATES_IN_FILE:
        return CaMissing(
            "the file in network.ca_file holds no certificates", evidence=evidence_of_tls
        )
    return TlsProtocol(
        f"{host} and this machine do not agree on how to speak TLS",
        why=f"OpenSSL says: {link.reason}",
        evidence=evidence_of_tls,
    )


def _library_failure(  # noqa: C901 (a table)
    link: BaseException, chain: list[BaseException], host: str
) -> OrpheusError | None:
    import requests.exceptions as of_requests
    import urllib3.exceptions as of_urllib3

    match link:
        case of_urllib3.NewConnectionError():
            return HostUnreachable(
                f"no connection to {host} could be made", why=_system_words(chain)
            )
        case of_urllib3.ConnectTimeoutError() | of_requests.ConnectTimeout():
            return ConnectTimeout(f"no connection to {host} could be made in time")
        case of_urllib3.ReadTimeoutError() | of_requests.ReadTimeout():
            if any(isinstance(each, of_requests.ReadTimeout) for each in chain):
                return ReadTimeout(f"{host} did not answer in time")
            return Stalled(f"{host} stopped sending in the middle of its answer")
        case of_urllib3.InvalidHeader():
            return ProtocolViolation(f"{host} sent headers that contradict each other")
        case of_urllib3.DecodeError() | of_requests.ContentDecodingError():
            return WrongEncoding(f"the compressed answer of {host} does not unpack")
        case of_urllib3.ProtocolError() | of_requests.ChunkedEncodingError():
            return Truncated(f"the answer of {host} ended too early")
        case of_requests.InvalidHeader():
            return MalformedSecret(f"a credential for {host} holds characters that cannot be sent")
        case of_requests.TooManyRedirects():
            return BadRedirect(f"{host} redirects in a circle")
        case of_requests.SSLError() | of_urllib3.SSLError():
            return TlsProtocol(f"{host} and this machine do not agree on how to speak TLS")
        case (
            of_urllib3.LocationValueError()
            | of_requests.InvalidURL()
            | of_requests.MissingSchema()
            | of_requests.InvalidSchema()
        ):
            return InvalidUrl(f"the link to {host} is malformed")
    if type(link) is OSError and link.errno is None and link is chain[0]:
        # requests raises this bare for a file of authorities that is not there.
        return CaMissing("the file in network.ca_file does not exist")
    return None


def classify_status(response: requests.Response, *, now: datetime.datetime) -> OrpheusError | None:
    """Return what the status of *response* means, or None when it is an answer.

    Args:
        now: this machine's time, for a ``Retry-After`` that names a date; the answer's own
            ``Date`` is preferred.
    """
    status = response.status_code
    if 200 <= status < 300:
        return None
    host = host_of(response.url or "")
    wait_s = parse_retry_after(
        response.headers.get("Retry-After"),
        now=parse_http_date(response.headers.get("Date"), now=now) or now,
    )
    leaf, meaning = _leaf_of_status(status, response)
    return leaf(
        f"{host} {meaning}",
        why=f"it answered {status} {http.client.responses.get(status, '')}".rstrip(),
        retry_after_s=wait_s,
        evidence={"host": host, "status": status},
    )


def _leaf_of_status(status: int, response: requests.Response) -> tuple[type[OrpheusError], str]:
    if response.headers.get("cf-mitigated", "").strip().lower() == "challenge":
        return ChallengePage, "wants to see a browser before it answers"
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if 400 <= status < 500:
        return RequestRejected, "finds this request wrong"
    if 500 <= status < 600:
        return ServiceDown, "cannot answer now"
    return UnexpectedAnswer, "answered in a way that was not asked for"


_BY_STATUS: dict[int, tuple[type[OrpheusError], str]] = {
    401: (LoginNeeded, "wants a login, or refused the one it was given"),
    403: (Forbidden, "refuses this request"),
    404: (ItemNotFound, "knows no such item"),
    407: (ProxyAuthRequired, "is reached through a proxy that asks for a login"),
    408: (ServiceDown, "gave up waiting for the request"),
    410: (ItemNotFound, "no longer has this item"),
    425: (ServiceDown, "cannot answer yet"),
    429: (RateLimited, "asks for fewer requests"),
    451: (CountryRestricted, "may not offer this where the account is"),
    511: (CaptivePortal, "was not reached: this network wants a sign-in first"),
}
