"""Notices a service that has to be asked again and again."""

from __future__ import annotations

import collections
import datetime
from collections.abc import Sequence

import orpheus_core as oc

REPEATED_REQUESTS = 3
"""So many requests that were sent again are no accident any more, where nothing else is set."""

WINDOW = datetime.timedelta(minutes=10)
"""They are counted for so long, where nothing else is set."""

_RETRY = "network.retry.scheduled"
_QUOTA = "svc.rate-limited"


class UnsteadyService:
    """Advises once a run and service: fewer at the same time, when requests keep failing.

    What counts is requests, not attempts: one request that fails four times may be the
    fault of what it asks for. A transfer that got further and broke off again counts anew.
    A service that asks for fewer requests is not unsteady, and is waited for as it is.

    Args:
        requests: so many that were sent again, within *window*, are too many; at least 1.
    """

    kinds = frozenset({_RETRY})

    def __init__(
        self, requests: int = REPEATED_REQUESTS, window: datetime.timedelta = WINDOW
    ) -> None:
        self._requests = requests
        self._window = window
        self._times: dict[str, collections.deque[datetime.datetime]] = {}
        self._said: set[str] = set()

    def observe(self, event: oc.Event) -> None:
        """Count *event* when it is the first repetition of a request."""
        service = event.service
        if service is None or event.error_type == _QUOTA or event.data.get("attempt") != 1:
            return
        times = self._times.setdefault(service, collections.deque(maxlen=self._requests))
        times.append(event.time)

    def advise(self, event: oc.Event) -> Sequence[oc.Advice]:
        """Answer when the service of *event* was unsteady up to now."""
        service = event.service
        if service is None or service in self._said or not self._is_unsteady(service, event.time):
            return []
        self._said.add(service)
        minutes = int(self._window.total_seconds() // 60)
        lately = "the last minute" if minutes == 1 else f"the last {minutes} minutes"
        return [
            oc.Advice(
                code="assistant.unsteady-service",
                title=f"{service} is unsteady today: at least {self._requests} requests of "
                f"{lately} had to be sent again.",
                cause="It is overloaded, or the way to it is: fewer requests at the same time may "
                "come better.",
                done="Each of them was sent again after a pause.",
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
        return len(times) == self._requests and now - min(times) <= self._window
