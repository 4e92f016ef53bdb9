"""The rules in the box: when each of them fires, what it does, and what it says."""

from __future__ import annotations

import json

import attrs
import pytest
from tests.brain.brains import brain_with, of_kind

from orpheus_core import hookimpl
from orpheus_core.brain import (
    Applicability,
    Brain,
    Event,
    EventBus,
    MitigationKind,
    Rule,
    Scalar,
    faults_of,
)
from orpheus_core.brain.rules.core_rules import CORE_RULES, CoreRules
from orpheus_core.errors import error_types
from orpheus_core.plugins import PluginHost, PluginMode
from orpheus_core.redaction import Redactor
from orpheus_core.testing.clock import SimClock

BY_ID = {rule.id: rule for rule in CORE_RULES}
ERRORS = {error.code: error for error in error_types()}
USE_ALTERNATIVE = MitigationKind.USE_ALTERNATIVE
HOST = "a.example"


class Bench:
    """A brain with the rules in the box and nothing else, on a simulated clock."""

    def __init__(self) -> None:
        self.clock = SimClock()
        bus = EventBus(self.clock, Redactor())
        host = PluginHost(mode=PluginMode.STRICT)
        self.brain = Brain(host, bus, clock=self.clock)
        host.register_builtins({"core-rules": CoreRules()}, "0")
        self.events: list[Event] = []
        bus.subscribe(self.events.append)

    def of(self, kind: str) -> list[Event]:
        return [event for event in self.events if event.kind == kind]

    def fired(self) -> list[Scalar]:
        return [event.data["rule"] for event in self.of("brain.rule.fired")]


@attrs.frozen
class Case:
    """What makes a rule fire, and what comes of it."""

    rule: str
    kind: str = "network.request.failed"
    error: str | None = None
    data: dict[str, Scalar] = attrs.field(factory=dict)
    does: MitigationKind | None = None
    scope: str = ""
    says: str | None = None

    def happen(self, bench: Bench, **data: Scalar) -> Event:
        has_host = self.kind in ("network.request.failed", "transfer.interrupted")
        about: dict[str, Scalar] = {"server.address": HOST} if has_host else {}
        error = ERRORS[self.error]("it failed") if self.error else None
        return bench.brain.events.emit(
            self.kind,
            service="shop",
            plugin="broken" if self.kind == "plugin.hook.failed" else None,
            error=error,
            data={**about, **self.data, **data},
        )


CASES = [
    *(
        Case("dns-repeated", error=code, does=USE_ALTERNATIVE, scope=HOST, says="net.dns-failure")
        for code in ("net.dns-failure", "net.dns-timeout")
    ),
    *(
        Case(
            "unreachable-repeated",
            error=code,
            does=USE_ALTERNATIVE,
            scope=HOST,
            says="net.unreachable",
        )
        for code in ("net.refused", "net.unreachable", "net.connect-timeout")
    ),
    *(
        Case("host-failing", error=code, does=USE_ALTERNATIVE, scope=HOST)
        for code in ("net.read-timeout", "net.connection-lost", "svc.down")
    ),
    *(
        Case(
            "captive-portal",
            error=code,
            does=MitigationKind.STOP_RETRYING,
            scope=HOST,
            says="net.captive-portal",
        )
        for code in ("net.captive-portal", "net.unexpected-address")
    ),
    Case("clock-wrong", error="net.clock-wrong", says="net.clock-wrong"),
    Case("certificate-expired", error="net.tls-expired", says="net.tls-expired"),
    Case("proxy-unreachable", error="net.proxy-unreachable", says="net.proxy-unreachable"),
    Case("proxy-login", error="net.proxy-auth", says="net.proxy-auth"),
    Case(
        "login-refused",
        error="auth.login-needed",
        does=MitigationKind.REFRESH_LOGIN,
        scope="shop",
    ),
    Case(
        "arl-expired",
        kind="login.failed",
        error="auth.login-rejected",
        data={"strategy": "arl"},
        does=MitigationKind.SWITCH_LOGIN,
        scope="shop",
        says="auth.login-rejected",
    ),
    Case("not-entitled", kind="stage.failed", error="svc.forbidden", says="svc.forbidden"),
    Case("not-in-country", kind="stage.failed", error="svc.country", says="svc.country"),
    Case(
        "rate-limited",
        error="svc.rate-limited",
        does=MitigationKind.SLOW_DOWN,
        scope="shop",
        says="svc.rate-limited",
    ),
    Case(
        "service-down",
        error="svc.down",
        does=MitigationKind.PAUSE_SERVICE,
        scope="shop",
        says="svc.paused",
    ),
    *(
        Case(
            "files-cut",
            kind="transfer.interrupted",
            error=code,
            does=USE_ALTERNATIVE,
            scope=HOST,
            says="net.truncated",
        )
        for code in ("net.truncated", "net.connection-lost", "net.stalled")
    ),
    Case("disk-nearly-full", kind="system.disk.low", says="io.disk-nearly-full"),
    *(
        Case(
            "stage-failing",
            kind="stage.skipped",
            error=code,
            data={"stage": "convert"},
            does=MitigationKind.SKIP_STAGE,
            scope="convert",
            says="stage.failing",
        )
        for code in ("plugin.hook-failed", "stage.tag.failed", "bug.unclassified")
    ),
    Case("plugin-failing", kind="plugin.hook.failed", says="plugin.hook-failed"),
]


