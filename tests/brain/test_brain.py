"""The brain: advice and decisions come from plugins, and are recorded."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable

import attrs
import pytest

from orpheus_core import hookimpl
from orpheus_core.brain import (
    Action,
    Advice,
    Applicability,
    Attempted,
    Brain,
    ConversionQuestion,
    Decision,
    EndpointQuestion,
    Event,
    EventBus,
    EventPattern,
    LoginQuestion,
    Mitigation,
    MitigationKind,
    Per,
    Predicted,
    Prediction,
    QualityQuestion,
    Question,
    QueueQuestion,
    RetryQuestion,
    Rule,
    RuleAdvice,
    Severity,
    Situation,
    Verdict,
)
from orpheus_core.brain.advisors import CommonAdvisor
from orpheus_core.brain.deciders import RetryDecider
from orpheus_core.config import AdviceSettings, NetworkSettings
from orpheus_core.errors import (
    ChecksumMismatch,
    ConnectionLost,
    ItemNotFound,
    LoginNeeded,
    NotAudio,
    OrpheusError,
    RateLimited,
    ServiceDown,
    TlsUntrusted,
)
from orpheus_core.plugins import HookFailure, PluginHost
from orpheus_core.redaction import Redactor
from orpheus_core.testing.clock import SimClock


def brain_with(
    *plugins: object, clock: SimClock | None = None, silenced: tuple[str, ...] = ()
) -> tuple[Brain, list[Event]]:
    def told(failure: HookFailure) -> None:
        data = {"hook": failure.hook, "reason": str(failure.error)}
        bus.emit("plugin.hook.failed", plugin=failure.plugin, data=data)

    clock = clock or SimClock()
    bus = EventBus(clock, Redactor())
    host = PluginHost(on_failure=told)
    brain = Brain(host, bus, clock=clock, advice=AdviceSettings(silenced=silenced))
    events: list[Event] = []
    bus.subscribe(events.append)
    for number, plugin in enumerate(plugins):
        host.register(f"plugin-{number}", plugin)
    return brain, events


def decider(**settings: float) -> RetryDecider:
    return RetryDecider(NetworkSettings(**settings), random.Random(1))


def of_kind(events: list[Event], kind: str) -> list[Event]:
    return [event for event in events if event.kind == kind]


def ask(error: OrpheusError, **more: object) -> RetryQuestion:
    return RetryQuestion(attempted=Attempted.REQUEST, error=error, service="sandbox", **more)


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
    question = RetryQuestion(attempted=Attempted.TRANSFER, error=ConnectionLost("x"), attempt=5)
    assert decider().orpheus_decide(question).verdict is Verdict.GIVE_UP
    further = RetryQuestion(
        attempted=Attempted.TRANSFER, error=ConnectionLost("x"), attempt=50, progressed=True
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
    question = RetryQuestion(
        attempted=Attempted.STAGE, error=error, attempt=attempt, skippable=skippable
    )
    assert decider().orpheus_decide(question).verdict is verdict


def test_advice_is_given_once_for_each_kind_of_trouble() -> None:
    """One certificate that is not trusted, or two hundred: one piece of advice."""
    brain, events = brain_with(CommonAdvisor())
    for host in ("a.example", "b.example"):
        brain.events.emit(
            "network.request.failed",
            error=TlsUntrusted("x"),
            data={"server.address": host},
        )
    advice = [event for event in events if event.kind == "brain.advice.given"]
    assert len(advice) == 1
    assert "a.example" in str(advice[0].data["title"])
    assert advice[0].cause_id


def test_a_plugin_advises_on_what_it_knows() -> None:
    """Advice carries the plugin's name, so that a person knows who says it."""

    class Adviser:
        @hookimpl
        def orpheus_advise(self, event: Event, situation: Situation) -> list[Advice]:
            return [Advice(code="mine", title=f"{len(situation.recent)} so far")]

    brain, events = brain_with(Adviser())
    brain.events.emit("stage.failed")
    advice = next(event for event in events if event.kind == "brain.advice.given")
    assert advice.plugin == "plugin-0"
    assert advice.data["title"] == "1 so far"


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
        brain.events.emit("network.request.failed", error=TlsUntrusted("x"))

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
        {"title": None},
        {"severity": "loud"},
        {"actions": "free some space"},
        {"cause": None},
        {"about": 7},
        {"service": 7},
    ],
)
def test_advice_of_the_wrong_types_costs_only_itself(wrong: dict[str, object]) -> None:
    """It fails in the plugin that makes it; the other advisors go on."""

    class Careless:
        @hookimpl
        def orpheus_advise(self, event: Event) -> list[Advice]:
            good: dict[str, object] = {"code": "careless", "title": "x"}
            return [Advice(**{**good, **wrong})]  # type: ignore[arg-type] # wrong on purpose

    brain, events = brain_with(Careless(), CommonAdvisor())
    for _ in range(5):
        brain.events.emit("stage.failed", error=TlsUntrusted("x"))
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


