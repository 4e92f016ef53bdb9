"""Ctrl-C and SIGTERM: asked once, work stops in order; asked twice, at once."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Self


class TerminatedBySignal(KeyboardInterrupt):
    """SIGTERM came. Goes wherever Ctrl-C goes: past everything that catches exceptions."""


@contextlib.contextmanager
def terminable() -> Iterator[None]:
    """While inside, SIGTERM raises `TerminatedBySignal` in the main thread."""

    def terminate(_number: int, _frame: FrameType | None) -> None:
        raise TerminatedBySignal

    with _handled({signal.SIGTERM: terminate}):
        yield


class StopRequests:
    """While inside, Ctrl-C and SIGTERM are counted, and set *cancel*.

    The handlers do nothing else: they may come in the middle of a write.
    """

    def __init__(self, cancel: threading.Event) -> None:
        self.count = 0
        self.terminated = False
        self._cancel = cancel
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        self._stack.enter_context(
            _handled({signal.SIGINT: self._interrupt, signal.SIGTERM: self._terminate})
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _interrupt(self, _number: int, _frame: FrameType | None) -> None:
        self.count += 1
        self._cancel.set()

    def _terminate(self, _number: int, _frame: FrameType | None) -> None:
        self.terminated = True
        self.count += 1
        self._cancel.set()


_Handler = Callable[[int, FrameType | None], None]


@contextlib.contextmanager
def _handled(handlers: dict[signal.Signals, _Handler]) -> Iterator[None]:
    """Set *handlers* and put the old ones back; a signal that is ignored stays so."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {}
    for number, handler in handlers.items():
        if signal.getsignal(number) is not signal.SIG_IGN:
            before[number] = signal.signal(number, handler)
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)
