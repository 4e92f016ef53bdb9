"""Which events somebody wants to see."""

from __future__ import annotations

import datetime
import fnmatch

import attrs

from orpheus_core.brain.events import Event, Severity

EVERY_KIND = ("*",)


@attrs.frozen(kw_only=True)
class EventFilter:
    """What an event has to be; None, or ``*``, fits all.

    Attributes:
        kinds: names or patterns with ``*``; one of them has to fit.
        error_type: a code or a pattern: ``net.*``.
        since, until: moments with their time zone; *since* is within, *until* is not.
    """

    kinds: tuple[str, ...] = EVERY_KIND
    min_severity: Severity = Severity.DEBUG
    service: str | None = None
    plugin: str | None = None
    correlation_id: str | None = None
    run_id: str | None = None
    error_type: str | None = None
    since: datetime.datetime | None = None
    until: datetime.datetime | None = None

    def matches(self, event: Event) -> bool:
        """Whether *event* is one of those."""
        return (
            event.severity >= self.min_severity
            and self.service in (None, event.service)
            and self.plugin in (None, event.plugin)
            and self.correlation_id in (None, event.correlation_id)
            and self.run_id in (None, event.run_id)
            and (self.since is None or event.time >= self.since)
            and (self.until is None or event.time < self.until)
            and any(fnmatch.fnmatchcase(event.kind, kind) for kind in self.kinds)
            and (self.error_type is None or _fits(event.error_type, self.error_type))
        )


def _fits(text: str | None, pattern: str) -> bool:
    return text is not None and fnmatch.fnmatchcase(text, pattern)
