"""One attempt: throttled, sent through the hooks, redirected, and told as events."""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs

from orpheus_core.brain import EventBus, Scalar, Severity
from orpheus_core.clock import Clock
from orpheus_core.config import NetworkSettings
from orpheus_core.errors import (
    Cancelled,
    ConnectionLost,
    HookFailed,
    OrpheusError,
    ProtocolViolation,
    UndeclaredHost,
)
from orpheus_core.network.body import Body, discard
from orpheus_core.network.exchange import OutgoingRequest
from orpheus_core.network.hosts import host_of
from orpheus_core.network.judging import PAGE_BYTES
from orpheus_core.network.lines import Line
from orpheus_core.network.redirects import MOST_HOPS, redirect_target, redirected, too_many
from orpheus_core.network.trail import Trail
from orpheus_core.network.watch import Exchange, Watchman, at_work_on
from orpheus_core.plugins import PluginHost, switch_on
from orpheus_core.redaction import public_url

if TYPE_CHECKING:
    import requests

IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
"""Methods that do no harm when sent twice. Source: RFC 9110, section 9.2.2."""


@attrs.frozen(kw_only=True)
class Order:
    """A request and how it is to be sent.

    Args:
        whole_s: the longest time for one attempt, its body included; None sets no limit.
        follow: whether to go where a redirect leads, or to hand the redirect out.
        attempt: counts from 1.
        waited_s: how long was waited between the attempts so far.
        given_up: hosts that are not tried any more.
        trail: what was told of it.
    """

    line: Line
    request: OutgoingRequest
    cancel: threading.Event | None
    whole_s: float | None = None
    follow: bool = True
    attempt: int = 1
    waited_s: float = 0.0
    given_up: tuple[str, ...] = ()
    trail: Trail = attrs.field(factory=Trail)


@attrs.define(eq=False)
class OpenAnswer:
    """An answer that has begun to come, and what it takes to read it. Close it."""

    request: OutgoingRequest
    response: requests.Response
    body: Body
    began_s: float
    trail: Trail
    _exchange: Exchange
    _watchman: Watchman

    @property
    def host(self) -> str:
        """Who answered."""
        return host_of(self.request.url)

    def close(self) -> None:
        """Let go of the connection: kept when the body was read to its end, else closed."""
        self.body.close()
        self._watchman.end(self._exchange)


