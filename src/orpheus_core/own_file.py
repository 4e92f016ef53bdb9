"""Reads a file that is believed because only this user can have written it.

Nothing heavy is imported: the help of the command line comes through here.
"""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


def read_own_file(file: Path, *, largest_bytes: int) -> bytes | None:
    """Return the content of *file*, if it is a file of this user that nobody else can write.

    None for anything else: a link, a pipe, more than *largest_bytes*, what cannot be read.
    """
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
        if not _is_own(status) or status.st_size > largest_bytes:
            return None
        with open(descriptor, "rb", closefd=False) as opened:
            return opened.read(largest_bytes)
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
