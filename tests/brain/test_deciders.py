"""What the core's own deciders answer, each for itself."""

from __future__ import annotations

import random

import attrs
import pytest

from orpheus_core.brain import (
    Attempted,
    ConversionQuestion,
    Decision,
    EndpointQuestion,
    EventBus,
    LoginQuestion,
    Mitigation,
    MitigationKind,
    Mitigations,
    Predicted,
    Prediction,
    QualityQuestion,
    Question,
    QueueQuestion,
    RetryQuestion,
    Verdict,
)
from orpheus_core.brain.deciders import (
    MitigationDecider,
    QualityDecider,
    RetryDecider,
    SwitchDecider,
)
from orpheus_core.brain.retry_budget import RetryBudget
from orpheus_core.config import NetworkSettings
from orpheus_core.errors import (
    ConnectionLost,
    DnsFailure,
    ItemNotFound,
    LoginNeeded,
    LoginRejected,
    OrpheusError,
    RateLimited,
    ReadTimeout,
    ServiceDown,
    TagsFailed,
    TlsUntrusted,
)
from orpheus_core.redaction import Redactor
from orpheus_core.testing.clock import SimClock


class Standing:
    """Mitigations that tests put in force, and the decider that obeys them."""

    def __init__(self) -> None:
        self.clock = SimClock()
        self.bus = EventBus(self.clock, Redactor())
        self._mitigations = Mitigations(self.bus, self.clock)
        self._decider = MitigationDecider(self._mitigations)

    def put(self, kind: MitigationKind, scope: str, for_s: float = 300.0) -> None:
        mitigation = Mitigation(kind=kind, scope=scope, for_s=for_s)
        cause = self.bus.emit("job.started")
        self._mitigations.apply(mitigation, rule=f"rule-of-{scope}", cause=cause)

    def decide(self, question: Question) -> Decision | None:
        return self._decider.orpheus_decide(question)


def endpoint(error: OrpheusError | None = None, *others: str) -> EndpointQuestion:
    return EndpointQuestion(
        error=error or DnsFailure("x"),
        service="shop",
        host="a.example",
        alternatives=others or ("b.example", "c.example"),
    )


def retry(error: OrpheusError | None = None, **more: object) -> RetryQuestion:
    return RetryQuestion(
        **{  # type: ignore[arg-type]  # its own fields
            "attempted": Attempted.REQUEST,
            "error": error or ServiceDown("x"),
            "service": "shop",
            "host": "a.example",
            **more,
        }
    )


def answer_of(decider: RetryDecider | SwitchDecider | QualityDecider, asked: Question) -> Decision:
    decision = decider.orpheus_decide(asked)
    assert decision is not None
    return decision


# --- what is in force ----------------------------------------------------------------------


def test_a_host_that_is_left_alone_is_switched_to_one_that_is_not() -> None:
    """The first of the others; and the decision names the rule."""
    standing = Standing()
    standing.put(MitigationKind.USE_ALTERNATIVE, "a.example")
    standing.put(MitigationKind.USE_ALTERNATIVE, "b.example")
    decision = standing.decide(endpoint())
    assert decision is not None
    assert (decision.verdict, decision.choice) == (Verdict.SWITCH, "c.example")
    assert decision.rule == "rule-of-a.example"
    assert "rule-of-a.example" in decision.reason


def test_when_every_host_is_left_alone_it_is_decided_as_usual() -> None:
    standing = Standing()
    for host in ("a.example", "b.example", "c.example"):
        standing.put(MitigationKind.USE_ALTERNATIVE, host)
    assert standing.decide(endpoint()) is None


@pytest.mark.parametrize("scope", ["a.example", "shop"])
def test_what_is_not_tried_again_is_not_tried_elsewhere_either(scope: str) -> None:
    """Of a host or a service."""
    standing = Standing()
    standing.put(MitigationKind.STOP_RETRYING, scope)
    for question, verdict in ((retry(), Verdict.GIVE_UP), (endpoint(), Verdict.GO_ON)):
        decision = standing.decide(question)
        assert decision is not None
        assert (decision.verdict, decision.rule) == (verdict, f"rule-of-{scope}")


