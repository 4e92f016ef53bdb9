"""``orpheus plugin new``: the package of a new plugin that works as it is.

The command alone: what it does is in `scaffold`, so that help stays light.
"""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import click

from orpheus_core.cli.envelope import success
from orpheus_core.cli.groups import OrpheusCommand
from orpheus_core.cli.invocation import Invocation
from orpheus_core.cli.options import OneOf
from orpheus_core.testing.scaffold.kinds import Kind


@click.command(cls=OrpheusCommand, name="new")
@click.argument("name")
@click.option(
    "--kind",
    required=True,
    metavar="KIND",
    type=OneOf([kind.value for kind in Kind]),
    help="What it brings: " + ", ".join(kind.value for kind in Kind) + ".",
)
@click.option(
    "-o",
    "--to",
    metavar="DIR",
    type=click.Path(path_type=Path),
    default=Path(),
    help="Make its folder in DIR.  [default: the current folder]",
)
@click.pass_obj
def new_plugin(invocation: Invocation, name: str, kind: str, to: Path) -> None:
    """Make the package of a new plugin, with code that works, tests and checks.

    NAME is the plugin's id; its package is orpheus-NAME. What is made installs, and passes
    its tests and checks, as it is: from there on you change it. Nothing is written over.

    \b
      orpheus plugin new my-shop --kind service
    """
    from orpheus_core.storage import DiskStorage
    from orpheus_core.testing.scaffold.making import make

    made = make(name, Kind(kind), to, DiskStorage())
    steps = next_steps(made.folder)
    if invocation.json:
        data: dict[str, object] = {
            "id": made.names.id,
            "distribution": made.names.distribution,
            "kind": kind,
            "folder": str(made.folder),
            "files": made.files,
            "next": steps,
        }
        invocation.output.document(success(invocation, "orpheus.new-plugin/1", data))
        return
    invocation.output.result(
        f"made {made.folder}",
        *(f"  {file}" for file in made.files),
        "next",
        *(f"  {step}" for step in steps),
    )


def next_steps(folder: Path) -> list[str]:
    """Return the commands that go to *folder*, install what is there, test and check it."""
    here = Path.cwd()
    shown = str(folder.relative_to(here) if folder.is_relative_to(here) else folder)
    if os.name == "nt":
        import subprocess

        quoted, python, scripts = subprocess.list2cmdline([shown]), "py", ".venv\\Scripts\\"
    else:
        quoted, python, scripts = shlex.quote(shown), "python3", ".venv/bin/"
    return [
        f"cd {quoted}",
        f"{python} -m venv --upgrade-deps .venv",
        f"{scripts}python -m pip install -e . --group test",
        f"{scripts}python -m pytest",
        f"{scripts}orpheus plugin check .",
    ]
