"""The package stage: puts the finished folder in place in one step, with its manifest."""

from __future__ import annotations

import hashlib
from pathlib import Path

import attrs

from orpheus_core.delivery.contents import manifest_of
from orpheus_core.delivery.item import Artifact, JobItem
from orpheus_core.delivery.layout import inside
from orpheus_core.delivery.manifest import FILE_NAME, FileEntry, to_bytes
from orpheus_core.delivery.pictures import check_picture
from orpheus_core.delivery.placement import Placement, place
from orpheus_core.delivery.stage import JobStage, StageContext
from orpheus_core.delivery.workspace import Workspace
from orpheus_core.hookspecs import hookimpl
from orpheus_core.storage import Storage, write_atomically


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
        there = [item for item in job.tracks if item.file and item.missing is None]
        if not there:
            return job
        placement = place(job, context.plugins, context.storage)
        if placement.present and all(item.present for item in job.tracks):
            return attrs.evolve(
                job, artifact=Artifact(path=placement.folder, manifest=placement.present)
            )
        into_place = placement.present is None
        root = job.work / "folder" if into_place else placement.folder
        job = _gathered(job, placement, root, context.storage)
        cover = _cover(job, root, context.storage)
        manifest = manifest_of(job, root, cover, placement.present, context)
        write_atomically(context.storage, root / FILE_NAME, to_bytes(manifest))
        if into_place:
            _sweep(root, {FILE_NAME, *(entry.path for entry in manifest.files)}, context.storage)
            context.storage.make_folders(placement.folder.parent)
            context.storage.rename(root, placement.folder)
            context.storage.fsync_folder(placement.folder.parent)
        context.brain.events.emit(
            "artifact.written",
            service=job.ref.service,
            subject=job.subject,
            data={
                "path": str(placement.folder),
                "files": len(manifest.files),
                "size_bytes": manifest.size_bytes,
            },
        )
        return attrs.evolve(job, artifact=Artifact(path=placement.folder, manifest=manifest))


def _gathered(job: JobItem, placement: Placement, root: Path, storage: Storage) -> JobItem:
    """Move every file to its name below *root*."""
    workspace = Workspace(storage, job.work)
    storage.make_folders(root)
    tracks = []
    folders = {root}
    for item in job.tracks:
        if item.file is None or item.missing is not None or item.present:
            tracks.append(item)
            continue
        path = inside(root, placement.files[item.position])
        storage.make_folders(path.parent)
        tracks.append(workspace.move(item, path))
        folders.add(path.parent)
    for folder in sorted(folders):
        storage.fsync_folder(folder)
    return attrs.evolve(job, tracks=tuple(tracks))


def _cover(job: JobItem, root: Path, storage: Storage) -> FileEntry | None:
    """Put the cover beside the tracks when all of them have the same one."""
    covers = {item.cover for item in job.tracks if item.cover}
    if len(covers) != 1:
        return None
    data = storage.read_bytes(covers.pop())
    name = f"cover{check_picture(data).type.extension}"
    write_atomically(storage, root / name, data)
    sha256 = hashlib.sha256(data).hexdigest()
    return FileEntry(path=name, role="cover", size_bytes=len(data), sha256=sha256)


def _sweep(root: Path, wanted: set[str], storage: Storage, below: str = "") -> None:
    """Remove what a run that was cut off left in the folder under other names."""
    for name in storage.list(root / below):
        path = f"{below}{name}"
        if path in wanted:
            continue
        if any(each.startswith(f"{path}/") for each in wanted):
            _sweep(root, wanted, storage, f"{path}/")
        elif (root / path).is_dir() and not (root / path).is_symlink():
            storage.remove_tree(root / path)
        else:
            storage.unlink(root / path)
