"""The brain: advice and decisions come from plugins, and are recorded."""

from __future__ import annotations

import random

import pytest

from orpheus_core import hookimpl
from orpheus_core.brain import (
    Advice,
    Brain,
    Decision,
    Event,
    EventBus,
    Question,
    QuestionKind,
    Situation,
    Verdict,
)
from orpheus_core.brain.advisors import CommonAdvisor
from orpheus_core.brain.deciders import RetryDecider
from orpheus_core.config import NetworkSettings
from orpheus_core.errors import (
    ChecksumMismatch,
    ConnectionLost,
    ItemNotFound,
    NotAudio,
    OrpheusError,
    RateLimited,
    ServiceDown,
    TlsUntrusted,
)
from orpheus_core.plugins import PluginHost
from orpheus_core.redaction import Redactor
from orpheus_core.testing.clock import SimClock


def brain_with(*plugins: object) -> tuple[Brain, list[Event]]:
    host = PluginHost()
    bus = EventBus(SimClock(), Redactor())
    brain = Brain(host, bus)
    events: list[Event] = []
    bus.subscribe(events.append)
    for number, plugin in enumerate(plugins):
        host.register(f"plugin-{number}", plugin)
    return brain, events


def decider(**settings: float) -> RetryDecider:
    return RetryDecider(NetworkSettings(**settings), random.Random(1))


def ask(error: OrpheusError, **more: object) -> Question:
    return Question(kind=QuestionKind.RETRY_REQUEST, error=error, service="sandbox", **more)


def test_without_an_answer_the_brain_gives_up_and_says_so() -> None:
    """No plugin, no opinion: the brain has none of its own."""
    brain, events = brain_with()
    decision = brain.decide(ask(ServiceDown("x")))
    assert decision.verdict is Verdict.GIVE_UP
    assert events[-1].kind == "brain.decision.made"


def test_a_plugin_overrules_the_built_in_decider() -> None:
    """The core's own come last."""

    class Stubborn:
        @hookimpl
        def orpheus_decide(self, question: Question) -> Decision:
            return Decision(verdict=Verdict.SKIP, reason="because")

    brain, events = brain_with(Stubborn(), decider())
    assert brain.decide(ask(ServiceDown("x"))).verdict is Verdict.SKIP
    assert events[-1].data["decided_by"] == "plugin-0"
    assert events[-1].data["reason"] == "because"


def test_a_raising_decider_is_passed_over() -> None:
    """Its failure is an event; the next plugin answers."""

    class Broken:
        @hookimpl
        def orpheus_decide(self, question: Question) -> Decision:
            raise RuntimeError("no idea")

    brain, _ = brain_with(Broken(), decider())
    assert brain.decide(ask(ServiceDown("x"))).verdict is Verdict.RETRY


@pytest.mark.parametrize(
    ("error", "more", "verdict"),
    [
        (ServiceDown("x"), {"attempt": 1}, Verdict.RETRY),
        (ServiceDown("x"), {"attempt": 3}, Verdict.GIVE_UP),
        (ServiceDown("x"), {"attempt": 1, "repeatable": False}, Verdict.GIVE_UP),
        (ConnectionLost("x"), {"attempt": 2}, Verdict.RETRY),
        (ItemNotFound("x"), {"attempt": 1}, Verdict.GIVE_UP),
        (TlsUntrusted("x"), {"attempt": 1}, Verdict.GIVE_UP),
        (RateLimited("x", retry_after_s=42), {"attempt": 1}, Verdict.RETRY),
        (RateLimited("x", retry_after_s=86_400), {"attempt": 1}, Verdict.GIVE_UP),
    ],
)
def test_retry_depends_on_error_attempts_and_wait(
    error: OrpheusError, more: dict[str, object], verdict: Verdict
) -> None:
    """What may pass is retried, within attempts and patience; what will not is not."""
    assert decider().orpheus_decide(ask(error, **more)).verdict is verdict


