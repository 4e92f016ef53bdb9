"""`CannedClient`: the client of a service module, with answers that a test prepared.

For tests of a module alone: no network, no throttle, no retries. Shapes are read by the
same code as in production.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from typing import TypeVar
from urllib.parse import urlencode

from orpheus_core.clock import Clock
from orpheus_core.errors import ItemNotFound, OrpheusError, RequestRejected, ServiceDown
from orpheus_core.services.shapes import decode_json, structure
from orpheus_core.testing.clock import SimClock
from orpheus_core.testing.har import HarReplay

T = TypeVar("T")


class CannedClient:
    """Satisfies `ServiceClient`: answers from *answers*, then from *replay*.

    *answers* holds decoded JSON, or errors to raise, by link; the parameters of its query
    stand in the order in which the module gives them. *calls* lists what was asked for.

    Raises (from `get` and `post`):
        LookupError: no answer was prepared.
    """

    def __init__(
        self,
        service: str,
        answers: Mapping[str, object] | None = None,
        *,
        replay: HarReplay | None = None,
        credentials: Mapping[str, str] | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.calls: list[str] = []
        self._service = service
        self._answers = dict(answers or {})
        self._replay = replay
        self._credentials = dict(credentials or {})
        self._clock = clock or SimClock()

    @property
    def service(self) -> str:
        """The service's id."""
        return self._service

    def credential(self, field: str) -> str | None:
        """Return the prepared value of *field*, or None."""
        return self._credentials.get(field)

    def now(self) -> datetime.datetime:
        """The time of the clock that the test turns."""
        return self._clock.now()

    def get(
        self,
        url: str,
        shape: type[T],
        *,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        classify: Callable[[object], OrpheusError | None] | None = None,
    ) -> T:
        """See `ServiceClient.get`."""
        return self._read("GET", f"{url}?{urlencode(params)}" if params else url, shape, classify)

    def post(
        self,
        url: str,
        shape: type[T],
        *,
        data: Mapping[str, str] | None = None,
        json: object = None,
        headers: Mapping[str, str] | None = None,
        classify: Callable[[object], OrpheusError | None] | None = None,
    ) -> T:
        """See `ServiceClient.post`."""
        return self._read("POST", url, shape, classify)

    def _read(
        self,
        method: str,
        url: str,
        shape: type[T],
        classify: Callable[[object], OrpheusError | None] | None,
    ) -> T:
        self.calls.append(url)
        answer = self._answers[url] if url in self._answers else self._recorded(method, url)
        if isinstance(answer, OrpheusError):
            raise answer
        refusal = classify(answer) if classify else None
        if refusal is not None:
            raise refusal
        return structure(answer, shape, service=self._service)

    def _recorded(self, method: str, url: str) -> object:
        recorded = self._replay.answer(method, url) if self._replay else None
        if recorded is None:
            raise LookupError(f"no answer was prepared for {method} {url}")
        if recorded.status in (404, 410):
            return ItemNotFound(f"{self._service} knows no such item")
        if recorded.status >= 500:
            return ServiceDown(f"{self._service} answered with status {recorded.status}")
        if recorded.status >= 400:
            return RequestRejected(f"{self._service} answered with status {recorded.status}")
        return decode_json(recorded.body, service=self._service)
