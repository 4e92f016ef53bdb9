"""Runs a job: every stage in order, tracks side by side, each failure put to the brain."""

from __future__ import annotations

import collections
import concurrent.futures
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

import attrs

from orpheus_core.brain import (
    Attempted,
    ConversionQuestion,
    Decision,
    Event,
    MitigationKind,
    RetryQuestion,
    Scalar,
    Verdict,
    carried,
)
from orpheus_core.delivery.admission import Admission
from orpheus_core.delivery.graph import Segment
from orpheus_core.delivery.item import Item, JobItem, TrackItem
from orpheus_core.delivery.stage import Stage, StageContext
from orpheus_core.delivery.stop_signal import StopSignal
from orpheus_core.delivery.workspace import Workspace
from orpheus_core.errors import (
    Cancelled,
    FileTooLarge,
    HookFailed,
    IntegrityError,
    OrpheusError,
    ServiceError,
    StorageError,
    UnclassifiedError,
)
from orpheus_core.plugins import Scope, in_words
from orpheus_core.storage import storage_error

# Whatever a plugin decides: no stage is done again for ever.
_MOST_ATTEMPTS = 20

AnyItem = TypeVar("AnyItem", JobItem, TrackItem)
T = TypeVar("T")
R = TypeVar("R")
Executors = Callable[[int], concurrent.futures.Executor]


def threads(workers: int) -> concurrent.futures.Executor:
    """Return an executor of *workers* threads."""
    return concurrent.futures.ThreadPoolExecutor(workers, thread_name_prefix="orpheus-track")


