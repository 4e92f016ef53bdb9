"""Runs a job: every stage in order, tracks side by side, each failure put to the brain."""

from __future__ import annotations

import collections
import concurrent.futures
import contextvars
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import attrs

from orpheus_core.brain import Decision, Question, QuestionKind, Scalar, Verdict
from orpheus_core.delivery.graph import Segment
from orpheus_core.delivery.item import Item, JobItem, TrackItem
from orpheus_core.delivery.stage import Scope, Stage, StageContext
from orpheus_core.delivery.workspace import Workspace
from orpheus_core.errors import Cancelled, OrpheusError, StorageError, UnclassifiedError

AnyItem = TypeVar("AnyItem", JobItem, TrackItem)
Executors = Callable[[int], concurrent.futures.Executor]


def threads(workers: int) -> concurrent.futures.Executor:
    """Return an executor of *workers* threads."""
    return concurrent.futures.ThreadPoolExecutor(workers, thread_name_prefix="orpheus-track")


class Runner:
    """Takes one job through the segments of its graph."""

    def __init__(
        self, context: StageContext, workspace: Workspace, executors: Executors = threads
    ) -> None:
        self._context = context
        self._workspace = workspace
        self._executors = executors

    def run(self, job: JobItem, segments: Sequence[Segment]) -> JobItem:
        """Return *job* as the last stage left it.

        Raises:
            OrpheusError: a stage of the job failed for good, or the disk did.
        """
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
        started = [_Progress.restored(item, self._workspace) for item in job.tracks]
        recovered = sum(1 for progress in started if progress.finished)
        if recovered:
            self._context.brain.events.emit(
                "job.recovered",
                service=job.ref.service,
                subject=job.subject,
                data={"tracks_done": recovered},
            )
        workers = min(self._context.settings.downloads.jobs, len(started)) or 1
        with self._executors(workers) as executor:
            futures = [
                executor.submit(contextvars.copy_context().run, self._track, progress, stages)
                for progress in started
            ]
            try:
                for future in concurrent.futures.as_completed(futures):
                    future.result()
            except BaseException:
                self._context.cancel.set()
                executor.shutdown(wait=True, cancel_futures=True)
                raise
        return tuple(future.result() for future in futures)

    def _track(self, progress: _Progress, stages: Sequence[Stage]) -> TrackItem:
        if progress.item.missing is not None or progress.item.present:
            return progress.item
        try:
            return self._chain(progress, stages)
        except (StorageError, Cancelled):
            raise
        except OrpheusError as error:
            return attrs.evolve(progress.item, missing=error)

    def _chain(self, progress: _Progress, stages: Sequence[Stage]) -> TrackItem:
        attempts: collections.Counter[str] = collections.Counter()
        while (stage := progress.next_of(stages)) is not None:
            if self._context.cancel.is_set():
                raise Cancelled("stopped on request")
            attempts[stage.name] += 1
            result = self._attempt(stage, progress.item, attempts[stage.name])
            progress = progress.after(stage, result) if result else progress.back_to(stage, stages)
            self._workspace.save_track(progress.item, progress.finished)
        self._workspace.tidy(progress.item)
        return progress.item

    def _attempt(self, stage: Stage, item: AnyItem, attempt: int) -> AnyItem | None:
        """Return the item after *stage*, or None when the brain wants the work done again.

        Raises:
            OrpheusError: the brain gave up.
        """
        clock = self._context.clock
        self._tell("stage.started", stage, item, data={"attempt": attempt})
        began = clock.monotonic()
        try:
            result = self._run(stage, item)
        except (StorageError, Cancelled):
            raise
        except OrpheusError as error:
            return self._after_failure(stage, item, error, attempt)
        self._tell(
            "stage.finished", stage, item, data={"took_s": round(clock.monotonic() - began, 3)}
        )
        return result

    def _after_failure(
        self, stage: Stage, item: AnyItem, error: OrpheusError, attempt: int
    ) -> AnyItem | None:
        """Do what the brain decides: None to do the work again, the item to go on without."""
        decision = self._ask(stage, item, error, attempt)
        if decision.verdict is Verdict.RETRY:
            if not self._context.clock.sleep(decision.after_s, self._context.cancel):
                raise Cancelled("stopped on request") from error
            return None
        if decision.verdict is Verdict.SKIP:
            reason = f"{error.title} ({error.code})"
            self._tell("stage.skipped", stage, item, error, {"reason": reason})
            return item.noted(f"{stage.name} was left out: {reason}")
        failure: dict[str, Scalar] = {"message": error.title, "why": error.why, "attempt": attempt}
        self._tell("stage.failed", stage, item, error, failure)
        raise error

    def _tell(
        self,
        kind: str,
        stage: Stage,
        item: Item,
        error: OrpheusError | None = None,
        data: Mapping[str, Scalar] | None = None,
    ) -> None:
        self._context.brain.events.emit(
            kind,
            service=_service(item),
            subject=item.subject,
            error=error,
            data={"stage": stage.name, **(data or {})},
        )

    def _run(self, stage: Stage, item: AnyItem) -> AnyItem:
        try:
            return self._context.plugins.around(
                "orpheus_run_stage", type(item), stage=stage, item=item, context=self._context
            )
        except OrpheusError:
            raise
        except Exception as error:
            raise UnclassifiedError(
                f"stage {stage.name} failed in a way that nobody foresaw",
                why=f"{type(error).__name__}: {error}",
                evidence={"stage": stage.name, "exception_type": type(error).__name__},
            ) from error

    def _ask(self, stage: Stage, item: AnyItem, error: OrpheusError, attempt: int) -> Decision:
        return self._context.brain.decide(
            Question(
                kind=QuestionKind.STAGE_FAILED,
                error=error,
                service=_service(item),
                subject=item.subject,
                attempt=attempt,
                skippable=stage.optional,
            )
        )


@attrs.frozen
class _Progress:
    """A track, and the stages that it has behind it."""

    item: TrackItem
    finished: tuple[str, ...]

    @classmethod
    def restored(cls, item: TrackItem, workspace: Workspace) -> _Progress:
        """Take the track up where an earlier run left it."""
        return cls(item, ()) if item.present else cls(*workspace.restore_track(item))

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


def _service(item: Item) -> str:
    return item.ref.service if isinstance(item, JobItem) else item.track.ref.service
