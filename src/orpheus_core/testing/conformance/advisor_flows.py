"""The flows of an advisor: it hears stories, and its advice is gathered."""

from __future__ import annotations

import collections
import functools
from collections.abc import Iterable, Iterator, Sequence

from orpheus_core.brain import Advice, Event, Severity, Situation
from orpheus_core.testing.conformance.bench import Bench
from orpheus_core.testing.conformance.flows import Work
from orpheus_core.testing.conformance.samples import Story
from orpheus_core.testing.conformance.subject import Subject
from orpheus_core.testing.conformance.trials import Trial


def events_of(story: Story) -> tuple[Event, ...]:
    """Return *story* as events."""
    return (story,) if isinstance(story, Event) else tuple(story)


def told(story: Story) -> str:
    """Return *story* as evidence names it."""
    return ", ".join(
        f"{event.kind} ({event.error_type})" if event.error_type else event.kind
        for event in events_of(story)
    )


def telling(story: Story, bench: Bench) -> Work:
    """Return the work of hearing *story*; it answers with the plugin's advice."""
    return functools.partial(_tell, events_of(story), bench)


def _tell(events: Sequence[Event], bench: Bench) -> list[Advice]:
    """Let the plugin hear each event, and ask it as the brain does: from warning on."""
    given: list[Advice] = []
    grave: list[Event] = []
    counts: collections.Counter[str] = collections.Counter()
    plugins = bench.app.plugins
    for event in events:
        plugins.emit("orpheus_event", only=bench.plugin_id, event=event)
        if event.severity < Severity.WARNING:
            continue
        grave.append(event)
        if event.error_type:
            counts[event.error_type] += 1
        situation = Situation(recent=tuple(grave), counts=dict(counts))
        answers = plugins.collect(
            "orpheus_advise", Advice, only=bench.plugin_id, event=event, situation=situation
        )
        given += [answer.value for answer in answers]
    return given


def told_of(subject: Subject, stories: Iterable[Story]) -> Iterator[tuple[Story, Trial]]:
    """Yield each story with what came of telling it to the plugin, in an application of its own."""
    for story in stories:
        with subject.bench() as bench:
            yield story, bench.run(f"hear {told(story)}", telling(story, bench))
