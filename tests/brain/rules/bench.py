"""An engine to try rules on."""

from __future__ import annotations

from orpheus_core.brain import Event, Rule
from orpheus_core.brain.rules import RuleEngine
from orpheus_core.testing.clock import SimClock


class Bench:
    """An engine with rules of one plugin, and a clock that is turned."""

    def __init__(self, *rules: Rule) -> None:
        self.clock = SimClock()
        self.engine = RuleEngine(self.clock)
        for each in rules:
            self.engine.add(each, "p")

    def feed(self, fed: Event, at: float | None = None) -> list[str]:
        """Feed an event at a moment; return the rules that fired."""
        if at is not None:
            self.clock.advance(at - self.clock.monotonic())
        return [firing.rule.id for firing in self.engine.feed(fed)]
