"""The one way to write what must last, and the one place where an OSError gets its name.

What a power cut leaves is decided by three calls: `fsync` of a file keeps its bytes, a
rename swaps a name in one step, `fsync` of a folder keeps the names in it. Every durable
write goes through `Storage`, so that `orpheus_core.testing.crash` can try each state that
lies between those calls. Whole files are replaced with `write_atomically`.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from orpheus_core.clock import Clock, SystemClock
from orpheus_core.errors import (
    DiskFailing,
    DiskFull,
    FileInUse,
    FileTooLarge,
    NameTooLong,
    NoPermission,
    StorageError,
    StorageFailed,
    SymlinkInPath,
    TargetGone,
)

TEMPORARY_PREFIX = ".orpheus-tmp-"
"""How the names of temporary files begin; whatever a crash left under it may be removed."""


class WritableFile(Protocol):
    """A file that grows at its end, until it is closed."""

    def write(self, data: bytes | memoryview) -> None:
        """Append all of *data*."""

    def fsync(self) -> None:
        """Return when every byte written so far survives a power cut.

        After a failure the file is lost for good: the system may have dropped the bytes
        that it could not write, and would call a second try a success.
        """

    def tell(self) -> int:
        """The file's length in bytes."""

    def close(self) -> None:
        """Give the file back. May report what the disk refused late; twice is fine."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self.close()
        except StorageError as failure:
            if error is None:
                raise
            error.add_note(f"closing failed as well: {failure.title}")


class Storage(Protocol):
    """What a part that writes is given. Every failure is a leaf of `StorageError`."""

    def create(self, path: Path, *, mode: int = 0o644) -> WritableFile:
        """Open a new file; a name that is taken, be it by a link, is an error."""

    def resume(self, path: Path, *, at: int, mode: int = 0o644) -> WritableFile:
        """Open a file, cut it to *at* bytes and go on there; at 0 a missing one is created.

        Raises:
            SymlinkInPath: *path* is a symbolic link.
            TargetGone: there is no such file, and *at* is not 0.
            StorageFailed: the file holds fewer than *at* bytes; it stays as it was.
        """

    def rename(self, source: Path, target: Path) -> None:
        """Move a file, replacing *target*, or a folder, whose *target* must not exist.

        One step for whoever looks, durable after `fsync_folder` of the target's parent.
        """

    def unlink(self, path: Path) -> None:
        """Remove a file or a link."""

    def remove_tree(self, path: Path) -> None:
        """Remove a folder and all in it; links in it are removed, not followed."""

    def make_folder(self, path: Path) -> bool:
        """Make one folder; False when it is there already."""

    def make_folders(self, path: Path) -> None:
        """Make a folder and its missing parents, all durable on return."""
        missing = [path]
        while (parent := missing[-1].parent) != missing[-1] and not self.exists(parent):
            missing.append(parent)
        for folder in reversed(missing):
            if self.make_folder(folder):
                self.fsync_folder(folder.parent)

    def fsync_folder(self, path: Path) -> None:
        """Return when the names in this folder survive a power cut. No-op on Windows."""

    def read_bytes(self, path: Path, *, at: int = 0, size_bytes: int | None = None) -> bytes:
        """The content of a file from *at* on: all of it, or *size_bytes* at most."""

    def exists(self, path: Path) -> bool:
        """Whether the name is taken, be it by a link that leads nowhere."""

    def list(self, path: Path) -> tuple[str, ...]:
        """The names in a folder, sorted."""


def write_atomically(storage: Storage, path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Replace the content of *path*: old or new at every moment, new and durable on return.

    *mode* holds from the first byte on. The folder must exist. After a failure the temporary
    file is gone and *path* is as it was; only a failing fsync of the folder may come after
    the new content took its place. A stage takes the *storage* of its context.

    Raises:
        StorageError: it cannot be written.
    """
    # The name does not come from the target's: that one may be 255 bytes long already.
    temporary = path.with_name(f"{TEMPORARY_PREFIX}{os.urandom(8).hex()}")
    file = storage.create(temporary, mode=mode)
    try:
        with file:
            file.write(data)
            file.fsync()
        storage.rename(temporary, path)
    except BaseException as error:
        try:
            storage.unlink(temporary)
        except StorageError as failure:
            error.add_note(f"{temporary} was left behind: {failure.title}")
        if isinstance(error, StorageError):
            # A person knows the file that was to be written, not what stood in for it.
            error.title = error.title.replace(str(temporary), str(path))
            error.args = (error.title,)
        raise
    storage.fsync_folder(path.parent)


