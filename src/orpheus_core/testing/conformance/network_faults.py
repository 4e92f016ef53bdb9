"""The fault matrix: in how many ways a request can fail, and what a plugin may make of each."""

from __future__ import annotations

import enum
from collections.abc import Callable

import attrs

from orpheus_core.errors import (
    AuthError,
    BadRedirect,
    ChallengePage,
    ConnectionLost,
    ConnectTimeout,
    CountryRestricted,
    Forbidden,
    IntegrityError,
    ItemNotFound,
    NetworkError,
    OrpheusError,
    ProtectedContent,
    QualityUnavailable,
    RateLimited,
    ReadTimeout,
    RequestRejected,
    SampleInsteadOfTrack,
    ServiceDown,
    ServiceError,
    UnexpectedAnswer,
)
from orpheus_core.testing.conformance.samples import Reply

DAY_S = 86_400.0

_PAGE = b"<!DOCTYPE html><html><head><title>Error</title></head><body>Error</body></html>"
_SIGN_IN = b"<!DOCTYPE html><html><body><h1>Welcome</h1>Sign in to this network</body></html>"

Errors = tuple[type[OrpheusError], ...]

_REFUSED: Errors = (
    AuthError,
    Forbidden,
    CountryRestricted,
    ItemNotFound,
    ProtectedContent,
    QualityUnavailable,
    RequestRejected,
    SampleInsteadOfTrack,
)
_DOWN: Errors = (ServiceDown, RateLimited)
_ON_THE_WAY: Errors = (NetworkError, ServiceDown)
_OTHER_PAGE: Errors = (UnexpectedAnswer, BadRedirect, ChallengePage, NetworkError, ServiceDown)


class Recovery(enum.Enum):
    """What a flow has to do when a fault passes, and the next answer is a good one.

    MUST: the network asks again by itself, so the flow ends as if nothing had been. MAY: it may
    as well give up with the right error.
    """

    MUST = "must"
    MAY = "may"


@attrs.frozen(kw_only=True)
class NetworkFault:
    """One way in which a request fails.

    Attributes:
        id: the last part of the codes of its rules.
        says: what happens, as it ends the sentence "when ...".
        reply: what comes in the place of the service's answer.
        cut: only the first half of the service's own answer comes.
        error: what is raised in the place of an answer.
        allowed: what a flow may raise.
        echo: the answer repeats all that the request held, credentials too.
        degrades: a flow may also go on without this answer: the item is not there, say.
        lasts: whether it also has to be tried for good, and not only once.
        recovery: see there.
        skew_s: by how much this machine's clock is ahead of the service's.
    """

    id: str
    says: str
    reply: Reply | None = None
    cut: bool = False
    error: Callable[[str], OrpheusError] | None = None
    allowed: Errors
    echo: bool = False
    degrades: bool = False
    lasts: bool = True
    recovery: Recovery = Recovery.MAY
    skew_s: float = 0.0

    @property
    def is_of_the_body(self) -> bool:
        """Whether the answer comes, with status 200, and only its body is not what it should be."""
        return self.cut or (self.reply is not None and self.reply.status == 200)

    @property
    def is_of_the_clock(self) -> bool:
        """Whether it is no single request that fails."""
        return self.skew_s != 0


def _status(
    status: int,
    allowed: Errors,
    *,
    degrades: bool = False,
    recovery: Recovery = Recovery.MAY,
) -> NetworkFault:
    return NetworkFault(
        id=str(status),
        says=f"a request is answered with status {status}",
        reply=Reply(status=status, body=_PAGE),
        allowed=allowed,
        degrades=degrades,
        recovery=recovery,
    )


def _busy(ident: str, says: str, retry_after: str) -> NetworkFault:
    return NetworkFault(
        id=ident,
        says=says,
        reply=Reply(status=429, body=_PAGE, headers={"Retry-After": retry_after}),
        allowed=(RateLimited, ChallengePage),
        recovery=Recovery.MUST,
    )


