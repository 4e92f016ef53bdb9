"""``orpheus event stats`` and ``prune``: how much is kept, and for how long."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from orpheus_core.cli.amounts import count_text, size_text
from orpheus_core.cli.columns import wrap
from orpheus_core.cli.envelope import success
from orpheus_core.cli.groups import OrpheusCommand
from orpheus_core.cli.invocation import Invocation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orpheus_core.app import Orpheus
    from orpheus_core.brain.log.summary import LogStats

_LABEL_COLUMNS = 10
_MOST_NAMED = 8


@click.command(cls=OrpheusCommand, name="stats")
@click.pass_obj
def show_stats(invocation: Invocation) -> None:
    """Show how much is in the log, of what, and since when.

    \b
      orpheus event stats
    """
    from orpheus_core.cli.opening import opened

    with opened(invocation, warn=False, eager=False) as app:
        stats, runs = app.brain.log.stats(), len(app.brain.log.runs())
        if invocation.json:
            data = {**_data(stats), "runs": runs}
            invocation.output.document(success(invocation, "orpheus.event-stats/1", data))
        elif stats.events:
            invocation.output.result(*_lines(app, stats, runs))
        else:
            invocation.output.say("The log of events is empty.")


def _lines(app: Orpheus, stats: LogStats, runs: int) -> list[str]:
    from orpheus_core.cli.event_moments import time_text

    kept = app.settings.events
    first, last = (time_text(each, dated=True) for each in (stats.first, stats.last) if each)
    severities = {each.name.lower(): stats.by_severity[each] for each in sorted(stats.by_severity)}
    said = {
        "events": f"{stats.events}, of {count_text(runs, 'run')}",
        "first": first,
        "last": last,
        "size": f"{size_text(stats.size_bytes)} of at most {kept.largest_mb} MB; "
        f"what is older than {kept.keep_days} days goes",
        "severity": _counted(severities),
        "kinds": _counted(stats.by_kind),
        "services": _counted(stats.by_service),
        "errors": _counted(stats.by_error_type),
    }
    lines = []
    for label, text in said.items():
        lines += wrap(text, f"{label:<{_LABEL_COLUMNS}}", " " * _LABEL_COLUMNS)
    return lines


def _counted(counts: Mapping[str, int]) -> str:
    named = [f"{name} {count}" for name, count in list(counts.items())[:_MOST_NAMED]]
    more = len(counts) - len(named)
    return ", ".join([*named, *([f"and {more} more"] if more else [])]) or "none"


def _data(stats: LogStats) -> dict[str, object]:
    from orpheus_core.cli.envelope import timestamp

    return {
        "events": stats.events,
        "first": timestamp(stats.first) if stats.first else None,
        "last": timestamp(stats.last) if stats.last else None,
        "size_bytes": stats.size_bytes,
        "by_severity": {each.name.lower(): count for each, count in stats.by_severity.items()},
        "by_kind": dict(stats.by_kind),
        "by_service": dict(stats.by_service),
        "by_error_type": dict(stats.by_error_type),
    }


@click.command(cls=OrpheusCommand, name="prune")
@click.option("--older", metavar="WHEN", required=True, help="Than that: 30d, 12h, or a date.")
@click.pass_obj
def prune_events(invocation: Invocation, older: str) -> None:
    """Delete old events from the log.

    It is kept small without this, too: the settings events.keep_days and events.largest_mb
    say how small.

    \b
      orpheus event prune --older 7d
    """
    from orpheus_core.cli.envelope import timestamp
    from orpheus_core.cli.event_moments import moment_of, time_text
    from orpheus_core.cli.opening import opened

    with opened(invocation, warn=False, eager=False) as app:
        now = app.clock.now()
        moment = min(moment_of(older, "--older", now), now)
        deleted = app.brain.log.prune(moment)
        if invocation.json:
            data = {"events": deleted, "before": timestamp(moment)}
            invocation.output.document(success(invocation, "orpheus.event-prune/1", data))
        else:
            when = time_text(moment, dated=True)
            events = count_text(deleted, "event")
            invocation.output.result(f"{events} from before {when} deleted.")
