"""The feed of the rules: plugins are asked once, and no event is missed while they are."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from tests.brain.rules.events import FAILED, FINISHED, event, rule

from orpheus_core.brain import Rule
from orpheus_core.brain.rules import Firing, RuleEngine
from orpheus_core.brain.rules import feed as feeding
from orpheus_core.brain.rules.feed import RuleFeed
from orpheus_core.testing.clock import SimClock


class Bench:
    """A feed whose rules come at the first event; *meanwhile* happens while they are gathered."""

    def __init__(self, *rules: Rule, meanwhile: Callable[[], object] = lambda: None) -> None:
        self.asked: list[str] = []
        self._rules = list(rules)
        self._meanwhile = meanwhile
        self._engine = RuleEngine(SimClock())
        self.feed = RuleFeed(self._engine, self._gather)

    def _gather(self, kind: str) -> None:
        self.asked.append(kind)
        self._meanwhile()
        self._engine.add_all(self._rules, "p")
        self._rules = []

    def fired(self, kind: str, service: str) -> list[str | None]:
        """Of which services the events are that fire with this one."""
        firings: list[Firing] = self.feed.feed(event(kind, service=service))
        return [firing.event.service for firing in firings]


def on_a_thread(work: Callable[[], object]) -> None:
    """Do it elsewhere, and see that it does not wait."""
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(timeout=10)
    assert not thread.is_alive()


def test_each_kind_is_asked_for_once() -> None:
    """What nobody knows is not asked for: no rule could wait for it."""
    bench = Bench(rule())
    for kind in (FINISHED, FAILED, "no.such.kind", FINISHED, FAILED):
        bench.fired(kind, "a")

    assert bench.asked == [FINISHED, FAILED]


@pytest.mark.parametrize("elsewhere", [True, False])
def test_what_comes_while_rules_are_gathered_is_counted(elsewhere: bool) -> None:
    """On another thread, which does not wait; or on the same, from within a plugin."""

    def meanwhile() -> None:
        if bench.asked == [FAILED]:
            fail = lambda: told.append(bench.fired(FAILED, "b"))  # noqa: E731 - a short one
            on_a_thread(fail) if elsewhere else fail()

    told: list[object] = []
    bench = Bench(rule(cooldown_s=0), meanwhile=meanwhile)

    assert bench.fired(FAILED, "a") == ["a", "b"]
    assert told == [[]]
    assert bench.asked == [FAILED]


def test_the_order_of_a_thread_is_kept_while_rules_are_gathered() -> None:
    """Of a failure and an answer, the answer comes last, though its kind was known before."""

    def meanwhile() -> None:
        if bench.asked == [FINISHED, FAILED]:
            bench.fired(FAILED, "b")
            bench.fired(FINISHED, "b")

    bench = Bench(rule(count=3, reset=FINISHED), meanwhile=meanwhile)
    bench.fired(FINISHED, "a")

    assert bench.fired(FAILED, "a") == []
    assert bench.fired(FAILED, "a") == []  # the first that counts is the one before


def test_a_gathering_that_is_broken_off_ends_there() -> None:
    """The next event begins anew, and what waited is not lost."""

    def meanwhile() -> None:
        if len(bench.asked) == 1:
            bench.fired(FAILED, "b")
            raise KeyboardInterrupt

    bench = Bench(rule(cooldown_s=0), meanwhile=meanwhile)
    with pytest.raises(KeyboardInterrupt):
        bench.fired(FAILED, "a")

    assert bench.fired(FAILED, "c") == ["b", "c"]


def test_so_many_events_wait_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """An import that takes a minute does not fill the memory."""
    monkeypatch.setattr(feeding, "MOST_WAITING", 2)

    def meanwhile() -> None:
        for name in "bcd":
            bench.fired(FAILED, name)

    bench = Bench(rule(cooldown_s=0), meanwhile=meanwhile)

    assert bench.fired(FAILED, "a") == ["a", "c", "d"]
