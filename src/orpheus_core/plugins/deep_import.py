"""Imports a plugin in a process of its own, to see what its import does without suffering it.

The child gets the same ``sys.path``, no input, and a process group of its own, which is
killed as a whole when the time is over, or when the import has left something behind.
"""

from __future__ import annotations

import contextlib
import enum
import importlib
import inspect
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import IO, NoReturn

import attrs

from orpheus_core.plugins import discovery
from orpheus_core.plugins.foreign import in_words

LIMIT_S = 10.0
"""How long an import may take when nobody says otherwise."""

WATCHED = ("builtins", "socket", "ssl", "requests", "requests.adapters", "requests.sessions")
"""Modules whose functions a plugin has to leave as they are: everybody uses them."""

_KEPT_BYTES = 4096
_LONGEST_START_S = 60.0
_READY = b"\0ready\0"  # what the child writes when it is about to import the plugin
_TASK, _RESULT = "task.json", "result.json"
_CHILD = (
    "import json, pathlib, sys; folder = pathlib.Path(sys.argv[1]);"
    f"task = json.loads((folder / '{_TASK}').read_text('utf-8')); sys.path[:] = task['path'];"
    "from orpheus_core.plugins.deep_import import run_as_child; run_as_child(folder, task['value'])"
)


class Outcome(enum.Enum):
    """How an import ended. ENDED: it ended the whole process, HUNG: it did not end in time."""

    IMPORTED = "imported"
    RAISED = "raised"
    ENDED = "ended"
    HUNG = "hung"


@attrs.frozen(kw_only=True)
class DeepImport:
    """What the import of a plugin did.

    Attributes:
        error: what it raised, in words, and where.
        exit_status: what the process ended with that it ended; negative: the signal.
        printed: what it wrote to standard output; the beginning of it.
        replaced: functions of others that are not the same any more: ``requests.get``.
        took_s: how long the process ran from there on, in seconds.
    """

    outcome: Outcome
    took_s: float
    error: str = ""
    exit_status: int | None = None
    printed: str = ""
    replaced: tuple[str, ...] = ()


