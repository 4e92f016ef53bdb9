"""The core's own model of what is likely. Built-in plugin ``core-predictor``."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from orpheus_core.brain.events import Event, Severity
from orpheus_core.brain.log import EventSink
from orpheus_core.brain.plugin_context import PluginContext
from orpheus_core.brain.prediction import Prediction
from orpheus_core.brain.questions import Question
from orpheus_core.clock import Clock
from orpheus_core.errors import StorageError
from orpheus_core.hookspecs import hookimpl

if TYPE_CHECKING:
    from orpheus_core.brain.learning.learner import Learner

LEARNED_FROM = frozenset(
    {
        "job.finished",
        "network.request.failed",
        "network.request.finished",
        "stage.failed",
        "stage.finished",
        "stage.skipped",
        "transfer.interrupted",
    }
)
"""The kinds of events that anything is learned from."""


class Predictor:
    """Learns as a sink of events, and answers from what it learned.

    Nothing of the model is imported, and no file opened, before there is an event to learn
    from, or a question.

    Args:
        folder: where the file with the counts is kept.
    """

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self._lock = threading.Lock()
        self._learner: Learner | None = None
        self._context: PluginContext | None = None

    @hookimpl
    def orpheus_configure(self, context: PluginContext) -> None:
        """Learn where to tell of what goes wrong."""
        self._context = context

    @hookimpl
    def orpheus_event_sinks(self) -> Sequence[EventSink]:
        """Bring what learns."""
        return [_LearningSink(self)]

    @hookimpl
    def orpheus_predict(self, question: Question) -> Sequence[Prediction]:
        """Say what is likely, where enough was observed to say it."""
        from orpheus_core.brain.learning.forecast import predictions_for, subjects_of

        if not subjects_of(question):
            return []
        learner = self.learner()
        now_s = learner.now_s()
        return learner.look(lambda counts: predictions_for(question, counts, now_s))

    def learner(self) -> Learner:
        """Return what learns; it is made at the first call."""
        if self._learner is None:
            from orpheus_core.brain.learning.learner import Learner

            with self._lock:
                if self._learner is None:
                    self._learner = Learner(self._folder, self._clock, self)
        return self._learner

    @property
    def has_learner(self) -> bool:
        """Whether that has been made."""
        return self._learner is not None

    def damaged(self, file: Path, reason: str, set_aside: str) -> None:
        """Tell that what was learned is lost, and begun anew."""
        if self._context is not None:
            self._context.events.emit(
                "system.state.damaged",
                plugin=self._context.plugin,
                data={"file.path": str(file), "reason": reason, "set_aside": set_aside},
            )

    def unusable(self, error: StorageError) -> None:
        """Tell that what is learned lasts no longer than this run."""
        if self._context is not None:
            message = f"what is learned from events is not kept: {error.title}"
            self._context.say(message, severity=Severity.WARNING, next_step=error.next_step)


class _LearningSink:
    """Hands on what may be learned from."""

    name = "core-predictor"
    waited_for = False

    def __init__(self, predictor: Predictor) -> None:
        self._predictor = predictor

    def write(self, events: Sequence[Event]) -> None:
        fit = [event for event in events if event.kind in LEARNED_FROM]
        if fit or self._predictor.has_learner:
            self._predictor.learner().write(fit)

    def close(self) -> None:
        if self._predictor.has_learner:
            self._predictor.learner().close()
