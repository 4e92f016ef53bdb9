"""Sees what code does past the ways that Orpheus gives it, through an audit hook.

Source: PEP 578, and the table of audit events in Python's documentation.
"""

from __future__ import annotations

import contextlib
import enum
import functools
import os
import sys
import sysconfig
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType

import attrs

from orpheus_core.testing.conformance.child_process import printed_so_far


class SideDoorKind(enum.Enum):
    """What was done."""

    SOCKET = "socket"
    PROCESS = "process"
    FILE = "file"
    CTYPES = "ctypes"
    THREAD = "thread"
    PATCH = "patch"


@attrs.frozen(kw_only=True)
class SideDoor:
    """Something that was done past Orpheus.

    Attributes:
        what: the audit event and what it was about, or the name that was replaced.
        at: the line of the watched code that led there: ``plugin.py:12 in resolve``.
        phase: during what.
    """

    kind: SideDoorKind
    what: str
    at: str
    phase: str = ""

    def __str__(self) -> str:
        return f"{self.what}, at {self.at}" if self.at else self.what


EVENTS = {
    "socket.bind": SideDoorKind.SOCKET,
    "socket.connect": SideDoorKind.SOCKET,
    "socket.getaddrinfo": SideDoorKind.SOCKET,
    "socket.gethostbyaddr": SideDoorKind.SOCKET,
    "socket.gethostbyname": SideDoorKind.SOCKET,
    "socket.sendto": SideDoorKind.SOCKET,
    "os.exec": SideDoorKind.PROCESS,
    "os.fork": SideDoorKind.PROCESS,
    "os.forkpty": SideDoorKind.PROCESS,
    "os.posix_spawn": SideDoorKind.PROCESS,
    "os.spawn": SideDoorKind.PROCESS,
    "os.startfile": SideDoorKind.PROCESS,
    "os.system": SideDoorKind.PROCESS,
    "pty.spawn": SideDoorKind.PROCESS,
    "subprocess.Popen": SideDoorKind.PROCESS,
    "open": SideDoorKind.FILE,
    "os.chmod": SideDoorKind.FILE,
    "os.chown": SideDoorKind.FILE,
    "os.link": SideDoorKind.FILE,
    "os.mkdir": SideDoorKind.FILE,
    "os.remove": SideDoorKind.FILE,
    "os.rename": SideDoorKind.FILE,
    "os.rmdir": SideDoorKind.FILE,
    "os.symlink": SideDoorKind.FILE,
    "os.truncate": SideDoorKind.FILE,
    "os.utime": SideDoorKind.FILE,
    "sqlite3.connect": SideDoorKind.FILE,
    "ctypes.dlopen": SideDoorKind.CTYPES,
    "os.putenv": SideDoorKind.PATCH,
    "os.unsetenv": SideDoorKind.PATCH,
}
"""The audit events that are listened to."""

_LONGEST_SHOWN = 160

_TWO_PATHS = frozenset({"os.link", "os.rename", "os.symlink"})
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC

PATCHABLE = (
    "builtins",
    "http.client",
    "json",
    "logging",
    "socket",
    "ssl",
    "time",
    "requests",
    "requests.adapters",
    "requests.sessions",
    "urllib3",
    "urllib3.connection",
    "urllib3.connectionpool",
)
"""Modules whose functions everybody uses, so that nobody may put others in their place."""

_CORE = str(Path(__file__).parents[2])
_LIBRARY = tuple(
    folder
    for name in ("stdlib", "platstdlib")
    if (folder := sysconfig.get_paths().get(name)) is not None
)


