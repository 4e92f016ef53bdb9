"""The assistant's own hook, and what is brought on it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol, runtime_checkable

import orpheus_core as oc


@runtime_checkable
class RelatingAdvisor(Protocol):
    """Remembers events, and says what several of them amount to.

    It is called by one thread at a time. Each application asks for advisors of its own.
    """

    @property
    def kinds(self) -> Collection[str]:
        """The kinds of events that it remembers, by their whole names: ``job.started``."""

    def observe(self, event: oc.Event) -> None:
        """Remember *event*, which is of one of `kinds`."""

    def advise(self, event: oc.Event) -> Sequence[oc.Advice]:
        """Answer at *event*, a warning or worse, with what was not said yet."""

    def forget(self) -> None:
        """Begin anew: the application closes."""


@oc.hookspec
def orpheus_assistant_advisors() -> Sequence[RelatingAdvisor]:
    """Answer with advisors that relate events. Verb: collect.

    Asked once for each application, at the first event that any of them may look at.
    """
    raise NotImplementedError
