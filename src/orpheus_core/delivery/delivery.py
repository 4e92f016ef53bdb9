"""From a reference to a finished folder: one job, start to end."""

from __future__ import annotations

from pathlib import Path

from orpheus_core.brain import correlated, new_id
from orpheus_core.delivery.graph import ordered, segments
from orpheus_core.delivery.item import JobItem
from orpheus_core.delivery.joblog import JobLog
from orpheus_core.delivery.runner import Executors, Runner, threads
from orpheus_core.delivery.stage import Stage, StageContext
from orpheus_core.delivery.workspace import JobState, Workspace, exclusive
from orpheus_core.errors import OrpheusError
from orpheus_core.music import MediaRef, QualityWish


def deliver(
    ref: MediaRef,
    wish: QualityWish,
    target: Path,
    context: StageContext,
    *,
    locks: Path,
    executors: Executors = threads,
) -> JobItem:
    """Collect what *ref* names into a folder below *target*; return the finished job.

    Tracks that could not be had are in `JobItem.missing`; what came is kept, and another
    run fetches only the rest.

    Raises:
        OrpheusError: nothing could be done at all: the item is unknown, the disk refuses,
            another process is at it.
    """
    storage = context.storage
    workspace = Workspace.of(storage, target, ref, wish)
    stages = ordered(context.plugins.collect("orpheus_stages", Stage))
    storage.make_folders(target)
    with exclusive(locks, workspace.folder):
        state = workspace.open(JobState(ref=str(ref), correlation_id=new_id(context.clock.now())))
        job = JobItem(
            ref=ref,
            wish=wish,
            target=target,
            work=workspace.folder,
            correlation_id=state.correlation_id,
        )
        log = JobLog(storage, job.work / "events.jsonl", context.brain.events, job.correlation_id)
        try:
            with correlated(job.correlation_id), log:
                job = _run(job, Runner(context, workspace, executors), stages, context)
        finally:
            if not job.resumable or not workspace.holds_files():
                workspace.remove()
    return job


def _run(job: JobItem, runner: Runner, stages: tuple[Stage, ...], context: StageContext) -> JobItem:
    """Run the job between its first event and its last."""
    events, clock = context.brain.events, context.clock
    service, subject = job.ref.service, job.subject
    began = clock.monotonic()
    events.emit(
        "job.started",
        service=service,
        subject=subject,
        data={"ref": str(job.ref), "quality": job.wish.wanted.value, "target": str(job.target)},
    )
    try:
        job = runner.run(job, segments(stages))
    except OrpheusError as error:
        failure = {"message": error.title, "why": error.why}
        events.emit("job.failed", service=service, subject=subject, error=error, data=failure)
        raise
    done = len(job.tracks) - len(job.missing)
    if job.artifact is None:
        events.emit(
            "job.failed",
            service=service,
            subject=subject,
            error=job.missing[0].missing if job.missing else None,
            data={
                "message": "no track could be had",
                "tracks_done": done,
                "tracks_failed": len(job.missing),
            },
        )
        return job
    events.emit(
        "job.finished",
        service=service,
        subject=subject,
        data={
            "path": str(job.artifact.path),
            "tracks_done": done,
            "tracks_failed": len(job.missing),
            "size_bytes": job.artifact.manifest.size_bytes,
            "took_s": round(clock.monotonic() - began, 3),
        },
    )
    return job