@pytest.mark.parametrize("wrong", [{"attempted": "request"}, {"error": "timeout"}])
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
            return [Advice(code="mine", title=event.kind, severity=Severity.ERROR)]

    brain, events = brain_with(Adviser())
    brain.events.emit("stage.failed")
    given = [event for event in events if event.kind == "brain.advice.given"]
    assert [(event.severity, event.data["title"]) for event in given] == [
        (Severity.ERROR, "stage.failed")
    ]


# --- questions and decisions ----------------------------------------------------------------

DOWN = ServiceDown("x")
QUESTIONS = [
    (ask(DOWN), Verdict.GIVE_UP),
    (LoginQuestion(error=LoginNeeded("x"), others=("email",)), Verdict.GIVE_UP),
    (EndpointQuestion(error=DOWN, host="a", alternatives=("b",)), Verdict.GO_ON),
    (QualityQuestion(wanted="best", floor="low", offered="high"), Verdict.GO_ON),
    (ConversionQuestion(stage="convert"), Verdict.GO_ON),
    (QueueQuestion(), Verdict.GO_ON),
]


class Says:
    """A plugin that decides always the same."""

    def __init__(self, decision: Decision) -> None:
        self.decision = decision

    @hookimpl
    def orpheus_decide(self) -> Decision:
        return self.decision


@pytest.mark.parametrize(("question", "otherwise"), QUESTIONS)
def test_where_nobody_answers_the_work_goes_on_if_it_can(
    question: Question, otherwise: Verdict
) -> None:
    """Nothing that works is given up for want of an opinion; the verdict is one that fits."""
    brain, events = brain_with()
    decision = brain.decide(question)
    assert decision.verdict is otherwise
    assert otherwise in question.verdicts
    told = events[-1]
    assert (told.data["question"], told.data["verdict"]) == (question.name, otherwise.value)
    assert told.severity is (Severity.DEBUG if otherwise is Verdict.GO_ON else Severity.INFO)


@pytest.mark.parametrize("verdict", Verdict)
@pytest.mark.parametrize("question", [question for question, _ in QUESTIONS])
def test_a_verdict_that_does_not_answer_the_question_is_passed_over(
    question: Question, verdict: Verdict
) -> None:
    """It counts as a failure of that plugin's hook; the next plugin decides."""
    choice = question.choices[0] if question.choices else ""
    careless = Decision(verdict=verdict, reason="because", choice=choice)
    sound = Decision(verdict=question.otherwise, reason="as ever")
    brain, events = brain_with(Says(sound), Says(careless))

    decision = brain.decide(question)

    fits = verdict in question.verdicts
    assert decision.reason == ("because" if fits else "as ever")
    failed = of_kind(events, "plugin.hook.failed")
    assert [event.plugin for event in failed] == ([] if fits else ["plugin-1"])
    assert all("is no answer to a" in str(event.data["reason"]) for event in failed)


@pytest.mark.parametrize("choice", ["", "elsewhere.example"])
def test_only_what_is_there_can_be_switched_to(choice: str) -> None:
    """No plugin sends a request, or a login, where its service is not."""
    question = EndpointQuestion(error=DOWN, host="a.example", alternatives=("b.example",))
    brain, events = brain_with(
        Says(Decision(verdict=Verdict.SWITCH, reason="sound", choice="b.example")),
        Says(Decision(verdict=Verdict.SWITCH, reason="careless", choice=choice)),
    )
    assert brain.decide(question).choice == "b.example"
    (failed,) = of_kind(events, "plugin.hook.failed")
    assert "there is: b.example" in str(failed.data["reason"])


