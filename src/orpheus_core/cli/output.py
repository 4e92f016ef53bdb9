"""The one way out to the person: results on standard output, the rest on standard error.

Whatever passes is freed of known secrets and made harmless for a terminal, line by line.
A reader that goes away (``| head``) never stops the work and is no error: nothing more
is written.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TextIO

from orpheus_core.cli.cleaning import clean

_GONE = {errno.EPIPE, errno.ESHUTDOWN}
if sys.platform == "win32":
    _GONE.add(errno.EINVAL)  # what Windows says of a closed pipe

_STYLES = {"bad": "\x1b[1;31m", "good": "\x1b[32m", "note": "\x1b[33m", "dim": "\x1b[2m"}
_PLAIN = "\x1b[0m"


class Output:
    """Writes lines. *redact* masks secrets once somebody knows them.

    *lost*: standard output cannot be written, so that only standard error is left. *unread*:
    whoever read it has gone, so that what would go on for ever may end.
    """

    def __init__(self) -> None:
        # Now: while an application is open, `sys.stdout` is not for results.
        self._results = sys.stdout
        self.color = False
        self.lost = False
        self.unread = False
        self.redact: Callable[[str], str] = _unchanged
        for stream in (sys.stdout, sys.stderr):
            reconfigure = getattr(stream, "reconfigure", None)
            if reconfigure:  # what the encoding lacks is shown as \u1234, and stops nothing
                reconfigure(errors="backslashreplace")

    def result(self, *lines: str) -> None:
        """Write *lines* to standard output.

        Raises:
            StorageError: it cannot be written: a full disk behind it, say.
        """
        self._write_result("".join(f"{self.harmless(line)}\n" for line in lines))

    def document(self, document: Mapping[str, object], *, indent: int | None = None) -> None:
        """Write one JSON document to standard output. Raises like `result`."""
        text = json.dumps(self._without_secrets(document), indent=indent)
        self._write_result(text + "\n")

    def result_columns(self) -> int | None:
        """Return how wide the terminal is that results go to; None where there is none."""
        stream = self._results
        if stream is None or stream.closed or not stream.isatty():
            return None
        try:
            return os.get_terminal_size(stream.fileno()).columns or None
        except (OSError, ValueError):  # a terminal that knows no size
            return None

    def say(self, *lines: str, style: str = "", mark: str = "") -> None:
        """Write *lines* to standard error, with *mark* at the start of the first in *style*."""
        texts = [self.harmless(line) for line in lines]
        if texts and self.color and style:
            texts[0] = f"{_STYLES[style]}{mark}{_PLAIN}{texts[0].removeprefix(mark)}"
        self.draw("".join(f"{text}\n" for text in texts))

    def harmless(self, line: str) -> str:
        """Return *line* as it may be shown."""
        return clean(self.redact(line))

    def draw(self, text: str) -> None:
        """Write *text*, whose lines are `harmless`, to standard error as it is."""
        try:
            _write(sys.stderr, text)
        except OSError:  # there is no other place to say so
            _silence(sys.stderr)

    def flush(self) -> None:
        """Write what is still held back. Raises like `result`."""
        self._write_result("")
        self.draw("")

    def _write_result(self, text: str) -> None:
        try:
            _write(self._results, text)
        except OSError as error:
            _silence(self._results)
            self.unread = error.errno in _GONE
            if not self.unread:
                self.lost = True
                from orpheus_core.storage import storage_error

                raise storage_error(error, Path("standard output")) from error

    def _without_secrets(self, value: object) -> object:
        if isinstance(value, str):
            return self.redact(value)
        if isinstance(value, Mapping):
            return {self.redact(str(key)): self._without_secrets(v) for key, v in value.items()}
        if isinstance(value, Iterable):
            return [self._without_secrets(each) for each in value]
        return value


def _unchanged(text: str) -> str:
    return text


def _write(stream: TextIO | None, text: str) -> None:
    if stream is None or stream.closed:  # a program without a console, on Windows
        return
    stream.write(text)
    stream.flush()


def _silence(stream: TextIO) -> None:
    """Lead *stream* to nowhere, so that the interpreter's own last flush is quiet, too."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
