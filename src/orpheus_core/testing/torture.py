"""Disks that fail, tried call by call: each error that a disk may give, at each call."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from orpheus_core.errors import StorageError
from orpheus_core.storage import Storage, WritableFile, storage_error


class FaultyStorage(Storage):
    """Passes all on to *inner*, but the call number *fail_at* fails with *error*.

    Calls of the storage and of its files count alike, from 1; 0 lets all of them pass. A
    write that fails has written half. A file whose fsync failed stays failed. A close that
    fails has closed. Storages may be put into each other to fail more than once.

    Attributes:
        calls: how many calls there were so far.
    """

    def __init__(self, inner: Storage, fail_at: int, error: OSError) -> None:
        self.calls = 0
        self._inner = inner
        self._fail_at = fail_at
        self._error = error
        self._lock = threading.Lock()

    def create(self, path: Path, *, mode: int = 0o644) -> WritableFile:
        self._call(path)
        return _FaultyFile(self._inner.create(path, mode=mode), self._count, path)

    def resume(self, path: Path, *, at: int, mode: int = 0o644) -> WritableFile:
        self._call(path)
        return _FaultyFile(self._inner.resume(path, at=at, mode=mode), self._count, path)

    def rename(self, source: Path, target: Path) -> None:
        self._call(target)
        self._inner.rename(source, target)

    def unlink(self, path: Path) -> None:
        self._call(path)
        self._inner.unlink(path)

    def remove_tree(self, path: Path) -> None:
        self._call(path)
        self._inner.remove_tree(path)

    def make_folder(self, path: Path) -> bool:
        self._call(path)
        return self._inner.make_folder(path)

    def fsync_folder(self, path: Path) -> None:
        self._call(path)
        self._inner.fsync_folder(path)

    def read_bytes(self, path: Path, *, at: int = 0, size_bytes: int | None = None) -> bytes:
        self._call(path)
        return self._inner.read_bytes(path, at=at, size_bytes=size_bytes)

    def exists(self, path: Path) -> bool:
        self._call(path)
        return self._inner.exists(path)

    def list(self, path: Path) -> tuple[str, ...]:
        self._call(path)
        return self._inner.list(path)

    def _call(self, path: Path) -> None:
        if (error := self._count(path)) is not None:
            raise error

    def _count(self, path: Path) -> StorageError | None:
        """Count one call; what it fails with, if it is the one."""
        with self._lock:
            self.calls += 1
            return storage_error(self._error, path) if self.calls == self._fail_at else None


class _FaultyFile(WritableFile):
    def __init__(
        self, inner: WritableFile, count: Callable[[Path], StorageError | None], path: Path
    ) -> None:
        self._inner = inner
        self._count = count
        self._path = path
        self._sync_failure: StorageError | None = None

    def write(self, data: bytes | memoryview) -> None:
        if (error := self._count(self._path)) is not None:
            self._inner.write(data[: len(data) // 2])
            raise error
        self._inner.write(data)

    def fsync(self) -> None:
        self._sync_failure = self._count(self._path) or self._sync_failure
        if self._sync_failure is not None:
            raise self._sync_failure
        self._inner.fsync()

    def tell(self) -> int:
        return self._inner.tell()

    def close(self) -> None:
        error = self._count(self._path)
        self._inner.close()
        if error is not None:
            raise error


def count_calls(inner: Storage, action: Callable[[Storage], None]) -> int:
    """How many calls *action* makes when all goes well: each of them is one that may fail."""
    counter = FaultyStorage(inner, 0, OSError())
    action(counter)
    return counter.calls
