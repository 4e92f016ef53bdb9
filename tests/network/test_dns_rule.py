"""A name that is not found, through the whole of it: advice once, the other host, one chain."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest
from tests.network.shop import FIRST, SECOND, Scene, Shop, scene, without_a_name

from orpheus_core import Event
from orpheus_core.brain import correlated, faults_of
from orpheus_core.errors import DnsFailure
from orpheus_core.testing.faultserver import FaultServer, answer

FOUND = answer(body=b'{"titles": ["Lanterns"]}', headers={"Content-Type": "application/json"})


def chain_to(event: Event, events: list[Event]) -> list[str]:
    """The kinds that led to *event*, itself last: from parent to parent."""
    by_id = {each.id: each for each in events}
    kinds = [event.kind]
    while event.cause_id is not None:
        event = by_id[event.cause_id]
        kinds.insert(0, event.kind)
    return kinds


def of_job(made: Scene, job: str) -> list[Event]:
    return [event for event in made.events if event.correlation_id == job]


def test_three_failures_bring_advice_once_and_the_other_host_and_one_chain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of it is found by one correlation id, and each event leads to the one before it."""
    without_a_name(monkeypatch)
    with FaultServer(FOUND) as server:
        made = scene(tmp_path, Shop(server.port))
        with made.app, correlated("job-7"):
            assert made.search() == ["Lanterns"]
    (request,) = server.requests
    assert request.path == "/search?q=lanterns+%26+more"
    assert request.header("Host") == f"{SECOND}:{server.port}"
    assert request.header("Authorization") == "Bearer of-the-shop"

    told = of_job(made, "job-7")
    failed = [event for event in told if event.kind == "network.request.failed"]
    assert [event.error_type for event in failed] == ["net.dns-failure"] * 3
    assert made.clock.monotonic() < 60.0
    (fired,) = [event for event in told if event.kind == "brain.rule.fired"]
    assert (fired.data["rule"], fired.cause_id) == ("dns-repeated", failed[2].id)
    (applied,) = [event for event in told if event.kind == "brain.mitigation.applied"]
    assert (applied.data["mitigation"], applied.data["scope"]) == ("use_alternative", FIRST)
    (advice,) = [event for event in told if event.kind == "brain.advice.given"]
    assert advice.data["title"] == f"The name {FIRST} could not be looked up, 3 times in a row."
    assert applied.cause_id == advice.cause_id == fired.id

    decisions = [event for event in told if event.kind == "brain.decision.made"]
    assert [(each.data["question"], each.data["verdict"]) for each in decisions] == [
        ("retry", "retry"),
        ("retry", "retry"),
        ("retry", "give_up"),
        ("endpoint", "switch"),
    ]
    last = decisions[-1]
    assert (last.data["choice"], last.data["rule"]) == (SECOND, "dns-repeated")
    assert last.data["decided_by"] == "core-mitigations"
    (switched,) = [event for event in told if event.kind == "network.endpoint.switched"]
    assert (switched.data["server.address"], switched.data["alternative"]) == (FIRST, SECOND)
    assert (switched.cause_id, last.cause_id) == (last.id, failed[2].id)
    (finished,) = [event for event in told if event.kind == "network.request.finished"]
    attempt = ["network.request.started", "network.request.failed", "brain.decision.made"]
    assert chain_to(finished, told) == [
        *attempt,
        "network.retry.scheduled",
        *attempt,
        "network.retry.scheduled",
        *attempt,
        "network.endpoint.switched",
        "network.request.started",
        "network.request.finished",
    ]
    assert faults_of(made.events) == []


def test_the_next_requests_go_to_the_other_host_at_once_and_later_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As long as the rule says; what made them go there is named."""
    without_a_name(monkeypatch)
    with FaultServer(FOUND) as server:
        made = scene(tmp_path, Shop(server.port))
        with made.app:
            made.search()
            made.events.clear()
            made.search()
            (switched,) = made.of("network.endpoint.switched")
            assert "dns-repeated" in str(switched.data["reason"])
            assert made.of("network.request.failed") == []
            made.clock.advance(301.0)
            made.events.clear()
            made.search()
    first, *_ = made.of("network.request.started")
    assert first.data["server.address"] == FIRST


def test_ten_requests_that_fail_alike_are_one_piece_of_advice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And where there is no other host, the person gets the error as it is."""
    without_a_name(monkeypatch)
    shop = Shop(9)
    shop.info = attrs.evolve(shop.info, hosts=(FIRST,), mirrors=())
    made = scene(tmp_path, shop)
    with made.app:
        for _ in range(10):
            with pytest.raises(DnsFailure):
                made.search()
    assert len(made.of("brain.advice.given")) == 1
    assert made.of("network.endpoint.switched") == []
