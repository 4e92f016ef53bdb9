"""Reading files whose names may have been planted: whether one is plain, and what is in it."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Iterator
from pathlib import Path

from orpheus_core.storage import storage_error

_READ_BYTES = 1 << 20


def is_special(path: Path) -> bool:
    """Whether something is at *path* that is no plain file: a link, a folder, a pipe, a device.

    Such a thing must not be opened: a link leads elsewhere, a pipe waits for ever.

    Raises:
        StorageError: the name cannot be looked up.
    """
    try:
        mode = path.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise storage_error(error, path) from error
    return not stat.S_ISREG(mode)


def chunks(path: Path) -> Iterator[bytes]:
    """Yield what is in the file at *path*, piece by piece.

    Raises:
        StorageError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            while chunk := file.read(_READ_BYTES):
                yield chunk
    except OSError as error:
        raise storage_error(error, path) from error


def digest_of(path: Path) -> tuple[int, str]:
    """Return the size in bytes and the SHA-256, in hex, of the file at *path*.

    A stage that writes a file anew needs both, for the `FetchedFile` that it hands on.

    Raises:
        StorageError: it cannot be read.
    """
    digest = hashlib.sha256()
    size_bytes = 0
    for chunk in chunks(path):
        digest.update(chunk)
        size_bytes += len(chunk)
    return size_bytes, digest.hexdigest()
