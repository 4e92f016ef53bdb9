"""Learns from events, a batch at a time, and keeps what it learned in a file."""

from __future__ import annotations

import collections
import functools
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

from orpheus_core.brain.events import Event
from orpheus_core.brain.learning.counts import Counts
from orpheus_core.brain.learning.learned_counts import LearnedCounts
from orpheus_core.brain.learning.observations import observations_of
from orpheus_core.clock import Clock
from orpheus_core.errors import FileInUse, StorageError

T = TypeVar("T")

SAVED_EVERY_S = 30.0
"""How much a process that is killed has learned in vain, at most."""


class FileNews(Protocol):
    """Hears of what is wrong with the file."""

    def damaged(self, file: Path, reason: str, set_aside: str) -> None:
        """*file* was damaged; it is called *set_aside* now, and a new one was begun."""

    def unusable(self, error: StorageError) -> None:
        """What is learned is not kept, because of *error*."""


class Learner:
    """Counts what is observed, and lends the counts out.

    The file is read once, at the first batch or the first question. After that a question
    costs no file access: what this process observes counts with the batch that brings it,
    what others observed whenever this one saves.

    Args:
        folder: where the file is kept.
        news: told, outside of any lock, of what is wrong with it.
    """

    def __init__(self, folder: Path, clock: Clock, news: FileNews) -> None:
        self._untold: collections.deque[Callable[[], object]] = collections.deque()
        self._news = news
        self._file = LearnedCounts(folder, self._damaged)
        self._clock = clock
        self._saving = threading.RLock()
        self._lock = threading.Lock()
        self._counts: Counts | None = None
        self._unsaved = Counts()
        self._saved_s = clock.monotonic()
        self._is_told = False

    def look(self, reader: Callable[[Counts], T]) -> T:
        """Return what *reader* makes of the counts, which it must not keep."""
        with self._lock:
            result = reader(self._loaded())
        self._tell()
        return result

    def write(self, events: Sequence[Event]) -> None:
        """Count what *events* let learn; save it when that was not done for a while."""
        now_s = self.now_s()
        observed = [each for event in events for each in observations_of(event, now_s)]
        with self._saving:
            if observed:
                with self._lock:
                    counts = self._loaded()
                    for observation in observed:
                        counts.add(observation)
                        self._unsaved.add(observation)
            if self._clock.monotonic() - self._saved_s >= SAVED_EVERY_S:
                self._save()
        self._tell()

    def close(self) -> None:
        """Save what was not saved yet."""
        with self._saving:
            self._save()
        self._tell()

    def now_s(self) -> float:
        """The time of the wall clock, in seconds since 1970."""
        return self._clock.now().timestamp()

    def _loaded(self) -> Counts:
        if self._counts is None:
            try:
                self._counts = self._file.read()
            except StorageError as error:
                self._counts = Counts()
                self._unusable(error)
        return self._counts

    def _save(self) -> None:
        if not self._unsaved:
            return
        self._saved_s = self._clock.monotonic()
        try:
            counts = self._file.add(self._unsaved, self.now_s())
        except StorageError as error:
            self._unusable(error)  # and it is tried again later
            return
        with self._lock:
            self._counts, self._unsaved = counts, Counts()

    def _damaged(self, reason: str) -> None:
        tell = functools.partial(
            self._news.damaged, self._file.file, reason, self._file.set_aside.name
        )
        self._untold.append(tell)

    def _unusable(self, error: StorageError) -> None:
        # That another process writes just now passes by itself.
        if not self._is_told and not isinstance(error, FileInUse):
            self._is_told = True
            self._untold.append(functools.partial(self._news.unusable, error))

    def _tell(self) -> None:
        while True:
            try:
                tell = self._untold.popleft()
            except IndexError:
                return
            tell()
