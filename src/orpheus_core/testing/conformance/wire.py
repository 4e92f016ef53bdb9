"""The wire: what answers every request in the place of the network, well or badly."""

from __future__ import annotations

import datetime
import email.utils
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs

from orpheus_core.clock import Clock
from orpheus_core.network import OutgoingRequest
from orpheus_core.network.hosts import host_of
from orpheus_core.testing.conformance.network_faults import IN_A_MINUTE, NetworkFault
from orpheus_core.testing.conformance.replies import encoded, reply_to, response_of
from orpheus_core.testing.conformance.samples import Answers, Reply

if TYPE_CHECKING:
    import requests

MOST_REQUESTS = 300
"""No flow of a sample needs that many, retries included: it goes round in circles."""

_NOT_HERE = Reply(status=404, body={"kit": "the sample has no answer for this request"})


class RunawayFlow(KeyboardInterrupt):
    """A flow sends request after request. A Ctrl-C to the plugin: it has to let it pass."""


@attrs.frozen(kw_only=True)
class Strike:
    """A fault, and the request that it meets, counted from 1; *lasting*: and all that follow.

    A *position* of 0 is for a fault that is not one of a request.
    """

    fault: NetworkFault
    position: int
    lasting: bool

    def meets(self, number: int) -> bool:
        """Whether it happens to the request of that number."""
        return number == self.position or (self.lasting and number > self.position)

    def __str__(self) -> str:
        if not self.position:
            return f"when {self.fault.says}"
        what = f"at request {self.position}" + (" and all behind it" if self.lasting else "")
        return f"{what}, when {self.fault.says}"


class Wire:
    """Stands before the network; nothing gets past it.

    Args:
        answers: of the sample.
        clock: this machine's, which is *skew_s* ahead of the service's.
        disguises: what the sample knows each credential as, by the value in use.
    """

    def __init__(
        self,
        answers: Answers,
        clock: Clock,
        *,
        skew_s: float = 0.0,
        disguises: Mapping[str, str] | None = None,
    ) -> None:
        self._answers = answers
        self._clock = clock
        self._skew = datetime.timedelta(seconds=skew_s)
        self._disguises = disguises if disguises is not None else {}
        self._lock = threading.Lock()
        self._strike: Strike | None = None
        self.seen: list[OutgoingRequest] = []
        self.unanswered: list[str] = []

    def begin(self, strike: Strike | None = None) -> None:
        """Count anew, and let *strike* happen."""
        with self._lock:
            self._strike = strike
            self.seen, self.unanswered = [], []

    def respond(self, request: OutgoingRequest) -> requests.Response:
        """Answer *request*, or fail at it.

        Raises:
            OrpheusError: as the strike says.
            RunawayFlow: there are far too many.
        """
        with self._lock:
            self.seen.append(request)
            number, strike = len(self.seen), self._strike
        if number > MOST_REQUESTS:
            raise RunawayFlow
        if strike and strike.meets(number):
            return self._failed(request, strike.fault)
        return self._response(request, self._answer(request))

    def _failed(self, request: OutgoingRequest, fault: NetworkFault) -> requests.Response:
        if fault.error is not None:
            raise fault.error(host_of(request.url))
        reply = fault.reply
        if reply is None:
            reply = self._answer(request)
        if fault.echo:
            reply = attrs.evolve(reply, body=_echo(request))
        if fault.cut:
            body, media_type = encoded(reply.body)
            headers = {"Content-Type": media_type, **reply.headers}
            cut = Reply(status=200, headers=headers, body=body[: len(body) // 2])
            return self._response(request, cut, announced_bytes=max(2, len(body)))
        if reply.headers.get("Retry-After") == IN_A_MINUTE:
            moment = self._service_time() + datetime.timedelta(minutes=1)
            stamp = email.utils.format_datetime(moment, usegmt=True)
            reply = attrs.evolve(reply, headers={**reply.headers, "Retry-After": stamp})
        return self._response(request, reply)

    def _answer(self, request: OutgoingRequest) -> Reply:
        known = attrs.evolve(
            request,
            url=self._as_the_sample_knows(request.url),
            headers={
                name: self._as_the_sample_knows(text) for name, text in request.headers.items()
            },
            body=self._body_as_the_sample_knows(request.body),
        )
        reply = reply_to(known, self._answers)
        if reply is None:
            with self._lock:
                self.unanswered.append(f"{known.method} {known.url}")
        return reply or _NOT_HERE

    def _as_the_sample_knows(self, text: str) -> str:
        for value, model in self._disguises.items():
            text = text.replace(value, model)
        return text

    def _body_as_the_sample_knows(self, body: bytes | None) -> bytes | None:
        if body is None:
            return None
        return self._as_the_sample_knows(body.decode("latin-1")).encode("latin-1")

    def _service_time(self) -> datetime.datetime:
        return self._clock.now() - self._skew

    def _response(
        self, request: OutgoingRequest, reply: Reply, *, announced_bytes: int | None = None
    ) -> requests.Response:
        now = self._service_time()
        return response_of(request, reply, now=now, announced_bytes=announced_bytes)


def _echo(request: OutgoingRequest) -> object:
    """An error that repeats *request*, as careless services write it."""
    sent = "; ".join(f"{name}: {value}" for name, value in request.headers.items())
    body = (request.body or b"").decode("utf-8", "replace")
    message = f"invalid request {request.url} with {sent} and {body}"
    code = 400
    return {
        "status": "error",
        "code": code,
        "message": message,
        "error": {"code": code, "type": "InvalidRequest", "message": message},
    }
