"""What went wrong with plugins in an earlier process, so that a list can say it at once."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Mapping
from pathlib import Path

from orpheus_core.errors import StorageError
from orpheus_core.plugins.index import FoundPlugin
from orpheus_core.storage import DiskStorage, Storage, write_atomically

_FORMAT = 1
_LARGEST_BYTES = 1_000_000
_MOST_PLUGINS = 200
_FIELDS = ("id", "distribution", "version", "stamp", "reason")

_Entry = Mapping[str, str]


class LastFailures:
    """Remembers in *file*, for each plugin and the state of its code, why it failed.

    It is a convenience: a file that cannot be read counts as absent, and one that cannot be
    written is no error. The texts that are handed in must hold no secrets.

    Args:
        file: where it is kept; None: nowhere.
    """

    def __init__(self, file: Path | None, storage: Storage | None = None) -> None:
        self._file = file
        self._storage = storage or DiskStorage()
        self._lock = threading.Lock()
        self._entries: dict[tuple[str, str], _Entry] | None = None

    def reason(self, plugin: FoundPlugin) -> str:
        """Return why *plugin* failed when it was last used; empty when its code has changed."""
        entry = self._known().get(_key(plugin))
        if entry is None or entry["version"] != plugin.version:
            return ""
        return entry["reason"] if entry["stamp"] == plugin.stamp() else ""

    def note(self, plugin: FoundPlugin, reason: str) -> None:
        """Remember that *plugin* failed."""
        if self._file is None:
            return
        entry = {
            "id": plugin.id,
            "distribution": plugin.distribution,
            "version": plugin.version,
            "stamp": plugin.stamp(),
            "reason": reason,
        }
        with self._lock:
            self._write({**self._read(), _key(plugin): entry})

    def clear(self, plugin: FoundPlugin) -> None:
        """Forget that *plugin* failed."""
        if _key(plugin) not in self._known():
            return  # nearly every call ends here
        with self._lock:
            known = self._read()  # another process may have written since
            known.pop(_key(plugin), None)
            self._write(known)

    def _known(self) -> Mapping[tuple[str, str], _Entry]:
        with self._lock:
            if self._entries is None:
                self._entries = self._read()
            return self._entries

    def _read(self) -> dict[tuple[str, str], _Entry]:
        try:
            if self._file is None or not self._file.is_file():
                return {}
            content = self._storage.read_bytes(self._file, size_bytes=_LARGEST_BYTES)
            document = json.loads(content)
            entries = document["plugins"] if document["format"] == _FORMAT else []
            return {
                (entry["id"], entry["distribution"]): {key: entry[key] for key in _FIELDS}
                for entry in entries[:_MOST_PLUGINS]
                if all(isinstance(entry[key], str) for key in _FIELDS)
            }
        except (StorageError, OSError, KeyError, TypeError, ValueError, RecursionError):
            return {}  # damaged, or not for this user, is as good as absent

    def _write(self, entries: Mapping[tuple[str, str], _Entry]) -> None:
        """Keep *entries*, the latest where they are too many. The lock is held."""
        kept = self._entries = dict(list(entries.items())[-_MOST_PLUGINS:])
        if self._file is None:
            return
        document = {"format": _FORMAT, "plugins": list(kept.values())}
        # A folder that is full or not ours: then the next list does not say it.
        with contextlib.suppress(StorageError):
            self._storage.make_folders(self._file.parent)
            write_atomically(self._storage, self._file, json.dumps(document).encode(), mode=0o600)


def _key(plugin: FoundPlugin) -> tuple[str, str]:
    return plugin.id, plugin.distribution
