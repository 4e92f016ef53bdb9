"""A sink that fails: its batch is tried twice, then told of; three in a row set it aside."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable

import pytest
from tests.brain.log.made import MemorySink

from orpheus_core.brain import Event, EventBus
from orpheus_core.brain.log.keeper import Keeper
from orpheus_core.errors import DiskFull
from orpheus_core.redaction import Redactor
from orpheus_core.testing import SimClock

FLUSH_S = 10.0


class Kept:
    """A sink behind its keeper, on a bus: what it is given, and what is told of it."""

    def __init__(self) -> None:
        self.bus = EventBus(SimClock(), Redactor())
        self.told: list[Event] = []
        self.bus.subscribe(self.told.append, kinds=["brain.*"])
        self.sink = MemorySink()
        self.keeper = Keeper(self.sink, "mine", self.bus)
        self.bus.subscribe(self.keeper.put)

    def publish(self, *numbers: int) -> bool:
        """Publish an event of each number, and see that it is dealt with."""
        for number in numbers:
            self.bus.emit("stage.started", data={"attempt": number})
        return self.keeper.flush(FLUSH_S)

    @property
    def numbers(self) -> list[object]:
        """The numbers of what was kept."""
        return [e.data["attempt"] for e in self.sink.events if e.kind == "stage.started"]

    @property
    def kinds(self) -> list[str]:
        """What was told of the sink."""
        return [event.kind for event in self.told]


@pytest.fixture
def kept() -> Kept:
    return Kept()


def test_a_batch_that_fails_once_is_handed_over_again(kept: Kept) -> None:
    """Before the next one, so that the order stays; that it failed is an event, kept too."""
    kept.sink.errors = [DiskFull("no space is left")]
    assert not kept.publish(1, 2)
    assert kept.publish(3)
    assert kept.numbers == [1, 2, 3]
    assert kept.kinds == ["brain.subscriber.failed"]
    assert kept.told[0].error_type == "io.disk-full"
    assert kept.told[0].plugin == "mine"
    assert kept.told[0].data["subscriber"] == "memory"
    assert kept.told[0].data["reason"] == "no space is left"
    assert "DiskFull" in str(kept.told[0].data["exception.stacktrace"])
    assert "brain.subscriber.failed" in kept.sink.kinds


def test_a_batch_that_fails_twice_is_dropped_and_told_of(kept: Kept) -> None:
    """Who dropped it, how many, of which kinds; the batch behind it has its own two tries."""
    kept.sink.errors = [RuntimeError("one"), RuntimeError("two")]
    kept.publish(1, 2)
    kept.publish(3)
    kept.publish(4)
    assert kept.numbers == [3, 4]
    dropped = next(event for event in kept.told if event.kind == "brain.events.dropped")
    assert dropped.data["subscriber"] == "memory"
    assert json.loads(str(dropped.data["kinds"]))["stage.started"] == 2
    assert dropped.data["dropped"] == sum(json.loads(str(dropped.data["kinds"])).values())


def test_that_it_failed_is_no_reason_to_try_again(kept: Kept) -> None:
    """Otherwise a sink whose disk is full for a moment would be set aside by its own news."""
    kept.sink.errors = [RuntimeError("one")] * 3
    kept.publish(1)
    kept.keeper.flush(FLUSH_S)  # behind what was told of the failure
    assert kept.sink.tries == 1


def test_three_failures_in_a_row_set_a_sink_aside(kept: Kept) -> None:
    """For the rest of the run: it is closed, and gets nothing more; nobody waits for it."""
    kept.sink.errors = [RuntimeError("out of order")] * 3
    for number in range(3):
        kept.publish(number)
    assert kept.kinds[-1] == "brain.subscriber.muted"
    assert kept.kinds.count("brain.subscriber.failed") == 3
    kept.publish(4)
    kept.keeper.close(FLUSH_S)
    assert (kept.sink.tries, kept.sink.closed) == (3, 1)
    assert kept.numbers == []


def test_a_success_between_failures_forgives_them(kept: Kept) -> None:
    """Only what fails again and again is set aside."""
    for number in range(4):
        kept.sink.errors = [RuntimeError("for a moment")]
        kept.publish(2 * number)
        kept.publish(2 * number + 1)
    assert kept.numbers == list(range(8))


def test_what_failed_last_is_tried_again_at_the_end(kept: Kept) -> None:
    """No batch comes behind the last one."""
    kept.sink.errors = [RuntimeError("for a moment")]
    kept.publish(1)
    kept.keeper.close(FLUSH_S)
    assert kept.numbers == [1]
    assert kept.sink.closed == 1


def test_what_fails_to_the_end_is_told_of(kept: Kept) -> None:
    """The other readers of the bus learn what is not in this log."""
    kept.sink.errors = [RuntimeError("for good")] * 2
    kept.publish(1)
    kept.keeper.close(FLUSH_S)
    assert "brain.events.dropped" in kept.kinds


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, RecursionError])
def test_whatever_a_sink_raises_stays_with_it(kept: Kept, error: Callable[[], Exception]) -> None:
    """It runs on a thread that others need, too."""
    kept.sink.errors = [error()]
    kept.publish(1)
    assert kept.publish(2)
    assert kept.numbers == [1, 2]


def test_a_sink_that_cannot_be_closed_is_told_of(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever closes the application is not disturbed."""

    def fail() -> None:
        raise RuntimeError("it is stuck")

    monkeypatch.setattr(kept.sink, "close", fail)
    kept.keeper.close(FLUSH_S)
    assert kept.told[-1].data["reason"] == "it is stuck"


@pytest.mark.parametrize("errors", [[], [RuntimeError("for a moment")]])
def test_a_sink_that_does_not_come_back_at_the_end_is_left_behind(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, errors: list[BaseException]
) -> None:
    """Whoever closes the application waits so long, not for ever: be it to write or to close."""
    kept.sink.errors = errors
    kept.publish(1)
    hung, released = threading.Event(), threading.Event()

    def hang(*_: object) -> None:
        hung.set()
        released.wait()

    monkeypatch.setattr(kept.sink, "write" if errors else "close", hang)
    try:
        closing = threading.Thread(target=kept.keeper.close, args=(0.1,), daemon=True)
        closing.start()
        assert hung.wait(FLUSH_S)
        closing.join(FLUSH_S)
        assert not closing.is_alive()
    finally:
        released.set()
