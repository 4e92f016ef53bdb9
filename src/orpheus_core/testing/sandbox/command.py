"""``orpheus sandbox``: the sandbox's server in the foreground, to try things out against it."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

import orpheus_core as oc
from orpheus_core.cli.envelope import success
from orpheus_core.cli.groups import OrpheusCommand
from orpheus_core.cli.invocation import Invocation
from orpheus_core.cli.stopping import TerminatedBySignal

if TYPE_CHECKING:
    from orpheus_core.testing.sandbox.server import SandboxServer

VARIABLE = "ORPHEUS_SANDBOX_URL"


@click.command(cls=OrpheusCommand, name="sandbox")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    metavar="N",
    help="Listen there.  [default: a port that is free]",
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="KIND:ITEM[:TIMES]",
    help="Let something go wrong; may be given several times.",
)
@click.pass_obj
def sandbox(invocation: Invocation, port: int, faults: tuple[str, ...]) -> None:
    """Run the sandbox's music service on this machine, until Ctrl-C.

    It serves a few made-up albums, with real audio, to this machine alone. Set the variable
    that it prints in another terminal: from then on the service sandbox works there.

    \b
      orpheus sandbox --port 8765
      orpheus sandbox --fault 503:lanterns-03
    """
    with _running(port, faults) as server:
        never = threading.Event()
        try:
            _tell(invocation, server.url)
            while not never.wait(0.5):  # in steps: Windows cannot interrupt a wait without an end
                pass
        except TerminatedBySignal:
            raise
        except KeyboardInterrupt:  # the way in which it is meant to end
            if not invocation.json:
                invocation.output.say("Stopped.")


@contextlib.contextmanager
def _running(port: int, faults: tuple[str, ...]) -> Iterator[SandboxServer]:
    from orpheus_core.testing.sandbox.faults import parse_faults
    from orpheus_core.testing.sandbox.server import SandboxServer

    plan = parse_faults(" ".join(faults))
    with contextlib.ExitStack() as running:
        try:
            server = running.enter_context(SandboxServer(plan, port=port))
        except OSError as error:
            raise oc.WrongArguments(
                f"nothing can listen on port {port}",
                why=error.strerror or str(error),
                next_step="orpheus sandbox     takes a port that is free",
            ) from error
        yield server


def _tell(invocation: Invocation, url: str) -> None:
    line = shell_line(url)
    if invocation.json:
        data = {"url": url, "variable": VARIABLE, "shell": line}
        invocation.output.document(success(invocation, "orpheus.sandbox/1", data))
        return
    invocation.output.result(url, line)
    invocation.output.say("Type the second line in another terminal; Ctrl-C here ends the service.")


def shell_line(url: str) -> str:
    """Return the line that sets the variable in a shell of this system."""
    if os.name == "nt":
        return f'$env:{VARIABLE} = "{url}"'
    return f"export {VARIABLE}={url}"


COMMAND = oc.Command(
    info=oc.CommandInfo(
        words=("sandbox",),
        help=(sandbox.help or "").partition("\n")[0],
        section="Development",
    ),
    command=sandbox,
)
"""As the plugin hands it over."""
