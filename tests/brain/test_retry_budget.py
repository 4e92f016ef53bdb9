"""Sending again is worth only so much: a service that is down gets each request once."""

from __future__ import annotations

import random

import pytest

from orpheus_core.brain import Attempted, EventBus, RetryQuestion, Verdict
from orpheus_core.brain.deciders import RetryDecider
from orpheus_core.brain.retry_budget import WATCHED, RetryBudget
from orpheus_core.config import NetworkSettings
from orpheus_core.errors import (
    ConnectionRefused,
    DnsFailure,
    HostUnreachable,
    ItemNotFound,
    OrpheusError,
    RateLimited,
    ReadTimeout,
    ServiceDown,
    Stalled,
)
from orpheus_core.redaction import Redactor
from orpheus_core.testing.clock import SimClock


class Bench:
    """A budget that a bus tells how requests end, and the decider that asks it."""

    def __init__(self) -> None:
        self.clock = SimClock()
        self.budget = RetryBudget(self.clock)
        self.bus = EventBus(self.clock, Redactor())
        self.bus.subscribe(self.budget.note, kinds=WATCHED)
        self._decider = RetryDecider(NetworkSettings(), random.Random(1), self.budget)

    def fail(self, error: OrpheusError, times: int = 1, service: str | None = "shop") -> None:
        for _ in range(times):
            self.bus.emit("network.request.failed", service=service, error=error)

    def answer(self, times: int = 1) -> None:
        for _ in range(times):
            self.bus.emit("network.request.finished", service="shop")

    def requests_sent(self, error: OrpheusError) -> int:
        """How often one request is sent to a service that always fails with *error*."""
        for attempt in range(1, 100):
            self.fail(error)
            question = RetryQuestion(
                attempted=Attempted.REQUEST, error=error, service="shop", attempt=attempt
            )
            decision = self._decider.orpheus_decide(question)
            assert decision is not None
            if decision.verdict is not Verdict.RETRY:
                return attempt
            self.clock.sleep(decision.after_s)
        raise AssertionError("it is sent for ever")

    def verdict(self, error: OrpheusError, **more: object) -> Verdict:
        question = RetryQuestion(
            **{"attempted": Attempted.REQUEST, "error": error, "service": "shop", **more}  # type: ignore[arg-type]  # its own fields
        )
        decision = self._decider.orpheus_decide(question)
        assert decision is not None
        return decision.verdict


def test_a_thousand_requests_to_a_dead_service_are_a_thousand_and_four() -> None:
    """Four a second. Each is sent once, and the first two of them three times.

    With three attempts each and no budget they would be three thousand.
    """
    bench = Bench()
    sent = 0
    for _ in range(1000):
        sent += bench.requests_sent(ConnectionRefused("x"))
        bench.clock.sleep(0.25)
    assert sent == 1004


@pytest.mark.parametrize("apart_s", [0.0, 1.0, 5.0, 20.0])
def test_however_slowly_they_come_a_retry_in_ten_seconds_is_the_most(apart_s: float) -> None:
    """Besides the five that a full budget is good for."""
    bench = Bench()
    sent = 0
    for _ in range(200):
        sent += bench.requests_sent(ServiceDown("x"))
        bench.clock.sleep(apart_s)
    assert sent - 200 <= 5 + 0.1 * bench.clock.monotonic()


def test_a_single_request_still_has_its_three_attempts() -> None:
    """Whatever it fails with, time-outs included."""
    for error in (ConnectionRefused("x"), ServiceDown("x"), ReadTimeout("x")):
        assert Bench().requests_sent(error) == 3


@pytest.mark.parametrize(
    ("error", "cost"),
    [
        (ConnectionRefused("x"), 1.0),
        (DnsFailure("x"), 1.0),
        (ServiceDown("x"), 1.0),
        (ReadTimeout("x"), 2.0),
        (Stalled("x"), 2.0),
        (RateLimited("x"), 0.0),
        (ItemNotFound("x"), 0.0),
        (HostUnreachable("x"), 0.0),
    ],
)
def test_a_failure_costs_what_it_says_of_the_service(error: OrpheusError, cost: float) -> None:
    """What was answered on purpose is no outage, nor is a machine that is offline."""
    bench = Bench()
    bench.fail(error)
    assert bench.budget.tokens("shop") == 10.0 - cost
    assert bench.budget.counts(error) is (cost > 0)


def test_answers_and_time_give_tokens_back_up_to_ten() -> None:
    """A tenth each, and a tenth a second: after an outage there are retries again in a minute."""
    bench = Bench()
    bench.fail(ServiceDown("x"), times=30)
    assert bench.budget.tokens("shop") == 0.0
    bench.answer(10)
    assert bench.budget.tokens("shop") == pytest.approx(1.0)
    bench.clock.advance(39.0)
    assert not bench.budget.allows("shop")
    bench.clock.advance(2.0)
    assert bench.budget.allows("shop")
    bench.clock.advance(3600.0)
    bench.answer()
    assert bench.budget.tokens("shop") == 10.0


def test_each_service_has_a_budget_of_its_own() -> None:
    bench = Bench()
    bench.fail(ServiceDown("x"), times=10, service="other")
    bench.fail(ServiceDown("x"), times=10, service=None)
    assert not bench.budget.allows("other")
    assert bench.budget.allows("shop")


def test_an_empty_budget_ends_only_what_counts() -> None:
    """Neither a transfer that gets further, nor a service that says when to come back."""
    bench = Bench()
    bench.fail(ServiceDown("x"), times=10)
    assert bench.verdict(ServiceDown("x")) is Verdict.GIVE_UP
    transfer = {"attempted": Attempted.TRANSFER, "progressed": True}
    assert bench.verdict(ServiceDown("x"), **transfer) is Verdict.RETRY
    assert bench.verdict(RateLimited("x", retry_after_s=5)) is Verdict.RETRY


def test_services_that_nobody_named_take_no_memory_without_end() -> None:
    """Whoever publishes may name any."""
    bench = Bench()
    bench.fail(ServiceDown("x"), times=10, service="first")
    for number in range(1000):
        bench.fail(ServiceDown("x"), service=f"s{number}")
    assert bench.budget.tokens("first") == 10.0
    assert bench.budget.tokens("s0") == 9.0
