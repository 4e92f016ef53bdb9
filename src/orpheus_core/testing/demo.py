"""``orpheus demo``: the whole way of an album, from a link to a verified folder, on this machine.

The command alone: what it does is in `demonstration`, so that help stays light.
"""

from __future__ import annotations

from pathlib import Path

import click

from orpheus_core.cli.groups import OrpheusCommand
from orpheus_core.cli.invocation import Invocation
from orpheus_core.errors import ExitStatus


@click.command(cls=OrpheusCommand, name="demo")
@click.option(
    "-o",
    "--to",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Put the album below DIR.  [default: a new folder for temporary files]",
)
@click.pass_obj
def demo(invocation: Invocation, to: Path | None) -> ExitStatus:
    """Collect an album from a small music service on this machine.

    The service answers one request with 503 and cuts one file off half-way, on purpose. No
    account, no network, a few seconds; the folder stays for you to look at.
    """
    from orpheus_core.testing.demonstration import demonstrate

    return demonstrate(invocation, to)