def free_bytes(path: Path) -> int:
    """The bytes that this user may still write to the disk of *path*, which need not exist."""
    import shutil

    with _classified(path):
        while not path.exists() and path != path.parent:
            path = path.parent
        return shutil.disk_usage(path).free


# --- the real disk ---------------------------------------------------------------------

_SYNC_NOT_OFFERED = frozenset({errno.EINVAL, errno.ENOTTY, errno.ENOTSUP, errno.EOPNOTSUPP})

# ERROR_ACCESS_DENIED, ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION: a virus scanner or an
# indexer holds the file for a moment.
_HELD_FOR_A_MOMENT = frozenset({5, 32, 33})
_RENAME_WAITS_S = (0.05, 0.1, 0.2, 0.4, 0.8, 0.95)


class DiskFile(WritableFile):
    """A file of the real disk."""

    def __init__(self, descriptor: int, path: Path, length: int) -> None:
        self._descriptor = descriptor
        self._path = path
        self._length = length
        self._sync_failure: OSError | None = None

    def write(self, data: bytes | memoryview) -> None:
        rest = memoryview(data).cast("B")
        with _classified(self._path):
            while rest:
                written = os.write(self._descriptor, rest)
                self._length += written
                rest = rest[written:]

    def fsync(self) -> None:
        with _classified(self._path):
            if self._sync_failure is not None:
                raise self._sync_failure
            try:
                _sync(self._descriptor)
            except OSError as error:
                self._sync_failure = error
                raise

    def tell(self) -> int:
        return self._length

    def close(self) -> None:
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            with _classified(self._path):
                os.close(descriptor)