def test_the_services_own_wait_is_obeyed() -> None:
    """Retry-After beats backoff."""
    assert decider().orpheus_decide(ask(RateLimited("x", retry_after_s=42))).after_s == 42


def test_backoff_is_jittered_below_a_growing_ceiling() -> None:
    """Full jitter: anywhere between nothing and 0.5 s times two to the attempt, at most 20 s."""
    rule = decider(attempts=100)
    for attempt, ceiling in ((1, 1.0), (2, 2.0), (3, 4.0), (50, 20.0)):
        waits = [
            rule.orpheus_decide(ask(ServiceDown("x"), attempt=attempt)).after_s for _ in range(200)
        ]
        assert 0 <= min(waits) < ceiling / 4
        assert ceiling * 0.75 < max(waits) <= ceiling


def test_a_transfer_that_gets_further_goes_on() -> None:
    """Five resumes without a byte are the end; progress is never the end."""
    question = Question(kind=QuestionKind.RETRY_TRANSFER, error=ConnectionLost("x"), attempt=5)
    assert decider().orpheus_decide(question).verdict is Verdict.GIVE_UP
    further = Question(
        kind=QuestionKind.RETRY_TRANSFER, error=ConnectionLost("x"), attempt=50, progressed=True
    )
    assert decider().orpheus_decide(further).verdict is Verdict.RETRY


@pytest.mark.parametrize(
    ("error", "attempt", "skippable", "verdict"),
    [
        (ChecksumMismatch("x"), 1, False, Verdict.RETRY),
        (ChecksumMismatch("x"), 2, False, Verdict.GIVE_UP),
        (NotAudio("x"), 1, False, Verdict.GIVE_UP),
        (ItemNotFound("x"), 1, True, Verdict.SKIP),
        (ItemNotFound("x"), 1, False, Verdict.GIVE_UP),
    ],
)
def test_damaged_files_are_fetched_once_more_and_optional_stages_skipped(
    error: OrpheusError, attempt: int, skippable: bool, verdict: Verdict
) -> None:
    """Stages fail for good only when neither helps."""
    question = Question(
        kind=QuestionKind.STAGE_FAILED, error=error, attempt=attempt, skippable=skippable
    )
    assert decider().orpheus_decide(question).verdict is verdict


def test_advice_is_given_once_for_each_kind_of_trouble() -> None:
    """One DNS failure, or two hundred: one piece of advice."""
    brain, events = brain_with(CommonAdvisor())
    for host in ("a.example", "b.example"):
        brain.events.emit(
            "network.request.failed",
            error=__import__("orpheus_core").DnsFailure("x"),
            data={"server_address": host},
        )
    advice = [event for event in events if event.kind == "brain.advice.given"]
    assert len(advice) == 1
    assert "a.example" in str(advice[0].data["message"])
    assert advice[0].cause_id


def test_a_plugin_advises_on_what_it_knows() -> None:
    """Advice carries the plugin's name, so that a person knows who says it."""

    class Adviser:
        @hookimpl
        def orpheus_advise(self, event: Event, situation: Situation) -> list[Advice]:
            return [Advice(code="mine", message=f"{len(situation.recent)} so far")]

    brain, events = brain_with(Adviser())
    brain.events.emit("stage.failed")
    advice = next(event for event in events if event.kind == "brain.advice.given")
    assert advice.plugin == "plugin-0"
    assert advice.data["message"] == "1 so far"


def test_an_event_hook_that_raises_is_left_out_after_three_times() -> None:
    """The stream goes on for everyone else."""
    calls = 0

    class Broken:
        @hookimpl
        def orpheus_event(self, event: Event) -> None:
            nonlocal calls
            calls += 1
            raise RuntimeError

    brain, _ = brain_with(Broken())
    for _ in range(10):
        brain.events.emit("job.started")
    assert calls == 3
