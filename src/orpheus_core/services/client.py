"""The client that a service module is given: bound to its service, and to nothing else."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeVar

from orpheus_core.errors import OrpheusError
from orpheus_core.services.shapes import decode_json, structure

if TYPE_CHECKING:
    import threading

    import requests

    from orpheus_core.network import NetworkManager
    from orpheus_core.services.credentials import CredentialManager

T = TypeVar("T")
Classifier = Callable[[object], OrpheusError | None]


class BoundClient:
    """Sends JSON requests of one service through the network manager.

    Satisfies `ServiceClient`.
    """

    def __init__(
        self,
        service: str,
        network: NetworkManager,
        credentials: CredentialManager,
        cancel: threading.Event | None = None,
    ) -> None:
        self._service = service
        self._network = network
        self._credentials = credentials
        self._cancel = cancel

    @property
    def service(self) -> str:
        """The service's id."""
        return self._service

    def credential(self, field: str) -> str | None:
        """Return the stored value of *field*, or None."""
        return self._credentials.get(self._service, field)

    def now(self) -> datetime.datetime:
        """The time, in UTC, by the clock of the network."""
        return self._network.clock.now()

    def get(
        self,
        url: str,
        shape: type[T],
        *,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        classify: Classifier | None = None,
    ) -> T:
        """See `ServiceClient.get`."""
        response = self._network.request(
            "GET",
            url,
            service=self._service,
            params=params,
            headers=headers,
            classify=self._reader(classify),
            cancel=self._cancel,
        )
        return self._read(response, shape)

    def post(
        self,
        url: str,
        shape: type[T],
        *,
        data: Mapping[str, str] | None = None,
        json: object = None,
        headers: Mapping[str, str] | None = None,
        classify: Classifier | None = None,
    ) -> T:
        """See `ServiceClient.post`."""
        response = self._network.request(
            "POST",
            url,
            service=self._service,
            data=data,
            json=json,
            headers=headers,
            repeatable=False,
            classify=self._reader(classify),
            cancel=self._cancel,
        )
        return self._read(response, shape)

    def _reader(
        self, classify: Classifier | None
    ) -> Callable[[requests.Response], OrpheusError | None]:
        """Look at an answer while the request can still be sent again."""

        def look(response: requests.Response) -> OrpheusError | None:
            try:
                answer = self._decoded(response)
            except OrpheusError as error:
                return error
            return classify(answer) if classify else None

        return look

    def _decoded(self, response: requests.Response) -> object:
        kind = response.headers.get("Content-Type", "")
        return decode_json(response.content, service=self._service, content_type=kind)

    def _read(self, response: requests.Response, shape: type[T]) -> T:
        return structure(self._decoded(response), shape, service=self._service)
