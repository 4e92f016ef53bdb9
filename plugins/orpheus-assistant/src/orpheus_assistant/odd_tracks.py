"""Notices tracks that fail alike, while others of the same job come."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

import orpheus_core as oc

FAILED_ALIKE = 2
"""One track that fails is told by the failure itself."""

_MOST_JOBS = 50
_MOST_NAMED = 3
_TRACK = "track/"

# The stage behind which a file is there and is what it should be.
_CAME = "verify"

# What these say is true of a track, whoever asks for it and when.
_OF_THE_TRACK = (
    "integrity.",
    "quality.",
    "svc.country",
    "svc.forbidden",
    "svc.not-found",
    "svc.protected",
    "svc.sample",
)


@attrs.define
class _Job:
    """The tracks of one job: how many came, and which failed with which code."""

    came: set[str] = attrs.field(factory=set)
    came_before: int = 0
    failed: dict[str, list[str]] = attrs.field(factory=dict)
    said: set[str] = attrs.field(factory=set)


class OddTracks:
    """Says what is odd when tracks of a job fail with the same code while others come.

    Once a job and code: it is those tracks, or, for failures that are not a matter of the
    track, something that changed on the way.
    """

    kinds = frozenset({"job.started", "job.recovered", "stage.finished", "stage.failed"})

    def __init__(self) -> None:
        self._jobs: dict[str, _Job] = {}

    def observe(self, event: oc.Event) -> None:
        """Keep whether a track came or failed, by job."""
        ident = _job_of(event)
        if not ident:
            return
        job = self._jobs.get(ident)
        if job is None or event.kind == "job.started":
            job = self._begin(ident)
        if event.kind == "job.recovered":
            job.came_before = _count(event.data.get("tracks_done"))
        elif event.subject and event.subject.startswith(_TRACK):
            _note(job, event, event.subject.removeprefix(_TRACK))

    def advise(self, event: oc.Event) -> Sequence[oc.Advice]:
        """Answer for the job that *event* belongs to."""
        ident = _job_of(event)
        job = self._jobs.get(ident)
        if job is None:
            return []
        came = len(job.came) + job.came_before
        alike = [
            (code, tracks)
            for code, tracks in job.failed.items()
            if came and len(tracks) >= FAILED_ALIKE and code not in job.said
        ]
        job.said.update(code for code, _ in alike)
        return [_advice(ident, code, tracks, came, event.service) for code, tracks in alike]

    def forget(self) -> None:
        """Begin anew."""
        self._jobs.clear()

    def _begin(self, ident: str) -> _Job:
        """A job that is taken up again begins anew; the oldest ones are forgotten."""
        self._jobs.pop(ident, None)
        while len(self._jobs) >= _MOST_JOBS:
            del self._jobs[next(iter(self._jobs))]
        return self._jobs.setdefault(ident, _Job())


def _job_of(event: oc.Event) -> str:
    """The job that *event* belongs to; empty outside of any, where the run stands for it."""
    ident = event.correlation_id or ""
    return "" if ident == event.run_id else ident


def _note(job: _Job, event: oc.Event, track: str) -> None:
    if event.kind == "stage.failed" and event.error_type:
        job.came.discard(track)
        tracks = job.failed.setdefault(event.error_type, [])
        if track not in tracks:
            tracks.append(track)
    elif event.kind == "stage.finished" and event.data.get("stage") == _CAME:
        job.came.add(track)


def _advice(
    job: str, code: str, tracks: Sequence[str], came: int, service: str | None
) -> oc.Advice:
    named = ", ".join(tracks[:_MOST_NAMED]) + (", ..." if len(tracks) > _MOST_NAMED else "")
    others = "1 other track came" if came == 1 else f"{came} other tracks came"
    fact = f"{named} fail alike ({code}), while {others}"
    if code.startswith(_OF_THE_TRACK):
        title = f"{fact}: it is these tracks that are odd."
        cause = (
            "That is said of a track, whoever asks for it: it is not the connection or the login."
        )
        step = "look for these tracks at another service of yours"
    else:
        title = f"{fact}: it is not these tracks that are odd."
        cause = "Something changed on the way: the connection, the login, or the service."
        step = "give the same command again later: only what is missing is fetched"
    return oc.Advice(
        code="assistant.odd-tracks",
        title=title,
        cause=cause,
        done="What came is kept.",
        severity=oc.Severity.WARNING,
        actions=(oc.Action(id="by-hand", label=step, applicability=oc.Applicability.MANUAL),),
        service=service,
        about=f"{job} {code}",
    )


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0
