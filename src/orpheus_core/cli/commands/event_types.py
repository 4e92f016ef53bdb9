"""``orpheus event types``: what can happen, from the one table of kinds."""

from __future__ import annotations

import fnmatch
from typing import TYPE_CHECKING

import click

from orpheus_core.cli.columns import table, wrap
from orpheus_core.cli.envelope import success
from orpheus_core.cli.failures import nearest
from orpheus_core.cli.groups import OrpheusCommand
from orpheus_core.cli.invocation import Invocation
from orpheus_core.errors import UnknownWord

if TYPE_CHECKING:
    from orpheus_core.brain import Kind

_LABEL_COLUMNS = 12
_SEVERITY_COLUMNS = 8


@click.command(cls=OrpheusCommand, name="types")
@click.argument("pattern", metavar="[KIND]", required=False)
@click.option("--schema", is_flag=True, help="Print the JSON Schema of an event instead.")
@click.pass_obj
def list_types(invocation: Invocation, pattern: str | None, schema: bool) -> None:
    """List the kinds of events, or explain one KIND: its fields, what to do.

    In KIND, * stands for any letters. Nothing is opened or imported for this.

    \b
      orpheus event types
      orpheus event types "network.*"
      orpheus event types login.failed
      orpheus event types --schema > events.schema.json
    """
    if schema:
        _print_schema(invocation)
    else:
        show_kinds(invocation, pattern or "*")


def show_kinds(invocation: Invocation, pattern: str) -> None:
    """Print the kinds that *pattern* fits; of one whose name it is, all that the table says.

    Raises:
        UnknownWord: there is none.
    """
    kinds = _kinds_that_fit(pattern)
    if invocation.json:
        data = {"kinds": [_data(kind) for kind in kinds]}
        invocation.output.document(success(invocation, "orpheus.event-types/1", data))
    elif "*" not in pattern:
        invocation.output.result(*_page(kinds[0]))
    else:
        invocation.output.result(*_lines(kinds))


def _kinds_that_fit(pattern: str) -> list[Kind]:
    from orpheus_core.brain import KINDS

    word = pattern.strip().lower()
    found = [kind for name, kind in KINDS.items() if fnmatch.fnmatchcase(name, word)]
    if not found:
        near = nearest(word, list(KINDS))
        raise UnknownWord(
            f"no kind of event is called {pattern!r}",
            why="kinds are named area.thing.what_happened, as in network.request.failed",
            next_step=f"did you mean {near}?" if near else "orpheus event types",
        )
    return found


def _print_schema(invocation: Invocation) -> None:
    from orpheus_core.brain.event_schema import schema

    if invocation.json:
        data = {"schema": schema()}
        invocation.output.document(success(invocation, "orpheus.event-schema/1", data))
    else:
        invocation.output.document(schema(), indent=2)


def _lines(kinds: list[Kind]) -> list[str]:
    columns = max(len(kind.name) for kind in kinds)
    rest = " " * (columns + _SEVERITY_COLUMNS + 4)
    lines = wrap("means", f"{'kind':<{columns}}  {'severity':<{_SEVERITY_COLUMNS}}  ", rest)
    for kind in kinds:
        severity = kind.severity.name.lower()
        first = f"{kind.name:<{columns}}  {severity:<{_SEVERITY_COLUMNS}}  "
        lines += wrap(kind.means, first, rest)
    return lines


def _page(kind: Kind) -> list[str]:
    said = {
        "severity": kind.severity.name.lower(),
        "area": kind.area.value,
        "from": kind.source,
        "since": f"version {kind.since} of the hooks",
        "kept": "in the log of events" if kind.kept else "nowhere: it is fleeting",
    }
    lines = wrap(kind.means, f"{kind.name}: ", " " * _LABEL_COLUMNS)
    lines += [f"  {label:<{_LABEL_COLUMNS - 2}}{text}" for label, text in said.items()]
    rows = [[each.name, each.type.value, _privacy(each.private)] for each in kind.fields]
    for number, row in enumerate(table(rows) if rows else ["none"]):
        label = "fields" if not number else ""
        lines.append(f"  {label:<{_LABEL_COLUMNS - 2}}{row}")
    remedy = kind.remedy or "nothing is to be done about it"
    return lines + wrap(remedy, f"  {'next':<{_LABEL_COLUMNS - 2}}", " " * _LABEL_COLUMNS)


def _privacy(is_private: bool) -> str:
    return "private: may hold titles, paths, names" if is_private else ""


def _data(kind: Kind) -> dict[str, object]:
    return {
        "kind": kind.name,
        "area": kind.area.value,
        "severity": kind.severity.name.lower(),
        "means": kind.means,
        "fields": [
            {"name": each.name, "type": each.type.value, "private": each.private}
            for each in kind.fields
        ],
        "remedy": kind.remedy,
        "since": kind.since,
        "source": kind.source,
        "kept": kind.kept,
    }
