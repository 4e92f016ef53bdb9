"""A subscriber with its filter, and the check of the kinds that it names."""

from __future__ import annotations

import difflib
import fnmatch
from collections.abc import Callable, Iterable
from typing import Protocol

import attrs

from orpheus_core.brain.events import Event, Severity
from orpheus_core.brain.kinds import KINDS
from orpheus_core.brain.queued import QueuedDelivery
from orpheus_core.errors import UnknownWord

Subscriber = Callable[[Event], object]


class _Bus(Protocol):
    def unsubscribe(self, subscription: Subscription) -> None: ...


@attrs.define(eq=False, kw_only=True)
class Subscription:
    """A subscriber with its filter. `cancel` ends it.

    Attributes:
        callback: the subscriber itself.
        receive: what the publisher calls: the callback, or its queue.
        active: whether it gets events.
        failures: how often it failed in a row.
    """

    callback: Subscriber
    name: str
    kinds: tuple[str, ...]
    min_severity: Severity
    service: str | None
    correlation_id: str | None
    _bus: _Bus
    queue: QueuedDelivery | None = attrs.field(default=None, init=False)
    receive: Subscriber = attrs.field(init=False)
    is_narrow: bool = attrs.field(init=False)
    failures: int = attrs.field(default=0, init=False)
    active: bool = attrs.field(default=True, init=False)

    def __attrs_post_init__(self) -> None:
        self.receive = self.callback
        self.is_narrow = not (self.service is None and self.correlation_id is None)

    def put_behind(self, queue: QueuedDelivery) -> None:
        """Get events from *queue*, not from the publisher."""
        self.queue, self.receive = queue, queue.put

    def wants(self, kind: str, severity: Severity) -> bool:
        """Whether one of its patterns fits *kind*, and *severity* is grave enough."""
        return severity >= self.min_severity and any(
            fnmatch.fnmatchcase(kind, pattern) for pattern in self.kinds
        )

    def is_about(self, event: Event) -> bool:
        """Whether *event* is of its service and its job."""
        return self.service in (None, event.service) and self.correlation_id in (
            None,
            event.correlation_id,
        )

    def cancel(self) -> None:
        """Get no more events, nor those that are queued."""
        self._bus.unsubscribe(self)


def checked_kinds(kinds: Iterable[str]) -> tuple[str, ...]:
    """Return *kinds* as patterns; a lone text is one.

    Raises:
        UnknownWord: a pattern fits no kind of the table; the nearest is suggested.
        TypeError: a kind is not a text.
    """
    patterns = (kinds,) if isinstance(kinds, str) else tuple(kinds)
    for pattern in patterns:
        if not isinstance(pattern, str):
            raise TypeError(f"kinds are names or patterns, not {pattern!r}")
        if not any(fnmatch.fnmatchcase(kind, pattern) for kind in KINDS):
            near = difflib.get_close_matches(pattern, _patterns_that_fit(), n=1)
            raise UnknownWord(
                f"no kind of event is named {pattern!r}",
                next_step=f"did you mean {near[0]}?" if near else "orpheus event types",
            )
    return patterns


def _patterns_that_fit() -> list[str]:
    """Each kind, and each of their groups: ``network.*``, ``network.request.*``."""
    groups = {
        f"{kind[:end]}.*" for kind in KINDS for end, letter in enumerate(kind) if letter == "."
    }
    return sorted({*KINDS, *groups})
