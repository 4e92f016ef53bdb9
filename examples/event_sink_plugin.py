"""A sink: every event of a run goes into a file of its own, one JSON document a line.

What it is given has no secrets any more. It is asked for its sinks once for each application,
and called from one thread, so it takes no lock. As a package it needs one line more, in its
pyproject.toml::

    [project.entry-points."orpheus.plugins"]
    diary = "event_sink_plugin:Diary"
"""

import contextlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

import orpheus_core as oc


class Pages:
    """Writes events to *file*."""

    name = "diary"
    waited_for = False  # if the disk is slow, rather lose a line than keep the music waiting

    def __init__(self, file: Path) -> None:
        self._file = file
        self._open: TextIO | None = None

    def write(self, events: Sequence[oc.Event]) -> None:
        """Append a line for each event: a CloudEvent, as other programs read it."""
        lines = "".join(f"{json.dumps(oc.document_of(each))}\n" for each in events)
        try:
            if self._open is None:
                self._file.parent.mkdir(parents=True, exist_ok=True)
                self._open = self._file.open("a", encoding="utf-8")
            self._open.write(lines)
            self._open.flush()
        except OSError as error:
            raise oc.StorageFailed("the diary cannot be written", why=str(error)) from error

    def close(self) -> None:
        """Let go of the file."""
        if self._open is not None:
            with contextlib.suppress(OSError):
                self._open.close()
            self._open = None


class Diary:
    """Brings the sink, once the plugin knows which folder is its own."""

    def __init__(self) -> None:
        self._folder = Path()

    @oc.hookimpl
    def orpheus_configure(self, context: oc.PluginContext) -> None:
        """Take the folder."""
        self._folder = context.folder

    @oc.hookimpl
    def orpheus_event_sinks(self) -> Sequence[oc.EventSink]:
        """Bring the sink."""
        return [Pages(self._folder / "diary.jsonl")]