def test_a_decision_is_told_with_what_it_is_made_of() -> None:
    """Question, verdict, reason, who, which rule, how long, which attempt, and what led to it."""
    verdict = Decision(verdict=Verdict.RETRY, reason="soon", after_s=1.23456, rule="slow")
    brain, events = brain_with(Says(verdict))
    cause = brain.events.emit("job.started")
    brain.decide(ask(DOWN, attempt=2, cause=cause, subject="track/sandbox:track:1"))
    told = events[-1]
    assert (told.kind, told.cause_id, told.service) == ("brain.decision.made", cause.id, "sandbox")
    assert (told.error_type, told.subject) == ("svc.down", "track/sandbox:track:1")
    assert dict(told.data) == {
        "question": "retry",
        "verdict": "retry",
        "reason": "soon",
        "decided_by": "plugin-0",
        "choice": "",
        "rule": "slow",
        "after_s": 1.235,
        "attempt": 2,
    }


def likely(about: str = "a.example") -> Prediction:
    return Prediction(
        what=Predicted.REQUEST_FAILS, about=about, chance=0.75, confidence=0.5, observations=9
    )


class Predicts:
    """A plugin that predicts, and keeps the questions that it is asked."""

    def __init__(self, *predictions: Prediction) -> None:
        self.predictions = predictions
        self.asked: list[Question] = []

    @hookimpl
    def orpheus_predict(self, question: Question) -> list[Prediction]:
        return list(self.predictions)

    @hookimpl
    def orpheus_decide(self, question: Question) -> None:
        self.asked.append(question)


def test_predictions_arrive_in_the_question() -> None:
    """Each with the plugin that made it, and each is an event of its own."""
    predicts = Predicts(likely("a.example"), likely("b.example"))
    brain, events = brain_with(predicts)
    brain.decide(ask(DOWN))
    (asked,) = predicts.asked
    assert [(each.about, each.predicted_by) for each in asked.predictions] == [
        ("a.example", "plugin-0"),
        ("b.example", "plugin-0"),
    ]
    made = of_kind(events, "brain.prediction.made")
    assert [(each.data["about"], each.data["chance"]) for each in made] == [
        ("a.example", 0.75),
        ("b.example", 0.75),
    ]


def test_a_predictor_that_raises_costs_only_its_own_prediction() -> None:
    """The others are heard, and the question is answered."""

    class Broken:
        @hookimpl
        def orpheus_predict(self, question: Question) -> list[Prediction]:
            raise RuntimeError("no idea")

    predicts = Predicts(likely())
    brain, events = brain_with(predicts, Broken(), decider())
    assert brain.decide(ask(DOWN)).verdict is Verdict.RETRY
    assert len(predicts.asked[0].predictions) == 1
    assert [event.plugin for event in of_kind(events, "plugin.hook.failed")] == ["plugin-1"]


class OneArgument:
    """Lets itself be made in one way only, and so not be copied."""

    def __init__(self, made: object) -> None:
        for name in attrs.fields_dict(type(made)):
            object.__setattr__(self, name, getattr(made, name))


class OddAdvice(OneArgument, Advice):
    """A plugin's own class."""


class OddDecision(OneArgument, Decision):
    """A plugin's own class."""


class OddPrediction(OneArgument, Prediction):
    """A plugin's own class."""


class OddAction(OneArgument, Action):
    """A plugin's own class."""


def test_answers_of_a_plugins_own_classes_are_as_good_as_any() -> None:
    """The brain writes in who gave them, whether they let themselves be copied or not."""

    class Odd(Predicts):
        @hookimpl
        def orpheus_advise(self, event: Event) -> list[Advice]:
            return [OddAdvice(Advice(code="odd.advice", title="Odd."))]

        @hookimpl
        def orpheus_decide(self, question: Question) -> Decision:
            super().orpheus_decide(question)
            return OddDecision(Decision(verdict=Verdict.RETRY, reason="odd"))

    odd = Odd(OddPrediction(likely()))
    brain, events = brain_with(odd)
    brain.events.emit("stage.failed")
    assert brain.decide(ask(DOWN)).decided_by == "plugin-0"
    assert odd.asked[0].predictions[0].predicted_by == "plugin-0"
    assert [each.plugin for each in of_kind(events, "brain.advice.given")] == ["plugin-0"]