def test_work_for_a_paused_service_waits_as_long_as_the_pause_goes_on() -> None:
    """And no longer."""
    standing = Standing()
    standing.put(MitigationKind.PAUSE_SERVICE, "shop", for_s=60.0)
    standing.clock.advance(20.0)
    decision = standing.decide(QueueQuestion(service="shop"))
    assert decision is not None
    assert (decision.verdict, decision.after_s) == (Verdict.PAUSE, 40.0)
    assert standing.decide(QueueQuestion(service="other")) is None
    standing.clock.advance(40.0)
    assert standing.decide(QueueQuestion(service="shop")) is None


def test_a_stage_that_is_left_out_is_left_out_before_and_after_it_failed() -> None:
    """Unless the work cannot go on without it."""
    standing = Standing()
    standing.put(MitigationKind.SKIP_STAGE, "convert")
    failed = retry(TagsFailed("x"), attempted=Attempted.STAGE, stage="convert")
    asked = (ConversionQuestion(stage="convert"), attrs.evolve(failed, skippable=True))
    for question in asked:
        decision = standing.decide(question)
        assert decision is not None
        assert decision.verdict is Verdict.SKIP
    assert standing.decide(failed) is None
    assert standing.decide(ConversionQuestion(stage="tag")) is None


def test_a_login_is_renewed_once_or_another_one_is_tried() -> None:
    """Another one first: that the one in use does not help is known then."""
    standing = Standing()
    standing.put(MitigationKind.REFRESH_LOGIN, "shop")
    refused = LoginQuestion(service="shop", error=LoginNeeded("x"), strategy="arl")
    first = standing.decide(refused)
    assert first is not None
    assert first.verdict is Verdict.REFRESH
    assert standing.decide(attrs.evolve(refused, attempt=2)) is None
    assert standing.decide(attrs.evolve(refused, strategy=None)) is None
    rejected = attrs.evolve(refused, error=LoginRejected("x"))
    assert standing.decide(rejected) is None, "what was typed in does not become right"
    standing.put(MitigationKind.SWITCH_LOGIN, "shop")
    other = standing.decide(attrs.evolve(refused, others=("password", "token")))
    assert other is not None
    assert (other.verdict, other.choice) == (Verdict.SWITCH, "password")


def test_what_nothing_in_force_is_about_is_passed_on() -> None:
    """The other deciders answer it."""
    asked = (
        endpoint(),
        retry(),
        QueueQuestion(service="shop"),
        ConversionQuestion(stage="convert"),
        LoginQuestion(error=LoginNeeded("x"), service="shop"),
        QualityQuestion(wanted="best", floor="low", offered="high"),
    )
    assert [Standing().decide(question) for question in asked] == [None] * len(asked)


# --- again, and after which wait -----------------------------------------------------------


def expected(**more: object) -> tuple[Prediction, ...]:
    return (
        Prediction(
            **{  # type: ignore[arg-type]  # its own fields
                "what": Predicted.REQUEST_FAILS,
                "about": "a.example",
                "chance": 0.95,
                "confidence": 0.8,
                "observations": 40,
                **more,
            }
        ),
    )


def test_where_failure_is_certain_nothing_is_sent_twice() -> None:
    """As with an empty budget; the reason says what it stands on."""
    decider = RetryDecider(NetworkSettings(), random.Random(1))
    decision = answer_of(decider, retry(predictions=expected()))
    assert decision.verdict is Verdict.GIVE_UP
    assert "95% (40 observations)" in decision.reason


def test_what_got_further_is_tried_again_whatever_is_expected() -> None:
    """The bytes that came say more than the past does."""
    decider = RetryDecider(NetworkSettings(), random.Random(1))
    further = retry(predictions=expected(), progressed=True)
    assert answer_of(decider, further).verdict is Verdict.RETRY


@pytest.mark.parametrize(
    "short",
    [
        {"chance": 0.89},
        {"confidence": 0.49},
        {"about": "b.example"},
        {"what": Predicted.STAGE_FAILS},
    ],
)
def test_a_prediction_below_the_stated_evidence_changes_nothing(short: dict[str, object]) -> None:
    """The wait is the one that would have been drawn without it."""

    def wait_s(predictions: tuple[Prediction, ...]) -> float:
        decider = RetryDecider(NetworkSettings(), random.Random(1))
        return answer_of(decider, retry(predictions=predictions)).after_s

    assert wait_s(expected(**short)) == wait_s(())


