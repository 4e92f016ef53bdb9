"""Remembers what a person was told, so that nothing is said again within a day."""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from orpheus_core.clock import Clock
from orpheus_core.errors import StorageError
from orpheus_core.storage import Storage, write_atomically

_FILE = "told.json"
_AGAIN_AFTER = datetime.timedelta(days=1)
_MOST_ENTRIES = 1000


class Told:
    """What was said when, in *folder*. A file that is damaged counts as an empty one."""

    def __init__(self, folder: Path, storage: Storage, clock: Clock) -> None:
        self._file = folder / _FILE
        self._storage = storage
        self._now = clock.now()

    def is_due(self, text: str) -> bool:
        """Whether *text* has not been said for a day."""
        return _key(text) not in self._read()

    def note(self, texts: Iterable[str]) -> None:
        """Remember that *texts* are said now.

        Where that cannot be written they are said again: no reason to end a command.
        """
        said = self._read() | dict.fromkeys(map(_key, texts), self._now.isoformat())
        kept = dict(sorted(said.items(), key=lambda entry: entry[1])[-_MOST_ENTRIES:])
        try:
            self._storage.make_folders(self._file.parent)
            write_atomically(self._storage, self._file, json.dumps(kept).encode(), mode=0o600)
        except StorageError:
            return

    def _read(self) -> dict[str, str]:
        """What was said within the last day, by key; a time in the future counts as none."""
        try:
            entries = json.loads(self._storage.read_bytes(self._file))
        except (StorageError, ValueError, RecursionError):
            return {}
        if not isinstance(entries, dict):
            return {}
        return {key: when for key, when in entries.items() if self._is_recent(when)}

    def _is_recent(self, when: object) -> bool:
        try:
            passed = self._now - datetime.datetime.fromisoformat(str(when))
        except (ValueError, TypeError):  # no time, or one without a zone
            return False
        return datetime.timedelta() <= passed < _AGAIN_AFTER


def _key(text: str) -> str:
    """A short stand-in for *text*, which may hold what belongs into no file."""
    return hashlib.blake2b(text.encode(errors="replace"), digest_size=12).hexdigest()
