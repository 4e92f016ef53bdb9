"""A log of events, kept as an application keeps it, at times that a test chooses."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

from orpheus_core.brain import Event, EventBus, correlated, new_id
from orpheus_core.brain.log.sqlite import SqliteSink
from orpheus_core.errors import DnsFailure
from orpheus_core.redaction import Redactor
from orpheus_core.testing import SimClock

BEGAN = datetime.datetime(2026, 3, 14, 13, 2, 9, 114_000, tzinfo=datetime.UTC)
"""When the first event happens: 14:02:09.114 in Amsterdam."""


class Kept:
    """Events that happen a tenth of a second apart; `keep` writes them to the log."""

    def __init__(self, home: Path, began: datetime.datetime = BEGAN) -> None:
        self.folder = home / "state" / "events"
        self.clock = SimClock(began)
        self.events: list[Event] = []
        self.begin_run()

    def begin_run(self) -> None:
        """Let another application publish what follows."""
        self._bus = EventBus(self.clock, Redactor())
        self._bus.subscribe(self.events.append)

    @property
    def run_id(self) -> str:
        """The id of the run."""
        return self._bus.run_id

    def new_job(self) -> str:
        """The id of a job."""
        return new_id(self.clock.now())

    # Any: the arguments are those of `EventBus.emit`.
    def emit(self, kind: str, *, job: str | None = None, **arguments: Any) -> Event:
        """Let *kind* happen, in *job* if one is given."""
        if job is None:
            event = self._bus.emit(kind, **arguments)
        else:
            with correlated(job):
                event = self._bus.emit(kind, **arguments)
        self.clock.advance(0.1)
        return event

    def keep(self) -> None:
        """Write all that happened since the last time."""
        sink = SqliteSink(self.folder, self.clock, keep_days=30, largest_mb=50)
        sink.write(self.events)
        sink.close()
        self.events.clear()


def failed_job(kept: Kept) -> str:
    """Let a job fail as one does whose service's name is not known; return its id."""
    job = kept.new_job()
    track = {"job": job, "service": "deezer", "subject": "track/deezer:track:3135556"}
    kept.emit(
        "job.started",
        job=job,
        service="deezer",
        subject="job/deezer:album:302127",
        data={"ref": "deezer:album:302127", "quality": "lossless", "target": "/music"},
    )
    failed = kept.emit(
        "network.request.failed",
        **track,
        error=DnsFailure("the name api.deezer.com could not be looked up"),
        data={
            "http.request.method": "GET",
            "url.full": "https://api.deezer.com/album/302127",
            "server.address": "api.deezer.com",
            "message": "the name api.deezer.com could not be looked up",
            "why": "the name service said that there is no such name",
            "attempt": 3,
        },
    )
    fired = kept.emit(
        "brain.rule.fired",
        **track,
        cause=failed,
        data={
            "rule": "dns-repeated",
            "rule_plugin": "core-rules",
            "scope": "api.deezer.com",
            "matched": 3,
        },
    )
    kept.emit(
        "brain.mitigation.applied",
        **track,
        cause=fired,
        data={
            "mitigation": "use_alternative",
            "scope": "api.deezer.com",
            "rule": "dns-repeated",
            "for_s": 300.0,
        },
    )
    kept.emit("brain.advice.given", **track, cause=fired, data=ADVICE)
    for _ in range(2):
        kept.emit("brain.prediction.made", **track, cause=failed, data=PREDICTION)
    kept.emit(
        "brain.decision.made",
        **track,
        cause=failed,
        error=DnsFailure("x"),
        data={
            "question": "retry",
            "verdict": "give_up",
            "reason": "3 attempts failed",
            "decided_by": "core-retry",
            "after_s": 0.0,
            "attempt": 3,
        },
    )
    kept.emit(
        "job.failed",
        job=job,
        service="deezer",
        subject="job/deezer:album:302127",
        error=DnsFailure("x"),
        data={"message": "no track could be had", "tracks_done": 0, "tracks_failed": 14},
    )
    return job


ADVICE = {
    "code": "net.dns-failure",
    "title": "The name api.deezer.com could not be looked up, 3 times in a row.",
    "cause": "This network's name service does not know it, or does not answer.",
    "done": "Another host is asked now.",
    "advisor": "core-rules",
    "next_step": "open any web page",
    "actions": json.dumps(
        [
            {
                "id": "open-a-page",
                "label": "open any web page",
                "argv": [],
                "applicability": "manual",
            },
            {
                "id": "look",
                "label": "look at the service",
                "argv": ["orpheus", "service", "info", "deezer"],
                "applicability": "automatic",
            },
        ]
    ),
}
PREDICTION = {
    "prediction": "request_fails",
    "about": "api.deezer.com",
    "outcome": "",
    "chance": 0.87,
    "confidence": 0.72,
    "observations": 22,
    "reason": "in the last minutes, about 19 of 22 requests failed",
    "predicted_by": "core-predictor",
}
