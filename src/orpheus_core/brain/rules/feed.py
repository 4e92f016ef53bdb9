"""Brings events to the rules; plugins are asked for theirs when a kind comes for the first time."""

from __future__ import annotations

import collections
import threading
from collections.abc import Callable

from orpheus_core.brain.events import Event
from orpheus_core.brain.kinds import KINDS
from orpheus_core.brain.rules.engine import RuleEngine
from orpheus_core.brain.rules.watch import Firing

MOST_WAITING = 10_000
"""Of more events that come while a plugin is imported, the oldest are not looked at."""


class RuleFeed:
    """Feeds an engine, to which *gather* adds the rules that are about a kind.

    For any number of threads. While one of them gathers, which may import plugins, no other
    waits for it, and none of their events is missed: it takes them in, in their order.
    """

    def __init__(self, engine: RuleEngine, gather: Callable[[str], None]) -> None:
        self._engine = engine
        self._gather = gather
        self._lock = threading.Lock()
        self._new_kinds = set(KINDS)
        self._waiting: collections.deque[Event] = collections.deque(maxlen=MOST_WAITING)
        self._is_gathering = False

    def feed(self, event: Event) -> list[Firing]:
        """Return what fires with *event*; while another thread gathers, that one is told."""
        if event.kind not in self._new_kinds and not self._is_gathering:
            return self._engine.feed(event)
        with self._lock:
            self._waiting.append(event)
            if self._is_gathering:
                return []
            self._is_gathering = True
        try:
            return self._take_in()
        except BaseException:  # Ctrl-C, or a failure in strict mode
            self._is_gathering = False
            raise

    def _take_in(self) -> list[Firing]:
        fired = []
        while (event := self._next()) is not None:
            if event.kind in self._new_kinds:
                self._gather(event.kind)
                self._new_kinds.discard(event.kind)
            fired += self._engine.feed(event)
        return fired

    def _next(self) -> Event | None:
        """The event that waits longest; once there is none, the others go on by themselves."""
        with self._lock:
            if self._waiting:
                return self._waiting.popleft()
            self._is_gathering = False
            return None
