"""The work folder of a job: what lasts between two runs, so that nothing is fetched twice.

It lies in the target folder, beside what will be finished, so that the last step is one
rename::

    TARGET/.orpheus/sandbox-album-lanterns-best/
        job.json           the correlation id, kept over restarts
        events.jsonl       the job's event log
        covers/            pictures, by a digest of their address
        tracks/001/        state.json, and the track's files
        folder/            the artefact while it is packaged
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import attrs

from orpheus_core.delivery.item import FetchedFile, TrackItem
from orpheus_core.delivery.layout import safe_name
from orpheus_core.delivery.manifest import FormatEntry
from orpheus_core.errors import FolderBusy
from orpheus_core.music import MediaRef, QualityWish
from orpheus_core.storage import Storage, write_atomically

if TYPE_CHECKING:
    import cattrs

T = TypeVar("T")

WORK_FOLDER = ".orpheus"
"""The hidden folder in the target that holds what is not finished."""

_TRACK_STATE = "state.json"
_HASHED_BYTES = 1 << 20


@attrs.frozen(kw_only=True)
class JobState:
    """What a job remembers of itself."""

    ref: str
    correlation_id: str


@attrs.frozen(kw_only=True)
class FileState:
    """A track's file. *path* is relative to the work folder; *moved_from* where it was before."""

    path: str
    moved_from: str | None
    size_bytes: int
    sha256: str
    format: FormatEntry
    duration_s: float | None
    preview: bool
    method: str


@attrs.frozen(kw_only=True)
class TrackState:
    """How far a track has come: the stages that are finished, and what they left."""

    ref: str
    finished: tuple[str, ...]
    file: FileState | None = None
    cover: str | None = None
    notes: tuple[str, ...] = ()


