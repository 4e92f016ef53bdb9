"""The hooks that the brain calls, each with its real types."""

from __future__ import annotations

import fnmatch
import threading
from collections.abc import Iterable

from orpheus_core.brain.advice import Advice, Situation
from orpheus_core.brain.decisions import Decision
from orpheus_core.brain.events import Event
from orpheus_core.brain.log.sink import EventSink
from orpheus_core.brain.prediction import Prediction
from orpheus_core.brain.questions import Question, Verdict
from orpheus_core.brain.rules import Rule
from orpheus_core.plugins import Answer, PluginHost, PluginState, switch_on

_IMPORTED = (PluginState.ACTIVE, PluginState.FAILED, PluginState.MUTED)


class Hooks:
    """Asks plugins what the brain wants to know.

    A plugin that names the kinds of events which it looks at is imported at the first event
    of one of them.

    Args:
        wakes: False to tell of events only those that are imported already.
    """

    def __init__(self, plugins: PluginHost, *, wakes: bool = True) -> None:
        self._plugins = plugins
        self._wakes = wakes
        self._lock = threading.Lock()
        self._gave_rules: set[str] = set()

    def advise(self, event: Event, situation: Situation) -> list[Answer[Advice]]:
        """Return what each advisor says of *event*."""
        return [
            answer
            for plugin in self._asked("orpheus_advise")
            for answer in self._plugins.collect(
                "orpheus_advise",
                Advice,
                only=plugin,
                event_kind=event.kind,
                event=event,
                situation=situation,
            )
        ]

    def decide(self, question: Question) -> Answer[Decision] | None:
        """Return the first decision on *question*, or None when every plugin passes."""

        def check(decision: Decision) -> None:
            if decision.verdict not in question.verdicts:
                fit = ", ".join(sorted(each.value for each in question.verdicts))
                raise ValueError(
                    f"{decision.verdict.value} is no answer to a {question.name} question; "
                    f"these are: {fit}"
                )
            if decision.verdict is Verdict.SWITCH and decision.choice not in question.choices:
                there = ", ".join(question.choices) or "nothing"
                raise ValueError(f"{decision.choice!r} is no choice; there is: {there}")

        return self._plugins.first("orpheus_decide", Decision, check=check, question=question)

    def predict(self, question: Question) -> list[Answer[Prediction]]:
        """Return what each predictor expects for *question*."""
        return self._plugins.collect("orpheus_predict", Prediction, question=question)

    def new_rules(self, event_kind: str) -> list[Answer[Rule]]:
        """Return the rules of each plugin that was not asked yet and wants *event_kind*.

        Each plugin is asked once: at the first event, or at the first of the kinds that its
        manifest names.
        """
        meant = []
        for user in self._plugins.hooks()["orpheus_rules"]:
            patterns = user.use.events or ("*",)
            if any(fnmatch.fnmatchcase(event_kind, pattern) for pattern in patterns):
                meant.append(user.plugin)
        if not self._wakes:
            meant = [plugin for plugin in meant if plugin in set(self._asked("orpheus_rules"))]
        with self._lock:
            due = [plugin for plugin in meant if plugin not in self._gave_rules]
            self._gave_rules.update(due)
        return [
            answer
            for plugin in due
            for answer in self._plugins.collect("orpheus_rules", Rule, only=plugin)
        ]

    def sinks(self) -> list[Answer[EventSink]]:
        """Return the sinks of each plugin."""
        return self._plugins.collect("orpheus_event_sinks", EventSink)

    def who_could_decide(self) -> str:
        """Behind ``no plugin had an answer``: the built-in decider, if it is switched off."""
        command = switch_on(self._plugins, "core-retry")
        return f"; {command} switches the core's own on" if command else ""

    def observe(self, event: Event) -> None:
        """Tell every observer of *event*."""
        for plugin in self._asked("orpheus_event"):
            self._plugins.emit("orpheus_event", only=plugin, event_kind=event.kind, event=event)

    def _asked(self, hook: str) -> Iterable[str | None]:
        """The plugins that are asked one by one, or None: all at once."""
        if self._wakes:
            return (None,)
        records = self._plugins.records()
        return [r.id for r in records if r.state in _IMPORTED and hook in r.hooks]
