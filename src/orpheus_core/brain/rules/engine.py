"""Watches events for the patterns of rules."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable

import attrs

from orpheus_core.brain.events import Event
from orpheus_core.brain.rules.matching import Fits, KeyOf, key_of, matcher
from orpheus_core.brain.rules.rule import Rule
from orpheus_core.brain.rules.sight import faults_of, kinds_of
from orpheus_core.brain.rules.watch import Firing, Seen, Watch
from orpheus_core.clock import Clock


class RuleEngine:
    """Says which rules an event completes. For any number of threads.

    An event of a kind that no rule wants costs one look into a table.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._names: set[tuple[str, str]] = set()
        self._by_kind: dict[str, tuple[_Interest, ...]] = {}
        self._absences: list[Watch] = []
        self._next_due_s = math.inf

    def add(self, rule: Rule, plugin: str) -> None:
        """Watch for *rule* from now on.

        Raises:
            ValueError: *plugin* has a rule of that name already, or this one could never fire:
                it waits for a kind, a field or a value that there is not.
        """
        if faults := faults_of(rule):
            raise ValueError(f"rule {rule.id}: {'; '.join(faults)}")
        watch = Watch(rule, plugin)
        interests = _interests(watch)
        with self._lock:
            if (plugin, rule.id) in self._names:
                raise ValueError(f"rule {rule.id}: {plugin} has one of that name already")
            self._names.add((plugin, rule.id))
            for kind, interest in interests.items():
                self._by_kind[kind] = (*self._by_kind.get(kind, ()), interest)
            if rule.absent is not None:
                self._absences.append(watch)

    def add_all(self, rules: Iterable[Rule], plugin: str) -> None:
        """Watch for those of *rules* that can be watched for.

        Raises:
            ValueError: some cannot; it names each, and the others are there all the same.
        """
        faults = []
        for rule in rules:
            try:
                self.add(rule, plugin)
            except ValueError as error:
                faults.append(str(error))
        if faults:
            raise ValueError("; ".join(faults))

    def feed(self, event: Event) -> list[Firing]:
        """Return each absence whose time has come, and then what *event* completes.

        Rules are told in the order in which they were added.
        """
        interests = self._by_kind.get(event.kind)
        if interests is None:
            return self.due() if self._next_due_s < math.inf else []
        noticed = []
        for interest in interests:
            seen = interest.seen(event)
            key = None if seen is None else interest.key_of(event)
            if seen is not None and key is not None:
                noticed.append((interest.watch, key, seen))
        if not noticed:
            return self.due()
        with self._lock:
            now_s = self._clock.monotonic()
            fired = self._due(now_s)
            for watch, key, seen in noticed:
                if firing := watch.notice(key, seen, event, now_s):
                    fired.append(firing)
            self._look_ahead()
        return fired

    def due(self) -> list[Firing]:
        """Return each absence whose time has come since anybody last looked."""
        if self._next_due_s == math.inf or self._clock.monotonic() < self._next_due_s:
            return []
        with self._lock:
            fired = self._due(self._clock.monotonic())
            self._look_ahead()
        return fired

    def _due(self, now_s: float) -> list[Firing]:
        if now_s < self._next_due_s:
            return []
        return [firing for watch in self._absences for firing in watch.due(now_s)]

    def _look_ahead(self) -> None:
        if self._absences:
            self._next_due_s = min(watch.next_due_s for watch in self._absences)


@attrs.frozen(kw_only=True)
class _Interest:
    """What a rule looks for in events of one kind."""

    watch: Watch
    key_of: KeyOf
    steps: tuple[tuple[int, Fits], ...]
    absent: Fits | None
    reset: Fits | None

    def seen(self, event: Event) -> Seen | None:
        """What *event* is to the rule; None: nothing."""
        steps = [step for step, fits in self.steps if fits(event)]
        is_absent = self.absent is not None and self.absent(event)
        is_reset = self.reset is not None and self.reset(event)
        return Seen(steps, is_absent, is_reset) if steps or is_absent or is_reset else None


def _interests(watch: Watch) -> dict[str, _Interest]:
    """What is to be looked for in each kind that the rule of *watch* names."""
    rule = watch.rule
    steps = [(step, kinds_of(each.kind), matcher(each)) for step, each in enumerate(rule.when)]
    absent, reset = (
        (frozenset[str](), None) if each is None else (kinds_of(each.kind), matcher(each))
        for each in (rule.absent, rule.reset)
    )
    kinds = frozenset[str]().union(*(fit for _, fit, _ in steps), absent[0], reset[0])
    return {
        kind: _Interest(
            watch=watch,
            key_of=key_of(rule.per),
            steps=tuple((step, fits) for step, fit, fits in steps if kind in fit),
            absent=absent[1] if kind in absent[0] else None,
            reset=reset[1] if kind in reset[0] else None,
        )
        for kind in kinds
    }
