"""Publishes how a transfer goes."""

from __future__ import annotations

from collections.abc import Mapping

from orpheus_core.brain import Event, EventBus, Scalar
from orpheus_core.clock import Clock
from orpheus_core.errors import OrpheusError
from orpheus_core.network.hosts import host_of
from orpheus_core.redaction import public_url

_PROGRESS_S = 0.25


class TransferNews:
    """The events of one transfer; those of progress at most four times a second."""

    def __init__(self, events: EventBus, clock: Clock, service: str, subject: str | None) -> None:
        self._events = events
        self._clock = clock
        self._service = service
        self._subject = subject
        self._began_s = clock.monotonic()
        self._told_s = float("-inf")

    def started(self, url: str, size_bytes: int | None) -> None:
        """The file begins to come, from its first byte."""
        self._emit("transfer.started", url, {"size_bytes": size_bytes, "offset_bytes": 0})

    def resumed(self, url: str, offset_bytes: int, size_bytes: int) -> None:
        """The file goes on where its part ended."""
        data = {"offset_bytes": offset_bytes, "size_bytes": size_bytes}
        self._emit("transfer.resumed", url, data)

    def restarted(self, url: str, reason: str, dropped_bytes: int) -> None:
        """The part did not fit any more."""
        data: dict[str, Scalar] = {"reason": reason, "dropped_bytes": dropped_bytes}
        self._emit("transfer.restarted", url, data)

    def progressed(self, done_bytes: int, size_bytes: int | None) -> None:
        """More is there; most calls publish nothing."""
        now_s = self._clock.monotonic()
        if now_s - self._told_s < _PROGRESS_S:
            return
        self._told_s = now_s
        self._emit("transfer.progressed", "", {"done_bytes": done_bytes, "size_bytes": size_bytes})

    def interrupted(
        self,
        url: str,
        error: OrpheusError,
        *,
        done_bytes: int,
        size_bytes: int | None,
        attempt: int,
        cause: Event | None = None,
    ) -> Event:
        """The file stopped coming."""
        data: dict[str, Scalar] = {
            "server.address": host_of(url),
            "message": error.title,
            "why": error.why,
            "done_bytes": done_bytes,
            "size_bytes": size_bytes,
            "attempt": attempt,
        }
        return self._emit("transfer.interrupted", url, data, error, cause)

    def finished(self, url: str, size_bytes: int, sha256: str) -> None:
        """The file came whole."""
        took_s = round(self._clock.monotonic() - self._began_s, 3)
        data: dict[str, Scalar] = {"size_bytes": size_bytes, "sha256": sha256, "took_s": took_s}
        self._emit("transfer.finished", url, data)

    def _emit(
        self,
        kind: str,
        url: str,
        data: Mapping[str, Scalar],
        error: OrpheusError | None = None,
        cause: Event | None = None,
    ) -> Event:
        where: dict[str, Scalar] = {"url.full": public_url(url)} if url else {}
        return self._events.emit(
            kind,
            service=self._service,
            subject=self._subject,
            error=error,
            cause=cause,
            data={**where, **data},
        )