class Watch:
    """Notes what the code under watch does, phase by phase. One for a process: hooks stay.

    Args:
        code: folders and files of the code that is watched.
        write_below: folders that it may write to.

    Attributes:
        side_doors: what was noted.
        spans: from where to where something was printed, in bytes, by phase.
    """

    def __init__(self, code: Sequence[str], write_below: Sequence[str]) -> None:
        self.side_doors: list[SideDoor] = []
        self.spans: dict[str, tuple[int, int]] = {}
        self._code = tuple(os.path.realpath(each) for each in code)
        self._write_below = tuple(os.path.realpath(each) for each in (*write_below, os.devnull))
        self._phase: str | None = None
        self._busy = threading.local()

    @contextlib.contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Note under *name* what is done until the block ends; outside, nothing is noted."""
        printed_bytes = printed_so_far()
        before = dict(_replaceable())
        threads = set(threading.enumerate())
        self._phase = name
        try:
            yield
        finally:
            self._phase = None
            for thread in threading.enumerate():
                if thread not in threads and not thread.name.startswith("orpheus-"):
                    what = f"the thread {thread.name} is left behind"
                    self._note(SideDoorKind.THREAD, what, _made_at(_target_of(thread)), name)
            self._compare(before, dict(_replaceable()), name)
            self.spans[name] = (printed_bytes, printed_so_far())

    def hear(self, event: str, arguments: tuple[object, ...]) -> None:
        """Take an audit event, as `sys.addaudithook` hands it over."""
        kind = EVENTS.get(event)
        phase = self._phase
        if kind is None or phase is None or getattr(self._busy, "is_so", False):
            return
        self._busy.is_so = True
        try:
            if kind is SideDoorKind.FILE and not self._is_foreign_write(event, arguments):
                return
            at = self._blame(kind)
            if at is not None:
                what = f"{event} {_shown(event, arguments)}".rstrip()
                self._note(kind, what, at, phase)
        finally:
            self._busy.is_so = False

    def place_of(self, error: BaseException) -> str:
        """Return the watched line that *error* came from: ``, at plugin.py:12 in resolve``."""
        trace = error.__traceback__
        place = ""
        while trace is not None:
            if self._is_watched(trace.tb_frame.f_code.co_filename):
                place = f", at {self._line(trace.tb_frame, trace.tb_lineno)}"
            trace = trace.tb_next
        return place

    def _blame(self, kind: SideDoorKind) -> str | None:
        """The watched line that led here; None when it was not the watched code that did it.

        Empty for what nobody's line is known of: a thread that a library started. The nearest
        of watched code and core decides: what the core does when it is asked to, is its own.
        """
        frame: FrameType | None = sys._getframe(2)  # noqa: SLF001 - the one way to the stack
        while frame is not None:
            file = frame.f_code.co_filename
            if self._is_watched(file):
                return self._line(frame, frame.f_lineno)
            if file.startswith(_CORE):
                # With prepared answers, nobody has a reason to reach the network.
                return "" if kind is SideDoorKind.SOCKET else None
            if kind is SideDoorKind.CTYPES and not _is_library(file):
                return None  # another library's own affair
            frame = frame.f_back
        return ""

    def _is_watched(self, file: str) -> bool:
        return os.path.realpath(file).startswith(self._code) if self._code else False

    def _line(self, frame: FrameType, line: int) -> str:
        file = os.path.realpath(frame.f_code.co_filename)
        base = next((each for each in self._code if file.startswith(each)), "")
        shown = os.path.relpath(file, Path(base).parent) if base else file
        return f"{shown}:{line} in {frame.f_code.co_name}"

    def _is_foreign_write(self, event: str, arguments: tuple[object, ...]) -> bool:
        if event == "open":
            flags = arguments[2] if len(arguments) > 2 else 0
            if not (isinstance(flags, int) and flags & _WRITING):
                return False
        paths = arguments[: 2 if event in _TWO_PATHS else 1]
        return any(self._is_foreign(path) for path in paths)

    def _is_foreign(self, path: object) -> bool:
        if isinstance(path, bytes):
            path = os.fsdecode(path)
        if not isinstance(path, str | os.PathLike) or path == ":memory:":
            return False
        real = Path(os.path.realpath(path))
        return not any(real.is_relative_to(folder) for folder in self._write_below)

    def _compare(
        self, before: Mapping[str, object], behind: Mapping[str, object], phase: str
    ) -> None:
        for name, value in before.items():
            now = behind.get(name)
            if now is not value:
                what = f"{name} is not what it was"
                self._note(SideDoorKind.PATCH, what, _made_at(now), phase)

    def _note(self, kind: SideDoorKind, what: str, at: str, phase: str) -> None:
        self.side_doors.append(SideDoor(kind=kind, what=what, at=at, phase=phase))


def _replaceable() -> Iterator[tuple[str, object]]:
    """What everybody shares: functions of modules and their classes, and a few settings."""
    for module_name in PATCHABLE:
        module = sys.modules.get(module_name)
        yield module_name, module
        if module is None:
            continue
        for name, value in list(vars(module).items()):
            if callable(value):
                yield f"{module_name}.{name}", value
            if isinstance(value, type) and value.__module__ == module_name != "builtins":
                for method, function in list(vars(value).items()):
                    if callable(function):
                        yield f"{module_name}.{name}.{method}", function
    yield "sys.excepthook", sys.excepthook
    yield "sys.stdout", sys.stdout
    yield "sys.stderr", sys.stderr
    yield from _settings()


def _settings() -> Iterator[tuple[str, object]]:
    """Settings by value: equal ones are one object here, so that they compare by identity."""
    import logging
    import socket

    yield "the handlers of logging's root", _same(tuple(map(id, logging.getLogger().handlers)))
    yield "the level of logging's root", _same(logging.getLogger().level)
    yield "socket.getdefaulttimeout()", _same(socket.getdefaulttimeout())


@functools.cache
def _same(value: object) -> object:
    return [value]


def _made_at(value: object) -> str:
    code = getattr(value, "__code__", None)
    return f"{code.co_filename}:{code.co_firstlineno}" if code is not None else ""


def _target_of(thread: threading.Thread) -> object:
    return getattr(thread, "_target", None) or getattr(type(thread), "run", None)


def _is_library(file: str) -> bool:
    """Whether *file* is one of Python's own, and not installed beside it."""
    if file.startswith("<frozen"):
        return True
    return file.startswith(_LIBRARY) and "site-packages" not in file


def _shown(event: str, arguments: Iterable[object]) -> str:
    """What of an event's arguments tells a reader most: no object, and nothing long."""
    texts = []
    for argument in arguments:
        if isinstance(argument, os.PathLike):
            argument = os.fspath(argument)
        if isinstance(argument, str | bytes | int | tuple | list):
            texts.append(_both_ends(repr(argument)))
    return ", ".join(texts[:3] if event != "open" else texts[:1])


def _both_ends(text: str) -> str:
    """Both ends of *text*: of a path, the end says more."""
    if len(text) <= _LONGEST_SHOWN:
        return text
    half = _LONGEST_SHOWN // 2
    return f"{text[:half]}...{text[-half:]}"
