"""The keep stage: takes over what an earlier download has already put in place."""

from __future__ import annotations

import collections
from pathlib import Path

import attrs

from orpheus_core.delivery.item import FetchedFile, JobItem, TrackItem
from orpheus_core.delivery.layout import inside
from orpheus_core.delivery.manifest import FileEntry, Manifest, TrackEntry
from orpheus_core.delivery.placement import earlier_folder, manifest_in
from orpheus_core.delivery.stage import JobStage, StageContext
from orpheus_core.delivery.verification import fault_of
from orpheus_core.errors import Cancelled
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
            Cancelled: somebody asked to stop: large folders take their time.
        """
        folder = earlier_folder(job, context.plugins, context.storage)
        manifest = manifest_in(folder, context.storage) if folder else None
        if folder is None or manifest is None:
            return job
        shelf = _Shelf(folder, manifest, context)
        tracks = tuple(shelf.kept(item) for item in job.tracks)
        return attrs.evolve(job, tracks=tracks, completes=folder)


class _Shelf:
    """What an earlier download left, each file to be taken once."""

    def __init__(self, folder: Path, manifest: Manifest, context: StageContext) -> None:
        self._folder = folder
        self._context = context
        self._files = {entry.path: entry for entry in manifest.files}
        self._tracks = collections.defaultdict[str, list[TrackEntry]](list)
        for entry in manifest.tracks:
            self._tracks[entry.ref].append(entry)

    def kept(self, item: TrackItem) -> TrackItem:
        """Return *item* with its file, if that is there as its manifest says.

        In a playlist it may stand at another place than before.
        """
        if self._context.cancel.is_set():
            raise Cancelled("stopped on request", done="what is there was not touched")
        entries = self._tracks[str(item.track.ref)]
        for entry in sorted(entries, key=lambda entry: entry.position != item.position):
            file = self._files.get(entry.file or "")
            kept = self._checked(file, preview=entry.preview) if file else None
            if kept:
                entries.remove(entry)
                return attrs.evolve(item, file=kept, notes=entry.notes, present=True)
        return item

    def _checked(self, file: FileEntry, *, preview: bool) -> FetchedFile | None:
        if file.format is None or fault_of(self._folder, file, self._context.storage):
            return None
        try:
            audio = file.format.audio()
        except ValueError:
            return None  # a codec that only a newer version knows
        return FetchedFile(
            path=inside(self._folder, file.path.split("/")),
            size_bytes=file.size_bytes,
            sha256=file.sha256,
            format=audio,
            duration_s=file.duration_s,
            preview=preview,
            method=file.verified_by or "",
        )
