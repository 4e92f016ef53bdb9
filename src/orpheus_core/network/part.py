"""A file on its way: its bytes, their digests, and a journal to go on by after a crash."""

from __future__ import annotations

import collections
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from orpheus_core.clock import Clock
from orpheus_core.network.ranges import OVERLAP_BYTES, Version
from orpheus_core.storage import Storage, WritableFile, write_atomically

_SCHEMA = "orpheus.part/1"
_SYNC_BYTES = 8 * 1024 * 1024
_SYNC_S = 5.0
_READ_BYTES = 1 << 20
_FIRST_SYNC_BYTES = 16_384


class Part:
    """The bytes of a file that have come so far.

    Beside the file at *path* stands its journal, ``PATH.json``: which file it is, and how
    many of its bytes survive a power cut. It is written after those bytes were fsynced, so
    it never promises too much.

    Args:
        algorithms: digests that are computed besides SHA-256, by hashlib's names.

    Attributes:
        size_bytes: how much is there.
        version: which file it is of; None as long as nothing is known.
    """

    def __init__(
        self, path: Path, storage: Storage, clock: Clock, algorithms: Iterable[str] = ()
    ) -> None:
        self.size_bytes = 0
        self.version: Version | None = None
        self._path = path
        self._journal = path.with_name(f"{path.name}.json")
        self._storage = storage
        self._clock = clock
        self._algorithms = ("sha256", *algorithms)
        self._file: WritableFile | None = None
        self._forget_bytes()

    def restore(self) -> None:
        """Take up what an earlier run left, as far as its journal vouches for it."""
        if not (self._storage.exists(self._journal) and self._storage.exists(self._path)):
            return
        version, durable_bytes = _read_journal(self._storage.read_bytes(self._journal))
        if version is None:
            return
        while self.size_bytes < durable_bytes:
            step = min(_READ_BYTES, durable_bytes - self.size_bytes)
            chunk = self._storage.read_bytes(self._path, at=self.size_bytes, size_bytes=step)
            if not chunk:
                # Shorter than its journal says: not to be trusted.
                self._forget_bytes()
                return
            self._count(chunk)
        self.version = version
        self._durable_bytes = self.size_bytes

    def begin(self, version: Version) -> None:
        """Begin anew, with nothing of what is there, as a file of *version*."""
        self.close()
        self._forget_bytes()
        if self._storage.exists(self._journal):
            # Before the bytes it vouches for are gone.
            self._storage.unlink(self._journal)
            self._storage.fsync_folder(self._path.parent)
        self.version = version

    def write(self, data: bytes) -> None:
        """Append *data*; from time to time all there is becomes durable."""
        if self._file is None:
            self._file = self._storage.resume(self._path, at=self.size_bytes)
        self._file.write(data)
        self._count(data)
        new_bytes = self.size_bytes - self._durable_bytes
        # A young file is saved each time it has grown to four times its size: of a small file
        # something is kept as well, and a large one does not wait for the disk too often.
        often = max(_FIRST_SYNC_BYTES, min(_SYNC_BYTES, 3 * self._durable_bytes))
        if new_bytes >= often or self._clock.monotonic() - self._synced_s >= _SYNC_S:
            self.save()

    def save(self) -> None:
        """Make all there is durable, and then the journal that says so."""
        if self._file is None or self.version is None or self.size_bytes == self._durable_bytes:
            return
        self._file.fsync()
        version = self.version
        journal = {
            "schema": _SCHEMA,
            "url": version.url,
            "etag": version.etag,
            "stable_id": version.stable_id,
            "size_bytes": version.size_bytes,
            "durable_bytes": self.size_bytes,
        }
        write_atomically(self._storage, self._journal, json.dumps(journal).encode(), mode=0o600)
        self._durable_bytes, self._synced_s = self.size_bytes, self._clock.monotonic()

    def close(self) -> None:
        """Close the file as it is."""
        file, self._file = self._file, None
        if file is not None:
            file.close()

    def finish(self) -> None:
        """Make the whole file durable and remove the journal: nothing is left to go on with."""
        if self._file is not None:
            self._file.fsync()
        self.close()
        self._storage.fsync_folder(self._path.parent)
        if self._storage.exists(self._journal):
            self._storage.unlink(self._journal)

    def digest(self, algorithm: str) -> str | None:
        """The hex digest of what is there, or None when it is not computed."""
        hasher = self._hashers.get(algorithm)
        return hasher.hexdigest() if hasher else None

    def ends_with(self, data: bytes, *, before: int) -> bool:
        """Whether *data* are the bytes that end *before* bytes ahead of the end."""
        tail = b"".join(self._tail)
        end = len(tail) - before
        return end >= len(data) and tail[end - len(data) : end] == data

    def _count(self, data: bytes) -> None:
        for hasher in self._hashers.values():
            hasher.update(data)
        self.size_bytes += len(data)
        self._tail.append(data[-OVERLAP_BYTES:])
        self._tail_bytes += len(self._tail[-1])
        while self._tail_bytes - len(self._tail[0]) >= OVERLAP_BYTES:
            self._tail_bytes -= len(self._tail.popleft())

    def _forget_bytes(self) -> None:
        self.size_bytes = 0
        self._durable_bytes = 0
        self._synced_s = self._clock.monotonic()
        self._hashers = {
            name: hashlib.new(name, usedforsecurity=False) for name in self._algorithms
        }
        self._tail: collections.deque[bytes] = collections.deque()
        self._tail_bytes = 0


def _read_journal(content: bytes) -> tuple[Version | None, int]:
    """What a journal says; a damaged one, or one of another form, says nothing."""
    try:
        journal: object = json.loads(content)
    except (ValueError, RecursionError):
        return None, 0
    match journal:
        case {
            "schema": schema,
            "url": str(url),
            "etag": str() | None as etag,
            "stable_id": str() | None as stable_id,
            "size_bytes": int() | None as size_bytes,
            "durable_bytes": int(durable_bytes),
        } if schema == _SCHEMA and durable_bytes > 0:
            version = Version(url=url, etag=etag, stable_id=stable_id, size_bytes=size_bytes)
            return version, durable_bytes
    return None, 0
