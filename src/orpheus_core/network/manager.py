"""`NetworkManager`: the one door to the network, for the core and for every service."""

from __future__ import annotations

import contextlib
import functools
import sys
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import attrs

from orpheus_core.brain import Attempted, Brain, RetryQuestion
from orpheus_core.clock import Clock
from orpheus_core.config import NetworkSettings
from orpheus_core.errors import (
    BadRedirect,
    ClockWrong,
    ConnectionRefused,
    ConnectTimeout,
    DnsFailure,
    DnsTimeout,
    HostUnreachable,
    OrpheusError,
    RateLimited,
    TlsExpired,
    TlsProtocol,
    TlsUntrusted,
    TlsWrongName,
    UnexpectedAddress,
)
from orpheus_core.network.body import discard, read_whole
from orpheus_core.network.endpoints import Endpoints
from orpheus_core.network.exchange import OutgoingRequest
from orpheus_core.network.hosts import Exceptions, host_of
from orpheus_core.network.judging import PAGE_BYTES, Classifier, error_of, fill
from orpheus_core.network.lines import Lines
from orpheus_core.network.mirrors import at_host
from orpheus_core.network.preparing import FormOrBytes, prepare
from orpheus_core.network.redirects import redirect_target, target_url
from orpheus_core.network.retrying import Retrier
from orpheus_core.network.sending import IDEMPOTENT, OpenAnswer, Order, Sender
from orpheus_core.network.throttle import Limit
from orpheus_core.network.trail import Trail
from orpheus_core.network.transport import Transport
from orpheus_core.plugins import PluginHost
from orpheus_core.redaction import Redactor

if TYPE_CHECKING:
    import requests

T = TypeVar("T")

_WHOLE_CALL_S = 60.0
_LARGEST_ANSWER_BYTES = 32 * 1024 * 1024

# After these, nothing of the request has left this machine.
_NOTHING_SENT = (
    DnsFailure,
    DnsTimeout,
    UnexpectedAddress,
    ConnectionRefused,
    HostUnreachable,
    ConnectTimeout,
    TlsUntrusted,
    TlsWrongName,
    TlsExpired,
    ClockWrong,
    TlsProtocol,
)


