"""``orpheus plugin``: who is there, in what state, and what each brings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from orpheus_core.cli.columns import table
from orpheus_core.cli.envelope import success
from orpheus_core.cli.groups import OrpheusCommand
from orpheus_core.cli.invocation import Invocation

if TYPE_CHECKING:
    from orpheus_core.app import Orpheus
    from orpheus_core.plugins import PluginRecord

_HOOK = "orpheus_"


@click.command(cls=OrpheusCommand, name="list")
@click.option("--all", "show_all", is_flag=True, help="Name the built-in plugins, too.")
@click.pass_obj
def list_plugins(invocation: Invocation, show_all: bool) -> None:
    """List the plugins, their states and what they bring.

    A plugin that does not work is named with the reason; everything else goes on without it.
    """
    from orpheus_core.cli.opening import broken_plugins, opened

    with opened(invocation, warn=False) as app:
        gives = _gives(app)  # asks the plugins, and so shows which of them fail
        records = app.plugins.records()
        if invocation.json:
            data = {"plugins": [_data(record, gives) for record in records]}
            invocation.output.document(success(invocation, "orpheus.plugins/1", data))
            return
        shown = [record for record in records if show_all or not record.builtin]
        rows = [["plugin", "package", "version", "state", "gives, or the reason"]]
        rows += [_row(record, gives) for record in shown]
        invocation.output.result(
            *table([[invocation.output.harmless(cell) for cell in row] for row in rows])
        )
        hidden = len(records) - len(shown)
        if hidden:
            invocation.output.result(f"and {hidden} built-in: orpheus plugin list --all")
        problems = broken_plugins(app)
        if problems:
            count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}"
            invocation.output.say(f"{count}: orpheus explain {problems[0].code}")


def _gives(app: Orpheus) -> dict[str, list[str]]:
    """What each plugin brings, by its id."""
    from orpheus_core.delivery import Stage
    from orpheus_core.services import SecretBackend

    found: dict[str, list[str]] = {}
    for service in app.registry.services():
        found.setdefault(service.plugin, []).append(f"service {service.info.id}")
    for stage in app.plugins.collect("orpheus_stages", Stage):
        found.setdefault(stage.plugin, []).append(f"stage {stage.value.name}")
    for backend in app.plugins.collect("orpheus_secret_backends", SecretBackend):
        found.setdefault(backend.plugin, []).append(f"secrets from {backend.value.name}")
    return found


def _words(record: PluginRecord, gives: dict[str, list[str]]) -> str:
    if record.reason:
        return record.reason
    told = gives.get(record.id)
    if told:
        return ", ".join(told)
    hooks = ", ".join(hook.removeprefix(_HOOK) for hook in record.hooks)
    return f"hooks {hooks}" if hooks else "nothing yet"


def _row(record: PluginRecord, gives: dict[str, list[str]]) -> list[str]:
    return [
        record.id,
        record.distribution or "-",
        record.version or "-",
        record.state.value,
        _words(record, gives),
    ]


def _data(record: PluginRecord, gives: dict[str, list[str]]) -> dict[str, object]:
    return {
        "id": record.id,
        "distribution": record.distribution,
        "version": record.version,
        "builtin": record.builtin,
        "state": record.state.value,
        "reason": record.reason,
        "gives": gives.get(record.id, []),
        "hooks": record.hooks,
    }
