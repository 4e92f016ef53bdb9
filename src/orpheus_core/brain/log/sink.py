"""What takes events away to keep them: a file, a database, a collector."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from orpheus_core.brain.events import Event


@runtime_checkable
class EventSink(Protocol):
    """Keeps events, a batch at a time.

    The brain calls it from one thread of its own, so that nobody waits for it but itself.
    """

    @property
    def name(self) -> str:
        """What it is called where it is told of."""

    @property
    def waited_for(self) -> bool:
        """Whether publishers wait, within bounds, when it is slower than they are.

        Otherwise what does not fit its queue is dropped, and told of.
        """

    def write(self, events: Sequence[Event]) -> None:
        """Keep *events*, all or none, in their order. Secrets are masked already.

        Raises:
            OrpheusError: it cannot. They are handed over once more with the next batch. After
                three failures in a row, the sink is left alone: for a while, or for the rest of
                the run if the error's `retryable` says that it will not pass.
        """

    def close(self) -> None:
        """Let go of files and connections; everything was handed over."""
