"""How much sending again a service is still worth: one budget, shared by all jobs."""

from __future__ import annotations

import collections
import threading

import attrs

from orpheus_core.brain.events import Event
from orpheus_core.clock import Clock
from orpheus_core.errors import (
    ConnectionLost,
    ConnectionRefused,
    ConnectTimeout,
    DnsFailure,
    DnsTimeout,
    OrpheusError,
    ProtocolViolation,
    ReadTimeout,
    ServiceDown,
    Stalled,
    TooSlow,
    Truncated,
)

WATCHED = ("network.request.failed", "network.request.finished")
"""The kinds of events that a budget is told of."""

_MOST = 10.0
_ENOUGH = 5.0
_GAIN = 0.1
_GAIN_PER_S = 0.1
_MOST_SERVICES = 1000

# Not what the service answered on purpose (4xx, 429), and not this machine's own network
# (net.unreachable): neither says that the service is down.
_COSTS = {
    DnsFailure: 1.0,
    DnsTimeout: 1.0,
    ConnectionRefused: 1.0,
    ConnectTimeout: 1.0,
    ConnectionLost: 1.0,
    ProtocolViolation: 1.0,
    Truncated: 1.0,
    ServiceDown: 1.0,
    # Waiting for nothing kept a worker busy as well.
    ReadTimeout: 2.0,
    Stalled: 2.0,
    TooSlow: 2.0,
}
_COST_OF_CODE = {kind.code: cost for kind, cost in _COSTS.items()}


@attrs.define
class _Bucket:
    tokens: float
    since_s: float


class RetryBudget:
    """Ten tokens a service: failures take them, answers and time give them back.

    Something is sent again only while more than half is there. So a service that is down
    gets each request once, and not each three times: a thousand of them, four a second, are
    sent 1,004 times. A failure costs one token, a wait for nothing two; an answer gives back
    0.1, and a second 0.1. Without the seconds, the first fifty requests after an outage would
    have to do without a second try.

    Source: gRPC, proposal A6, "Throttling Retry Attempts and Hedged RPCs" (the tokens, half
    of them, 0.1 a success). For any number of threads.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: collections.OrderedDict[str, _Bucket] = collections.OrderedDict()

    def note(self, event: Event) -> None:
        """Take or give for *event*, which is of a kind that is `WATCHED`."""
        if event.service is None:
            return
        if event.kind == "network.request.finished":
            self._add(event.service, _GAIN)
        elif cost := _COST_OF_CODE.get(event.error_type or ""):
            self._add(event.service, -cost)

    def counts(self, error: OrpheusError) -> bool:
        """Whether *error* is a sign that the service is down, and costs tokens."""
        return error.code in _COST_OF_CODE

    def allows(self, service: str | None) -> bool:
        """Whether something may be sent to *service* again."""
        return self.tokens(service) > _ENOUGH

    def tokens(self, service: str | None) -> float:
        """How many tokens *service* has at the moment."""
        with self._lock:
            bucket = self._buckets.get(service or "")
            return _MOST if bucket is None else self._now(bucket)

    def _add(self, service: str, tokens: float) -> None:
        with self._lock:
            bucket = self._buckets.pop(service, None)
            before = _MOST if bucket is None else self._now(bucket)
            after = min(_MOST, max(0.0, before + tokens))
            if after < _MOST:  # a full one says no more than none
                self._buckets[service] = _Bucket(after, self._clock.monotonic())
            while len(self._buckets) > _MOST_SERVICES:
                self._buckets.popitem(last=False)

    def _now(self, bucket: _Bucket) -> float:
        passed_s = self._clock.monotonic() - bucket.since_s
        return min(_MOST, bucket.tokens + _GAIN_PER_S * passed_s)
