"""Which advice is passed on: each piece once in a while, not too many, none that is silenced."""

from __future__ import annotations

import collections
import fnmatch
import threading

import attrs

from orpheus_core.brain.advice import Advice
from orpheus_core.brain.events import Event, Severity
from orpheus_core.clock import Clock
from orpheus_core.config import AdviceSettings

MOST_REMEMBERED = 1000

_Key = tuple[str, str | None, str]


@attrs.frozen
class _Given:
    """When it was given, on the monotonic clock, and how grave it was."""

    at_s: float
    severity: Severity


class AdviceDesk:
    """Sorts advice out. For any number of threads.

    Advice with the same code, for the same service and about the same thing, is the same. It
    is given again when it is graver than before, or after ``advice.again_after_s``.

    At most ``advice.most`` pieces are given in one run. Those that are less grave do not use
    up the room of those that are graver: a full disk is still told of after twenty notes. What
    is held back is held back without a word: the events that it is on are in the log.
    """

    def __init__(self, settings: AdviceSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._lock = threading.Lock()
        self._given: collections.OrderedDict[_Key, _Given] = collections.OrderedDict()
        self._counts: collections.Counter[Severity] = collections.Counter()

    def is_silenced(self, code: str) -> bool:
        """Whether the person does not want to hear *code*."""
        return any(fnmatch.fnmatchcase(code, each) for each in self._settings.silenced)

    def passes(self, advice: Advice, event: Event) -> bool:
        """Whether *advice* on *event* is given; if so, it counts as given."""
        if self.is_silenced(advice.code):
            return False
        key = (advice.code, advice.service or event.service, advice.about)
        now_s = self._clock.monotonic()
        with self._lock:
            if self._is_known(key, advice.severity, now_s) or self._is_full(advice.severity):
                return False
            self._counts[advice.severity] += 1
            self._given[key] = _Given(now_s, advice.severity)
            self._given.move_to_end(key)
            if len(self._given) > MOST_REMEMBERED:
                self._given.popitem(last=False)
        return True

    def _is_known(self, key: _Key, severity: Severity, now_s: float) -> bool:
        before = self._given.get(key)
        if before is None or severity > before.severity:
            return False
        return now_s - before.at_s < self._settings.again_after_s

    def _is_full(self, severity: Severity) -> bool:
        as_grave = sum(number for each, number in self._counts.items() if each >= severity)
        return as_grave >= self._settings.most