# --- rules, mitigations, advice -------------------------------------------------------------

PAUSE = Mitigation(kind=MitigationKind.PAUSE_SERVICE, for_s=60.0)


class Rules:
    """A plugin that brings rules."""

    def __init__(self, *rules: Rule) -> None:
        self.rules = rules

    @hookimpl
    def orpheus_rules(self) -> list[Rule]:
        return list(self.rules)


def busy(*, advice: RuleAdvice | None = None, per: Per = Per.SERVICE) -> Rule:
    pattern = EventPattern(kind="network.request.failed", where={"error_type": "svc.down"})
    return Rule(
        id="busy", when=pattern, count=3, per=per, cooldown_s=0.0, then=(PAUSE,), advice=advice
    )


def fail(brain: Brain, service: str = "sandbox", host: str = "a.example", times: int = 1) -> Event:
    for _ in range(times - 1):
        fail(brain, service, host)
    return brain.events.emit(
        "network.request.failed", service=service, error=DOWN, data={"server.address": host}
    )


def test_a_rule_leads_to_a_mitigation_and_to_advice() -> None:
    """The chain can be read back by its causes: event, rule, mitigation and advice."""
    said = RuleAdvice(code="test.busy", title="{service} is busy.", cause="Load.", done="Waits.")
    brain, events = brain_with(Rules(busy(advice=said)))
    assert not fail(brain, times=2).cause_id
    assert not of_kind(events, "brain.rule.fired")

    last = fail(brain)

    (fired,) = of_kind(events, "brain.rule.fired")
    (applied,) = of_kind(events, "brain.mitigation.applied")
    (given,) = of_kind(events, "brain.advice.given")
    assert [each.cause_id for each in (fired, applied, given)] == [last.id, fired.id, fired.id]
    assert (fired.data["rule"], fired.data["rule_plugin"]) == ("busy", "plugin-0")
    assert (fired.data["matched"], fired.service) == (3, "sandbox")
    assert dict(applied.data) == {
        "mitigation": "pause_service",
        "scope": "sandbox",
        "rule": "busy",
        "for_s": 60.0,
    }
    assert given.data["title"] == "sandbox is busy."
    assert (given.plugin, given.source) == ("plugin-0", "plugin/plugin-0")
    assert brain.mitigations.in_force(MitigationKind.PAUSE_SERVICE, "sandbox")


def test_a_mitigation_ends_by_itself() -> None:
    """It is told when somebody looks."""
    clock = SimClock()
    brain, events = brain_with(Rules(busy()), clock=clock)
    fail(brain, times=3)
    clock.advance(61)
    assert brain.mitigations.in_force(MitigationKind.PAUSE_SERVICE, "sandbox") is None
    (ended,) = of_kind(events, "brain.mitigation.ended")
    (applied,) = of_kind(events, "brain.mitigation.applied")
    assert ended.cause_id == applied.id


def test_a_rule_that_counts_hosts_apart_speaks_of_each() -> None:
    """What it says of one host is not what it says of another; of one, it says it once."""
    said = RuleAdvice(code="test.busy", title="{host} is busy.")
    brain, events = brain_with(Rules(busy(advice=said, per=Per.HOST)))
    for host in ("a.example", "b.example", "a.example"):
        fail(brain, host=host, times=3)
    titles = [event.data["title"] for event in of_kind(events, "brain.advice.given")]
    assert titles == ["a.example is busy.", "b.example is busy."]
    assert len(of_kind(events, "brain.rule.fired")) == 3


def test_rules_that_cannot_be_had_cost_nothing() -> None:
    """Those of the others count."""

    class Broken:
        @hookimpl
        def orpheus_rules(self) -> list[Rule]:
            raise RuntimeError("no idea")

    brain, events = brain_with(Rules(busy()), Broken())
    fail(brain, times=3)
    assert len(of_kind(events, "brain.rule.fired")) == 1
    assert [event.plugin for event in of_kind(events, "plugin.hook.failed")] == ["plugin-1"]


