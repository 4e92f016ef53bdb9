"""The files of the index: found whole and one's own, or not at all."""

from __future__ import annotations

import contextlib
import json
import os
import stat
import sys
import zlib
from pathlib import Path

from orpheus_core.errors import StorageError
from orpheus_core.storage import Storage, write_atomically

_LARGEST_BYTES = 16_000_000
_MOST_FILES = 16
_PREFIX, _SUFFIX = "index-", ".json"
_HEAD = '{"checksum": "%08x",\n'
_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


def file_name(environment: object) -> str:
    """Return the name of the file for *environment*; what it holds says so once more."""
    return f"{_PREFIX}{zlib.crc32(json.dumps(environment).encode()):08x}{_SUFFIX}"


def read_index(file: Path) -> object:
    """Return what `write_index` wrote; None when it is damaged, missing or somebody else's."""
    content = _own_bytes(file)
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


def _own_bytes(file: Path) -> bytes | None:
    """The content of *file*, if it is a file of this user that nobody else can write."""
    if not hasattr(os, "O_NOFOLLOW") and file.is_symlink():
        return None
    flags = os.O_RDONLY  # and a pipe that somebody put in its place must not hold us
    for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"):
        flags |= getattr(os, name, 0)
    try:
        descriptor = os.open(file, flags)
    except OSError:
        return None
    try:
        status = os.fstat(descriptor)
        if not _is_own(status) or status.st_size > _LARGEST_BYTES:
            return None
        with open(descriptor, "rb", closefd=False) as opened:
            return opened.read(_LARGEST_BYTES)
    except OSError:
        return None
    finally:
        os.close(descriptor)


def _is_own(status: os.stat_result) -> bool:
    if not stat.S_ISREG(status.st_mode):
        return False
    if sys.platform == "win32":  # there, the folder's rights say who may
        return True
    return status.st_uid == os.getuid() and not status.st_mode & _WRITABLE_BY_OTHERS


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
