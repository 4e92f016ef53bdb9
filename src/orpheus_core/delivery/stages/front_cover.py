"""The picture beside the tracks of a folder: put there, and put right when it was damaged."""

from __future__ import annotations

import hashlib
from pathlib import Path

from orpheus_core.delivery.item import JobItem
from orpheus_core.delivery.manifest import FileEntry, Manifest
from orpheus_core.delivery.pictures import check_picture
from orpheus_core.delivery.stage import StageContext
from orpheus_core.delivery.stages.cover import fetch_picture, front_image, place_of_picture
from orpheus_core.delivery.verification import fault_of
from orpheus_core.errors import Cancelled, OrpheusError, StorageError
from orpheus_core.music import Playlist
from orpheus_core.storage import Storage, write_atomically

_ROLE = "cover"


def cover_stands(earlier: Manifest, folder: Path, storage: Storage) -> bool:
    """Whether *folder* has the cover that its manifest says, or need not have one."""
    entry = _entry(earlier)
    return entry is None or fault_of(folder, entry, storage) is None


def front_cover(
    job: JobItem, earlier: Manifest | None, root: Path, context: StageContext
) -> tuple[JobItem, FileEntry | None]:
    """Put the cover below *root*; return the job, noted where there is none, and its entry.

    A new folder gets one when all of its tracks have the same. A folder of an earlier run
    keeps its own, or gets it anew when that was damaged.

    Raises:
        StorageError: it cannot be written.
    """
    if earlier is not None and cover_stands(earlier, root, context.storage):
        return job, _entry(earlier)
    try:
        picture = _shared(job) if earlier is None else _fetched_anew(job, context)
        return job, _put(picture, earlier, root, context.storage) if picture else None
    except (StorageError, Cancelled):
        raise
    except OrpheusError as error:
        return job.noted(f"cover was left out: {error.title} ({error.code})"), None


def _entry(manifest: Manifest | None) -> FileEntry | None:
    files = manifest.files if manifest else ()
    return next((entry for entry in files if entry.role == _ROLE), None)


def _shared(job: JobItem) -> Path | None:
    covers = {item.cover for item in job.tracks if item.cover}
    return covers.pop() if len(covers) == 1 else None


def _fetched_anew(job: JobItem, context: StageContext) -> Path | None:
    image = None if isinstance(job.media, Playlist) else front_image(job.tracks[0].release)
    if image is None:
        return None
    path = place_of_picture(image, job.work)
    if not context.storage.exists(path):
        fetch_picture(image, path, job.ref.service, context)
    return path


def _put(picture: Path, earlier: Manifest | None, root: Path, storage: Storage) -> FileEntry | None:
    data = storage.read_bytes(picture)
    name = f"cover{check_picture(data).type.extension}"
    ours = _entry(earlier)
    if earlier is not None and storage.exists(root / name) and not (ours and ours.path == name):
        return None  # somebody put a picture of that name there
    write_atomically(storage, root / name, data)
    sha256 = hashlib.sha256(data).hexdigest()
    return FileEntry(path=name, role=_ROLE, size_bytes=len(data), sha256=sha256)
