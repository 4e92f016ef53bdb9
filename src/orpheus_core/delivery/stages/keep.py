"""The keep stage: takes over what an earlier download has already put in place."""

from __future__ import annotations

import attrs

from orpheus_core.delivery.item import FetchedFile, JobItem, TrackItem
from orpheus_core.delivery.layout import inside
from orpheus_core.delivery.manifest import Manifest
from orpheus_core.delivery.placement import Placement, place
from orpheus_core.delivery.stage import JobStage, StageContext
from orpheus_core.delivery.workspace import digest_of
from orpheus_core.errors import OutsideFolder
from orpheus_core.hookspecs import hookimpl


class Keep(JobStage):
    """Leaves out each track whose file is there and has the checksum of its manifest."""

    name = "keep"
    after = ("resolve",)
    before = ("download",)

    @hookimpl
    def orpheus_stages(self) -> list[Keep]:
        """Offer this stage."""
        return [self]

    def run_job(self, job: JobItem, context: StageContext) -> JobItem:
        """Look at the folder that the job would write.

        Raises:
            InvalidTemplate: the layout cannot be read: known before the first byte.
        """
        placement = place(job, context.plugins, context.storage)
        manifest = placement.present
        if manifest is None:
            return job
        tracks = tuple(_kept(item, manifest, placement) for item in job.tracks)
        return attrs.evolve(job, tracks=tracks)


def _kept(item: TrackItem, manifest: Manifest, placement: Placement) -> TrackItem:
    ref = str(item.track.ref)
    for entry in manifest.tracks:
        if entry.ref != ref or entry.position != item.position or entry.file is None:
            continue
        file = manifest.file(entry.file)
        if file is None or file.format is None:
            continue
        try:
            path = inside(placement.folder, entry.file.split("/"))
        except OutsideFolder:
            continue
        if path.is_symlink() or not path.is_file():
            continue
        if digest_of(path) != (file.size_bytes, file.sha256):
            continue
        kept = FetchedFile(
            path=path,
            size_bytes=file.size_bytes,
            sha256=file.sha256,
            format=file.format.audio(),
            duration_s=file.duration_s,
            preview=entry.preview,
            method=file.verified_by or "",
        )
        return attrs.evolve(item, file=kept, notes=entry.notes, present=True)
    return item
