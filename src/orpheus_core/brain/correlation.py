"""Ids, and the one that follows a job from command to artefact, across threads."""

from __future__ import annotations

import contextvars
import datetime
import secrets
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

_correlation: contextvars.ContextVar[str | None] = contextvars.ContextVar(
    "orpheus_correlation", default=None
)


def new_id(now: datetime.datetime) -> str:
    """Return a UUIDv7 for the moment *now*: unique, and sortable by time.

    Source: RFC 9562, section 5.7.
    """
    milliseconds = int(now.timestamp() * 1000) & ((1 << 48) - 1)
    value = milliseconds << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=value))


def current_correlation() -> str | None:
    """The correlation id of the job that this thread works for, if any."""
    return _correlation.get()


@contextmanager
def correlated(correlation_id: str) -> Iterator[None]:
    """Mark everything that happens inside as part of one job.

    Workers inherit it when they run inside a copied context
    (``contextvars.copy_context().run``), as the delivery's workers do.
    """
    token = _correlation.set(correlation_id)
    try:
        yield
    finally:
        _correlation.reset(token)