def test_a_rule_whose_advice_cannot_be_made_is_its_plugins_failure() -> None:
    """What it does is done; however often it fails, the other rules go on."""
    action = OddAction(Action(id="odd", label="odd"))
    odd = RuleAdvice(code="odd.rule", title="Odd.", actions=(action,))
    said = RuleAdvice(code="test.busy", title="{service} is busy.")
    brain, events = brain_with(Rules(busy(advice=odd)), Rules(busy(advice=said)))
    for service in ("a", "b", "c", "d"):
        fail(brain, service, times=3)
    given = of_kind(events, "brain.advice.given")
    assert [event.data["code"] for event in given] == ["test.busy"] * 4
    assert {event.plugin for event in of_kind(events, "plugin.hook.failed")} == {"plugin-0"}
    assert not of_kind(events, "brain.subscriber.failed")


def test_no_rule_waits_for_rules_and_no_advice_is_given_on_advice() -> None:
    """It would not end."""
    said = RuleAdvice(code="test.all", title="Something happened.", severity=Severity.ERROR)
    every = Rule(id="all", when=EventPattern(kind="*"), cooldown_s=0.0, then=(PAUSE,), advice=said)
    brain, events = brain_with(Rules(every))
    brain.events.emit("job.started", service="sandbox")
    assert [event.kind for event in events].count("brain.rule.fired") == 1


class Acts:
    """An advisor whose advice holds an action."""

    def __init__(self, action: Action) -> None:
        self.action = action

    @hookimpl
    def orpheus_advise(self, event: Event) -> list[Advice]:
        return [Advice(code="acts.now", title="It acts.", actions=(self.action,))]


@pytest.mark.parametrize("applicability", Applicability)
@pytest.mark.parametrize("mitigation", [PAUSE, None])
def test_only_automatic_actions_that_are_mitigations_are_done(
    applicability: Applicability, mitigation: Mitigation | None
) -> None:
    """Everything else is for a person, whatever command it names."""
    action = Action(
        id="pause",
        label="pause it",
        argv=("orpheus", "queue", "pause"),
        applicability=applicability,
        mitigation=mitigation,
    )
    brain, events = brain_with(Acts(action))
    brain.events.emit("stage.failed", service="sandbox")
    is_done = applicability is Applicability.AUTOMATIC and mitigation is not None
    assert len(of_kind(events, "brain.mitigation.applied")) == int(is_done)
    assert bool(brain.mitigations.all()) is is_done
    assert len(of_kind(events, "brain.advice.given")) == 1


def test_what_is_not_said_is_not_done() -> None:
    """Advice that is silenced, or was given a moment ago, does nothing behind a person's back."""
    action = Action(
        id="pause", label="pause it", applicability=Applicability.AUTOMATIC, mitigation=PAUSE
    )
    brain, events = brain_with(Acts(action), silenced=("acts.*",))
    brain.events.emit("stage.failed", service="sandbox")
    assert not of_kind(events, "brain.mitigation.applied")

    brain, events = brain_with(Acts(action))
    for _ in range(3):
        brain.events.emit("stage.failed", service="sandbox")
    (applied,) = of_kind(events, "brain.mitigation.applied")
    (given,) = of_kind(events, "brain.advice.given")
    assert (applied.cause_id, applied.data["rule"]) == (given.id, "acts.now")


def test_advice_tells_programs_what_can_be_done() -> None:
    """Its actions as JSON; the first is the next step."""
    first = Action(id="look", label="look", argv=("orpheus", "doctor"))
    brain, events = brain_with(Acts(first))
    brain.events.emit("stage.failed")
    (given,) = of_kind(events, "brain.advice.given")
    assert given.data["next_step"] == "look"
    assert json.loads(str(given.data["actions"])) == [
        {
            "id": "look",
            "label": "look",
            "argv": ["orpheus", "doctor"],
            "applicability": "manual",
        }
    ]


def test_a_flood_of_codes_is_not_kept() -> None:
    """Memory is bounded, whatever plugins call their errors; the first ones are counted on."""
    brain, _ = brain_with()
    failure = brain.events.emit("stage.failed", error=DOWN)
    for number in range(1200):
        brain.events.publish(attrs.evolve(failure, error_type=f"odd.{number}"))
    brain.events.publish(failure)
    situation = brain.situation()
    assert len(situation.counts) == 1000
    assert situation.counts["svc.down"] == 2
    assert len(situation.recent) == 200
