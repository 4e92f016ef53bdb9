"""What was told last of one piece of work: the cause of what is told of it next."""

from __future__ import annotations

import attrs

from orpheus_core.brain import Event


@attrs.define(eq=False)
class Trail:
    """Links the events of one request, over all its attempts, or of one transfer.

    For one thread at a time.
    """

    last: Event | None = None

    def told(self, event: Event) -> None:
        """Let *event* be the cause of the next."""
        self.last = event
