"""``orpheus event export``: the log, or a part of it, in a file for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import click

from orpheus_core.cli.amounts import count_text
from orpheus_core.cli.envelope import success
from orpheus_core.cli.event_choice import Choice, choosing, chosen_events
from orpheus_core.cli.groups import OrpheusCommand
from orpheus_core.cli.invocation import Invocation
from orpheus_core.cli.options import OneOf
from orpheus_core.errors import WrongArguments

if TYPE_CHECKING:
    from orpheus_core.app import Orpheus

_FORMATS = ("jsonl", "csv", "sqlite")
"""As `orpheus_core.brain.log.export.ExportFormat` names them; help need not import it."""

_BY_ENDING = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".sqlite": "sqlite",
    ".db": "sqlite",
}


@click.command(cls=OrpheusCommand, name="export")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    metavar="FORMAT",
    type=OneOf(_FORMATS),
    help="jsonl, csv or sqlite.  [default: what FILE ends with]",
)
@click.option("--replace", is_flag=True, help="Write over a FILE that is there already.")
@choosing
@click.pass_obj
def export_events(
    invocation: Invocation, file: Path, form: str | None, replace: bool, **choice: Unpack[Choice]
) -> None:
    """Write the events in the log that fit all options to FILE.

    jsonl is a CloudEvent a line, csv a row an event, sqlite a database as the log is one. Only
    you can read FILE; titles, paths and names of yours may be in it.

    \b
      orpheus event export events.jsonl --since 7d
      orpheus event export failures.csv --min-severity error
    """
    from orpheus_core.brain.log.export import ExportFormat
    from orpheus_core.cli.opening import opened

    kind = form or _BY_ENDING.get(file.suffix.lower())
    if kind is None:
        raise WrongArguments(
            f"{file.name} does not say in which format it is to be",
            why=f"it ends with none of {', '.join(_BY_ENDING)}",
            next_step=f"orpheus event export {file.name} --format jsonl",
        )
    with opened(invocation, warn=False, eager=False) as app:
        target = _target(app, file, replace=replace)
        count = app.brain.log.export(target, ExportFormat(kind), chosen_events(app, choice))
        if invocation.json:
            data = {"path": str(target), "format": kind, "events": count}
            invocation.output.document(success(invocation, "orpheus.event-export/1", data))
        else:
            invocation.output.result(f"{count_text(count, 'event')} in {target}")


def _target(app: Orpheus, file: Path, *, replace: bool) -> Path:
    """Return the file to write.

    Raises:
        WrongArguments: something is there that is not to be lost.
    """
    target = file.expanduser().absolute()
    if target.parent.resolve() == app.home.events.resolve():
        raise WrongArguments(
            f"{target} is in the folder of the log itself",
            next_step="name a file elsewhere",
        )
    if target.is_dir() or (target.exists() and not replace):
        raise WrongArguments(
            f"{target} is there already",
            next_step="name another file" if target.is_dir() else "name another file, or --replace",
        )
    return target
