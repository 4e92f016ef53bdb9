"""The files of the index: found whole and one's own, or not at all."""

from __future__ import annotations

import contextlib
import json
import zlib
from pathlib import Path

from orpheus_core.errors import StorageError
from orpheus_core.own_file import read_own_file
from orpheus_core.storage import Storage, write_atomically

LARGEST_BYTES = 16_000_000
_MOST_FILES = 16
_PREFIX, _SUFFIX = "index-", ".json"
_HEAD = '{"checksum": "%08x",\n'


def file_name(environment: object) -> str:
    """Return the name of the file for *environment*; what it holds says so once more."""
    return f"{_PREFIX}{zlib.crc32(json.dumps(environment).encode()):08x}{_SUFFIX}"


def read_index(file: Path) -> object:
    """Return what `write_index` wrote; None when it is damaged, missing or somebody else's."""
    content = read_own_file(file, largest_bytes=LARGEST_BYTES)
    if content is None:
        return None
    head, _, body = content.partition(b"\n")
    if head + b"\n" != (_HEAD % zlib.crc32(body)).encode():
        return None
    try:
        return json.loads(b"{" + body)["index"]
    except (KeyError, RecursionError, TypeError, ValueError):
        return None


def write_index(storage: Storage, file: Path, index: object) -> None:
    """Write *index* for this user alone, and remove the oldest files beyond sixteen.

    A folder that cannot be written is no failure: the next process looks anew, as this one.
    """
    with contextlib.suppress(StorageError):
        storage.make_folders(file.parent)
        write_atomically(storage, file, sealed(index), mode=0o600)
        _keep_newest(storage, file.parent)


def sealed(index: object) -> bytes:
    """Return *index* as JSON with the checksum that shows a file to be whole."""
    body = f'"index": {json.dumps(index)}}}\n'.encode()
    return (_HEAD % zlib.crc32(body)).encode() + body


def _keep_newest(storage: Storage, folder: Path) -> None:
    files = [
        folder / name
        for name in storage.list(folder)
        if name.startswith(_PREFIX) and name.endswith(_SUFFIX)
    ]
    if len(files) <= _MOST_FILES:
        return
    for file in sorted(files, key=_age_rank)[:-_MOST_FILES]:
        with contextlib.suppress(StorageError):  # another process was faster
            storage.unlink(file)


def _age_rank(file: Path) -> int:
    try:
        return file.lstat().st_mtime_ns
    except OSError:
        return 0
