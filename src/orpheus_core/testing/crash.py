"""Power cuts, tried one by one: a `Storage` that knows what it would keep.

A test that kills the process proves nothing about a power cut: the system still writes what
it had in memory. `CrashStorage` keeps a tree of files twice, as the program sees it and as the
disk has it, and `crash_states` lists what may be found when the power comes back:

- of a file, what was not fsynced: any part of it from the front, zeros where some of it would
  be, old bytes where it was cut and written anew;
- of a folder, what was not fsynced: any selection of the names that came, went and moved. A
  rename is one step, as journalling file systems make it, and stays undone until the folder
  that it led into is fsynced.

`check_crashes` runs a writer and shows each such state to a check, on the real disk.
Whatever writes something that must last is to be put through it, and through the failing disk
of `orpheus_core.testing.torture`.
"""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from orpheus_core.errors import NoPermission, StorageError
from orpheus_core.storage import Storage, WritableFile, storage_error, too_short
from orpheus_core.testing.crash_model import (
    CrashState,
    Entry,
    File,
    Folder,
    Names,
    Node,
    possible_trees,
)

ROOT = Path("/orpheus-crash-test")
"""Where a `CrashStorage` begins, unless told otherwise. Nothing of that name is on the disk."""


class CrashStorage(Storage):
    """A tree of files in memory, below *root*, that knows what a power cut would leave.

    Attributes:
        operations: what was done to the disk so far, in words.
        before_each: called before each operation: the moment in which power cuts are tried.
    """

    def __init__(self, root: Path = ROOT) -> None:
        self.root = root
        self.operations: list[str] = []
        self.before_each: Callable[[], None] = lambda: None
        self._lock = threading.RLock()
        self._top = Folder()
        self._seen: Names = {}
        self._on_disk: Names = {}
        self._pending: list[Entry] = []

    def create(self, path: Path, *, mode: int = 0o644) -> WritableFile:
        with self._operation(f"create {path.name}"):
            if self._get(path) is not None:
                raise _refusal(errno.EEXIST, path)
            return _CrashFile(self._operation, self._new_file(path, mode), path)

    def resume(self, path: Path, *, at: int, mode: int = 0o644) -> WritableFile:
        with self._operation(f"resume {path.name} at {at}"):
            file = self._get(path) if at == 0 else self._need(path)
            if file is None:
                file = self._new_file(path, mode)
            if not isinstance(file, File):
                raise _refusal(errno.EISDIR, path)
            if len(file.content) < at:
                raise too_short(path, len(file.content), at)
            file.cut(at)
            return _CrashFile(self._operation, file, path)

    def rename(self, source: Path, target: Path) -> None:
        with self._operation(f"rename {source.name} to {target.name}"):
            node, replaced = self._need(source), self._get(target)
            if isinstance(node, Folder) and replaced is not None:
                raise _refusal(errno.EEXIST, target)
            if isinstance(node, Folder) and target.is_relative_to(source):
                raise _refusal(errno.EINVAL, target)
            if isinstance(replaced, Folder):
                raise _refusal(errno.EISDIR, target)
            self._record(target, node, came=True)

    def unlink(self, path: Path) -> None:
        with self._operation(f"unlink {path.name}"):
            if isinstance(node := self._need(path), Folder):
                raise _refusal(errno.EISDIR, path)
            self._record(path, node, came=False)

    def remove_tree(self, path: Path) -> None:
        for name in self.list(path):
            child = path / name
            if isinstance(self._need(child), Folder):
                self.remove_tree(child)
            else:
                self.unlink(child)
        with self._operation(f"remove folder {path.name}"):
            self._record(path, self._need(path), came=False)

    def make_folder(self, path: Path) -> bool:
        with self._operation(f"make folder {path.name}"):
            node = self._get(path)
            if isinstance(node, File):
                raise _refusal(errno.EEXIST, path)
            if node is None:
                self._record(path, Folder(), came=True)
            return node is None

    def fsync_folder(self, path: Path) -> None:
        with self._operation(f"fsync folder {path.name}"):
            folder = self._need_folder(path)
            last: dict[Node, int] = {}
            for number, entry in enumerate(self._pending):
                if entry.folder is folder:
                    entry.apply(self._on_disk)
                    last[entry.node] = number
            # What is settled about a node settles where it came from as well.
            self._pending = [
                entry
                for number, entry in enumerate(self._pending)
                if entry.folder is not folder and number > last.get(entry.node, -1)
            ]

    def read_bytes(self, path: Path, *, at: int = 0, size_bytes: int | None = None) -> bytes:
        with self._lock:
            if isinstance(node := self._need(path), Folder):
                raise _refusal(errno.EISDIR, path)
            return bytes(node.content[at : None if size_bytes is None else at + size_bytes])

    def exists(self, path: Path) -> bool:
        with self._lock:
            with contextlib.suppress(NoPermission):
                return path in self.root.parents or self._find(path) is not None
            return False

    def list(self, path: Path) -> tuple[str, ...]:
        with self._lock:
            folder = self._need_folder(path)
            return tuple(sorted(name for parent, name in self._seen if parent is folder))

    def settle(self) -> None:
        """Make all there is durable, as an hour of quiet would."""
        with self._lock:
            self._on_disk = dict(self._seen)
            self._pending.clear()
            for node in self._seen.values():
                if isinstance(node, File):
                    node.sync()

    def crash_states(self, limit: int = 200) -> Iterator[CrashState]:
        """Yield each tree that a power cut at this moment may leave, each once.

        With more than *limit* combinations, these: nothing and everything reached the disk, one
        thing at a time different from that, the names in their order up to each, and as many
        others as *limit* says, the same in every run.
        """
        with self._lock:
            yield from possible_trees(self._top, self._on_disk, self._pending, limit)

    @contextlib.contextmanager
    def _operation(self, words: str) -> Iterator[None]:
        with self._lock:
            self.before_each()
            yield
            self.operations.append(words)

    def _record(self, path: Path, node: Node, *, came: bool) -> None:
        entry = Entry(self._need_folder(path.parent), path.name, node, came)
        entry.apply(self._seen)
        self._pending.append(entry)

    def _new_file(self, path: Path, mode: int) -> File:
        file = File(mode)
        self._record(path, file, came=True)
        return file

    def _find(self, path: Path) -> Node | None:
        found: Node = self._top
        for part in path.relative_to(self.root).parts:
            if isinstance(found, File):
                raise _refusal(errno.ENOTDIR, path)
            node = self._seen.get((found, part))
            if node is None:
                return None
            found = node
        return found

    def _get(self, path: Path) -> Node | None:
        """What has this name, or None when it is free to be taken."""
        node = self._find(path)
        if node is None:
            self._need_folder(path.parent)
        return node

    def _need(self, path: Path) -> Node:
        if (node := self._find(path)) is None:
            raise _refusal(errno.ENOENT, path)
        return node

    def _need_folder(self, path: Path) -> Folder:
        if not isinstance(node := self._need(path), Folder):
            raise _refusal(errno.ENOTDIR, path)
        return node