def deep_import(
    value: str, *, limit_s: float = LIMIT_S, path: Sequence[str] | None = None
) -> DeepImport:
    """Import what the entry point *value* (``package.module:attribute``) names, in a child.

    Args:
        limit_s: the child is killed when the import takes longer.
        path: its ``sys.path``; that of this process when None.
    """
    with tempfile.TemporaryDirectory(prefix="orpheus-import-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        task = {"value": value, "path": list(sys.path if path is None else path)}
        folder.joinpath(_TASK).write_text(json.dumps(task), "utf-8")
        child = _start(folder)
        printed = _Printed(child)
        began_s = time.monotonic()
        try:
            printed.ready.wait(_LONGEST_START_S)
            began_s = time.monotonic()
            status: int | None = child.wait(limit_s)
        except subprocess.TimeoutExpired:
            status = None
        finally:
            _kill_group(child)
        took_s = time.monotonic() - began_s
        return attrs.evolve(_read_result(folder, status, took_s), printed=printed.text())


def _start(folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - this interpreter, with a text of ours
        [sys.executable, "-c", _CHILD, str(folder)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # means nothing on Windows, where taskkill finds the children
    )


def _kill_group(child: subprocess.Popen[bytes]) -> None:
    """End the child and whatever it has started."""
    if sys.platform == "win32":
        if child.poll() is None:
            taskkill = Path(os.environ.get("SYSTEMROOT", r"C:\Windows")) / "System32/taskkill.exe"
            command = [str(taskkill), "/F", "/T", "/PID", str(child.pid)]
            with contextlib.suppress(OSError):
                subprocess.run(command, capture_output=True, check=False)  # noqa: S603
            child.kill()
    else:
        import signal

        with contextlib.suppress(ProcessLookupError, PermissionError):  # all of it has ended
            os.killpg(child.pid, signal.SIGKILL)
    child.wait()


class _Printed(threading.Thread):
    """Reads what the child prints, and keeps the beginning: the pipe must never fill up."""

    def __init__(self, child: subprocess.Popen[bytes]) -> None:
        super().__init__(name="orpheus-deep-import", daemon=True)
        self.ready = threading.Event()
        """Set when the import begins, or cannot begin any more."""
        self._stream: IO[bytes] | None = child.stdout
        self._kept = b""
        self.start()

    def run(self) -> None:
        if self._stream is not None:
            with self._stream as stream:
                while piece := os.read(stream.fileno(), _KEPT_BYTES):
                    self._kept += piece[: max(0, _KEPT_BYTES - len(self._kept))]
                    if _READY in self._kept:
                        self.ready.set()
        self.ready.set()

    def text(self) -> str:
        """Return what was printed; waits a moment for the end of it."""
        self.join(1.0)
        return self._kept.partition(_READY)[2].decode("utf-8", "replace").strip()


def _read_result(folder: Path, status: int | None, took_s: float) -> DeepImport:
    if status is None:
        return DeepImport(outcome=Outcome.HUNG, took_s=took_s)
    try:
        result = json.loads(folder.joinpath(_RESULT).read_text("utf-8"))
    except (OSError, ValueError):  # it was not written: the process was ended before
        return DeepImport(outcome=Outcome.ENDED, took_s=took_s, exit_status=status)
    error = str(result["error"])
    return DeepImport(
        outcome=Outcome.RAISED if error else Outcome.IMPORTED,
        took_s=took_s,
        error=error,
        replaced=tuple(map(str, result["replaced"])),
    )


# --- in the child ------------------------------------------------------------------------


def run_as_child(folder: Path, value: str) -> NoReturn:
    """Import *value*, write into *folder* what came of it, and end the process."""
    modules = {name: importlib.import_module(name) for name in WATCHED}
    before = dict(_functions(modules))
    error = ""
    os.write(1, _READY)
    try:
        plugin = discovery.loaded(value)
        if isinstance(plugin, type):  # of which each application makes an instance
            plugin()
    except BaseException as raised:  # noqa: BLE001 - the border to foreign code
        error = f"{in_words(raised)}{_place(raised)}"
    after = dict(_functions(modules))
    replaced = sorted(
        [name for name, function in before.items() if after.get(name) is not function]
        + [name for name, module in modules.items() if sys.modules.get(name) is not module]
    )
    result = json.dumps({"error": error, "replaced": replaced})
    folder.joinpath(_RESULT).write_text(result, "utf-8")
    with contextlib.suppress(Exception):  # whatever the plugin put in its place
        sys.stdout.flush()
    os._exit(0)  # at once: what it left behind, a thread or a handler, is not waited for


def _functions(modules: Mapping[str, ModuleType]) -> Iterator[tuple[str, object]]:
    """Each function of *modules* and of their classes, by its full name."""
    for module_name, module in modules.items():
        for name, value in list(vars(module).items()):
            if callable(value):
                yield f"{module_name}.{name}", value
            if isinstance(value, type) and value.__module__ == module_name != "builtins":
                for method in dir(value):  # inherited ones as well: socket.connect is one
                    function = inspect.getattr_static(value, method)
                    if callable(function):
                        yield f"{module_name}.{name}.{method}", function


def _place(error: BaseException) -> str:
    """Where *error* was raised, as far as that is in a file: `` in plugin.py line 3``."""
    if isinstance(error, SyntaxError):  # says so itself
        return ""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename not in (__file__, discovery.__file__)
        and "importlib" not in frame.filename
    ]
    return f" in {_short(frames[-1].filename)} line {frames[-1].lineno}" if frames else ""


def _short(file: str) -> str:
    """*file*, from the folder on that is on ``sys.path``."""
    for folder in sorted(sys.path, key=len, reverse=True):
        if folder and file.startswith(os.path.join(folder, "")):  # noqa: PTH118 - text from sys.path
            return file[len(folder) :].lstrip("/\\").replace("\\", "/")
    return file
