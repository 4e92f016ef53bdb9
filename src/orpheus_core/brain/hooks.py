"""The hooks that the brain calls, each with its real types."""

from __future__ import annotations

from collections.abc import Iterable

from orpheus_core.brain.advice import Advice, Situation
from orpheus_core.brain.decisions import Decision, Question
from orpheus_core.brain.events import Event
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
        return self._plugins.first("orpheus_decide", Decision, question=question)

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
