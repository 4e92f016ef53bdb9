"""Reads the text files of events: one after the other, line by line."""

from __future__ import annotations

import datetime
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from orpheus_core.brain.event_json import LARGEST_LINE_BYTES, TYPE_PREFIX, event_in
from orpheus_core.brain.events import Event, Severity
from orpheus_core.brain.log.event_filter import EVERY_KIND, EventFilter
from orpheus_core.brain.log.folder import text_files_in
from orpheus_core.brain.log.summary import LogStats, Run, runs_of, stats_of
from orpheus_core.errors import FileInUse, TargetGone
from orpheus_core.storage import DiskStorage, storage_error

_MOST_FOUND = 3
_BLOCK_BYTES = 64 * 1024
_EVERYTHING = EventFilter()
_PLAIN = re.compile("[A-Za-z0-9_.:-]+")
"""A text that stands in a line as it is."""

Words = tuple[bytes, ...]
"""One of these is in a line."""


class JsonlReader:
    """Reads the text files in *folder*, the one that was begun first at the front.

    What is no event is left out: where a writer was stopped, half a line may be.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def events(self, wanted: EventFilter, *, newest_first: bool = False) -> Iterator[Event]:
        """Yield those that are *wanted*."""
        return self._events(wanted, _words_of(wanted), newest_first=newest_first)

    def _events(
        self, wanted: EventFilter, words: Sequence[Words], *, newest_first: bool = False
    ) -> Iterator[Event]:
        files = text_files_in(self._folder)
        for file in reversed(files) if newest_first else files:
            lines = _lines(file.path, backwards=newest_first)
            yield from _events(_with_words(lines, words), wanted)

    def find(self, part: str) -> list[Event]:
        """Return the event with this id, else up to three whose ids begin or end so."""
        alike: list[Event] = []
        words = [(part.encode(),)] if _PLAIN.fullmatch(part) else []
        for event in self._events(_EVERYTHING, words, newest_first=True):
            if event.id == part:
                return [event]
            if len(alike) < _MOST_FOUND and (event.id.startswith(part) or event.id.endswith(part)):
                alike.append(event)
        return alike

    def tail(self, *, from_start: bool = False) -> JsonlTail:
        """Return the log's end as it is now; *from_start*, as when nothing was there."""
        return JsonlTail(self._folder, from_start=from_start)

    def runs(self) -> list[Run]:
        """Return each run in the log, the one that began writing first at the front."""
        return runs_of(self.events(_EVERYTHING))

    def last_run(self) -> str | None:
        """Return the run that wrote last: of the last events of the files, the newest one's."""
        ends = [
            next(_events(_lines(file.path, backwards=True), _EVERYTHING), None)
            for file in text_files_in(self._folder)
        ]
        there = [event for event in ends if event is not None]
        return max(there, key=lambda event: event.time).run_id if there else None

    def stats(self) -> LogStats:
        """Count what there is."""
        size_bytes = sum(file.size_bytes() for file in text_files_in(self._folder))
        return stats_of(self.events(_EVERYTHING), size_bytes)

    def prune(self, older_than: datetime.datetime) -> int:
        """Delete the files in which all is older, but those that are held open on Windows."""
        deleted = 0
        for file in text_files_in(self._folder):
            held = stats_of(_events(_lines(file.path), _EVERYTHING), 0)
            if (held.last or file.begun) >= older_than:
                continue
            try:
                DiskStorage().unlink(file.path)
            except (FileInUse, TargetGone):
                continue
            deleted += held.events
        return deleted


class JsonlTail:
    """The ends of the text files in *folder*, as they were when it was last looked at."""

    def __init__(self, folder: Path, *, from_start: bool) -> None:
        self._folder = folder
        self._read_bytes: dict[Path, int] = {}
        for file in [] if from_start else text_files_in(folder):
            self._read_bytes[file.path] = _end_of_last_line(file.path)

    def poll(self, wanted: EventFilter) -> Iterator[Event]:
        """Yield those of the events that came since the last poll."""
        for file in text_files_in(self._folder):
            if file.size_bytes() > self._read_bytes.get(file.path, 0):
                yield from _events(self._new_lines(file.path), wanted)

    def _new_lines(self, path: Path) -> Iterator[bytes]:
        for line in _lines(path, at=self._read_bytes.get(path, 0)):
            self._read_bytes[path] = self._read_bytes.get(path, 0) + len(line)
            yield line


def _events(lines: Iterable[bytes], wanted: EventFilter) -> Iterator[Event]:
    for line in lines:
        try:
            event = event_in(line)
        except ValueError:  # no event: see `JsonlReader`
            continue
        if wanted.matches(event):
            yield event


def _with_words(lines: Iterable[bytes], words: Sequence[Words]) -> Iterator[bytes]:
    """Yield the lines that have one of each *words*: to read a line takes twenty times as long."""
    for line in lines:
        if all(any(word in line for word in any_of) for any_of in words):
            yield line


def _words_of(wanted: EventFilter) -> list[Words]:
    """What the line of each event has that is *wanted*, be it somewhere else than looked for."""
    texts = (wanted.service, wanted.plugin, wanted.correlation_id, wanted.run_id)
    words = [_words((text,)) for text in texts if text]
    if wanted.kinds != EVERY_KIND:
        words.append(_words(wanted.kinds, before=TYPE_PREFIX))
    if wanted.min_severity > Severity.DEBUG:
        words.append(_words([s.name.lower() for s in Severity if s >= wanted.min_severity]))
    if wanted.error_type is not None:
        words.append(_words((wanted.error_type,)))
    return words


def _words(patterns: Iterable[str], *, before: str = "") -> Words:
    """How what fits one of *patterns* begins in a line."""
    words = []
    for pattern in patterns:
        front = _PLAIN.match(pattern)
        text = front[0] if front else ""
        end = '"' if text == pattern else ""
        words.append(f'"{before}{text}{end}'.encode())
    return tuple(words)


def _lines(path: Path, *, at: int = 0, backwards: bool = False) -> Iterator[bytes]:
    """Yield the lines of a file that have an end; nothing when it is gone."""
    try:
        with path.open("rb") as file:
            if backwards:
                yield from _backwards(file)
                return
            file.seek(at)
            for line in file:
                if line.endswith(b"\n"):
                    yield line
    except FileNotFoundError:
        return
    except OSError as error:
        raise storage_error(error, path) from error


def _backwards(file: BinaryIO) -> Iterator[bytes]:
    """Yield the lines of *file* that have an end, the last at the front."""
    start = file.seek(0, os.SEEK_END)
    rest: bytes | None = None  # the end of a line, the front of which is still to be read
    while start:
        size = min(start, _BLOCK_BYTES)
        start -= size
        file.seek(start)
        front, *lines = (file.read(size) + (rest or b"")).split(b"\n")
        if rest is None and lines:
            lines.pop()  # behind the last end of a line
            rest = b""
        yield from (line + b"\n" for line in reversed(lines))
        if rest is not None:
            # A longer one is no event, with or without its front.
            rest = front[-LARGEST_LINE_BYTES:]
    if rest is not None:
        yield rest + b"\n"


def _end_of_last_line(path: Path) -> int:
    """Where the last line ends that has an end."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            last = file.seek(max(0, size - LARGEST_LINE_BYTES))
            return last + file.read(size - last).rfind(b"\n") + 1
    except FileNotFoundError:
        return 0
    except OSError as error:
        raise storage_error(error, path) from error
