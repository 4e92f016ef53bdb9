"""``orpheus plugin list``: who is there, in what state, and what each brings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from orpheus_core.cli.amounts import count_text
from orpheus_core.cli.columns import fit, table, width
from orpheus_core.cli.envelope import success
from orpheus_core.cli.groups import OrpheusCommand
from orpheus_core.cli.invocation import Invocation

if TYPE_CHECKING:
    from orpheus_core.plugins import PluginRecord

_HEAD = ["plugin", "package", "version", "state", "gives, or the reason"]
_START = "start"
_WIDEST = 48


@click.command(cls=OrpheusCommand, name="list")
@click.option("--all", "show_all", is_flag=True, help="Name the built-in plugins, too.")
@click.pass_obj
def list_plugins(invocation: Invocation, show_all: bool) -> None:
    """List the plugins, their states and what they bring.

    No plugin is imported for this: what each brings is what its manifest says.

    \b
      orpheus plugin list --all
    """
    from orpheus_core.cli.opening import opened

    with opened(invocation, warn=False, eager=False) as app:
        records = app.plugins.records()
        if invocation.json:
            data = {"plugins": [_data(record) for record in records]}
            invocation.output.document(success(invocation, "orpheus.plugins/1", data))
            return
        shown = [record for record in records if show_all or not record.builtin]
        rows = [_HEAD, *map(_row, shown)]
        starts = [_START, *map(start_text, shown)]
        invocation.output.result(*_lines(invocation, rows, starts))
        hidden = len(records) - len(shown)
        if hidden:
            invocation.output.result(f"and {hidden} built-in: orpheus plugin list --all")
        count_problems(invocation, records)


def count_problems(invocation: Invocation, records: list[PluginRecord]) -> None:
    """Say on standard error how many plugins do not work, and what tells more of them."""
    from orpheus_core.cli.opening import is_broken, was_broken

    problems = sum(is_broken(record) or was_broken(record) for record in records)
    if problems:
        invocation.output.say(f"{count_text(problems, 'problem')}: orpheus doctor plugins")


def start_text(record: PluginRecord) -> str:
    """Return how long the import took, ``-`` for a plugin that this process did not import."""
    return "-" if record.loaded_in_s is None else f"{record.loaded_in_s * 1000:.0f} ms"


def _lines(invocation: Invocation, rows: list[list[str]], starts: list[str]) -> list[str]:
    """The table. A reason may be long: it does not push away the last column of the others."""
    lines = table([[invocation.output.harmless(cell) for cell in row] for row in rows])
    widest = max((width(line) for line, row in zip(lines, rows, strict=True) if _fits(row)))
    return [
        f"{fit(line, widest) if width(line) <= widest else line}  {start}"
        for line, start in zip(lines, starts, strict=True)
    ]


def _fits(row: list[str]) -> bool:
    return width(row[-1]) <= _WIDEST


def _row(record: PluginRecord) -> list[str]:
    from orpheus_core.cli.contents import gives

    return [
        record.id,
        record.distribution or "-",
        record.version or "-",
        record.state.value,
        gives(record),
    ]


def _data(record: PluginRecord) -> dict[str, object]:
    from orpheus_core.cli.contents import contents

    return {
        "id": record.id,
        "distribution": record.distribution,
        "version": record.version,
        "builtin": record.builtin,
        "state": record.state.value,
        "reason": record.reason,
        "hint": record.hint,
        "summary": record.manifest.summary if record.manifest else "",
        "has_manifest": record.manifest is not None,
        "gives": contents(record),
        "hooks": record.hooks,
        "loaded_in_ms": None if record.loaded_in_s is None else round(record.loaded_in_s * 1000, 1),
    }
