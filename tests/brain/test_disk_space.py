"""A disk that is nearly full is told of before it is full."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from orpheus_core import Event, Orpheus
from orpheus_core.brain import faults_of
from orpheus_core.testing.clock import SimClock


class Usage(NamedTuple):
    free: int


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[int | OSError], list[str]]:
    """Begin a job on a disk with so much room, and return what followed, as titles of advice."""

    def begin(free: int | OSError) -> list[str]:
        def usage(path: object) -> Usage:
            if isinstance(free, OSError):
                raise free
            return Usage(free)

        events: list[Event] = []
        with Orpheus(home=tmp_path, discover=False, clock=SimClock()) as app:
            monkeypatch.setattr(shutil, "disk_usage", usage)
            app.brain.events.subscribe(events.append)
            target = str(tmp_path / "not" / "there" / "yet")
            app.brain.events.emit("job.started", service="shop", data={"target": target})
        assert faults_of(events) == []
        low = {event.id for event in events if event.kind == "system.disk.low"}
        fired = {event.id for event in events if event.cause_id in low}
        given = [event for event in events if event.kind == "brain.advice.given"]
        assert all(event.cause_id in fired for event in given)
        return [str(event.data["title"]) for event in given]

    return begin


def test_less_than_a_gigabyte_is_little(told: Callable[[int | OSError], list[str]]) -> None:
    """The folder need not be there yet."""
    assert told(999_999_999) == ["The disk that the music goes to is nearly full."]
    assert told(1_000_000_000) == []


def test_a_disk_that_cannot_be_asked_is_nobodys_news(
    told: Callable[[int | OSError], list[str]],
) -> None:
    """The job meets it as well, and says so."""
    assert told(PermissionError("x")) == []