class Sender:
    """Sends single attempts. Nothing here is tried again, with one exception: see `_send`."""

    def __init__(
        self, *, plugins: PluginHost, events: EventBus, clock: Clock, settings: NetworkSettings
    ) -> None:
        self.watchman = Watchman()
        self._plugins = plugins
        self._events = events
        self._clock = clock
        self._settings = settings

    def begin(self, order: Order) -> OpenAnswer:
        """Send a request, follow its redirects if asked to, and return the answer as it begins.

        Raises:
            OrpheusError: every failure, as a leaf of the tree. It was told as an event.
        """
        exchange = Exchange(
            self._clock,
            host=host_of(order.request.url),
            cancel=order.cancel,
            private_allowed=order.line.private,
            whole_s=order.whole_s,
        )
        self.watchman.begin(exchange)
        try:
            return self._follow(order, exchange)
        except BaseException:
            self.watchman.end(exchange)
            raise

    def _follow(self, order: Order, exchange: Exchange) -> OpenAnswer:
        began_s = self._clock.monotonic()
        try:
            for hop in range(MOST_HOPS + 1):
                answer = self._one(order, exchange, hop)
                target = redirect_target(answer.response)
                if target is None or not order.follow:
                    return answer
                discard(answer.body, max_bytes=PAGE_BYTES)
                answer.body.close()
                self.tell_finished(answer, answer.body.received_bytes)
                following = redirected(order.request, answer.response.status_code, target)
                _check_redirect(order, following)
                order = attrs.evolve(order, request=following)
            raise too_many(order.request)
        except OrpheusError as error:
            self.tell_failed(order, order.request, error, began_s=began_s)
            raise

    def _one(self, order: Order, exchange: Exchange, hop: int) -> OpenAnswer:
        exchange.check()
        self._await_turn(order)
        began_s = self._clock.monotonic()
        order.trail.told(
            self._events.emit(
                "network.request.started",
                service=order.line.service,
                cause=order.trail.last,
                data={
                    **_of_request(order.request),
                    "http.request.resend_count": order.attempt - 1 + hop,
                },
            )
        )
        response = self._send(order, exchange)
        try:
            body = self._body(response, order.request, exchange)
        except BaseException:
            response.close()
            raise
        return OpenAnswer(
            order.request, response, body, began_s, order.trail, exchange, self.watchman
        )

    def _send(self, order: Order, exchange: Exchange) -> requests.Response:
        """Send it; once more when the connection that was kept from before had died.

        That is no failure of the service: it closed while nobody was looking. Only what
        may be sent twice is sent again.
        """
        try:
            return self._through_hooks(order.request, exchange)
        except ConnectionLost as error:
            if not exchange.reused_connection or order.request.method not in IDEMPOTENT:
                raise
            self._events.emit(
                "network.retry.scheduled",
                service=order.line.service,
                severity=Severity.DEBUG,
                error=error,
                cause=order.trail.last,
                data={
                    "url.full": public_url(order.request.url),
                    "reason": "the connection that was kept open had died",
                    "after_s": 0.0,
                    "attempt": order.attempt,
                },
            )
        self._await_turn(order)
        return self._through_hooks(order.request, exchange)

    def _await_turn(self, order: Order) -> None:
        most_wait_s = self._settings.max_wait_s
        order.line.throttle.pass_one(order.cancel, most_wait_s=most_wait_s)

    def _through_hooks(self, request: OutgoingRequest, exchange: Exchange) -> requests.Response:
        import requests

        handled = sys.exception()
        exchange.start()
        try:
            with at_work_on(exchange):
                return self._plugins.around("orpheus_send", requests.Response, request=request)
        except HookFailed as error:
            command = switch_on(self._plugins, "core-transport")
            if command and error.title == "no plugin answered orpheus_send":
                error.next_step = command
            raise
        except OrpheusError:
            raise
        except Exception as error:  # noqa: BLE001 - the border to hooks
            from orpheus_core.network.failures import ForeignFailure, classify_exception

            verdict = classify_exception(error, url=request.url, handled=handled)
            raise verdict from ForeignFailure.of(error)
        finally:
            exchange.leave()

    def _body(
        self, response: requests.Response, request: OutgoingRequest, exchange: Exchange
    ) -> Body:
        asked_for_a_part = any(name.lower() == "range" for name in request.headers)
        if response.status_code == 206 and not asked_for_a_part:
            raise ProtocolViolation(
                f"{host_of(request.url)} sent a part where the whole was asked for",
                evidence={"host": host_of(request.url), "status": 206},
            )
        stall_s = self._settings.read_timeout_s
        return Body(response, exchange, self._clock, method=request.method, stall_s=stall_s)

    def tell_finished(self, answer: OpenAnswer, size_bytes: int | None) -> None:
        """Publish that *answer* came."""
        event = self._events.emit(
            "network.request.finished",
            service=answer.request.service,
            cause=answer.trail.last,
            data={
                **_of_request(answer.request),
                "http.response.status_code": answer.response.status_code,
                "size_bytes": size_bytes,
                "took_s": round(self._clock.monotonic() - answer.began_s, 3),
            },
        )
        answer.trail.told(event)

    def tell_failed(
        self, order: Order, request: OutgoingRequest, error: OrpheusError, *, began_s: float
    ) -> None:
        """Publish that *request*, the last one of *order*, failed with *error*."""
        status = error.evidence.get("status")
        event = self._events.emit(
            "network.request.failed",
            service=request.service,
            severity=Severity.DEBUG if isinstance(error, Cancelled) else None,
            error=error,
            cause=order.trail.last,
            data={
                **_of_request(request),
                "message": error.title,
                "why": error.why,
                "http.response.status_code": status if isinstance(status, int) else None,
                "attempt": order.attempt,
                "took_s": round(self._clock.monotonic() - began_s, 3),
            },
        )
        order.trail.told(event)


def _check_redirect(order: Order, following: OutgoingRequest) -> None:
    try:
        order.line.check(following.url)
    except UndeclaredHost as error:
        error.why = (
            f"{host_of(order.request.url)} redirected there, as the sign-in page of a network does"
        )
        if order.line.exceptions.file:
            error.next_step = f"if it is no such page: {error.next_step}"
        raise


def _of_request(request: OutgoingRequest) -> Mapping[str, Scalar]:
    return {
        "http.request.method": request.method,
        "url.full": public_url(request.url),
        "server.address": host_of(request.url),
    }
