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
from orpheus_core.delivery.layout import inside, safe_name
from orpheus_core.delivery.manifest import FormatEntry
from orpheus_core.delivery.plain_file import digest_of, is_special
from orpheus_core.errors import FolderBusy, StorageError, TargetGone
from orpheus_core.music import MediaRef, QualityWish
from orpheus_core.storage import TEMPORARY_PREFIX, Storage, storage_error, write_atomically

if TYPE_CHECKING:
    import cattrs

T = TypeVar("T")

WORK_FOLDER = ".orpheus"
"""The hidden folder in the target that holds what is not finished."""

_TRACK_STATE = "state.json"
_MOST_TRIES = 5


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
    """Reads and writes a job's work folder.

    Nothing that lies there is trusted: another program may have put it there. What does not
    fit counts as not there, and no path leads out of the target.
    """

    def __init__(self, storage: Storage, folder: Path) -> None:
        self._storage = storage
        self.folder = folder

    @classmethod
    def of(cls, storage: Storage, target: Path, ref: MediaRef, wish: QualityWish) -> Workspace:
        """Return the workspace of one item in one quality below *target*.

        Raises:
            SymlinkInPath: the place is a symbolic link that leads out of *target*.
        """
        words = [ref.service, ref.kind.value, ref.id, wish.wanted.value, wish.floor.value]
        if wish.previews:
            words.append("previews")
        plain = safe_name("-".join(words), fallback="job")
        digest = hashlib.sha256(":".join(words).encode("utf-8", "surrogatepass")).hexdigest()
        return cls(storage, inside(target, (WORK_FOLDER, f"{plain} {digest[:8]}")))

    def open(self, state: JobState) -> JobState:
        """Make the folder; return the state of an earlier run if there is one, else *state*.

        Raises:
            TargetGone: the target folder is not there.
        """
        self._make_work_folder()
        known = self._load(self.folder / "job.json", JobState)
        if known is not None and known.ref == state.ref:
            return known
        self._save(self.folder / "job.json", state)
        return state

    def track_folder(self, position: int) -> Path:
        """Return the track's own folder, which `make` makes."""
        return self.folder / "tracks" / f"{position:03}"

    def make(self, folder: Path) -> Path:
        """Make *folder*, which is below the work folder, and return it.

        Raises:
            SymlinkInPath: a symbolic link leads out of the work folder there.
            TargetGone: the work folder itself went away: it is not made anew.
        """
        inside(self.folder, folder.relative_to(self.folder).parts)
        make_below(self._storage, self.folder, folder)
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
        cover = self._plain_file(state.cover) if state.cover else None
        if state.cover and cover is None:
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

    def discard(self, item: TrackItem, finished: tuple[str, ...]) -> None:
        """Forget the item's file and remove it: it is not what was due."""
        self.save_track(attrs.evolve(item, file=None), finished)
        if item.file and item.file.path.parent == item.folder:
            self._remove(item.file.path)

    def tidy(self, item: TrackItem) -> None:
        """Remove what the stages of a finished track no longer need."""
        if item.file is None or item.file.path.parent != item.folder:
            return
        for name in self._storage.list(item.folder):
            if name not in (_TRACK_STATE, item.file.path.name):
                self._remove(item.folder / name)

    def holds_files(self) -> bool:
        """Whether there is anything of a track that another run need not fetch again."""
        tracks = self.folder / "tracks"
        if not self._storage.exists(tracks):
            return False
        return any(
            name != _TRACK_STATE and not name.startswith(TEMPORARY_PREFIX)
            for track in self._storage.list(tracks)
            for name in self._storage.list(tracks / track)
        )

    def remove(self) -> None:
        """Remove the work folder, and the hidden folder around it when that is empty."""
        if self._storage.exists(self.folder):
            self._storage.remove_tree(self.folder)
        # Not with remove_tree: another job may begin its own work folder at this moment.
        with contextlib.suppress(OSError):
            self.folder.parent.rmdir()

    def _make_work_folder(self) -> None:
        target = self.folder.parent.parent
        for _ in range(_MOST_TRIES):
            try:
                make_below(self._storage, target, self.folder)
            except TargetGone:
                # Unless all is gone, another job ended and took the empty hidden folder away.
                if not self._storage.exists(target):
                    raise
            else:
                return
        make_below(self._storage, target, self.folder)

    def _remove(self, path: Path) -> None:
        if path.is_dir() and not path.is_symlink():
            self._storage.remove_tree(path)
        else:
            self._storage.unlink(path)

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
        try:
            audio = state.format.audio()
        except ValueError:
            return None  # a codec that only a newer version knows
        for relative in (state.path, state.moved_from):
            path = self._plain_file(relative) if relative else None
            if path is not None and digest_of(path) == (state.size_bytes, state.sha256):
                return FetchedFile(
                    path=path,
                    size_bytes=state.size_bytes,
                    sha256=state.sha256,
                    format=audio,
                    duration_s=state.duration_s,
                    preview=state.preview,
                    method=state.method,
                )
        return None

    def _relative(self, path: Path) -> str:
        return Path(os.path.relpath(path, self.folder)).as_posix()

    def _plain_file(self, relative: str) -> Path | None:
        """The file that a state names; None when it is not there, or no business of the job."""
        target = self.folder.parent.parent
        path = Path(os.path.normpath(self.folder / relative))
        try:
            path = inside(target, path.relative_to(target).parts)
            return path if self._storage.exists(path) and not is_special(path) else None
        except (ValueError, StorageError):
            return None

    def _save(self, path: Path, state: attrs.AttrsInstance) -> None:
        content = json.dumps(_converter().unstructure(state), ensure_ascii=False)
        write_atomically(self._storage, path, content.encode("utf-8", "surrogatepass"))

    def _load(self, path: Path, shape: type[T]) -> T | None:
        """What was saved; None when nothing was, or what is there is damaged."""
        import cattrs

        if not self._storage.exists(path) or is_special(path):
            return None
        try:
            return _converter().structure(json.loads(self._storage.read_bytes(path)), shape)
        except (ValueError, TypeError, AttributeError, RecursionError, cattrs.BaseValidationError):
            return None