class Runner:
    """Takes one job through the segments of its graph, once.

    Args:
        owners: the plugin that brought each stage, by the stage's name.
    """

    def __init__(
        self,
        context: StageContext,
        workspace: Workspace,
        executors: Executors = threads,
        *,
        owners: Mapping[str, str] | None = None,
    ) -> None:
        self._stop = StopSignal(context.cancel)
        self._context = attrs.evolve(context, cancel=self._stop)
        self._workspace = workspace
        self._executors = executors
        self._owners = owners or {}
        self._finished: dict[int, tuple[str, ...]] | None = None
        self._admission = Admission(self._context)
        self._lock = threading.Lock()
        self._failures = collections.Counter[str]()

    def run(self, job: JobItem, segments: Sequence[Segment]) -> JobItem:
        """Return *job* as the last stage left it.

        Raises:
            OrpheusError: a stage of the job failed for good, or the disk did, or its service
                has to be left alone for longer than the job may wait.
        """
        self._admission.wait_for(job.ref.service, job)
        for segment in segments:
            if segment.scope is Scope.TRACK:
                job = attrs.evolve(job, tracks=self._all_tracks(job, segment.stages))
                continue
            for stage in segment.stages:
                attempt = 1
                while (result := self._attempt(stage, job, attempt)) is None:
                    attempt += 1
                job = result
        return job

    def _all_tracks(self, job: JobItem, stages: Sequence[Stage]) -> tuple[TrackItem, ...]:
        """Run *stages* on each track. A track that fails says so; a failing disk ends all."""
        workers = min(self._context.settings.downloads.jobs, len(job.tracks)) or 1
        with self._executors(workers) as executor:
            if self._finished is None:
                started = self._each(executor, self._restored, job.tracks)
                self._tell_recovered(job, sum(bool(progress.finished) for progress in started))
            else:
                done = self._finished
                started = [_Progress(item, done.get(item.position, ())) for item in job.tracks]
            ended = self._each(executor, lambda each: self._track(each, stages, job), started)
        self._finished = {progress.item.position: progress.finished for progress in ended}
        return tuple(progress.item for progress in ended)

    def _each(
        self, executor: concurrent.futures.Executor, work: Callable[[T], R], values: Iterable[T]
    ) -> list[R]:
        """Do *work* on each of *values* side by side; the first that raises stops the others."""
        futures = [executor.submit(carried(work), value) for value in values]
        try:
            for future in concurrent.futures.as_completed(futures):
                future.result()
        except BaseException:
            self._stop.set()
            executor.shutdown(wait=True, cancel_futures=True)
            raise
        return [future.result() for future in futures]

    def _restored(self, item: TrackItem) -> _Progress:
        """Take a track up where an earlier run left it."""
        self._check_wanted()
        if item.present:
            return _Progress(item, ())
        return _Progress(*self._workspace.restore_track(item))

    def _tell_recovered(self, job: JobItem, count: int) -> None:
        if count:
            self._context.brain.events.emit(
                "job.recovered",
                service=job.ref.service,
                subject=job.subject,
                data={"tracks_done": count},
            )

    def _track(self, progress: _Progress, stages: Sequence[Stage], job: JobItem) -> _Progress:
        if progress.item.missing is not None or progress.item.present:
            return progress
        if not progress.finished:
            self._admission.wait_for(_service(progress.item), job)
        try:
            self._workspace.make(progress.item.folder)
            return self._chain(progress, stages)
        except OrpheusError as error:
            if _ends_the_job(error):
                raise
            return attrs.evolve(progress, item=attrs.evolve(progress.item, missing=error))

    def _chain(self, progress: _Progress, stages: Sequence[Stage]) -> _Progress:
        attempts: collections.Counter[str] = collections.Counter()
        while (stage := progress.next_of(stages)) is not None:
            attempts[stage.name] += 1
            again = progress.back_to(stage, stages)
            try:
                result = self._attempt(stage, progress.item, attempts[stage.name])
            except (IntegrityError, ServiceError):
                # What came is not what was due: kept, it would meet the next run as well.
                if again is not progress:
                    self._workspace.discard(progress.item, again.finished)
                raise
            progress = progress.after(stage, result) if result else again
            self._workspace.save_track(progress.item, progress.finished)
        self._workspace.tidy(progress.item)
        return progress

    def _check_wanted(self) -> None:
        if self._stop.is_set():
            raise Cancelled("stopped on request")

    def _attempt(self, stage: Stage, item: AnyItem, attempt: int) -> AnyItem | None:
        """Return the item after *stage*, or None when the brain wants the work done again.

        Raises:
            OrpheusError: the brain gave up.
            Cancelled: somebody asked to stop.
        """
        self._check_wanted()
        if (spared := self._spared(stage, item)) is not None:
            return spared
        clock = self._context.clock
        started = self._tell("stage.started", stage, item, data={"attempt": attempt})
        began = clock.monotonic()
        try:
            result = self._run(stage, item)
        except OrpheusError as error:
            if _ends_the_job(error):
                raise
            return self._after_failure(stage, item, error, attempt, started)
        took_s = round(clock.monotonic() - began, 3)
        self._tell("stage.finished", stage, item, cause=started, data={"took_s": took_s})
        return result

    def _spared(self, stage: Stage, item: AnyItem) -> AnyItem | None:
        """Return *item* as it is when *stage* would change a good file, and is better left out."""
        if not getattr(stage, "converts", False):
            return None
        brain = self._context.brain
        standing = brain.mitigations.in_force(MitigationKind.SKIP_STAGE, stage.name)
        cause = standing.cause if standing else None
        with self._lock:
            failures = self._failures[stage.name]
        question = ConversionQuestion(
            stage=stage.name,
            failures=failures,
            service=_service(item),
            subject=item.subject,
            cause=cause,
        )
        decision = brain.decide(question)
        if decision.verdict is not Verdict.SKIP or not stage.optional:
            return None
        return self._without(stage, item, decision.reason, cause=decision.event)

    def _without(
        self,
        stage: Stage,
        item: AnyItem,
        reason: str,
        *,
        error: OrpheusError | None = None,
        cause: Event | None = None,
    ) -> AnyItem:
        """Tell that *stage* is left out; return the item, with a note for the manifest."""
        data = {"reason": reason}
        self._tell("stage.skipped", stage, item, error=error, cause=cause, data=data)
        return item.noted(f"{stage.name} was left out: {reason}")

    def _after_failure(
        self, stage: Stage, item: AnyItem, error: OrpheusError, attempt: int, started: Event
    ) -> AnyItem | None:
        """Do what the brain decides: None to do the work again, the item to go on without."""
        with self._lock:
            self._failures[stage.name] += 1
        decision = self._ask(stage, item, error, attempt, started)
        patient = decision.after_s <= self._context.settings.network.max_wait_s
        if decision.verdict is Verdict.RETRY and attempt < _MOST_ATTEMPTS and patient:
            if not self._context.clock.sleep(decision.after_s, self._stop):
                raise Cancelled("stopped on request") from error
            return None
        if decision.verdict is Verdict.SKIP and stage.optional:
            reason = f"{error.title} ({error.code})"
            return self._without(stage, item, reason, error=error, cause=decision.event)
        failure: dict[str, Scalar] = {
            "message": error.title,
            "why": error.why,
            "next_step": error.next_step,
            "attempt": attempt,
        }
        self._tell("stage.failed", stage, item, error=error, cause=decision.event, data=failure)
        raise error

    def _tell(
        self,
        kind: str,
        stage: Stage,
        item: Item,
        *,
        error: OrpheusError | None = None,
        cause: Event | None = None,
        data: Mapping[str, Scalar] | None = None,
    ) -> Event:
        return self._context.brain.events.emit(
            kind,
            service=_service(item),
            subject=item.subject,
            error=error,
            cause=cause,
            data={"stage": stage.name, **(data or {})},
        )

    def _run(self, stage: Stage, item: AnyItem) -> AnyItem:
        try:
            result = self._context.plugins.around(
                "orpheus_run_stage", type(item), stage=stage, item=item, context=self._context
            )
        except OrpheusError:
            raise
        except Exception as error:  # the border to foreign code
            raise self._unforeseen(stage, error) from error
        _check_file(stage, result)
        return result

    def _unforeseen(self, stage: Stage, error: BaseException) -> OrpheusError:
        """The error for what a stage should not have raised: its plugin's, or ours."""
        owner = self._owners.get(stage.name)
        ours = {record.id for record in self._context.plugins.records() if record.builtin}
        why = in_words(error)
        evidence = {"stage": stage.name, "exception_type": type(error).__name__}
        if owner is None or owner in ours:
            title = f"stage {stage.name} failed in a way that nobody foresaw"
            return UnclassifiedError(title, why=why, evidence=evidence)
        return HookFailed(
            f"stage {stage.name} of plugin {owner} failed",
            why=why,
            evidence={**evidence, "plugin": owner},
        )

    def _ask(
        self, stage: Stage, item: AnyItem, error: OrpheusError, attempt: int, cause: Event
    ) -> Decision:
        return self._context.brain.decide(
            RetryQuestion(
                attempted=Attempted.STAGE,
                stage=stage.name,
                error=error,
                service=_service(item),
                subject=item.subject,
                cause=cause,
                attempt=attempt,
                skippable=stage.optional,
            )
        )