class NetworkManager:
    """Sends requests: to declared hosts, within limits, bounded in size and time.

    Every failure is a leaf of `OrpheusError`. Whether a request is sent again is the
    brain's decision. Safe for any number of threads.

    Args:
        find: called with a name that nobody has declared: it may do so.
        settings_file: where a person can allow a host that a service did not name.

    Attributes:
        transport: what answers ``orpheus_send`` from the network; the application registers
            it as the built-in plugin ``core-transport``.
        retrier: asks the brain whether to try again.
        lines: what was declared of each service.
    """

    def __init__(
        self,
        *,
        plugins: PluginHost,
        brain: Brain,
        clock: Clock,
        settings: NetworkSettings,
        redactor: Redactor,
        find: Callable[[str], object] = lambda _: None,
        settings_file: Path | None = None,
    ) -> None:
        self.transport = Transport(settings, redactor)
        self.retrier = Retrier(
            brain=brain,
            clock=clock,
            endpoints=Endpoints(brain=brain, max_wait_s=settings.max_wait_s),
            max_wait_s=settings.max_wait_s,
        )
        self.events = brain.events
        self.clock = clock
        self._settings = settings
        self._redactor = redactor
        self._sender = Sender(plugins=plugins, events=brain.events, clock=clock, settings=settings)
        exceptions = Exceptions(settings, str(settings_file or ""))
        self.lines = Lines(events=brain.events, clock=clock, exceptions=exceptions, find=find)

    def declare(
        self,
        service: str,
        *,
        hosts: Iterable[str],
        limits: Iterable[Limit] = (),
        mirrors: Iterable[Iterable[str]] = (),
        private: bool = False,
        plugin: str = "",
    ) -> None:
        """Let *service* talk to *hosts*, never faster than *limits*.

        Args:
            hosts: names; a leading ``*.`` admits every name below.
            limits: pairs of how many requests there may be in any so many seconds.
            mirrors: groups of *hosts* that answer the same.
            private: its hosts lie in a private network because the user said so: a server at
                home. Otherwise a name that leads to a private address is refused, unless the
                name itself is private (``localhost``, ``nas.local``, ``192.168.1.5``).
            plugin: who brings the service; errors name it.
        """
        self.lines.declare(
            service, hosts=hosts, limits=limits, mirrors=mirrors, private=private, plugin=plugin
        )

    def request(
        self,
        method: str,
        url: str,
        *,
        service: str,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        data: FormOrBytes | None = None,
        json: object = None,
        repeatable: bool | None = None,
        max_bytes: int = _LARGEST_ANSWER_BYTES,
        classify: Classifier | None = None,
        cancel: threading.Event | None = None,
    ) -> requests.Response:
        """Send a request of *service* and return its answer, read and whole.

        Args:
            data: a form, or a body as it is.
            json: a body to be sent as JSON.
            repeatable: whether sending it twice does no harm. None goes by the method, and by
                whether anything was sent; False means never twice.
            max_bytes: the largest answer, unpacked.
            classify: asked about each answer, error pages (cut at 64 KiB) included; what it
                returns stands, except that an answer it cannot read does not hide its status.
            cancel: ends the request within a second when it is set.

        Raises:
            UndeclaredHost: the service did not name this host, and no setting allows it.
            PluginUnavailable: the plugin that brings the service is off, or does not load.
            NetworkError, ServiceError, AuthError: it failed for good; a status of 300 or more
                that is no redirect is a failure.
            Cancelled: it was stopped on request.
        """
        with self._border(url):
            asked = prepare(
                method,
                url,
                service=service,
                settings=self._settings,
                params=params,
                headers=headers,
                data=data,
                json=json,
            )
            order = self._order(asked, cancel, whole_s=_WHOLE_CALL_S)
            read = functools.partial(self._read, max_bytes=max_bytes, classify=classify)
            return self._persist(order, read, repeatable)

    def location(self, url: str, *, service: str, cancel: threading.Event | None = None) -> str:
        """Return where the short link *url* of *service* leads, without going there.

        Raises:
            BadRedirect: it does not redirect, or to no web address.
            OrpheusError: as `request`.
        """
        with self._border(url):
            asked = prepare("GET", url, service=service, settings=self._settings)
            order = self._order(asked, cancel, whole_s=_WHOLE_CALL_S, follow=False)
            return self._persist(order, self._read_location, repeatable=True)

    def open(
        self,
        method: str,
        url: str,
        *,
        service: str,
        headers: Mapping[str, str] | None = None,
        cancel: threading.Event | None = None,
        accept: Collection[int] = (),
        trail: Trail | None = None,
    ) -> OpenAnswer:
        """Send a request once and return its answer with the body still to come.

        For what is too large for memory. Whether to ask again, and which host, is the
        caller's question to the brain. The answer must be closed.

        Args:
            accept: statuses of 300 and more that are answers to the caller.
            trail: what was told of the work that this request is a part of.

        Raises:
            OrpheusError: as `request`.
        """
        with self._border(url):
            settings = self._settings
            asked = prepare(method, url, service=service, settings=settings, headers=headers)
            order = attrs.evolve(self._order(asked, cancel), trail=trail or Trail())
            answer = self._sender.begin(order)
            with self._reading(order, answer):
                if answer.response.status_code not in accept:
                    self._judge(order, answer, None)
            self._sender.tell_finished(answer, answer.body.announced_bytes)
            return answer

    def close(self) -> None:
        """End everything that is under way, and every connection."""
        self._sender.watchman.close()
        self.transport.close()

    def _order(
        self,
        asked: OutgoingRequest,
        cancel: threading.Event | None,
        *,
        whole_s: float | None = None,
        follow: bool = True,
    ) -> Order:
        line = self.lines.of(asked.service)
        line.check(asked.url)
        return Order(line=line, request=asked, cancel=cancel, whole_s=whole_s, follow=follow)

    def _persist(self, order: Order, attempt: Callable[[Order], T], repeatable: bool | None) -> T:
        """Return what *attempt* returns, as soon as it does and as long as the brain agrees."""
        while True:
            order = self._steered(order)
            try:
                return attempt(order)
            except OrpheusError as error:
                failure = error
            order = self._again(order, failure, repeatable)

    def _steered(self, order: Order) -> Order:
        """Return *order* at the host that requests to its own go to at the moment."""
        url = self.retrier.endpoints.in_use(
            order.request.url, order.line, given_up=order.given_up, trail=order.trail
        )
        return attrs.evolve(order, request=attrs.evolve(order.request, url=url))

    def _read(self, order: Order, max_bytes: int, classify: Classifier | None) -> requests.Response:
        answer = self._sender.begin(order)
        with self._reading(order, answer):
            if answer.response.status_code < 300:
                body = read_whole(answer.body, answer.response, max_bytes=max_bytes)
                fill(answer.response, body)
            self._judge(order, answer, classify)
        answer.close()
        self._sender.tell_finished(answer, len(answer.response.content))
        return answer.response

    def _read_location(self, order: Order) -> str:
        answer = self._sender.begin(order)
        with self._reading(order, answer):
            location = redirect_target(answer.response)
            if location is None:
                self._judge(order, answer, None)
                raise BadRedirect(f"{answer.host} does not say where this short link leads")
            url = target_url(answer.request, location)
            discard(answer.body, max_bytes=PAGE_BYTES)
        answer.close()
        self._sender.tell_finished(answer, answer.body.received_bytes)
        return url

    @contextlib.contextmanager
    def _reading(self, order: Order, answer: OpenAnswer) -> Iterator[None]:
        """Close *answer* when reading or judging it fails, and tell."""
        try:
            yield
        except BaseException as error:
            answer.close()
            if isinstance(error, OrpheusError):
                self._sender.tell_failed(order, answer.request, error, began_s=answer.began_s)
            raise

    def _judge(self, order: Order, answer: OpenAnswer, classify: Classifier | None) -> None:
        """Raise the error that *answer* amounts to, if it is one."""
        response, service, now = answer.response, order.line.service, self.clock.now()
        error = error_of(response, answer.body, service=service, now=now, classify=classify)
        if error is None:
            return
        if isinstance(error, RateLimited) and error.retry_after_s:
            # The other threads of this service have to wait as well.
            order.line.throttle.close_for(error.retry_after_s)
        raise error

    def _again(self, order: Order, failure: OrpheusError, repeatable: bool | None) -> Order:
        """Return the next attempt's order after the wait that the brain decided on.

        Raises:
            OrpheusError: *failure*, when there is no next attempt.
        """
        if repeatable is None:
            repeatable = order.request.method in IDEMPOTENT or isinstance(failure, _NOTHING_SENT)
        host, request = host_of(order.request.url), order.request
        question = RetryQuestion(
            attempted=Attempted.REQUEST,
            host=host,
            error=failure,
            service=order.line.service,
            cause=order.trail.last,
            attempt=order.attempt,
            waited_s=order.waited_s,
            repeatable=repeatable,
        )
        others = order.line.others_like(host, but=order.given_up)
        again = self.retrier.again_or_raise(
            question, url=request.url, cancel=order.cancel, others=others, trail=order.trail
        )
        given_up = order.given_up
        if again.host is not None:
            request = attrs.evolve(request, url=at_host(request.url, again.host))
            given_up = (*given_up, host)
        return attrs.evolve(
            order,
            request=request,
            attempt=order.attempt + 1,
            waited_s=order.waited_s + again.waited_s,
            given_up=given_up,
        )

    @contextlib.contextmanager
    def _border(self, url: str) -> Iterator[None]:
        """Let no foreign exception out, and no secret in one of ours."""
        handled = sys.exception()
        try:
            yield
        except OrpheusError as error:
            _mask(error, self._redactor)
            raise
        except Exception as error:  # noqa: BLE001 - the border of the room
            from orpheus_core.network.failures import ForeignFailure, classify_exception

            verdict = classify_exception(error, url=url, handled=handled)
            _mask(verdict, self._redactor)
            raise verdict from ForeignFailure.of(error)


def _mask(error: OrpheusError, redactor: Redactor) -> None:
    error.title, error.why = redactor.clean(error.title), redactor.clean(error.why)
    error.done, error.next_step = redactor.clean(error.done), redactor.clean(error.next_step)
    error.args = (error.title,)
    error.evidence = {
        name: redactor.clean(value) if isinstance(value, str) else value
        for name, value in error.evidence.items()
    }
