"""A sink that fails: its batch is tried twice, then told of; three in a row set it aside."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from tests.brain.log.made import MemorySink

from orpheus_core.brain import Event, EventBus
from orpheus_core.brain.log import keeper
from orpheus_core.brain.log.keeper import Keeper
from orpheus_core.errors import DiskFull, UnreadableLog
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

    def close(self) -> None:
        """Have the rest written, and the sink closed."""
        self.keeper.start_closing(FLUSH_S).join(FLUSH_S)

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
    kept.close()
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
    kept.close()
    assert kept.numbers == [1]
    assert kept.sink.closed == 1


def test_what_fails_to_the_end_is_told_of(kept: Kept) -> None:
    """The other readers of the bus learn what is not in this log."""
    kept.sink.errors = [RuntimeError("for good")] * 2
    kept.publish(1)
    kept.close()
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
    kept.close()
    assert kept.told[-1].data["reason"] == "it is stuck"


# --- what may pass ----------------------------------------------------------------------------


def test_a_sink_is_tried_again_when_what_ails_it_may_have_passed(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk has room again some day; the log then says how much it did not get."""
    kept.sink.errors = [DiskFull("no space is left")] * 3
    for number in range(3):
        kept.publish(number)
    kept.publish(3)
    assert kept.sink.tries == 3  # it rests: nobody waits for it, and no disk is worn
    assert kept.sink.closed == 0
    monkeypatch.setattr(kept.keeper, "_rests_until", 0.0)
    assert kept.publish(4)
    assert kept.publish(5)
    assert kept.numbers == [4, 5]
    assert "brain.subscriber.muted" not in kept.kinds
    reports = [event for event in kept.told if event.kind == "brain.events.dropped"]
    counts = [json.loads(str(event.data["kinds"])).get("stage.started") for event in reports]
    assert sum(filter(None, counts)) == 4
    assert reports[-1] in kept.sink.events


def test_a_sink_that_rests_is_told_of_once(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    """However long the disk is full; when the run ends, what was dropped is told."""
    monkeypatch.setattr(keeper, "_REST_S", 0.0)
    kept.sink.errors = [DiskFull("no space is left")] * 20
    for number in range(15):
        kept.publish(number)
    assert kept.kinds.count("brain.subscriber.failed") == 3
    assert kept.sink.tries > 3
    kept.close()
    assert kept.told[-1].kind == "brain.events.dropped"
    assert kept.sink.closed == 1


def test_a_sink_that_rests_and_then_fails_for_good_is_set_aside(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A newer Orpheus began to use the log meanwhile, say."""
    monkeypatch.setattr(keeper, "_REST_S", 0.0)
    kept.sink.errors = [*[DiskFull("no space is left")] * 3, UnreadableLog("a newer one")]
    for number in range(4):
        kept.publish(number)
    assert kept.kinds[-1] == "brain.subscriber.muted"
    assert kept.sink.closed == 1
