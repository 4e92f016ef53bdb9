"""``orpheus plugin manifest``: what the code of a plugin amounts to, as its orpheus.toml."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from orpheus_core.cli.envelope import found_wrong, success
from orpheus_core.cli.groups import OrpheusCommand
from orpheus_core.cli.invocation import Invocation
from orpheus_core.errors import ExitStatus, InvalidPluginManifest, WrongArguments

if TYPE_CHECKING:
    from orpheus_core.app import Orpheus
    from orpheus_core.plugins import PluginRecord
    from orpheus_core.plugins.index import FoundPlugin

_SCHEMA = "orpheus.plugin-manifest/1"
_MANAGED = {"site-packages", "dist-packages"}


@click.command(cls=OrpheusCommand, name="manifest")
@click.argument("name")
@click.option("--write", is_flag=True, help="Write it beside the plugin's code.")
@click.option(
    "--force", is_flag=True, help="Write into an installed package, and over what cannot be read."
)
@click.pass_obj
def print_manifest(invocation: Invocation, name: str, write: bool, force: bool) -> ExitStatus:
    """Print the manifest that the code of the plugin NAME amounts to.

    The plugin is imported for this, and asked what it brings. Where its orpheus.toml says
    something else, that is told, and the command ends with 13.

    --write puts it into the plugin's folder. A package that pip has copied into its own place
    is left alone without --force: the next upgrade would take the file away again. So is a
    file that cannot be read: what only it says (summary, hosts, sample) would be lost.

    \b
      orpheus plugin manifest deezer --write
    """
    from orpheus_core.cli.opening import opened

    with opened(invocation, warn=False, eager=False) as app:
        made = _made(app, name.strip())
        written = write and made.is_new
        if written:
            _write(app, made, force=force)
    status = ExitStatus.FINDINGS if made.differences and not written else ExitStatus.OK
    if invocation.json:
        _show_document(invocation, made, status, written=written)
        return status
    if write:
        done = f"{made.file} is written" if written else f"{made.file} says all of it already"
        invocation.output.result(done)
    else:
        invocation.output.result(*made.text.rstrip("\n").split("\n"))
    mark = "until now:" if written else "differs:"
    for difference in made.differences:
        invocation.output.say(f"{mark} {difference}", style="note", mark=mark)
    if made.is_new and not write:
        invocation.output.say(_next_step(made))
    return status


def _next_step(made: _Made) -> str:
    """What is to be done about a manifest that is not as it should be."""
    command = f"orpheus plugin manifest {made.id} --write"
    if made.is_missing:
        return f"It has none yet: {command}"
    if made.is_unreadable:
        return f"mend {made.file} by hand, or write it anew with --write --force"
    return f"{command}     writes what the code amounts to"


class _Made(NamedTuple):
    """The manifest of a plugin's code. *file* is where it belongs; None: it can have none."""

    id: str
    text: str
    file: Path | None
    is_missing: bool
    is_unreadable: bool
    differences: list[str]

    @property
    def is_new(self) -> bool:
        """Whether the file has to be written."""
        return self.is_missing or bool(self.differences)


def _made(app: Orpheus, name: str) -> _Made:
    """Import the plugin *name* and ask what it brings.

    Raises:
        UnknownPlugin: there is none.
        PluginLoadFailed, HookFailed: it does not work.
    """
    from orpheus_core.cli.installed import found_plugin
    from orpheus_core.plugin_claims import actual_manifest
    from orpheus_core.plugin_wiring import plugin_index
    from orpheus_core.plugins.generated_manifest import differences
    from orpheus_core.plugins.location import location_of
    from orpheus_core.plugins.manifest_text import manifest_text

    record = app.plugins.record(name)
    found = found_plugin(app, record)
    actual = actual_manifest(name, plugin_index(app.home, os.environ), _contexts(app, found))
    files = [Path(file) for file in location_of(found.value).manifests] if found else []
    there = next((file for file in files if file.exists()), None)
    told: list[str] = []
    if found is not None and found.manifest is not None:
        told = differences(found.manifest, actual)
    elif there is not None:
        told = [record.reason or (found.problem if found else "") or f"{there} cannot be read"]
    return _Made(
        id=record.id,
        text=manifest_text(actual),
        file=there or (files[0] if files else None),
        is_missing=there is None,
        is_unreadable=there is not None and (found is None or found.manifest is None),
        differences=told,
    )


def _contexts(app: Orpheus, found: FoundPlugin | None) -> Callable[[PluginRecord], object]:
    """What gives the plugin its settings, as the application itself would."""
    from orpheus_core.brain import PluginContext
    from orpheus_core.brain.plugin_settings import plugin_settings, raw_settings
    from orpheus_core.plugin_wiring import credential_variables

    sections = app.settings.plugin_sections
    secrets = credential_variables(app.plugins)

    def context(record: PluginRecord) -> PluginContext:
        if found is None or found.manifest is None:
            settings = raw_settings(record.id, sections)
        else:
            settings = plugin_settings(
                record.id, found.manifest.settings, sections, os.environ, secrets=secrets
            )
        return PluginContext(
            plugin=record.id,
            settings=settings,
            folder=app.home.data / "plugins" / record.id,
            events=app.brain.events,
            host=app.plugins,
        )

    return context


def _write(app: Orpheus, made: _Made, *, force: bool) -> None:
    from orpheus_core.storage import write_atomically

    if made.file is None:
        raise WrongArguments(
            f"plugin {made.id} is a single file, which can have no manifest",
            next_step="make a package of it: a folder with an __init__.py",
        )
    if made.is_unreadable and not force:
        raise WrongArguments(
            f"the manifest of plugin {made.id} cannot be read, so it is not written over",
            why="what only it says would be lost: summary, hosts, sample; "
            + "; ".join(made.differences),
            next_step="mend it by hand; or add --force",
        )
    if not force and _MANAGED & set(made.file.parts):
        raise WrongArguments(
            f"plugin {made.id} lies where pip keeps its packages",
            why=f"what is written to {made.file} is gone with the next upgrade",
            next_step="pip install --editable FOLDER, then the same again; or add --force",
        )
    write_atomically(app.storage, made.file, made.text.encode())


def _show_document(
    invocation: Invocation, made: _Made, status: ExitStatus, *, written: bool
) -> None:
    data = {
        "id": made.id,
        "manifest": made.text,
        "file": str(made.file) if made.file else None,
        "differences": made.differences,
        "written": written,
    }
    if status is ExitStatus.OK:
        invocation.output.document(success(invocation, _SCHEMA, data))
        return
    error = InvalidPluginManifest(
        f"the manifest of plugin {made.id} is not what its code amounts to",
        why="; ".join(made.differences),
        done="nothing was changed",
        next_step=f"orpheus plugin manifest {made.id} --write",
    )
    invocation.output.document(found_wrong(invocation, _SCHEMA, data, error, status))