class DiskStorage(Storage):
    """The real disk. *clock* is what a rename waits on while Windows holds the file."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()

    def create(self, path: Path, *, mode: int = 0o644) -> DiskFile:
        with _classified(path):
            return DiskFile(_open(path, os.O_CREAT | os.O_EXCL, mode), path, 0)

    def resume(self, path: Path, *, at: int, mode: int = 0o644) -> DiskFile:
        with _classified(path), contextlib.ExitStack() as undo:
            descriptor = _open(path, os.O_CREAT if at == 0 else 0, mode)
            undo.callback(os.close, descriptor)
            size_bytes = os.fstat(descriptor).st_size
            if size_bytes < at:
                raise too_short(path, size_bytes, at)
            if size_bytes > at:
                os.ftruncate(descriptor, at)
            os.lseek(descriptor, at, os.SEEK_SET)
            undo.pop_all()
            return DiskFile(descriptor, path, at)

    def rename(self, source: Path, target: Path) -> None:
        for wait_s in (*_RENAME_WAITS_S, None):
            try:
                # POSIX would replace an empty folder without a word.
                if stat.S_ISDIR(source.lstat().st_mode) and os.path.lexists(target):
                    raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
                source.replace(target)
            except OSError as error:
                if wait_s is None or _windows_code(error) not in _HELD_FOR_A_MOMENT:
                    culprit = target if os.path.lexists(source) else source
                    raise storage_error(error, culprit) from error
                self._clock.sleep(wait_s)
            else:
                return

    def unlink(self, path: Path) -> None:
        with _classified(path):
            path.unlink()

    def remove_tree(self, path: Path) -> None:
        import shutil

        with _classified(path):
            shutil.rmtree(path)

    def make_folder(self, path: Path) -> bool:
        with _classified(path):
            try:
                path.mkdir()
            except FileExistsError:
                if not path.is_dir():
                    raise
                return False
            return True

    def fsync_folder(self, path: Path) -> None:
        if sys.platform == "win32":
            return
        with _classified(path):
            descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
            try:
                _sync(descriptor)
            except OSError as error:
                # Some network and FUSE file systems offer no fsync of folders; nothing is lost
                # that they would have kept.
                if error.errno not in _SYNC_NOT_OFFERED:
                    raise
            finally:
                os.close(descriptor)

    def read_bytes(self, path: Path, *, at: int = 0, size_bytes: int | None = None) -> bytes:
        with _classified(path), path.open("rb") as file:
            file.seek(at)
            return file.read(-1 if size_bytes is None else size_bytes)

    def exists(self, path: Path) -> bool:
        with _classified(path):
            try:
                path.lstat()
            except (FileNotFoundError, NotADirectoryError):
                return False
            return True

    def list(self, path: Path) -> tuple[str, ...]:
        with _classified(path):
            return tuple(sorted(entry.name for entry in path.iterdir()))


def _open(path: Path, flags: int, mode: int) -> int:
    """Open for writing, following no link in the last place; the child processes get nothing."""
    if not hasattr(os, "O_NOFOLLOW") and path.is_symlink():
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    flags |= os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    return os.open(path, flags, mode)


def _sync(descriptor: int) -> None:
    if sys.platform == "darwin":
        import fcntl

        # On macOS fsync stops at the drive's own memory.
        try:
            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
        except OSError as error:
            if error.errno not in _SYNC_NOT_OFFERED:
                raise
        else:
            return
    os.fsync(descriptor)


# --- from OSError to our tree ----------------------------------------------------------

_IN_ITS_PLACE = "remove what is in its place, or choose another folder with --to"

_BY_ERRNO: dict[int, tuple[type[StorageError], str, str]] = {
    errno.ENOSPC: (DiskFull, "no space is left on this disk", ""),
    errno.EDQUOT: (DiskFull, "this user's share of the disk is used up", ""),
    errno.EFBIG: (FileTooLarge, "no file may be this large here", ""),
    errno.EACCES: (NoPermission, "this user has no permission for it", ""),
    errno.EPERM: (NoPermission, "this user has no permission for it", ""),
    errno.EROFS: (NoPermission, "the file system is read-only", ""),
    errno.EEXIST: (NoPermission, "something has this name already", _IN_ITS_PLACE),
    errno.ENOTEMPTY: (NoPermission, "something has this name already", _IN_ITS_PLACE),
    errno.ENOTDIR: (NoPermission, "a file is where a folder should be", _IN_ITS_PLACE),
    errno.EISDIR: (NoPermission, "a folder is where a file should be", _IN_ITS_PLACE),
    errno.ENAMETOOLONG: (NameTooLong, "the name is longer than the system allows", ""),
    errno.ENOENT: (TargetGone, "it is not there", ""),
    errno.ESTALE: (TargetGone, "the share that held it went away", ""),
    errno.ENODEV: (TargetGone, "the drive that held it went away", ""),
    errno.EIO: (DiskFailing, "the disk reports errors", ""),
    errno.ELOOP: (SymlinkInPath, "a symbolic link is in the way", ""),
}

# ERROR_NOT_READY, _SHARING_VIOLATION, _LOCK_VIOLATION, _HANDLE_DISK_FULL, _DISK_FULL,
# _FILENAME_EXCED_RANGE, _IO_DEVICE: the errno that Python gives them says less, or another thing.
_BY_WINDOWS_CODE: dict[int, tuple[type[StorageError], str, str]] = {
    21: (TargetGone, "the drive that held it went away", ""),
    32: (FileInUse, "another program has it open", ""),
    33: (FileInUse, "another program has it locked", ""),
    39: _BY_ERRNO[errno.ENOSPC],
    112: _BY_ERRNO[errno.ENOSPC],
    206: _BY_ERRNO[errno.ENAMETOOLONG],
    1117: _BY_ERRNO[errno.EIO],
}


def storage_error(error: OSError, path: Path) -> StorageError:
    """The leaf that says what the system's *error* on *path* means; raise it ``from`` error."""
    number = error.errno or 0
    unknown = (StorageFailed, "the system refused", "")
    leaf, reason, next_step = _BY_WINDOWS_CODE.get(
        _windows_code(error), _BY_ERRNO.get(number, unknown)
    )
    word = errno.errorcode.get(number, str(number))
    return leaf(
        f"{path}: {reason}",
        why=f"the system says: {error.strerror or error} ({word})",
        next_step=next_step,
        evidence={"path": str(path), "errno": word},
    )


def too_short(path: Path, size_bytes: int, at: int) -> StorageError:
    """The error for going on at a byte that the file does not have: never fill with zeros."""
    return StorageFailed(
        f"{path}: holds {size_bytes} bytes, so nothing can go on at byte {at}",
        evidence={"path": str(path), "size_bytes": size_bytes, "at": at},
    )


@contextlib.contextmanager
def _classified(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise storage_error(error, path) from error


def _windows_code(error: OSError) -> int:
    """`OSError.winerror`, or 0: the attribute exists on Windows only."""
    code: object = getattr(error, "winerror", None)
    return code if isinstance(code, int) else 0
