"""Runs one command line: finds the command, and ends with a status whatever happens."""

from __future__ import annotations

import contextlib
import os
import traceback
from collections.abc import Sequence

from orpheus_core.cli.columns import wrap
from orpheus_core.cli.ending import ending_of
from orpheus_core.cli.envelope import failure
from orpheus_core.cli.failures import five_lines, mark
from orpheus_core.cli.groups import LazyGroup
from orpheus_core.cli.invocation import Invocation
from orpheus_core.cli.stopping import terminable
from orpheus_core.errors import Cancelled, ExitStatus, OrpheusError, StorageError


def run(arguments: Sequence[str]) -> int:
    """Run the command line; return the exit status.

    Never returns when work had to be left behind that would keep the process alive: then
    the process ends here.
    """
    invocation = Invocation(arguments)
    with terminable():
        status = _ended(invocation)
    try:
        invocation.output.flush()
    except StorageError as error:
        invocation.output.say(*five_lines(error))
        status = status or error.exit_status
    if invocation.abandoned:
        os._exit(status)
    return status


def _ended(invocation: Invocation) -> int:
    """Run the command; return how it ended, and say why where it failed."""
    try:
        return _dispatched(invocation)
    except (Exception, KeyboardInterrupt) as raised:  # noqa: BLE001 - the border to the person
        status, error = ending_of(raised, invocation)
        if error is not None:
            _tell(invocation, error, status, raised)
        return status


def _dispatched(invocation: Invocation) -> int:
    group = LazyGroup()
    with group.make_context("orpheus", list(invocation.arguments), obj=invocation) as context:
        status = group.invoke(context)
    return int(status or ExitStatus.OK)


def _tell(invocation: Invocation, error: OrpheusError, status: int, raised: BaseException) -> None:
    """Say what went wrong, in the form that was asked for."""
    # An option may stand behind the word that was wrong, and so never have been read.
    invocation.json = invocation.json or "--json" in invocation.options
    invocation.verbose = invocation.verbose or int("-v" in invocation.options)
    if invocation.json and not invocation.output.lost:
        with contextlib.suppress(StorageError):  # then it is lost, and said below
            invocation.output.document(failure(invocation, error, ExitStatus(status)))
    if not invocation.json or invocation.verbose or invocation.output.lost:
        _show(invocation, error, raised)


def _show(invocation: Invocation, error: OrpheusError, raised: BaseException) -> None:
    invocation.terminal()
    if invocation.verbose and not isinstance(error, Cancelled):
        for block in traceback.format_exception(raised):
            invocation.output.say(*block.rstrip("\n").split("\n"))
    if isinstance(error, Cancelled):
        invocation.output.say(
            *wrap(f"Stopped. {error.done}.".removesuffix(" ."), "", ""),
            *wrap(invocation.command_line, "  next  ", " " * 8),
        )
    else:
        invocation.output.say(*five_lines(error), style="bad", mark=mark(error))
