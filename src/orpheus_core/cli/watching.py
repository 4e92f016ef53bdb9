"""Runs work on a thread of its own while this one shows progress and listens for Ctrl-C."""

from __future__ import annotations

import collections
import contextlib
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from orpheus_core.app import Orpheus
from orpheus_core.brain import Event, Severity
from orpheus_core.cli.advised import advised_in
from orpheus_core.cli.columns import wrap
from orpheus_core.cli.command_news import tell_interrupted
from orpheus_core.cli.invocation import Invocation
from orpheus_core.cli.progress.board import Board, News, NewsKind
from orpheus_core.cli.progress.json_lines import JsonLines
from orpheus_core.cli.progress.lines import Lines
from orpheus_core.cli.progress.live import LiveRows
from orpheus_core.cli.progress.reader import Reader, Silence
from orpheus_core.cli.progress.track_names import TrackList, TrackNames
from orpheus_core.cli.stopping import StopRequests
from orpheus_core.cli.terminal import Progress
from orpheus_core.errors import Cancelled, Terminated
from orpheus_core.version import VERSION

T = TypeVar("T")

_FRAME_S = 0.1
_LONGEST_STOP_S = 3.0
_STOPPING = "Stopping after the current write."
_TWICE = "Ctrl-C again stops at once."


def watched(invocation: Invocation, app: Orpheus, work: Callable[[threading.Event], T]) -> T:
    """Return what *work* returns; meanwhile show the events of *app* as they come.

    Args:
        work: runs on another thread; stops soon once its event is set.

    Raises:
        Cancelled, Terminated: Ctrl-C or SIGTERM came.
        BaseException: whatever *work* raised.
    """
    watch = _Watch(invocation, app)
    cancel = threading.Event()
    worker = _Worker(work, cancel)
    with StopRequests(cancel) as stop, contextlib.closing(watch):
        worker.start()
        try:
            watch.until_ended(worker, stop)
        except BaseException:
            cancel.set()
            worker.join(_LONGEST_STOP_S)
            invocation.abandoned = worker.is_alive()
            raise
    if stop.count:
        return _stopped(invocation, worker, stop, watch.board)
    return worker.outcome()


def _stopped(invocation: Invocation, worker: _Worker[T], stop: StopRequests, board: Board) -> T:
    """Return what came after all, just before the stop, or say how far it came."""
    invocation.abandoned = worker.is_alive()
    if not invocation.abandoned and not isinstance(worker.error, Cancelled):
        return worker.outcome()
    kind = Terminated if stop.terminated else Cancelled
    raise kind(
        "stopped on request",
        done=f"{board.there} of {len(board.tracks)} tracks were finished in this run, and all "
        "that came is kept"
        if board.tracks
        else "nothing was finished",
        next_step=invocation.command_line,
    )


class _Worker(threading.Thread, Generic[T]):
    """Runs the work and keeps what came of it."""

    def __init__(self, work: Callable[[threading.Event], T], cancel: threading.Event) -> None:
        super().__init__(name="orpheus-work", daemon=True)
        self._work = work
        self._cancel = cancel
        self._results: list[T] = []
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self._results.append(self._work(self._cancel))
        except BaseException as error:  # noqa: BLE001 - raised again by the other thread
            self.error = error

    def outcome(self) -> T:
        """Return what the work returned, or raise what it raised."""
        if self.error is not None:
            raise self.error
        return self._results[0]


class _Watch:
    """Takes in events on whatever thread they come, shows them on the main thread."""

    def __init__(self, invocation: Invocation, app: Orpheus) -> None:
        self.board = Board()
        self._invocation = invocation
        self._events = app.brain.events
        self._reader = _reader(invocation, self.board)
        self._inbox: collections.deque[Event | TrackList] = collections.deque()
        self._subscription = self._events.subscribe(self._inbox.append, name="progress")
        # As one of the core's own: it is needed in safe mode, too.
        app.plugins.register_builtins({"core-progress": TrackNames(self._inbox.append)}, VERSION)

    def until_ended(self, worker: _Worker[T], stop: StopRequests) -> None:
        """Show what happens until the work has ended, or too long after a stop."""
        told = False
        stopping_since_s = 0.0
        while worker.is_alive():
            worker.join(_FRAME_S)
            self._show()
            if stop.count and not told:
                told, stopping_since_s = True, time.monotonic()
                tell_interrupted(self._events)
                if not self._invocation.json:
                    self._reader.close()
                    hint = "" if stop.terminated else f" {_TWICE}"
                    self._invocation.output.say(f"{_STOPPING}{hint}")
            late = told and time.monotonic() - stopping_since_s > _LONGEST_STOP_S
            if stop.count > 1 or late:
                return
        if stop.count and not told:  # it came in the last moment
            tell_interrupted(self._events)

    def close(self) -> None:
        """Show the last of it, and listen no more."""
        self._subscription.cancel()
        self._show()
        self._reader.close()
        if not (self._invocation.json or self._invocation.quiet):
            _show_advice(self._invocation)

    def _show(self) -> None:
        now_s = time.monotonic()
        while self._inbox:
            message = self._inbox.popleft()
            if isinstance(message, Event):
                self._look_into(message)
            for news in self.board.take(message, now_s):
                self._reader.tell(news)
        self._reader.tick(now_s)

    def _look_into(self, event: Event) -> None:
        if event.kind == "brain.advice.given":
            self._invocation.advice.append(advised_in(event))
        told = event.kind == "plugin.said"  # by the board's own news
        if self._invocation.verbose and event.severity >= Severity.INFO and not told:
            self._reader.tell(News(kind=NewsKind.INNER, event=event))


def _reader(invocation: Invocation, board: Board) -> Reader:
    terminal = invocation.terminal()
    output, verbose = invocation.output, bool(invocation.verbose)
    if invocation.json:
        return JsonLines(output, board, time.monotonic) if invocation.lines else Silence()
    if terminal.progress is Progress.ROWS:
        return LiveRows(output, board, invocation.terminal, verbose=verbose)
    if terminal.progress is Progress.LINES:
        return Lines(output, board, verbose=verbose)
    return Silence()


def _show_advice(invocation: Invocation) -> None:
    """Say what the advisors said, each thing once."""
    said = [(advised.title, advised.next_step) for advised in invocation.advice]
    for title, next_step in dict.fromkeys(said):
        then = f" ({next_step})" if next_step else ""
        lines = wrap(f"{title}{then}", "advice: ", " " * 8)
        invocation.output.say(*lines, style="note", mark="advice:")
