"""Takes one job from start to end."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from orpheus_core.brain import Severity, correlated, new_id
from orpheus_core.delivery.graph import Segment, segments
from orpheus_core.delivery.item import JobItem
from orpheus_core.delivery.joblog import JobLog
from orpheus_core.delivery.planner import LeftOut, Plan, plan
from orpheus_core.delivery.runner import Executors, Runner, threads
from orpheus_core.delivery.stage import StageContext
from orpheus_core.delivery.workspace import JobState, Workspace, exclusive
from orpheus_core.errors import Cancelled, HookFailed, OrpheusError, StorageError
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
        PluginUnavailable: a plugin does not work that a stage comes from.
        OrpheusError: nothing could be done at all: the item is unknown, the disk refuses,
            another process is at it.
    """
    if context.cancel.is_set():
        raise Cancelled("stopped on request", done="nothing was begun")
    planned = plan(context.plugins)
    context.storage.make_folders(target)
    workspace = Workspace.of(context.storage, target, ref, wish)
    runner = Runner(context, workspace, executors, owners=planned.owners)
    with exclusive(locks, workspace.folder):
        try:
            job = _run(_begun(ref, wish, target, workspace, context), runner, planned, context)
        except BaseException as error:
            _clear(workspace, error)
            raise
        _tidy(workspace, job, context)
    return job


def _begun(
    ref: MediaRef, wish: QualityWish, target: Path, workspace: Workspace, context: StageContext
) -> JobItem:
    """The job with its work folder, as a job of its own or as an earlier run left it."""
    new = JobState(ref=str(ref), correlation_id=new_id(context.clock.now()))
    state = workspace.open(new)
    return JobItem(
        ref=ref,
        wish=wish,
        target=target,
        work=workspace.folder,
        correlation_id=state.correlation_id,
    )


def _run(job: JobItem, runner: Runner, planned: Plan, context: StageContext) -> JobItem:
    """Run the job between its first event and its last, with a log of them all."""
    events = context.brain.events
    log = JobLog(context.storage, job.work / "events.jsonl", events, job.correlation_id)
    with correlated(job.correlation_id), log:
        events.emit(
            "job.started",
            service=job.ref.service,
            subject=job.subject,
            data={"ref": str(job.ref), "quality": job.wish.wanted.value, "target": str(job.target)},
        )
        began_s = context.clock.monotonic()
        job = _without_those(job, planned.left_out, context)
        try:
            job = _through(job, runner, segments(planned.stages))
        except BaseException as error:
            _tell_failed(job, error, context)
            raise
        _tell_ended(job, context.clock.monotonic() - began_s, context)
    return job


def _without_those(job: JobItem, left_out: Iterable[LeftOut], context: StageContext) -> JobItem:
    """Tell which optional stages are not there, as of one that fails."""
    for left in left_out:
        context.brain.events.emit(
            "stage.skipped",
            service=job.ref.service,
            plugin=left.plugin,
            subject=job.subject,
            data={"stage": left.stage, "reason": left.reason},
        )
        job = job.noted(f"{left.stage} was left out: {left.reason}")
    return job


def _through(job: JobItem, runner: Runner, graph: tuple[Segment, ...]) -> JobItem:
    job = runner.run(job, graph)
    if job.artifact is None and not job.missing:
        raise HookFailed(
            f"nothing came of {job.ref}, and no stage says why",
            why="one of the stages keeps the others from making a folder",
        )
    return job


def _tell_failed(job: JobItem, error: BaseException, context: StageContext) -> None:
    ours = error if isinstance(error, OrpheusError) else None
    context.brain.events.emit(
        "job.failed",
        service=job.ref.service,
        subject=job.subject,
        error=ours,
        data={
            "message": str(error) or type(error).__name__,
            "why": ours.why if ours else "",
            "next_step": ours.next_step if ours else "",
        },
    )


def _tell_ended(job: JobItem, took_s: float, context: StageContext) -> None:
    events = context.brain.events
    done = len(job.tracks) - len(job.missing)
    if job.artifact is None:
        events.emit(
            "job.failed",
            service=job.ref.service,
            subject=job.subject,
            error=job.missing[0].missing,
            data={
                "message": "no track could be had",
                "tracks_done": done,
                "tracks_failed": len(job.missing),
            },
        )
        return
    events.emit(
        "job.finished",
        service=job.ref.service,
        subject=job.subject,
        severity=Severity.WARNING if job.missing else None,
        data={
            "path": str(job.artifact.path),
            "tracks_done": done,
            "tracks_failed": len(job.missing),
            "size_bytes": job.artifact.manifest.size_bytes,
            "took_s": round(took_s, 3),
            "kind": job.kind,
            "quality": job.quality.value if job.quality else None,
        },
    )


def _tidy(workspace: Workspace, job: JobItem, context: StageContext) -> None:
    """Remove what no other run needs. What cannot be removed is told, and spoils nothing."""
    try:
        if not job.resumable or not workspace.holds_files():
            workspace.remove()
    except StorageError as error:
        with correlated(job.correlation_id):
            context.brain.events.emit(
                "stage.skipped",
                service=job.ref.service,
                subject=job.subject,
                error=error,
                data={"stage": "tidy", "reason": error.title},
            )


def _clear(workspace: Workspace, error: BaseException) -> None:
    """Remove a work folder in which nothing is; the error that ended the job stays the error."""
    try:
        if not workspace.holds_files():
            workspace.remove()
    except StorageError as failure:
        error.add_note(f"{workspace.folder} could not be removed: {failure.title}")