@attrs.frozen
class _Progress:
    """A track, and the stages that it has behind it."""

    item: TrackItem
    finished: tuple[str, ...]

    def next_of(self, stages: Sequence[Stage]) -> Stage | None:
        """The first stage that is not finished."""
        return next((stage for stage in stages if stage.name not in self.finished), None)

    def after(self, stage: Stage, item: TrackItem) -> _Progress:
        """The progress once *stage* is finished."""
        return _Progress(item, (*self.finished, stage.name))

    def back_to(self, stage: Stage, stages: Sequence[Stage]) -> _Progress:
        """The progress when the work has to be done again, from where *stage* says."""
        names = [each.name for each in stages]
        if stage.redo_from not in names:
            return self
        again = names[names.index(stage.redo_from) :]
        kept = tuple(name for name in self.finished if name not in again)
        return _Progress(attrs.evolve(self.item, file=None), kept)


def _ends_the_job(error: OrpheusError) -> bool:
    """Whether the other tracks need not be tried: all but a file that is too large for the disk."""
    return isinstance(error, StorageError | Cancelled) and not isinstance(error, FileTooLarge)


def _check_file(stage: Stage, item: Item) -> None:
    """See that a stage left the file that it says it did: the manifest will vouch for it.

    Raises:
        HookFailed: there is no such file, or it has another size.
        TargetGone: the track's folder is not there either.
    """
    if isinstance(item, JobItem) or item.file is None:
        return
    path, size_bytes = item.file.path, 0
    try:
        size_bytes = path.stat().st_size
    except OSError as error:
        if not item.folder.exists():
            raise storage_error(error, item.folder) from error
    if size_bytes != item.file.size_bytes:
        raise HookFailed(
            f"stage {stage.name} did not leave the file that it says it did",
            why=f"{path} has {size_bytes} bytes, and {item.file.size_bytes} were stated",
            evidence={"stage": stage.name},
        )


def _service(item: Item) -> str:
    return item.ref.service if isinstance(item, JobItem) else item.track.ref.service
