"""The plugin: hands events to its advisors and those of others, and their advice to the brain."""

from __future__ import annotations

import datetime
import functools
import itertools
import threading
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import TypeVar

import attrs

import orpheus_core as oc
from orpheus_assistant import hookspecs
from orpheus_assistant.hookspecs import RelatingAdvisor
from orpheus_assistant.odd_tracks import OddTracks
from orpheus_assistant.unsteady_service import REPEATED_REQUESTS, WINDOW, UnsteadyService

T = TypeVar("T")

AREAS = ("job.", "login.", "network.", "stage.", "transfer.")
"""How the kinds of events begin that are related; orpheus.toml has them as patterns."""


@attrs.define(eq=False)
class _Member:
    """An advisor, the plugin that it is of, and what it failed with, if it did."""

    advisor: RelatingAdvisor
    plugin: str
    failed: str = ""


class Assistant:
    """Relates events, where the core's own advice looks at each alone.

    Each application has its own. It keeps what it has seen for as long as that is open. Events
    come from every thread; one lock holds them apart.
    """

    def __init__(self) -> None:
        # What an advisor publishes comes back to it, in the same thread.
        self._lock = threading.RLock()
        self._context: oc.PluginContext | None = None
        self._members: list[_Member] | None = None

    @oc.hookimpl
    def orpheus_add_hookspecs(self) -> Sequence[ModuleType]:
        """Add the hook that others bring advisors on."""
        return [hookspecs]

    @oc.hookimpl
    def orpheus_configure(self, context: oc.PluginContext) -> None:
        """Take the settings."""
        self._context = context

    @oc.hookimpl
    def orpheus_assistant_advisors(self) -> Sequence[RelatingAdvisor]:
        """Bring the assistant's own advisors."""
        requests = self._setting("repeated_requests", REPEATED_REQUESTS)
        minutes = self._setting("window_minutes", int(WINDOW.total_seconds() // 60))
        return [UnsteadyService(requests, datetime.timedelta(minutes=minutes)), OddTracks()]

    @oc.hookimpl
    def orpheus_event(self, event: oc.Event) -> None:
        """Let each advisor that relates events of this kind remember it."""
        if event.kind.startswith(AREAS):
            self._each(functools.partial(_observe, event))

    @oc.hookimpl
    def orpheus_advise(self, event: oc.Event) -> Sequence[oc.Advice]:
        """Answer with what the events up to *event* amount to; each advice is given once."""
        if not event.kind.startswith(AREAS):
            return []
        return list(itertools.chain(*self._each(functools.partial(_advice, event))))

    @oc.hookimpl
    def orpheus_teardown(self) -> None:
        """Forget everything: the run is over."""
        with self._lock:
            if self._members is not None:
                self._each(_forget)
            self._members = None

    def _setting(self, key: str, default: int) -> int:
        """A setting that is a whole number, and at least 1."""
        value = self._context.settings.get(key) if self._context else None
        return max(1, value) if isinstance(value, int) else default

    def _each(self, work: Callable[[RelatingAdvisor], T]) -> list[T]:
        """Have every advisor do *work*; one that raises is left out from then on, and told of."""
        done: list[T] = []
        fallen: list[_Member] = []
        with self._lock:
            for member in self._known():
                if member.failed:
                    continue
                try:
                    done.append(work(member.advisor))
                except Exception as error:  # noqa: BLE001 - the border to other plugins' advisors
                    member.failed = f"{type(error).__name__}: {error}"
                    fallen.append(member)
        for member in fallen:
            self._tell(member)
        return done

    def _known(self) -> list[_Member]:
        if self._members is None:
            self._members = []  # at once: asking others may import them, which is an event
            self._members = self._asked()
        return self._members

    def _asked(self) -> list[_Member]:
        """The advisors that plugins bring; without a context, the own ones."""
        if self._context is None:
            return [_Member(each, "assistant") for each in self.orpheus_assistant_advisors()]
        answers = self._context.ask("orpheus_assistant_advisors", RelatingAdvisor)
        return [_Member(each.value, each.plugin) for each in answers]

    def _tell(self, member: _Member) -> None:
        if self._context is not None:
            self._context.say(
                f"An advisor that plugin {member.plugin} gave the assistant is left out: "
                f"{member.failed}",
                severity=oc.Severity.WARNING,
                next_step=f"orpheus plugin info {member.plugin}",
            )


def _observe(event: oc.Event, advisor: RelatingAdvisor) -> None:
    if event.kind in advisor.kinds:
        advisor.observe(event)


def _advice(event: oc.Event, advisor: RelatingAdvisor) -> list[oc.Advice]:
    advice = list(advisor.advise(event))
    heard: list[object] = [*advice]
    if not all(isinstance(each, oc.Advice) for each in heard):
        raise TypeError("it answered with something else than advice")
    return advice


def _forget(advisor: RelatingAdvisor) -> None:
    advisor.forget()
