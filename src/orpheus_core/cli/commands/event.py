"""``orpheus event query``, ``tail`` and ``show``: looks into the log of events."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Unpack

import click

from orpheus_core.cli.amounts import count_text
from orpheus_core.cli.envelope import success
from orpheus_core.cli.event_choice import (
    Choice,
    Filters,
    choosing,
    chosen_events,
    filtering,
    followed_events,
)
from orpheus_core.cli.failures import nearest
from orpheus_core.cli.groups import OrpheusCommand
from orpheus_core.cli.invocation import Invocation
from orpheus_core.errors import error_types

if TYPE_CHECKING:
    from orpheus_core.app import Orpheus
    from orpheus_core.brain import Event

_SCHEMA = "orpheus.events/1"


@click.command(cls=OrpheusCommand, name="query", json_lines=True)
@choosing
@click.option("--limit", metavar="N", type=click.IntRange(min=1), help="Only the last N of them.")
@click.pass_obj
def query_events(invocation: Invocation, limit: int | None, **choice: Unpack[Choice]) -> None:
    """List the events in the log that fit all options, the oldest first.

    With --json, each is a line of type event, and the last line is of type result.

    \b
      orpheus event query --since 1h --min-severity warning
      orpheus event query --run last --code "net.*"
      orpheus event query --kind login.failed --service qobuz --limit 5
    """
    from orpheus_core.cli.opening import opened

    with opened(invocation, warn=False, eager=False) as app:
        if limit is None:
            events = chosen_events(app, choice)
        else:
            newest = list(chosen_events(app, choice, limit=limit, newest_first=True))
            events = iter(newest[::-1])
        _show(invocation, app, events, code=choice["code"])


@click.command(cls=OrpheusCommand, name="tail", json_lines=True)
@click.option(
    "-n",
    "count",
    metavar="N",
    type=click.IntRange(min=0),
    default=10,
    help="The last N events.  [default: 10]",
)
@click.option("--follow", "-f", is_flag=True, help="Then show those that come, until Ctrl-C.")
@filtering
@click.pass_obj
def tail_events(
    invocation: Invocation, count: int, follow: bool, **filters: Unpack[Filters]
) -> None:
    """Show the last events in the log, and those that come if asked to.

    Whichever process writes them: this is how to watch a download from a second terminal.

    \b
      orpheus event tail --follow --min-severity info
      orpheus event tail -n 50 --service deezer
    """
    from orpheus_core.cli.opening import opened

    with opened(invocation, warn=False, eager=False) as app:
        if follow:
            _show(invocation, app, followed_events(app, filters, last=count))
            return
        choice: Choice = {**filters, "since": None, "until": None, "run": None}
        newest = list(chosen_events(app, choice, limit=count, newest_first=True))
        _show(invocation, app, reversed(newest), code=filters["code"])


@click.command(cls=OrpheusCommand, name="show")
@click.argument("ident", metavar="ID")
@click.pass_obj
def show_event(invocation: Invocation, ident: str) -> None:
    """Show all that is known of the event ID: its data, what caused it, what it led to.

    The end of an id is enough, as the other commands show it.

    \b
      orpheus event show 8c1f03ab
    """
    from orpheus_core.brain.event_json import document_of
    from orpheus_core.cli.event_lines import EventLines
    from orpheus_core.cli.event_page import causes_of, effects_of, page_of
    from orpheus_core.cli.opening import opened

    with opened(invocation, warn=False, eager=False) as app:
        log = app.brain.log
        event = log.get(ident)
        causes, effects = causes_of(log, event), effects_of(log, event)
        if invocation.json:
            data = {
                "event": document_of(event),
                "causes": [document_of(each) for each in causes],
                "effects": [document_of(each) for each in effects],
            }
            invocation.output.document(success(invocation, "orpheus.event/1", data))
            return
        lines = EventLines(invocation.output, app.clock.now(), indent=2)
        invocation.output.result(*page_of(event, causes, effects, lines))


def _show(
    invocation: Invocation,
    app: Orpheus,
    events: Iterable[Event],
    *,
    code: str | None = None,
) -> None:
    """Print *events* as they come, until there are no more, or nobody reads them any more.

    Args:
        code: the error that was asked for: when there is none, the nearest is suggested.
    """
    from orpheus_core.brain.event_json import document_of
    from orpheus_core.brain.log.event_log import short_id
    from orpheus_core.cli.event_lines import EventLines

    output, count, last = invocation.output, 0, ""
    lines = EventLines(output, app.clock.now())
    for event in events:
        if invocation.json:
            output.document({"type": "event", "event": document_of(event)})
        else:
            output.result(lines.line(event))
        if output.unread:
            return
        count, last = count + 1, event.id
    if invocation.json:
        output.document(success(invocation, _SCHEMA, {"events": count}))
    elif count and not invocation.quiet:
        events_text = count_text(count, "event")
        output.say(f"{events_text}.  One in full: orpheus event show {short_id(last)}")
    elif not invocation.quiet:
        output.say(_nothing(app, code))


def _nothing(app: Orpheus, code: str | None) -> str:
    """Why there is nothing to show."""
    kept = app.settings.events
    if next(app.brain.log.query(limit=1), None) is None:
        if not (kept.sqlite or kept.jsonl):
            return "No log of events is kept: the settings events.sqlite and events.jsonl are off."
        return "The log of events is empty."
    near = nearest(code, [each.code for each in error_types()]) if code else None
    hint = f" Did you mean --code {near}?" if near and near != code else ""
    return f"No event fits.{hint}"
