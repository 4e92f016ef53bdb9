"""The assistant: hands events to its advisors, and their advice to the brain."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import orpheus_core as oc
from orpheus_assistant.odd_tracks import OddTracks
from orpheus_assistant.unsteady_service import UnsteadyService


class Assistant:
    """Relates events, where the core's own advice looks at each alone.

    Keeps what it has seen for as long as the application is open. Events come from every
    thread; one lock holds them apart.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._advisors = (UnsteadyService(), OddTracks())

    @oc.hookimpl
    def orpheus_event(self, event: oc.Event) -> None:
        """Remember what *event* says, where an advisor relates events of its kind."""
        with self._lock:
            for advisor in self._advisors:
                if event.kind in advisor.kinds:
                    advisor.observe(event)

    @oc.hookimpl
    def orpheus_advise(self, event: oc.Event) -> Sequence[oc.Advice]:
        """Answer with what the events up to *event* amount to; each advice is given once."""
        with self._lock:
            return [advice for advisor in self._advisors for advice in advisor.advise(event)]

    @oc.hookimpl
    def orpheus_teardown(self) -> None:
        """Forget everything: the run is over."""
        with self._lock:
            for advisor in self._advisors:
                advisor.forget()
