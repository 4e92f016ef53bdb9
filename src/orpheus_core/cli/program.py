"""Runs one command line: finds the command, and ends with a status whatever happens."""

from __future__ import annotations

import contextlib
import os
import traceback
from collections.abc import Sequence
from pathlib import Path

import click

from orpheus_core.cli.columns import wrap
from orpheus_core.cli.envelope import failure
from orpheus_core.cli.failures import five_lines, mark, of_click, unforeseen
from orpheus_core.cli.groups import LazyGroup
from orpheus_core.cli.invocation import Invocation
from orpheus_core.cli.stopping import TerminatedBySignal, terminable
from orpheus_core.errors import Cancelled, ExitStatus, OrpheusError, StorageError, Terminated


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
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as error:
        return _failed(invocation, of_click(error), error)
    except OrpheusError as error:
        return _failed(invocation, error, error)
    except TerminatedBySignal as error:
        return _failed(invocation, Terminated("ended by the system"), error)
    except (KeyboardInterrupt, click.Abort) as error:
        return _failed(invocation, Cancelled("stopped on request"), error)
    except BrokenPipeError:  # whoever read the help has seen enough
        return ExitStatus.OK
    except Exception as error:  # noqa: BLE001 - the border to the person
        return _failed(invocation, _named(error), error)


def _dispatched(invocation: Invocation) -> int:
    group = LazyGroup()
    with group.make_context("orpheus", list(invocation.arguments), obj=invocation) as context:
        status = group.invoke(context)
    return int(status or ExitStatus.OK)


def _named(error: Exception) -> OrpheusError:
    """The storage error for what the system refused on a path, else a defect."""
    if isinstance(error, OSError) and isinstance(error.filename, str):
        from orpheus_core.storage import storage_error

        return storage_error(error, Path(error.filename))
    return unforeseen(error)


def _failed(invocation: Invocation, error: OrpheusError, raised: BaseException) -> int:
    """Say what went wrong, in the form that was asked for; return the exit status."""
    status = invocation.status_of(error)
    # An option may stand behind the word that was wrong, and so never have been read.
    invocation.json = invocation.json or "--json" in invocation.options
    invocation.verbose = invocation.verbose or int("-v" in invocation.options)
    if invocation.json and not invocation.output.lost:
        with contextlib.suppress(StorageError):  # then it is lost, and said below
            invocation.output.document(failure(invocation, error, status))
    if not invocation.json or invocation.verbose or invocation.output.lost:
        _show(invocation, error, raised)
    return status


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
