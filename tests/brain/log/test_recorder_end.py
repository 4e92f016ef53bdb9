"""The end of a recorder: it waits for its sinks, so long and no longer, and for all at once."""

from __future__ import annotations

import threading

import pytest
from tests.brain.log.made import BringsSinks, MemorySink
from tests.brain.log.test_recorder import FLUSH_S, brain_with

from orpheus_core.brain.log import recorder


@pytest.mark.parametrize("where", ["write", "close"])
def test_a_sink_that_does_not_come_back_at_the_end_is_left_behind(
    monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """Whoever closes the application waits so long, not for ever: be it to write or to close."""
    monkeypatch.setattr(recorder, "_WAIT_S", 0.1)
    brain = brain_with(BringsSinks(sink := HangingSink(where)))
    brain.events.emit("job.started")
    closing = threading.Thread(target=brain.close, daemon=True)
    closing.start()
    try:
        assert sink.hung.wait(FLUSH_S)
        closing.join(FLUSH_S)
        assert not closing.is_alive()
    finally:
        sink.released.set()


@pytest.mark.parametrize("where", ["write", "close"])
def test_no_sink_waits_for_another_one_at_the_end(
    monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """There is one bound for all: whoever hangs does not use up the time of the others."""
    monkeypatch.setattr(recorder, "_WAIT_S", 10 * FLUSH_S)
    closed = threading.Event()
    sound = MemorySink("sound")
    monkeypatch.setattr(sound, "close", closed.set)
    brain = brain_with(BringsSinks(hanging := HangingSink(where), sound))
    brain.events.emit("job.started")
    closing = threading.Thread(target=brain.close, daemon=True)
    closing.start()
    try:
        assert closed.wait(FLUSH_S)
        assert sound.kinds == ["job.started"]
    finally:
        hanging.released.set()
        closing.join(FLUSH_S)


class HangingSink(MemorySink):
    """Does not come back from *where* until it is released."""

    def __init__(self, where: str) -> None:
        super().__init__("hanging")
        self.hung, self.released = threading.Event(), threading.Event()
        setattr(self, where, self._hang)

    def _hang(self, *_: object) -> None:
        self.hung.set()
        self.released.wait()
