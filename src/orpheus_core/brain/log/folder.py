"""The folder of the log: its rights, and the names of the files in it."""

from __future__ import annotations

import contextlib
import datetime
import os
import re
import stat
from pathlib import Path

import attrs

from orpheus_core.storage import storage_error

OWN_FOLDER, OWN_FILE = 0o700, 0o600
"""The log is this user's own business."""

_FOR_OTHERS = 0o077
_TEXT_FILE = re.compile(r"events-(\d{8}T\d{6}\.\d{6})Z-[0-9a-f]{8}\.jsonl")
_MOMENT = "%Y%m%dT%H%M%S.%f"


def make_private(folder: Path) -> None:
    """Make *folder*, and take away the rights that others have to it.

    Raises:
        StorageError: it cannot be made.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=OWN_FOLDER)
        keep_from_others(folder, OWN_FOLDER)
    except OSError as error:
        raise storage_error(error, folder) from error


def narrow(folder: Path) -> None:
    """Take away the rights that others have to *folder*, if it is there, and to its files.

    Raises:
        StorageError: it is another user's.
    """
    try:
        with contextlib.suppress(FileNotFoundError):
            keep_from_others(folder, OWN_FOLDER)
            for file in folder.iterdir():
                # One that is gone, or another user's, is behind the folder's rights all the same.
                with contextlib.suppress(FileNotFoundError, PermissionError):
                    if stat.S_ISREG(file.lstat().st_mode):
                        keep_from_others(file, OWN_FILE)
    except OSError as error:
        raise storage_error(error, folder) from error


def keep_from_others(path: Path, mode: int) -> None:
    """Take away the rights that others have to *path*: after a backup, say, it has more."""
    if os.name != "nt" and stat.S_IMODE(path.stat().st_mode) & _FOR_OTHERS:
        path.chmod(mode)


def kept_since(now: datetime.datetime, keep_days: int) -> datetime.datetime:
    """The moment before which events are too old to be kept."""
    try:
        return now - datetime.timedelta(days=keep_days)
    except OverflowError:  # for ever, that is
        return datetime.datetime.min.replace(tzinfo=datetime.UTC)


def database_in(folder: Path) -> Path:
    """The database of events."""
    return folder / "events.sqlite"


@attrs.frozen(order=True)
class TextFile:
    """A text file of events, one a line: when it was begun stands in its name."""

    begun: datetime.datetime
    path: Path

    @classmethod
    def new(cls, folder: Path, now: datetime.datetime) -> TextFile:
        """A name that no other process has."""
        begun = now.astimezone(datetime.UTC)
        return cls(begun, folder / f"events-{begun:{_MOMENT}}Z-{os.urandom(4).hex()}.jsonl")

    @classmethod
    def named(cls, path: Path) -> TextFile | None:
        """The file that *path* is by its name, or None."""
        found = _TEXT_FILE.fullmatch(path.name)
        if found is None:
            return None
        with contextlib.suppress(ValueError):  # no such day
            begun = datetime.datetime.strptime(found[1], _MOMENT).replace(tzinfo=datetime.UTC)
            return cls(begun, path)
        return None

    def size_bytes(self) -> int:
        """How long it is; 0 when it is gone."""
        with contextlib.suppress(OSError):
            return self.path.stat().st_size
        return 0


def text_files_in(folder: Path) -> list[TextFile]:
    """The text files in *folder*, the one that was begun first at the front.

    Raises:
        StorageError: the folder is there and cannot be read.
    """
    try:
        found = [TextFile.named(path) for path in folder.iterdir()]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise storage_error(error, folder) from error
    return sorted(each for each in found if each is not None)
