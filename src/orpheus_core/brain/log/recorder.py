"""Has events kept: asks for sinks when something happens that is worth it, and feeds them."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter

from orpheus_core.brain.bus import EventBus
from orpheus_core.brain.events import Event, Severity
from orpheus_core.brain.hooks import Hooks
from orpheus_core.brain.kind import Area
from orpheus_core.brain.kinds import KINDS
from orpheus_core.brain.log.keeper import MOST_WAITING, Keeper, is_sinks_thread
from orpheus_core.brain.queued import dropped_data

_MOST_HELD_BACK = 400
"""So many events that are worth nothing by themselves are worth something together."""

_MOST_OF_OPENING = 5_000
"""So much of what opening itself brings about waits; whoever else publishes waits himself, or a
process that is killed then would cost more than `MOST_LOST`."""

_WAIT_S = 10.0
"""How long a publisher waits for the sinks to be there, and how long all have to close."""

_OF_OPENING = (Area.SYSTEM, Area.PLUGIN, Area.CLI, Area.BRAIN)
_OPENED = "system.started"


class Recorder:
    """Gives each event that is kept to each sink, in the order in which it comes.

    A run in which nothing happened leaves no trace: debug events of opening and closing (of
    system, plugins and command line) are held back until something else happens. Then the
    plugins are asked for sinks; while an application opens, that waits until all are there.

    Make it before other subscribers: what they publish about an event comes behind it then.
    """

    def __init__(self, hooks: Hooks, events: EventBus) -> None:
        self._hooks = hooks
        self._events = events
        self._lock = threading.RLock()
        self._held_back: list[Event] = []
        self._missed: Counter[str] = Counter()
        self._is_worth_it = self._has_opened = self._hands_over = False
        self._opener: int | None = None
        self._ready = threading.Event()
        self._keepers: tuple[Keeper, ...] = ()
        self._process = os.getpid()
        self._subscription = events.subscribe(self._keep, name="log")

    def flush(self, timeout_s: float) -> bool:
        """Return once all that happened before is written; False when that took too long."""
        self._open_if_worth_it(timeout_s)
        due = time.monotonic() + timeout_s
        done = [keeper.flush(max(0.0, due - time.monotonic())) for keeper in self._keepers]
        return all(done)

    def close(self) -> None:
        """Have all written, within a bound, and close the sinks; twice is fine."""
        if self._is_of_a_fork():
            return
        self._open_if_worth_it(_WAIT_S)
        due = time.monotonic() + _WAIT_S
        for closing in [keeper.start_closing(_WAIT_S) for keeper in self._keepers]:
            closing.join(max(0.0, due - time.monotonic()))
        self._subscription.cancel()
        self._keepers = ()

    def _keep(self, event: Event) -> None:
        if not event.seq or self._is_of_a_fork():  # no number: fleeting, as progress is
            return
        if self._ready.is_set() or not self._holds_back(event):
            for keeper in self._keepers:
                keeper.put(event)

    def _is_of_a_fork(self) -> bool:
        """Whether this is a copy in another process: threads and files are the parent's."""
        return os.getpid() != self._process

    # --- until the sinks are there --------------------------------------------------------

    def _holds_back(self, event: Event) -> bool:
        """Whether *event* waits; False if the sinks are there meanwhile."""
        with self._lock:
            if self._ready.is_set():
                return False
            has_room = self._opener is None or len(self._held_back) < self._room()
            if has_room:
                self._held_back.append(event)
            is_due = self._opener is None and self._is_due(event)
        if is_due:
            self._open()
        if has_room:
            return True
        if not self._is_of_opening() and self._ready.wait(_WAIT_S):
            return False
        with self._lock:
            self._missed[event.kind] += 1
        return True

    def _room(self) -> int:
        """How many events may be held back while the sinks are asked for."""
        if self._is_of_opening():
            return _MOST_OF_OPENING
        return 0 if self._hands_over else MOST_WAITING

    def _is_of_opening(self) -> bool:
        """Whether the sinks wait for this thread, which must not wait for them then."""
        return self._opener == threading.get_ident() or is_sinks_thread()

    def _is_due(self, event: Event) -> bool:
        """Whether it is time for the sinks."""
        row = KINDS.get(event.kind)
        is_of_opening = row is not None and row.area in _OF_OPENING
        self._has_opened |= event.kind == _OPENED or not is_of_opening
        self._is_worth_it |= event.severity > Severity.DEBUG or not is_of_opening
        is_much = len(self._held_back) >= _MOST_HELD_BACK
        return is_much or (self._is_worth_it and self._has_opened)

    def _open_if_worth_it(self, timeout_s: float) -> None:
        if self._is_worth_it and self._opener is None:
            self._open()
        elif self._opener is not None and not self._is_of_opening():
            self._ready.wait(timeout_s)

    def _open(self) -> None:
        """Ask for the sinks, then give them what was held back; once."""
        with self._lock:
            if self._opener is not None:
                return
            self._opener = threading.get_ident()
        keepers: tuple[Keeper, ...] = ()
        try:
            # Not under the lock: plugins are imported, and what that publishes is held back.
            sinks = self._hooks.sinks()
            keepers = tuple(Keeper(each.value, each.plugin, self._events) for each in sinks)
        finally:
            self._hand_over(keepers)

    def _hand_over(self, keepers: tuple[Keeper, ...]) -> None:
        while not self._ready.is_set():
            # Not under the lock either: a sink that publishes must get through.
            with self._lock:
                self._hands_over = True
                due, self._held_back = self._held_back, []
                if not due:
                    self._keepers = keepers
                    self._ready.set()
            for event in due:
                for keeper in keepers:
                    keeper.put(event)
        if self._missed:
            self._events.emit("brain.events.dropped", data=dropped_data("log", self._missed))
