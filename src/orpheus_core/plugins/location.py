"""Where a plugin's files lie, found without importing any of them."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path

import attrs

from orpheus_core.plugins.discovery import module_of
from orpheus_core.plugins.manifest import FILE_NAME

_MOST_FILES = 500
_MOST_FOLDERS = 500
_CODE = (".py", ".pyd", ".so", FILE_NAME)


@attrs.frozen(kw_only=True)
class Location:
    """Where a plugin lies.

    *manifests* are the places where its manifest may be, the one that counts first; most of
    them do not exist. *code* are the folders of its top-level package (a namespace package has
    several), or the file of a module that is in no package.
    """

    manifests: tuple[str, ...] = ()
    code: tuple[str, ...] = ()


def location_of(value: str, path: Sequence[str] | None = None) -> Location:
    """Return where the entry point *value* leads to; nothing is imported.

    Args:
        path: where packages are looked for; None: wherever Python finds them.
    """
    parts = module_of(value).split(".")
    if not all(parts):
        return Location()
    spec = _spec(parts[0], path)
    if spec is None:
        return Location()
    if spec.submodule_search_locations is None:
        return Location(code=(spec.origin,) if spec.has_location and spec.origin else ())
    folders = tuple(spec.submodule_search_locations)
    manifests = [
        str(Path(folder, *parts[1:end], FILE_NAME))
        for end in range(len(parts), 0, -1)
        for folder in folders
    ]
    return Location(manifests=tuple(manifests), code=folders)


def code_stamp(code: Sequence[str]) -> str:
    """Return a text that changes when a file of *code* is edited, added or removed.

    It is made of names, sizes and times; the first 500 files from the top down count.
    """
    import hashlib  # 5 ms, and seldom needed

    digest = hashlib.blake2b(digest_size=16)
    for _, (name, status) in zip(range(_MOST_FILES), _files(code), strict=False):
        digest.update(f"{name}\0{status.st_mtime_ns}\0{status.st_size}\n".encode(errors="replace"))
    return digest.hexdigest()


def _spec(name: str, path: Sequence[str] | None) -> importlib.machinery.ModuleSpec | None:
    try:
        if path is not None:
            return importlib.machinery.PathFinder.find_spec(name, path)
        return importlib.util.find_spec(name)
    except Exception:  # noqa: BLE001 - finders may be anybody's; what cannot be found is not there
        return None


def _files(code: Sequence[str]) -> Iterator[tuple[str, os.stat_result]]:
    """The files of *code*, sorted inside each folder, those of upper folders first."""
    folders: deque[str] = deque()
    for place in code:
        if os.path.isdir(place):  # noqa: PTH112 - raises nothing where one may not look
            folders.append(place)
        elif (status := _status(place)) is not None:
            yield place, status
    for _ in range(_MOST_FOLDERS):
        if not folders:
            return
        for entry in _entries(folders.popleft()):
            if entry.is_dir(follow_symlinks=False):
                if entry.name != "__pycache__" and not entry.name.startswith("."):
                    folders.append(entry.path)
            elif entry.name.endswith(_CODE) and (status := _status(entry.path)) is not None:
                yield entry.path, status


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:  # gone, or not for this user: then its files do not count
        return []


def _status(file: str) -> os.stat_result | None:
    try:
        return Path(file).stat()
    except OSError:
        return None