class Workspace:
    """Reads and writes a job's work folder."""

    def __init__(self, storage: Storage, folder: Path) -> None:
        self._storage = storage
        self.folder = folder

    @classmethod
    def of(cls, storage: Storage, target: Path, ref: MediaRef, wish: QualityWish) -> Workspace:
        """Return the workspace of one item in one quality below *target*."""
        words = [ref.service, ref.kind.value, ref.id, wish.wanted.value, wish.floor.value]
        if wish.previews:
            words.append("previews")
        plain = safe_name("-".join(words), fallback="job")
        digest = hashlib.sha256(":".join(words).encode("utf-8", "surrogatepass")).hexdigest()
        return cls(storage, target / WORK_FOLDER / f"{plain} {digest[:8]}")

    def open(self, state: JobState) -> JobState:
        """Make the folder; return the state of an earlier run if there is one, else *state*."""
        self._storage.make_folders(self.folder)
        known = self._load(self.folder / "job.json", JobState)
        if known is not None and known.ref == state.ref:
            return known
        self._save(self.folder / "job.json", state)
        return state

    def track_folder(self, position: int) -> Path:
        """Return the track's own folder, and make it."""
        folder = self.folder / "tracks" / f"{position:03}"
        self._storage.make_folders(folder)
        return folder

    def save_track(
        self, item: TrackItem, finished: tuple[str, ...], moved_from: Path | None = None
    ) -> None:
        """Remember how far *item* has come."""
        state = TrackState(
            ref=str(item.track.ref),
            finished=finished,
            file=self._file_state(item.file, moved_from) if item.file else None,
            cover=self._relative(item.cover) if item.cover else None,
            notes=item.notes,
        )
        self._save(item.folder / _TRACK_STATE, state)

    def restore_track(self, item: TrackItem) -> tuple[TrackItem, tuple[str, ...]]:
        """Return *item* as an earlier run left it, and the stages that are finished.

        A file whose bytes are not those that were remembered counts as not there: the
        stages begin anew.
        """
        state = self._load(item.folder / _TRACK_STATE, TrackState)
        if state is None or state.ref != str(item.track.ref):
            return item, ()
        file = self._found(state.file) if state.file else None
        if state.file and file is None:
            return item, ()
        cover = self._absolute(state.cover) if state.cover else None
        if cover is not None and not self._storage.exists(cover):
            return item, ()
        return attrs.evolve(item, file=file, cover=cover, notes=state.notes), state.finished

    def move(self, item: TrackItem, target: Path) -> TrackItem:
        """Move the item's file to *target*, so that a cut at any point loses nothing."""
        if item.file is None or item.file.path == target:
            return item
        state = self._load(item.folder / _TRACK_STATE, TrackState)
        finished = state.finished if state else ()
        moved = attrs.evolve(item, file=attrs.evolve(item.file, path=target))
        self.save_track(moved, finished, moved_from=item.file.path)
        self._storage.rename(item.file.path, target)
        return moved

    def tidy(self, item: TrackItem) -> None:
        """Remove what the stages of a finished track no longer need."""
        if item.file is None or item.file.path.parent != item.folder:
            return
        for name in self._storage.list(item.folder):
            if name not in (_TRACK_STATE, item.file.path.name):
                self._storage.unlink(item.folder / name)

    def holds_files(self) -> bool:
        """Whether there is anything of a track that another run need not fetch again."""
        tracks = self.folder / "tracks"
        if not self._storage.exists(tracks):
            return False
        return any(
            name != _TRACK_STATE
            for track in self._storage.list(tracks)
            for name in self._storage.list(tracks / track)
        )

    def remove(self) -> None:
        """Remove the work folder, and the hidden folder around it when that is empty."""
        if self._storage.exists(self.folder):
            self._storage.remove_tree(self.folder)
        around = self.folder.parent
        if self._storage.exists(around) and not self._storage.list(around):
            self._storage.remove_tree(around)

    def _file_state(self, file: FetchedFile, moved_from: Path | None) -> FileState:
        return FileState(
            path=self._relative(file.path),
            moved_from=self._relative(moved_from) if moved_from else None,
            size_bytes=file.size_bytes,
            sha256=file.sha256,
            format=FormatEntry.of(file.format),
            duration_s=file.duration_s,
            preview=file.preview,
            method=file.method,
        )

    def _found(self, state: FileState) -> FetchedFile | None:
        for relative in (state.path, state.moved_from):
            path = self._absolute(relative) if relative else None
            if path is None or not self._storage.exists(path):
                continue
            if digest_of(path) == (state.size_bytes, state.sha256):
                return FetchedFile(
                    path=path,
                    size_bytes=state.size_bytes,
                    sha256=state.sha256,
                    format=state.format.audio(),
                    duration_s=state.duration_s,
                    preview=state.preview,
                    method=state.method,
                )
        return None

    def _relative(self, path: Path) -> str:
        return Path(os.path.relpath(path, self.folder)).as_posix()

    def _absolute(self, relative: str) -> Path:
        return Path(os.path.normpath(self.folder / relative))

    def _save(self, path: Path, state: attrs.AttrsInstance) -> None:
        content = json.dumps(_converter().unstructure(state), ensure_ascii=False)
        write_atomically(self._storage, path, content.encode("utf-8", "surrogatepass"))

    def _load(self, path: Path, shape: type[T]) -> T | None:
        """What was saved; None when nothing was, or what is there is damaged."""
        import cattrs

        if not self._storage.exists(path):
            return None
        try:
            return _converter().structure(json.loads(self._storage.read_bytes(path)), shape)
        except (ValueError, TypeError, KeyError, cattrs.BaseValidationError):
            return None


@contextlib.contextmanager
def exclusive(locks: Path, folder: Path) -> Iterator[None]:
    """Keep every other process out of *folder* while inside.

    The lock is the kernel's: it ends with the process, however that ends.

    Raises:
        FolderBusy: another process is at work there.
    """
    import filelock

    locks.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest = hashlib.sha256(str(folder.resolve()).encode("utf-8", "surrogateescape")).hexdigest()
    lock = filelock.FileLock(locks / f"{digest[:32]}.lock", timeout=0)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise FolderBusy(
            "another orpheus is at work on the same item",
            why=f"it holds the lock of {folder}",
            done="nothing was changed",
        ) from None
    try:
        yield
    finally:
        lock.release()


def digest_of(path: Path) -> tuple[int, str]:
    """Return the size in bytes and the SHA-256, in hex, of the file at *path*."""
    digest = hashlib.sha256()
    size = 0
    with path.open("rb") as file:
        while chunk := file.read(_HASHED_BYTES):
            digest.update(chunk)
            size += len(chunk)
    return size, digest.hexdigest()


@functools.cache
def _converter() -> cattrs.Converter:
    import cattrs

    return cattrs.Converter(forbid_extra_keys=True)
