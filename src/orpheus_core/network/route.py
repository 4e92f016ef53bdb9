"""Where a transfer comes from: one of the hosts that answer the same, until that changes."""

from __future__ import annotations

import threading

import attrs

from orpheus_core.brain import RetryQuestion
from orpheus_core.network.hosts import host_of
from orpheus_core.network.lines import Line, Lines
from orpheus_core.network.mirrors import at_host
from orpheus_core.network.retrying import Retrier
from orpheus_core.network.trail import Trail


@attrs.define(kw_only=True, eq=False)
class Route:
    """The way that one transfer takes, with what was told of it. For one thread.

    Attributes:
        url: where it comes from now.
    """

    url: str
    service: str
    subject: str | None
    lines: Lines
    retrier: Retrier
    cancel: threading.Event | None
    trail: Trail = attrs.field(factory=Trail)
    _given_up: tuple[str, ...] = attrs.field(default=(), init=False)

    @property
    def host(self) -> str:
        """The host that it comes from now."""
        return host_of(self.url)

    def progressed(self) -> None:
        """More came: each host may be tried again."""
        self._given_up = ()

    def steer(self) -> None:
        """Go to the host that requests to this one go to at the moment."""
        self.url = self.retrier.endpoints.in_use(
            self.url, self._line, given_up=self._given_up, subject=self.subject, trail=self.trail
        )

    def again_or_raise(self, question: RetryQuestion) -> bool:
        """Wait as the brain decides, and return whether it goes on at another host.

        Raises:
            OrpheusError: the question's own error, when it is not to be tried again.
            Cancelled: it was stopped on request.
        """
        again = self.retrier.again_or_raise(
            question,
            url=self.url,
            cancel=self.cancel,
            others=self._line.others_like(self.host, but=self._given_up),
            trail=self.trail,
        )
        if again.host is None:
            return False
        self._given_up = (*self._given_up, self.host)
        self.url = at_host(self.url, again.host)
        return True

    @property
    def _line(self) -> Line:
        return self.lines.of(self.service)
