"""The brain: advice and decisions come from plugins, and are recorded."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable

import attrs
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
    Severity,
    Situation,
    Verdict,
)
from orpheus_core.brain.advisors import CommonAdvisor
from orpheus_core.brain.deciders import RetryDecider
from orpheus_core.config import NetworkSettings
from orpheus_core.errors import (
    ChecksumMismatch,
    ConnectionLost,
    DnsFailure,
    ItemNotFound,
    NotAudio,
    OrpheusError,
    RateLimited,
    ServiceDown,
    TlsUntrusted,
)
from orpheus_core.plugins import HookFailure, PluginHost
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
            error=DnsFailure("x"),
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


def test_trouble_in_several_threads_at_once_is_advised_on_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Three tracks lose the network in the same moment: one of them was the first."""
    brain, events = brain_with(CommonAdvisor())
    both = threading.Barrier(2)
    situation: Callable[[], Situation] = brain.situation

    def later() -> Situation:
        both.wait(timeout=1)
        return situation()

    # Whoever looked at the situation only now would see two failures, and no first one.
    monkeypatch.setattr(brain, "situation", later)

    def fail() -> None:
        brain.events.emit("network.request.failed", error=DnsFailure("x"))

    threads = [threading.Thread(target=fail) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [event.kind for event in events].count("brain.advice.given") == 1


def test_an_advisor_that_answers_with_the_wrong_type_does_not_go_round_for_ever() -> None:
    """Its failure is a warning, on which it is asked again: three times, not a hundred."""
    calls = 0

    class Wrong:
        @hookimpl
        def orpheus_advise(self, event: Event) -> str:
            nonlocal calls
            calls += 1
            return "free some space"

    def told(failure: HookFailure) -> None:
        bus.emit("plugin.hook.failed", plugin=failure.plugin, data={"hook": failure.hook})

    bus = EventBus(SimClock(), Redactor())
    host = PluginHost(on_failure=told)
    brain = Brain(host, bus)
    host.register("wrong", Wrong())
    brain.events.emit("stage.failed")
    assert calls == 3


@pytest.mark.parametrize(
    "wrong",
    [
        {"code": 3},
        {"message": None},
        {"severity": "loud"},
        {"actions": "free some space"},
        {"service": 7},
    ],
)
def test_advice_of_the_wrong_types_costs_only_itself(wrong: dict[str, object]) -> None:
    """It fails in the plugin that makes it; the other advisors go on."""

    class Careless:
        @hookimpl
        def orpheus_advise(self, event: Event) -> list[Advice]:
            good: dict[str, object] = {"code": "careless", "message": "x"}
            return [Advice(**{**good, **wrong})]  # type: ignore[arg-type] # wrong on purpose

    brain, events = brain_with(Careless(), CommonAdvisor())
    for _ in range(5):
        brain.events.emit("stage.failed", error=DnsFailure("x"))
    assert [event.kind for event in events].count("brain.advice.given") == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"verdict": "retry"},
        {"reason": None},
        {"after_s": "soon"},
        {"after_s": float("nan")},
        {"after_s": float("inf")},
        {"after_s": -1},
        {"after_s": 10**300},
    ],
)
def test_a_decision_that_nobody_could_obey_is_passed_over(wrong: dict[str, object]) -> None:
    """The next plugin decides."""

    class Careless:
        @hookimpl
        def orpheus_decide(self, question: Question) -> Decision:
            good: dict[str, object] = {"verdict": Verdict.RETRY, "reason": "because"}
            return Decision(**{**good, **wrong})  # type: ignore[arg-type] # wrong on purpose

    brain, _ = brain_with(decider(), Careless())
    assert brain.decide(ask(ItemNotFound("x"))).decided_by == "plugin-0"


@pytest.mark.parametrize("wrong", [{"kind": "retry_request"}, {"error": "timeout"}])
def test_a_question_that_nobody_could_answer_is_refused(wrong: dict[str, object]) -> None:
    """Where it is asked, and not somewhere in a plugin."""
    with pytest.raises(TypeError):
        attrs.evolve(ask(ServiceDown("x")), **wrong)  # type: ignore[arg-type] # on purpose


def test_a_backoff_of_our_own_never_exceeds_the_longest_wait() -> None:
    """`network.max_wait_s` shortens it; only a wait that the service wants is too long."""
    rule = decider(max_wait_s=0.1, attempts=10)
    for attempt in range(1, 10):
        decision = rule.orpheus_decide(ask(ServiceDown("x"), attempt=attempt))
        assert decision.verdict is Verdict.RETRY
        assert decision.after_s <= 0.1


def test_a_throttled_service_is_left_alone_for_longer() -> None:
    """Its first backoff is twice as long as that of a service that is down."""
    rule = decider(attempts=100)
    waits = [
        max(rule.orpheus_decide(ask(error)).after_s for _ in range(200))
        for error in (ServiceDown("x"), RateLimited("x"))
    ]
    assert waits[0] <= 1.0 < waits[1] <= 2.0


def test_advice_is_as_grave_as_its_advisor_says_and_brings_no_advice_itself() -> None:
    """Whoever subscribes to warnings sees it; advice on advice would not end."""

    class Adviser:
        @hookimpl
        def orpheus_advise(self, event: Event) -> list[Advice]:
            return [Advice(code="mine", message=event.kind, severity=Severity.ERROR)]

    brain, events = brain_with(Adviser())
    brain.events.emit("stage.failed")
    given = [event for event in events if event.kind == "brain.advice.given"]
    assert [(event.severity, event.data["message"]) for event in given] == [
        (Severity.ERROR, "stage.failed")
    ]
