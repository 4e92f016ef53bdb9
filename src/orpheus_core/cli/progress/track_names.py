"""Tells progress which tracks a job has: events name them by their reference only."""

from __future__ import annotations

from collections.abc import Callable, Generator

import attrs

from orpheus_core.delivery import Item, JobItem, Stage, StageContext
from orpheus_core.delivery.graph import ordered
from orpheus_core.hookspecs import hookimpl
from orpheus_core.plugins import Scope


@attrs.frozen(kw_only=True)
class NamedTrack:
    """A track of the job. *subject* is how its events name it; *present*: it is there already."""

    subject: str
    ref: str
    title: str
    position: int
    present: bool = False


@attrs.frozen(kw_only=True)
class TrackList:
    """What a job is made of. *last_stage* is the one after which a track is finished."""

    job: str
    tracks: tuple[NamedTrack, ...]
    last_stage: str


class TrackNames:
    """Tells *listener* of a job's tracks after each of its stages. A plugin of this run."""

    def __init__(self, listener: Callable[[TrackList], object]) -> None:
        self._listener = listener

    @hookimpl(wrapper=True, tryfirst=True)  # outermost: it sees what others made of the job
    def orpheus_run_stage(
        self, stage: Stage, item: Item, context: StageContext
    ) -> Generator[None, Item, Item]:
        """Look at what the stage made of the job."""
        result = yield
        if isinstance(result, JobItem) and result.tracks and result.artifact is None:
            self._listener(_list_of(result, context))
        return result


def _list_of(job: JobItem, context: StageContext) -> TrackList:
    stages = ordered(context.plugins.collect("orpheus_stages", Stage))
    of_tracks = [stage.name for stage in stages if stage.scope is Scope.TRACK]
    return TrackList(
        job=job.subject,
        last_stage=of_tracks[-1] if of_tracks else "",
        tracks=tuple(
            NamedTrack(
                subject=item.subject,
                ref=str(item.track.ref),
                title=item.track.full_title,
                position=item.position,
                present=item.present,
            )
            for item in job.tracks
        ),
    )
