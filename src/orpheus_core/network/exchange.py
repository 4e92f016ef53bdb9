"""A request on its way out, as hooks on ``orpheus_send`` see it."""

from __future__ import annotations

from collections.abc import Mapping

import attrs


@attrs.frozen(kw_only=True)
class OutgoingRequest:
    """One attempt to send a request. The answer's body is not read yet.

    *url* is complete, with its query. Time-outs in seconds. Its `repr` leaves out headers
    and body, which may carry credentials.
    """

    method: str
    url: str = attrs.field(repr=False)
    service: str
    headers: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    body: bytes | None = attrs.field(default=None, repr=False)
    connect_timeout_s: float = 10.0
    read_timeout_s: float = 20.0