def test_what_the_service_says_beats_what_is_expected() -> None:
    """Retry-After."""
    decider = RetryDecider(NetworkSettings(), random.Random(1))
    error = RateLimited("x", retry_after_s=0.25)
    assert answer_of(decider, retry(error, predictions=expected())).after_s == 0.25


# --- another host, another login -----------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (DnsFailure("x"), Verdict.SWITCH),
        (ReadTimeout("x"), Verdict.SWITCH),
        (ConnectionLost("x"), Verdict.SWITCH),
        (ServiceDown("x"), Verdict.SWITCH),
        (TlsUntrusted("x"), Verdict.GO_ON),
        (ItemNotFound("x"), Verdict.GO_ON),
    ],
)
def test_another_host_is_tried_for_what_lies_at_the_host(
    error: OrpheusError, verdict: Verdict
) -> None:
    decision = answer_of(SwitchDecider(), endpoint(error))
    assert decision.verdict is verdict
    assert decision.choice == ("b.example" if verdict is Verdict.SWITCH else "")


def test_a_service_whose_hosts_all_fail_is_not_asked_at_each_of_them() -> None:
    """The budget of retries covers them, too."""
    clock = SimClock()
    bus, budget = EventBus(clock, Redactor()), RetryBudget(clock)
    bus.subscribe(budget.note)
    for _ in range(5):
        bus.emit("network.request.failed", service="shop", error=DnsFailure("x"))
    assert answer_of(SwitchDecider(budget), endpoint()).verdict is Verdict.GO_ON


@pytest.mark.parametrize(
    ("error", "more", "verdict", "choice"),
    [
        (LoginNeeded("x"), {"strategy": "arl"}, Verdict.REFRESH, ""),
        (LoginNeeded("x"), {"strategy": "arl", "attempt": 2}, Verdict.GIVE_UP, ""),
        (LoginNeeded("x"), {"others": ("token",)}, Verdict.SWITCH, "token"),
        (
            LoginRejected("x"),
            {"strategy": "arl", "others": ("token", "password")},
            Verdict.SWITCH,
            "token",
        ),
        (LoginRejected("x"), {"strategy": "arl"}, Verdict.GIVE_UP, ""),
        (DnsFailure("x"), {"strategy": "arl", "others": ("token",)}, Verdict.GIVE_UP, ""),
    ],
)
def test_a_refused_session_is_renewed_and_a_refused_login_replaced(
    error: OrpheusError, more: dict[str, object], verdict: Verdict, choice: str
) -> None:
    """Once each. What the network did says nothing about a login."""
    question = LoginQuestion(error=error, service="shop", **more)  # type: ignore[arg-type]  # its own fields
    decision = answer_of(SwitchDecider(), question)
    assert (decision.verdict, decision.choice) == (verdict, choice)


# --- less than was asked for ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("floor", "offered", "verdict"),
    [
        ("low", "high", Verdict.GO_ON),
        ("high", "high", Verdict.GO_ON),
        ("lossless", "high", Verdict.GIVE_UP),
    ],
)
def test_what_is_offered_is_taken_down_to_the_floor(
    floor: str, offered: str, verdict: Verdict
) -> None:
    question = QualityQuestion(wanted="best", floor=floor, offered=offered)
    assert answer_of(QualityDecider(), question).verdict is verdict


def test_a_word_that_is_no_quality_is_nobodys_decision() -> None:
    question = QualityQuestion(wanted="best", floor="low", offered="loud")
    assert QualityDecider().orpheus_decide(question) is None


def test_each_decider_passes_on_what_is_not_its_question() -> None:
    """So that others are asked."""
    asked = (retry(), endpoint(), QualityQuestion(wanted="best", floor="low", offered="low"))
    deciders: list[RetryDecider | SwitchDecider | QualityDecider] = [
        RetryDecider(NetworkSettings(), random.Random(1)),
        SwitchDecider(),
        QualityDecider(),
    ]
    for number, decider in enumerate(deciders):
        answers = [decider.orpheus_decide(question) is not None for question in asked]
        assert answers == [number == index for index in range(3)]
