"""Runs a function in a Python process of its own, with a limit of time."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

import attrs

from orpheus_core.plugins import in_words

_ORDER, _RESULT, _PRINTED = "order.json", "result.json", "printed.txt"
_CHILD = (
    "import json, pathlib, sys; folder = pathlib.Path(sys.argv[1]);"
    f"order = json.loads((folder / '{_ORDER}').read_text('utf-8')); sys.path[:] = order['path'];"
    f"from {__name__} import run_as_child; run_as_child(folder, order)"
)


@attrs.frozen(kw_only=True)
class Ended:
    """How the process ended.

    Attributes:
        answer: what the function returned, as JSON holds it; None when it did not return.
        error: what it raised, in words, or how the process ended.
        trace: the traceback of what it raised.
        hung: it did not end in time.
        printed: what was written to standard output and standard error.
    """

    answer: object = None
    error: str = ""
    trace: str = ""
    hung: bool = False
    printed: bytes = b""


def run_python(
    target: str,
    argument: object,
    folder: Path,
    *,
    path: Sequence[str] | None = None,
    limit_s: float,
) -> Ended:
    """Call ``target`` (``package.module:function``) with *argument* in a child process.

    The child has no input, none of the variables of Orpheus, writes no bytecode, and is in a
    process group of its own, which is killed as a whole in the end; also when this process is
    killed before.

    Args:
        argument: what JSON can hold.
        folder: an empty folder for what passes between the processes.
        path: its ``sys.path``; that of this process when None.
        limit_s: how long it may run, in real seconds.
    """
    order = {
        "target": target,
        "argument": argument,
        "path": list(sys.path if path is None else path),
    }
    folder.joinpath(_ORDER).write_text(json.dumps(order), "utf-8")
    with folder.joinpath(_PRINTED).open("wb") as printed:
        child = subprocess.Popen(  # noqa: S603 - this interpreter, with a text of ours
            [sys.executable, "-B", "-c", _CHILD, str(folder)],
            stdin=subprocess.PIPE,
            stdout=printed,
            stderr=subprocess.STDOUT,
            env=_environment(),
            start_new_session=True,
        )
        try:
            status: int | None = child.wait(limit_s)
        except subprocess.TimeoutExpired:
            status = None
        finally:
            _kill_group(child)
            if child.stdin is not None:
                child.stdin.close()
    said = folder.joinpath(_PRINTED).read_bytes()
    return attrs.evolve(_ending(folder, status, limit_s), printed=said)


def printed_so_far() -> int:
    """Return how much this child has written, in bytes of `Ended.printed`."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):  # whatever somebody put in its place
            stream.flush()
    return os.fstat(1).st_size


def run_as_child(folder: Path, order: Mapping[str, object]) -> NoReturn:
    """Call what *order* names, write into *folder* what came of it, and end the process."""
    _end_with_parent()
    result: dict[str, object] = {"answer": None, "error": "", "trace": ""}
    try:
        module, _, name = str(order["target"]).partition(":")
        function: Callable[[object], object] = getattr(importlib.import_module(module), name)
        result["answer"] = function(order["argument"])
    except BaseException as error:  # noqa: BLE001 - the border to foreign code
        result["error"] = in_words(error)
        result["trace"] = "".join(traceback.format_exception(error))
    folder.joinpath(_RESULT).write_text(json.dumps(result), "utf-8")
    printed_so_far()
    os._exit(0)  # at once: what was left behind, a thread or a handler, is not waited for


def _end_with_parent() -> None:
    """See that this child does not outlive the process that started it, however that ends.

    The standard input is a pipe whose other end that process alone holds: nothing is ever sent,
    so it ends when that process does. In its place comes an input that is empty.
    """
    lifeline = os.dup(0)
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.close(empty)

    def watch() -> None:
        os.read(lifeline, 1)
        if sys.platform != "win32":
            os.killpg(os.getpid(), signal.SIGKILL)  # whatever it has started is in its group
        os._exit(1)

    threading.Thread(target=watch, name="orpheus-lifeline", daemon=True).start()


def _ending(folder: Path, status: int | None, limit_s: float) -> Ended:
    if status is None:
        return Ended(error=f"it did not end in {limit_s:g} s", hung=True)
    try:
        result = json.loads(folder.joinpath(_RESULT).read_text("utf-8"))
    except (OSError, ValueError):  # it was not written: the process was ended before
        return Ended(error=f"it ended the process, with status {status}")
    return Ended(answer=result["answer"], error=result["error"], trace=result["trace"])


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ORPHEUS_")}
    return {**kept, "PYTHONUTF8": "1"}


def _kill_group(child: subprocess.Popen[bytes]) -> None:
    """End the child and whatever it has started."""
    if sys.platform == "win32":
        child.kill()
    else:
        with contextlib.suppress(ProcessLookupError, PermissionError):  # all of it has ended
            os.killpg(child.pid, signal.SIGKILL)
    child.wait()
