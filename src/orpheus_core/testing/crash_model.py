"""What a power cut may leave of files and folders: the model behind `CrashStorage`."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

import attrs


@attrs.define(eq=False)
class Folder:
    """A folder; who is in it is said by `Names`."""


@attrs.define(eq=False)
class File:
    """A file as the program sees it and as the disk has it."""

    mode: int
    content: bytearray = attrs.field(factory=bytearray)
    on_disk: bytes = b""
    untouched: int = 0
    """How many bytes at the front are the same in both since the last fsync."""
    last_write_at: int = 0

    def sync(self) -> None:
        self.on_disk = bytes(self.content)
        self.untouched = self.last_write_at = len(self.on_disk)

    def cut(self, at: int) -> None:
        del self.content[at:]
        self.untouched = min(self.untouched, at)
        self.last_write_at = at

    def append(self, data: bytes | memoryview) -> None:
        self.last_write_at = len(self.content)
        self.content += data

    def possible(self) -> list[bytes]:
        """What the disk may hold: nothing that is new first, all of it last."""
        old, new, kept = self.on_disk, bytes(self.content), self.untouched
        end, last = len(new), self.last_write_at
        between: list[bytes] = []
        for cut in (kept, kept + 1, (kept + end) // 2, last, (last + end) // 2, end - 1, end):
            start = new[: max(kept, cut)]
            zeros_after = start + bytes(end - len(start))
            zeros_before = new[:kept] + bytes(len(start) - kept) + new[len(start) :]
            between += [start, zeros_after, zeros_before, start + old[len(start) :]]
        return list(dict.fromkeys([old, *(one for one in between if one != new), new]))


Node = Folder | File
Name = tuple[Folder, str]
Names = dict[Name, Node]


@attrs.frozen(eq=False)
class Entry:
    """A name that came (by `create`, `make_folder`, `rename`) or went, and of what."""

    folder: Folder
    name: str
    node: Node
    came: bool

    def apply(self, names: Names) -> None:
        if not self.came:
            if names.get((self.folder, self.name)) is self.node:
                del names[self.folder, self.name]
            return
        for key in [key for key, node in names.items() if node is self.node]:
            del names[key]
        names[self.folder, self.name] = self.node


@attrs.frozen
class SavedFile:
    """A file as it was found when the power came back."""

    content: bytes
    mode: int


@attrs.frozen
class CrashState:
    """A tree that a power cut may leave: paths below the root, None for a folder."""

    tree: Mapping[PurePosixPath, SavedFile | None]

    def write_to(self, root: Path) -> None:
        """Make this tree in the real, empty folder *root*."""
        for path, found in sorted(self.tree.items()):
            if found is None:
                root.joinpath(path).mkdir()
            else:
                root.joinpath(path).write_bytes(found.content)
                root.joinpath(path).chmod(found.mode)

    def describe(self) -> str:
        """One line for each path: its size and first bytes, or that it is a folder."""
        return "\n".join(
            f"  {path}/"
            if found is None
            else f"  {path} {len(found.content)} {found.content[:40]!r}"
            for path, found in sorted(self.tree.items())
        )


def possible_trees(
    top: Folder, on_disk: Names, pending: Sequence[Entry], limit: int
) -> Iterator[CrashState]:
    """Yield each tree that may be found, once; `CrashStorage.crash_states` says which."""
    nodes = dict.fromkeys([*on_disk.values(), *(entry.node for entry in pending)])
    files = [node for node in nodes if isinstance(node, File)]
    contents = [file.possible() for file in files]
    sizes = [2] * len(pending) + [len(content) for content in contents]
    seen: set[frozenset[tuple[PurePosixPath, SavedFile | None]]] = set()
    for picks in _combinations(sizes, len(pending), limit):
        names = dict(on_disk)
        for entry, pick in zip(pending, picks, strict=False):
            if pick:
                entry.apply(names)
        found = {
            file: SavedFile(content[pick], file.mode)
            for file, content, pick in zip(files, contents, picks[len(pending) :], strict=True)
        }
        tree = dict(_walk(top, PurePosixPath(), names, found))
        if (key := frozenset(tree.items())) not in seen:
            seen.add(key)
            yield CrashState(tree)


def _combinations(sizes: list[int], names: int, limit: int) -> Iterator[tuple[int, ...]]:
    """Picks below each of *sizes*, of which the first *names* happened in this order."""
    if math.prod(sizes) <= limit:
        yield from itertools.product(*map(range, sizes))
        return
    nothing = tuple(0 for _ in sizes)
    everything = tuple(size - 1 for size in sizes)
    for start in (nothing, everything):
        for place, size in enumerate(sizes):
            for pick in range(size):
                yield (*start[:place], pick, *start[place + 1 :])
        for count in range(names):
            yield (*everything[:count], *nothing[count:names], *start[names:])
    chance = random.Random(0)  # noqa: S311 - a fixed choice, no secret
    for _ in range(limit):
        yield tuple(chance.randrange(size) for size in sizes)


def _walk(
    folder: Folder, path: PurePosixPath, names: Names, files: Mapping[File, SavedFile]
) -> Iterator[tuple[PurePosixPath, SavedFile | None]]:
    for (parent, name), node in names.items():
        if parent is folder:
            if isinstance(node, File):
                yield path / name, files[node]
            else:
                yield path / name, None
                yield from _walk(node, path / name, names, files)
