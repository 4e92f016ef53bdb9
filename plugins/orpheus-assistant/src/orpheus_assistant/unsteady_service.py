"""Notices a service that has to be asked again and again."""

from __future__ import annotations

import collections
import datetime
from collections.abc import Sequence

import orpheus_core as oc

REPEATED_REQUESTS = 3
"""So many requests that were sent again are no accident any more."""

WINDOW = datetime.timedelta(minutes=10)

_RETRY = "network.retry.scheduled"
_QUOTA = "svc.rate-limited"


class UnsteadyService:
    """Advises once a run and service: fewer at the same time, when requests keep failing.

    What counts is requests, not attempts: one request that fails four times may be the
    fault of what it asks for. A transfer that got further and broke off again counts anew.
    A service that asks for fewer requests is not unsteady, and is waited for as it is.
    """

    kinds = frozenset({_RETRY})

    def __init__(self) -> None:
        self._times: dict[str, collections.deque[datetime.datetime]] = {}
        self._said: set[str] = set()

    def observe(self, event: oc.Event) -> None:
        """Count *event* when it is the first repetition of a request."""
        service = event.service
        if service is None or event.error_type == _QUOTA or event.data.get("attempt") != 1:
            return
        times = self._times.setdefault(service, collections.deque(maxlen=REPEATED_REQUESTS))
        times.append(event.time)

    def advise(self, event: oc.Event) -> Sequence[oc.Advice]:
        """Answer when the service of *event* was unsteady up to now."""
        service = event.service
        if service is None or service in self._said or not self._is_unsteady(service, event.time):
            return []
        self._said.add(service)
        minutes = int(WINDOW.total_seconds() // 60)
        return [
            oc.Advice(
                code="assistant.unsteady-service",
                message=f"{service} is unsteady today: at least {REPEATED_REQUESTS} requests of "
                f"the last {minutes} minutes had to be sent again. "
                "Fewer at the same time may come better.",
                severity=oc.Severity.WARNING,
                actions=(
                    oc.Action(
                        id="fewer-at-once",
                        label="next time, add --jobs 1: one track after the other",
                        applicability=oc.Applicability.MANUAL,
                    ),
                ),
                service=service,
            )
        ]

    def forget(self) -> None:
        """Begin anew."""
        self._times.clear()
        self._said.clear()

    def _is_unsteady(self, service: str, now: datetime.datetime) -> bool:
        times = self._times.get(service, ())
        return len(times) == REPEATED_REQUESTS and now - min(times) <= WINDOW
