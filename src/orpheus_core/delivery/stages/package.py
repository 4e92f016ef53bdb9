"""The package stage: puts the finished folder in place in one step, with its manifest."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import attrs

from orpheus_core.delivery.contents import manifest_of
from orpheus_core.delivery.item import Artifact, JobItem, TrackItem
from orpheus_core.delivery.layout import folded, inside
from orpheus_core.delivery.manifest import FILE_NAME, Manifest, to_bytes
from orpheus_core.delivery.placement import Placement, place
from orpheus_core.delivery.stage import JobStage, StageContext
from orpheus_core.delivery.stages.front_cover import cover_stands, front_cover
from orpheus_core.delivery.workspace import Workspace, make_below
from orpheus_core.errors import HookFailed, NoPermission
from orpheus_core.hookspecs import hookimpl
from orpheus_core.storage import TEMPORARY_PREFIX, Storage, write_atomically

_MOST_TRIES = 5


class Package(JobStage):
    """Builds the folder beside its place and renames it there.

    Where an earlier run left an incomplete folder of the same item, the missing files are
    put into it one by one, each whole, and the manifest last.
    """

    name = "package"
    after = ("tag", "verify", "download")

    @hookimpl
    def orpheus_stages(self) -> list[Package]:
        """Offer this stage."""
        return [self]

    def run_job(self, job: JobItem, context: StageContext) -> JobItem:
        """Put the folder in place; without a single track there is nothing to do.

        Raises:
            StorageError: it cannot be written.
        """
        job = attrs.evolve(job, tracks=tuple(_accounted(item) for item in job.tracks))
        if all(item.missing for item in job.tracks):
            return job
        placement = place(job, context.plugins, context.storage)
        earlier = placement.present
        root = placement.folder if earlier else inside(job.work, ("folder",))
        if earlier and not _has_news(job, earlier) and cover_stands(earlier, root, context.storage):
            return attrs.evolve(job, artifact=Artifact(path=root, manifest=earlier))
        job = _gathered(job, placement, root, context.storage)
        job, cover = front_cover(job, earlier, root, context)
        manifest = manifest_of(job, root, cover, earlier, context)
        write_atomically(context.storage, root / FILE_NAME, to_bytes(manifest))
        wanted = {FILE_NAME, *(entry.path for entry in manifest.files)}
        _sweep(root, wanted, context.storage, only_temporary=earlier is not None)
        folder = root if earlier else _put_in_place(job, root, placement, context)
        context.brain.events.emit(
            "artifact.written",
            service=job.ref.service,
            subject=job.subject,
            data={
                "path": str(folder),
                "files": len(manifest.files),
                "size_bytes": manifest.size_bytes,
            },
        )
        return attrs.evolve(job, artifact=Artifact(path=folder, manifest=manifest))


def _accounted(item: TrackItem) -> TrackItem:
    """A track with neither file nor reason is missing, too: nothing is left out silently."""
    if item.file is not None or item.missing is not None:
        return item
    failure = HookFailed(
        f"no stage brought {item.track.full_title!r}",
        why="each passed it on, and none said what is wrong",
    )
    return attrs.evolve(item, missing=failure)


def _has_news(job: JobItem, earlier: Manifest) -> bool:
    """Whether the folder or what is known of it would be other than *earlier* says."""
    if any(item.file and not item.missing and not item.present for item in job.tracks):
        return True
    now = [
        (item.position, str(item.track.ref), item.missing.code if item.missing else None)
        for item in job.tracks
    ]
    then = [(entry.position, entry.ref, entry.missing_code) for entry in earlier.tracks]
    return now != then


def _gathered(job: JobItem, placement: Placement, root: Path, storage: Storage) -> JobItem:
    """Move every file to its name below *root*."""
    workspace = Workspace(storage, job.work)
    make_below(storage, job.work if placement.present is None else job.target, root)
    replaced = _replaced(job, placement)
    tracks = []
    folders = {root}
    for item in job.tracks:
        if item.file is None or item.missing is not None or item.present:
            tracks.append(item)
            continue
        path = inside(root, placement.files[item.position])
        if path not in replaced and path != item.file.path and placement.present:
            path = _free(path, item.file.path, storage)
        make_below(storage, root, path.parent)
        tracks.append(workspace.move(item, path))
        folders.add(path.parent)
    for folder in sorted(folders):
        storage.fsync_folder(folder)
    return attrs.evolve(job, tracks=tuple(tracks))


def _replaced(job: JobItem, placement: Placement) -> Collection[Path]:
    """The files of an earlier run that do not fit its manifest any more."""
    if placement.present is None:
        return ()
    kept = {item.file.path for item in job.tracks if item.file and item.present}
    ours = {placement.folder.joinpath(*entry.path.split("/")) for entry in placement.present.files}
    return ours - kept


def _free(path: Path, own: Path, storage: Storage) -> Path:
    """Return *path*, numbered where something that is not ours to replace has the name."""
    free, number = path, 2
    while free != own and storage.exists(free):
        free = path.with_name(f"{path.stem} ({number}){path.suffix}")
        number += 1
    return free


def _put_in_place(job: JobItem, root: Path, placement: Placement, context: StageContext) -> Path:
    """Rename the whole folder to its final name, the next free one if another job was faster."""
    storage = context.storage
    for left in reversed(range(_MOST_TRIES)):
        make_below(storage, job.target, placement.folder.parent)
        try:
            storage.rename(root, placement.folder)
        except NoPermission:
            if not left or not storage.exists(placement.folder):
                raise
            placement = place(job, context.plugins, storage)
        else:
            storage.fsync_folder(placement.folder.parent)
            break
    return placement.folder


def _sweep(
    root: Path, wanted: set[str], storage: Storage, below: str = "", *, only_temporary: bool
) -> None:
    """Remove what a run that was cut off left in the folder under other names.

    Args:
        only_temporary: the folder is a finished one, where a person may keep other things.
    """
    # Some file systems give names back in another form than they were given.
    kept = {folded(path) for path in wanted}
    for name in storage.list(root / below):
        path = f"{below}{name}"
        if folded(path) in kept or (only_temporary and not name.startswith(TEMPORARY_PREFIX)):
            continue
        if any(each.startswith(f"{folded(path)}/") for each in kept):
            _sweep(root, wanted, storage, f"{path}/", only_temporary=only_temporary)
        elif (root / path).is_dir() and not (root / path).is_symlink():
            storage.remove_tree(root / path)
        else:
            storage.unlink(root / path)
