"""What is remembered of one rule: how far its pattern has come, for each key.

`Rule` says what counts. Nothing here looks at a clock or takes a lock: the engine does.
"""

from __future__ import annotations

import collections
import math
from collections.abc import Sequence
from typing import NamedTuple, Protocol

import attrs

from orpheus_core.brain.events import Event
from orpheus_core.brain.rules.rule import Rule

MOST_KEYS = 1000
"""Of so many keys a rule knows something; the one that it saw longest ago goes first."""


@attrs.frozen(kw_only=True)
class Firing:
    """A rule whose pattern came: by which plugin it is, for which key, with how many events.

    *event* is the one that completed it: of an absence, the one that completed the count.
    *key* is the host, service or whatever the rule counts apart; empty where it counts all as
    one.
    """

    rule: Rule
    plugin: str
    key: str
    event: Event
    matched: int


class Seen(NamedTuple):
    """What an event is to a rule: the *steps* that it fits, and whether it is another sign."""

    steps: Sequence[int]
    is_absent: bool
    is_reset: bool


class _Collected(Protocol):
    """The events of one key that count."""

    def add(self, steps: Sequence[int], now_s: float) -> bool:
        """Take one more; return whether the pattern is complete."""


class _Count:
    """The times of the last *count* events."""

    def __init__(self, count: int, within_s: float) -> None:
        self._times: collections.deque[float] = collections.deque(maxlen=count)
        self._within_s = within_s

    def add(self, steps: Sequence[int], now_s: float) -> bool:
        self._times.append(now_s)
        is_full = len(self._times) == self._times.maxlen
        return is_full and now_s - self._times[0] <= self._within_s


class _Sequence:
    """For each step, the latest moment at which events that led there began.

    Of all that led there, the latest beginning leaves the most time for the rest: the others
    need not be known.
    """

    def __init__(self, length: int, within_s: float) -> None:
        self._begun_s: list[float | None] = [None] * length
        self._within_s = within_s

    def add(self, steps: Sequence[int], now_s: float) -> bool:
        for step in sorted(steps, reverse=True):  # or one event would be two steps
            begun_s = now_s if step == 0 else self._begun_s[step - 1]
            if begun_s is not None and now_s - begun_s <= self._within_s:
                self._begun_s[step] = begun_s
        return self._begun_s[-1] is not None


class _Waiting(NamedTuple):
    """A count that is complete since *event*; an absence, if none comes before *due_s*."""

    due_s: float
    event: Event


@attrs.define(eq=False)
class _Key:
    """One key. It is passed over until *quiet_until_s*."""

    collected: _Collected
    quiet_until_s: float = -math.inf


class Watch:
    """Watches for one rule. For one thread at a time."""

    def __init__(self, rule: Rule, plugin: str) -> None:
        self.rule = rule
        self._plugin = plugin
        self._keys: collections.OrderedDict[str, _Key] = collections.OrderedDict()
        # The time to wait is the same for all, so the first is the first that is due.
        self._waiting: collections.OrderedDict[str, _Waiting] = collections.OrderedDict()

    @property
    def next_due_s(self) -> float:
        """When the next absence fires, unless an event comes; never: infinity."""
        first = next(iter(self._waiting.values()), None)
        return math.inf if first is None else first.due_s

    def notice(self, key: str, seen: Seen, event: Event, now_s: float) -> Firing | None:
        """Take *event* for *key* in; return what it completes."""
        known = self._keys.get(key)
        if known is not None:
            self._keys.move_to_end(key)
            if now_s < known.quiet_until_s:
                return None
        if seen.is_reset:
            self._forget(key)
        if seen.is_absent:
            self._waiting.pop(key, None)
        if not seen.steps or key in self._waiting:
            return None
        known = self._keys.get(key) or self._remember(key)
        if not known.collected.add(seen.steps, now_s):
            return None
        if self.rule.absent is not None:
            known.collected = self._nothing()
            self._waiting[key] = _Waiting(now_s + self.rule.within_s, event)
            return None
        return self._fire(key, event, now_s)

    def due(self, now_s: float) -> list[Firing]:
        """Return each absence whose time has come; each once."""
        fired = []
        while self.next_due_s <= now_s:
            key, waiting = self._waiting.popitem(last=False)
            fired.append(self._fire(key, waiting.event, now_s))
        return fired

    def _fire(self, key: str, event: Event, now_s: float) -> Firing:
        rule = self.rule
        self._keys[key] = _Key(self._nothing(), now_s + rule.cooldown_s)
        return Firing(
            rule=rule,
            plugin=self._plugin,
            key=key,
            event=event,
            matched=max(rule.count, len(rule.when)),
        )

    def _nothing(self) -> _Collected:
        rule = self.rule
        if len(rule.when) > 1:
            return _Sequence(len(rule.when), rule.within_s)
        return _Count(rule.count, rule.within_s)

    def _remember(self, key: str) -> _Key:
        self._keys[key] = known = _Key(self._nothing())
        while len(self._keys) > MOST_KEYS:
            self._forget(next(iter(self._keys)))
        return known

    def _forget(self, key: str) -> None:
        self._keys.pop(key, None)
        self._waiting.pop(key, None)
