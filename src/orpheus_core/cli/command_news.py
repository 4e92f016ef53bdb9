"""Tells of the command as events: that it began, that somebody stopped it, how it ended."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import click

from orpheus_core.brain import EventBus
from orpheus_core.cli.ending import Ending, ending_of
from orpheus_core.cli.invocation import Invocation


@contextlib.contextmanager
def told(invocation: Invocation, events: EventBus) -> Iterator[None]:
    """While inside, the command is at work; what it raises is told as its end, and goes on."""
    events.emit("cli.started", data={"command": command_words()})
    try:
        yield
    except (Exception, KeyboardInterrupt) as raised:
        if isinstance(raised, KeyboardInterrupt):
            tell_interrupted(events)
        _tell_finished(invocation, events, ending_of(raised, invocation))
        raise
    _tell_finished(invocation, events, Ending(*invocation.outcome))


def tell_interrupted(events: EventBus) -> None:
    """Publish that somebody asked the command to stop."""
    events.emit("cli.interrupted", data={"command": command_words()})


def command_words() -> str:
    """Return the words of the command that runs, without any argument: ``service list``."""
    words: list[str] = []
    context = click.get_current_context(silent=True)
    while context is not None and context.parent is not None:
        words.insert(0, context.command.name or "")
        context = context.parent
    return " ".join(words)


def _tell_finished(invocation: Invocation, events: EventBus, ending: Ending) -> None:
    events.emit(
        "cli.finished",
        error=ending.error,
        data={
            "command": command_words(),
            "exit_code": int(ending.status),
            "took_s": round(invocation.elapsed_s, 3),
            "message": ending.error.title if ending.error else "",
        },
    )