def make_below(storage: Storage, root: Path, folder: Path) -> None:
    """Make *folder* and its missing parents, all durable, but never *root*.

    Raises:
        TargetGone: *root* is not there: a drive that was unplugged is not to be written anew.
    """
    missing = []
    while folder != root and not storage.exists(folder):
        missing.append(folder)
        folder = folder.parent
    for each in reversed(missing):
        if storage.make_folder(each):
            storage.fsync_folder(each.parent)


@contextlib.contextmanager
def exclusive(locks: Path, folder: Path) -> Iterator[None]:
    """Keep every other process out of *folder* while inside.

    The lock is the kernel's: it ends with the process, however that ends.

    Raises:
        FolderBusy: another process is at work there.
        StorageError: the lock cannot be written.
    """
    import filelock

    # Not Path.resolve: some Pythons raise RuntimeError there for links in a circle.
    real = os.path.realpath(folder)
    digest = hashlib.sha256(real.encode("utf-8", "surrogateescape")).hexdigest()
    lock = filelock.FileLock(locks / f"{digest[:32]}.lock", timeout=0)
    try:
        locks.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock.acquire()
    except filelock.Timeout:
        raise FolderBusy(
            "another orpheus is at work on the same item",
            why=f"it holds the lock of {folder}",
            done="nothing was changed",
        ) from None
    except OSError as error:
        raise storage_error(error, locks) from error
    try:
        yield
    finally:
        lock.release()


@functools.cache
def _converter() -> cattrs.Converter:
    import cattrs

    return cattrs.Converter(forbid_extra_keys=True)
