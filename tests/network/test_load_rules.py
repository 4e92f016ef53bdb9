"""A service with too much to do: it is left alone for a minute, or gets half as many requests."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.network.shop import SECOND, Shop, scene

from orpheus_core.brain import faults_of
from orpheus_core.errors import ServiceDown, ServicePaused
from orpheus_core.testing.faultserver import FaultServer, answer

FOUND = answer(body=b'{"titles": ["Lanterns"]}', headers={"Content-Type": "application/json"})
DOWN = answer(503)


def test_five_errors_in_a_row_pause_the_service_and_it_resumes_by_itself(tmp_path: Path) -> None:
    """The fifth is the second request's: it waits for the end of the pause, and is answered."""
    with FaultServer(*[DOWN] * 5, FOUND) as server:
        made = scene(tmp_path, Shop(server.port, first=SECOND))
        with made.app:
            with pytest.raises(ServiceDown):
                made.search()
            assert made.search() == ["Lanterns"]
            made.app.brain.mitigations.all()
    (applied,) = [
        event
        for event in made.of("brain.mitigation.applied")
        if event.data["mitigation"] == "pause_service"
    ]
    last = made.of("network.request.started")[-1]
    assert len(server.requests) == 6
    assert last.mono_ns - applied.mono_ns == pytest.approx(60e9)
    (waited,) = made.of("network.throttle.waited")
    assert waited.data["limit"] == "the service is paused"
    assert applied.id in [each.cause_id for each in made.of("brain.mitigation.ended")]
    assert "svc.paused" in [event.data["code"] for event in made.of("brain.advice.given")]
    assert faults_of(made.events) == []


def test_a_pause_that_is_too_long_to_wait_for_is_said_at_once(tmp_path: Path) -> None:
    """And that is no further error of the service: the pause would never end."""
    with FaultServer(*[DOWN] * 5, FOUND) as server:
        made = scene(tmp_path, Shop(server.port, first=SECOND), network={"max_wait_s": 10.0})
        with made.app:
            with pytest.raises(ServiceDown):
                made.search()
            for _ in range(10):
                with pytest.raises(ServicePaused):
                    made.search()
            assert made.clock.monotonic() < 60.0
            assert len(server.requests) == 5
            made.clock.advance(60.0)
            assert made.search() == ["Lanterns"]


def test_a_429_slows_the_service_down_for_a_while(tmp_path: Path) -> None:
    """One request a second, where it names no limit; two minutes later as before."""
    asked = answer(429, headers={"Retry-After": "2"})
    with FaultServer(asked, FOUND) as server:
        made = scene(tmp_path, Shop(server.port, first=SECOND))
        with made.app:
            made.search()
            assert made.clock.monotonic() == pytest.approx(2.0)
            for _ in range(5):
                made.search()
            assert made.clock.monotonic() == pytest.approx(7.0, abs=0.1)
            made.clock.advance(120.0)
            before_s = made.clock.monotonic()
            for _ in range(5):
                made.search()
            assert made.clock.monotonic() == before_s
    (given,) = made.of("brain.advice.given")
    assert given.data["code"] == "svc.rate-limited"