def test_every_rule_has_a_case() -> None:
    assert {case.rule for case in CASES} == set(BY_ID)
    assert len(BY_ID) == len(CORE_RULES)


@pytest.mark.parametrize("rule", [r for r in CORE_RULES if r.advice], ids=lambda rule: rule.id)
def test_advice_has_a_title_a_cause_and_something_to_do(rule: Rule) -> None:
    """Sentences; and a command where one is named."""
    advice = rule.advice
    assert advice is not None
    for text in (advice.title, advice.cause, *filter(None, [advice.done])):
        assert text.endswith(".")
    assert advice.actions
    for action in advice.actions:
        assert action.label
        if action.argv:
            assert " ".join(action.argv) in action.label


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule} {case.error or ''}".strip())
def test_a_rule_fires_when_it_has_seen_enough_and_once(case: Case) -> None:
    """Not one event sooner, and not again while it cools down; what it does is in force then."""
    rule, bench = BY_ID[case.rule], Bench()
    for _ in range(rule.count - 1):
        case.happen(bench)
    assert case.rule not in bench.fired()
    last = case.happen(bench)
    assert bench.fired().count(case.rule) == 1
    fired = next(e for e in bench.of("brain.rule.fired") if e.data["rule"] == case.rule)
    assert fired.cause_id == last.id
    if case.does is not None:
        standing = bench.brain.mitigations.in_force(case.does, case.scope)
        assert standing is not None
        assert standing.cause.cause_id == fired.id
    given = [event.data["code"] for event in bench.of("brain.advice.given")]
    assert (case.says in given) if case.says else not given
    if rule.cooldown_s:
        case.happen(bench)
        assert bench.fired().count(case.rule) == 1
    assert faults_of(bench.events) == []


@pytest.mark.parametrize(
    "case",
    [case for case in CASES if BY_ID[case.rule].count > 1],
    ids=lambda case: f"{case.rule} {case.error or ''}".strip(),
)
def test_what_lies_too_far_apart_is_no_pattern(case: Case) -> None:
    """Each of them an accident of its own."""
    rule, bench = BY_ID[case.rule], Bench()
    for _ in range(rule.count * 2):
        case.happen(bench)
        bench.clock.advance(rule.within_s / (rule.count - 1) + 1.0)
    assert case.rule not in bench.fired()


ANSWERS = {200: "network.request.finished", 404: "network.request.failed"}


@pytest.mark.parametrize("status", ANSWERS)
@pytest.mark.parametrize("rule", ["dns-repeated", "unreachable-repeated", "host-failing"])
def test_a_host_that_answers_meanwhile_is_not_left_alone(rule: str, status: int) -> None:
    """Three in a row, at one host. One that does not have something is there."""
    bench = Bench()
    case = next(case for case in CASES if case.rule == rule)
    for host in ("a.example", "b.example", "c.example"):
        for _ in range(2):
            case.happen(bench, **{"server.address": host})
        about: dict[str, Scalar] = {"server.address": host, "http.response.status_code": status}
        bench.brain.events.emit(ANSWERS[status], data=about)
        case.happen(bench, **{"server.address": host})
    assert bench.fired() == []


