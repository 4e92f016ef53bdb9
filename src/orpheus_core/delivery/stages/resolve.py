"""The resolve stage: asks the service what the reference leads to."""

from __future__ import annotations

import attrs

from orpheus_core.delivery.item import JobItem, TrackItem
from orpheus_core.delivery.stage import JobStage, StageContext
from orpheus_core.delivery.workspace import Workspace
from orpheus_core.errors import ItemNotFound, UnexpectedAnswer
from orpheus_core.hookspecs import hookimpl
from orpheus_core.music import Artist, Playlist, Release, Track


class Resolve(JobStage):
    """Fills in what is to be collected, and one item for each of its tracks."""

    name = "resolve"
    before = ("download",)

    @hookimpl
    def orpheus_stages(self) -> list[Resolve]:
        """Offer this stage."""
        return [self]

    def run_job(self, job: JobItem, context: StageContext) -> JobItem:
        """Ask the service, and lay out the tracks.

        Raises:
            OrpheusError: whatever the service's module raises.
            ItemNotFound: the answer has no track.
        """
        service = context.service(job.ref.service)
        media = service.resolve(context.client(job.ref.service), job.ref)
        if isinstance(media, Artist):
            raise UnexpectedAnswer(f"{job.ref} is an artist: each release is a job of its own")
        tracks = (media,) if isinstance(media, Track) else media.tracks
        if not tracks:
            raise ItemNotFound(f"{media.title!r} at {service.info.name} has no tracks")
        workspace = Workspace(context.storage, job.work)
        items = tuple(
            TrackItem(
                track=track,
                collection=media,
                position=position,
                wish=job.wish,
                folder=workspace.track_folder(position),
            )
            for position, track in enumerate(tracks, start=1)
        )
        context.brain.events.emit(
            "job.resolved",
            service=job.ref.service,
            subject=job.subject,
            data={"title": media.title, "artist": _artist(media), "track_total": len(items)},
        )
        return attrs.evolve(job, media=media, tracks=items)


def _artist(media: Track | Release | Playlist) -> str:
    if isinstance(media, Playlist):
        return media.owner or ""
    return ", ".join(artist.name for artist in media.artists)