def _instead(ident: str, says: str, body: object) -> NetworkFault:
    return NetworkFault(
        id=ident,
        says=says,
        reply=Reply(body=body),
        allowed=_OTHER_PAGE,
        recovery=Recovery.MUST,
    )


def _shape(ident: str, says: str, body: object) -> NetworkFault:
    return NetworkFault(
        id=ident,
        says=f"a request is answered with {says}",
        reply=Reply(body=body, headers={"Content-Type": "application/json"}),
        allowed=(ServiceError, AuthError, NetworkError),
        degrades=True,
    )


IN_A_MINUTE = "in-a-minute"
"""Stands for the moment one minute from now, as ``Retry-After`` writes it."""

FAULTS: tuple[NetworkFault, ...] = (
    _status(401, (AuthError,)),
    NetworkFault(
        id="expired-token",
        says="a token has expired, and the next answer is a good one",
        reply=Reply(status=401, body=_PAGE, headers={"WWW-Authenticate": "Bearer"}),
        allowed=(AuthError,),
        lasts=False,
    ),
    _status(403, (*_REFUSED, RateLimited, ChallengePage), degrades=True),
    _status(404, _REFUSED, degrades=True),
    _status(429, (RateLimited, ChallengePage), recovery=Recovery.MUST),
    _busy("429-with-seconds", "the service asks to wait for 7 seconds", "7"),
    _busy("429-with-a-date", "the service asks to wait until a date", IN_A_MINUTE),
    _status(500, _DOWN, recovery=Recovery.MUST),
    _status(502, _DOWN, recovery=Recovery.MUST),
    _status(503, _DOWN, recovery=Recovery.MUST),
    NetworkFault(
        id="connect-timeout",
        says="no connection is made in time",
        error=lambda host: ConnectTimeout(f"no connection to {host} could be made in time"),
        allowed=_ON_THE_WAY,
        recovery=Recovery.MUST,
    ),
    NetworkFault(
        id="read-timeout",
        says="no answer comes in time",
        error=lambda host: ReadTimeout(f"{host} did not answer in time"),
        allowed=_ON_THE_WAY,
        recovery=Recovery.MUST,
    ),
    NetworkFault(
        id="reset",
        says="the connection is reset",
        error=lambda host: ConnectionLost(f"{host} closed the connection before its answer"),
        allowed=_ON_THE_WAY,
        recovery=Recovery.MUST,
    ),
    NetworkFault(
        id="cut-off",
        says="an answer ends half-way",
        cut=True,
        allowed=(*_OTHER_PAGE, IntegrityError),
        recovery=Recovery.MUST,
    ),
    _instead("html", "a page of HTML comes in the place of JSON", _SIGN_IN),
    _instead("empty", "an answer is empty", b""),
    _shape("other-object", "an empty JSON object", {}),
    _shape("other-list", "an empty JSON list", []),
    _shape("other-null", "the JSON null", None),
    NetworkFault(
        id="echo",
        says="the service repeats in an error what it was sent",
        reply=Reply(status=400),
        echo=True,
        allowed=(ServiceError, AuthError),
        degrades=True,
    ),
    NetworkFault(
        id="echo-as-success",
        says="the service repeats in an error with status 200 what it was sent",
        reply=Reply(),
        echo=True,
        allowed=(ServiceError, AuthError, NetworkError),
        degrades=True,
    ),
    NetworkFault(
        id="clock-ahead",
        says="this machine's clock is a day ahead",
        allowed=(AuthError, NetworkError, ServiceError),
        skew_s=DAY_S,
    ),
    NetworkFault(
        id="clock-behind",
        says="this machine's clock is a day behind",
        allowed=(AuthError, NetworkError, ServiceError),
        skew_s=-DAY_S,
    ),
)
"""Every row of the matrix."""
