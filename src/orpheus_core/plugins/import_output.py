"""Keeps what an import prints out of the standard output, which may be read by a program."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Iterator
from typing import TextIO, cast


class _ByThread:
    """Stands for the standard output: threads that import get the standard error instead."""

    def __init__(self, output: TextIO) -> None:
        self.output = output
        self.importing: dict[int, int] = {}

    def __getattr__(self, name: str) -> object:
        is_import = threading.get_ident() in self.importing
        return getattr(sys.stderr if is_import else self.output, name)


_lock = threading.Lock()

# What stood there last. Older releases of CPython hold no reference of their own to what they
# print to (its issue 130163): were it gone while another thread prints, the process would crash.
_kept: list[_ByThread] = []


@contextlib.contextmanager
def printed_to_stderr() -> Iterator[None]:
    """Send what this thread prints meanwhile to the standard error; others print as ever."""
    if sys.stdout is None or sys.stderr is None:  # a program without a console
        yield
        return
    me = threading.get_ident()
    with _lock:
        if not isinstance(sys.stdout, _ByThread):
            if not _kept or _kept[0].output is not sys.stdout:
                _kept[:] = [_ByThread(sys.stdout)]
            sys.stdout = cast("TextIO", _kept[0])
        stand_in = cast("_ByThread", sys.stdout)
        stand_in.importing[me] = stand_in.importing.get(me, 0) + 1
    try:
        yield
    finally:
        with _lock:
            stand_in.importing[me] -= 1
            if not stand_in.importing[me]:
                del stand_in.importing[me]
            if not stand_in.importing and cast("object", sys.stdout) is stand_in:
                sys.stdout = stand_in.output
