"""Side doors: what code does past the ways that Orpheus gives it, seen by an audit hook.

The code runs in a child process. There every attempt to reach the network, to start a
process, to write outside of the given folders, to call into C or to replace functions of
others is noted with the line it came from; nothing is prevented. No sandbox: who wants to
hide, can. It finds what happens by mistake or by habit.

`loopback_only` is for a test's own process: it stops whoever wants to leave this machine.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from orpheus_core.plugins import in_words
from orpheus_core.testing.conformance.child_process import run_python
from orpheus_core.testing.conformance.watch import (
    EVENTS,
    PATCHABLE,
    SideDoor,
    SideDoorKind,
    Watch,
)

LIMIT_S = 120.0


@attrs.frozen(kw_only=True)
class Watched:
    """What came of running code in a child process.

    Attributes:
        answer: what the task returned, as JSON holds it.
        error: how it failed: the exception in words, or how the process ended.
        hung: it did not end in time.
        printed: what was written to standard output and standard error, by phase.
    """

    side_doors: tuple[SideDoor, ...] = ()
    answer: object = None
    error: str = ""
    hung: bool = False
    printed: Mapping[str, str] = attrs.field(factory=dict)

    def during(self, phase: str, *kinds: SideDoorKind) -> list[SideDoor]:
        """Return the side doors of some kinds that were taken during *phase*."""
        return [each for each in self.side_doors if each.phase == phase and each.kind in kinds]


Task = Callable[["Watch", object], object]
"""Runs in the child: marks phases on the watch, gets the argument, returns what JSON can hold."""


def watch_side_doors(
    task: str,
    argument: object = None,
    *,
    code: Sequence[str | Path],
    write_below: Sequence[str | Path] = (),
    path: Sequence[str] | None = None,
    limit_s: float = LIMIT_S,
) -> Watched:
    """Run *task* in a child process, and return what it did past Orpheus.

    Args:
        task: ``package.module:function``, a `Task`.
        argument: what it is given; JSON has to be able to hold it.
        code: folders and files of the code that is watched.
        write_below: folders that it may write to.
        path: the child's ``sys.path``; that of this process when None.
        limit_s: the child is killed when it runs longer.
    """
    order = {
        "task": task,
        "argument": argument,
        "code": [str(each) for each in code],
        "write_below": [str(each) for each in write_below],
    }
    with tempfile.TemporaryDirectory(prefix="orpheus-watch-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        ended = run_python(f"{__name__}:run_in_child", order, folder, path=path, limit_s=limit_s)
        if ended.answer is None:
            text = ended.printed.decode("utf-8", "replace")
            return Watched(error=ended.error, hung=ended.hung, printed={"": text})
        import cattrs

        report = cattrs.structure(ended.answer, _Report)
        return Watched(
            side_doors=report.side_doors,
            answer=report.answer,
            error=report.error,
            printed={
                phase: ended.printed[start:end].decode("utf-8", "replace")
                for phase, (start, end) in report.spans.items()
            },
        )


@attrs.frozen(kw_only=True)
class _Report:
    """What the child tells; its *spans* are places in what it printed."""

    side_doors: tuple[SideDoor, ...]
    answer: Any  # as JSON gives it back; cattrs lets nothing else be just anything
    error: str
    spans: dict[str, tuple[int, int]]


# --- in the child ------------------------------------------------------------------------


def run_in_child(order: Mapping[str, object]) -> object:
    """Run what *order* names under watch, and return a report as JSON holds it."""
    import cattrs

    for name in PATCHABLE:
        importlib.import_module(name)
    watch = Watch(_texts(order["code"]), _texts(order["write_below"]))
    sys.addaudithook(watch.hear)
    answer: object = None
    error = ""
    try:
        answer = loaded_task(str(order["task"]))(watch, order["argument"])
    except BaseException as raised:  # noqa: BLE001 - the border to foreign code
        error = f"{in_words(raised)}{watch.place_of(raised)}"
    report = _Report(
        side_doors=tuple(dict.fromkeys(watch.side_doors)),
        answer=answer,
        error=error,
        spans=watch.spans,
    )
    return cattrs.unstructure(report)


def _texts(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else []


def loaded_task(name: str) -> Task:
    """Import the task ``package.module:function``."""
    module, _, attribute = name.partition(":")
    task: Task = getattr(importlib.import_module(module), attribute)
    return task


# --- in a test's own process --------------------------------------------------------------

_LOOPBACK = re.compile(r"127(\.\d{1,3}){3}|::1|::ffff:127(\.\d{1,3}){3}|localhost|0\.0\.0\.0|::|")
_LOOKING_UP = frozenset({"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"})
_guards: list[list[str]] = []
_guard_stands = False


class LeftTheMachine(OSError):
    """Somebody wanted to connect to another machine while that was not allowed."""


@contextlib.contextmanager
def loopback_only() -> Iterator[list[str]]:
    """Refuse every connection to another machine until the block ends.

    Yields:
        The attempts so far, for who caught the `LeftTheMachine` that stopped them.
    """
    global _guard_stands  # noqa: PLW0603 - an audit hook stays for good, so there is one
    if not _guard_stands:
        sys.addaudithook(_guard)
        _guard_stands = True
    attempts: list[str] = []
    _guards.append(attempts)
    try:
        yield attempts
    finally:
        # By identity: another guard may have seen the same.
        _guards[:] = [each for each in _guards if each is not attempts]


def _guard(event: str, arguments: tuple[object, ...]) -> None:
    if not _guards or EVENTS.get(event) is not SideDoorKind.SOCKET:
        return
    host = _host_in(arguments[0] if event in _LOOKING_UP else arguments[1])
    if host is None or _LOOPBACK.fullmatch(host):
        return
    attempt = f"{event} {host}"
    for attempts in _guards:
        attempts.append(attempt)
    raise LeftTheMachine(f"{attempt}: only this machine may be reached in this test")


def _host_in(target: object) -> str | None:
    """The host in an address or look-up; None where there is none: a path, a number."""
    if isinstance(target, tuple):
        target = target[0] if target else None
    elif isinstance(target, str | bytes) and os.sep in os.fsdecode(target):
        return None  # a socket in the file system
    if isinstance(target, bytes):
        return target.decode("ascii", "replace")
    return target if isinstance(target, str) else None