@pytest.mark.parametrize("status", ANSWERS)
def test_a_service_that_answers_meanwhile_is_not_paused(status: int) -> None:
    """Five failures in a row, not five in all. At whichever of its hosts."""
    bench = Bench()
    about: dict[str, Scalar] = {"http.response.status_code": status}
    down = next(case for case in CASES if case.rule == "service-down")
    for number in range(12):
        down.happen(bench, **{"server.address": f"{number}.example"})
        if number % 4 == 3:
            bench.brain.events.emit(ANSWERS[status], service="shop", data=about)
    assert bench.fired() == []


def test_a_status_of_failure_is_no_answer() -> None:
    """As the real network tells it: each 503 comes with its number."""
    bench = Bench()
    down = next(case for case in CASES if case.rule == "service-down")
    for _ in range(5):
        down.happen(bench, **{"http.response.status_code": 503})
    assert bench.fired() == ["host-failing", "service-down"]


def test_a_service_that_is_down_pauses_no_other() -> None:
    """Five failures, of two services: neither has had five."""
    bench = Bench()
    for service in ("shop", "mart") * 4:
        bench.brain.events.emit(
            "network.request.failed",
            service=service,
            error=ERRORS["svc.down"]("x"),
            data={"server.address": f"{service}.example"},
        )
    assert "service-down" not in bench.fired()
    bench.brain.events.emit("network.request.failed", service="shop", error=ERRORS["svc.down"]("x"))
    pause = MitigationKind.PAUSE_SERVICE
    assert bench.brain.mitigations.in_force(pause, "shop") is not None
    assert bench.brain.mitigations.in_force(pause, "mart") is None


def test_an_expired_link_or_a_large_cover_says_nothing_of_account_and_stage() -> None:
    """They are the fault of one item, and may end well."""
    bench = Bench()
    for _ in range(5):
        bench.brain.events.emit(
            "network.request.failed", service="shop", error=ERRORS["svc.forbidden"]("x")
        )
        for error in (ERRORS["stage.cover.skipped"]("x"), None):
            bench.brain.events.emit("stage.skipped", error=error, data={"stage": "cover"})
    assert bench.fired() == []


def test_a_plugin_that_keeps_failing_can_be_switched_off_by_one_command() -> None:
    """Which nobody gives for the person."""
    bench = Bench()
    for _ in range(5):
        bench.brain.events.emit("plugin.hook.failed", plugin="broken", data={"hook": "x"})
    (given,) = bench.of("brain.advice.given")
    assert "The plugin broken failed 3 times" in str(given.data["title"])
    first = json.loads(str(given.data["actions"]))[0]
    assert first["argv"] == ["orpheus", "plugin", "disable", "broken"]
    assert first["applicability"] == Applicability.CONFIRM.value


class Broken:
    """An advisor that has a defect."""

    @hookimpl
    def orpheus_advise(self) -> None:
        raise RuntimeError("no idea")


def test_an_advisor_that_keeps_failing_is_told_of_before_it_is_muted() -> None:
    """It is not asked again after three failures in a row: there is no fourth to wait for."""
    brain, events = brain_with(CoreRules(), Broken())
    for _ in range(9):
        brain.events.emit("stage.failed")
    assert len(of_kind(events, "plugin.hook.failed")) == 3
    (given,) = of_kind(events, "brain.advice.given")
    assert "The plugin plugin-1 failed 3 times" in str(given.data["title"])


@pytest.mark.parametrize("name", ["--all", "a b", "", None])
def test_what_is_no_id_does_not_get_into_a_command(name: str | None) -> None:
    """Events can come from anywhere."""
    bench = Bench()
    for _ in range(5):
        bench.brain.events.emit(
            "login.failed",
            service=name,
            error=ERRORS["auth.login-rejected"]("x"),
            data={"strategy": "arl"},
        )
    for given in bench.of("brain.advice.given"):
        actions = json.loads(str(given.data["actions"]))
        assert [action["argv"] for action in actions if name and name in action["argv"]] == []