class _CrashFile(WritableFile):
    def __init__(
        self,
        operation: Callable[[str], contextlib.AbstractContextManager[None]],
        file: File,
        path: Path,
    ) -> None:
        self._operation = operation
        self._file = file
        self._path = path
        self._is_closed = False

    def write(self, data: bytes | memoryview) -> None:
        with self._step(f"write {len(data)} bytes to"):
            self._file.append(data)

    def fsync(self) -> None:
        with self._step("fsync"):
            self._file.sync()

    def tell(self) -> int:
        return len(self._file.content)

    def close(self) -> None:
        self._is_closed = True

    def _step(self, words: str) -> contextlib.AbstractContextManager[None]:
        if self._is_closed:
            raise _refusal(errno.EBADF, self._path)
        return self._operation(f"{words} {self._path.name}")


def check_crashes(
    action: Callable[[Storage, Path], None],
    check: Callable[[Path], None],
    *,
    setup: Callable[[Storage, Path], None] | None = None,
    limit: int = 200,
) -> int:
    """Cut the power before each operation of *action* and after the last; return how often.

    Each state that a cut may leave is laid out in a folder of the real disk, which *check* is
    given to open with the real code; it raises (an assert will do) when a promise is broken.
    It runs between the operations, so what *action* noted as acknowledged in a variable that
    both see is what must have survived.

    Args:
        action: writes below the given root, through the given storage only.
        check: looks at what was found when the power came back.
        setup: makes what is there, and durable, before.
        limit: see `CrashStorage.crash_states`.
    """
    storage = CrashStorage()
    if setup is not None:
        setup(storage, storage.root)
        storage.settle()
        storage.operations.clear()
    cuts = 0
    failures: list[Exception] = []

    def cut_power() -> None:
        nonlocal cuts
        if failures:
            return
        for state in storage.crash_states(limit):
            cuts += 1
            with tempfile.TemporaryDirectory(prefix="orpheus-crash-") as folder:
                state.write_to(Path(folder))
                try:
                    check(Path(folder))
                # Raised through *action*, it might be taken for one of the errors it handles.
                except Exception as error:  # noqa: BLE001
                    error.add_note(
                        f"power cut after: {', '.join(storage.operations) or 'nothing'}\n"
                        f"found:\n{state.describe() or '  nothing'}"
                    )
                    failures.append(error)
                    return

    storage.before_each = cut_power
    try:
        action(storage, storage.root)
        cut_power()
    finally:
        if failures:
            raise failures[0]
    return cuts


def _refusal(number: int, path: Path) -> StorageError:
    return storage_error(OSError(number, os.strerror(number)), path)
