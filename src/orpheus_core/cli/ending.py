"""How a command ends: the status of the process, and the error where it failed."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import click

from orpheus_core.cli.failures import of_click, unforeseen
from orpheus_core.cli.invocation import Invocation
from orpheus_core.cli.stopping import TerminatedBySignal
from orpheus_core.errors import Cancelled, ExitStatus, OrpheusError, Terminated


class Ending(NamedTuple):
    """A status, and the error that has to be told; none when there is nothing to tell."""

    status: int
    error: OrpheusError | None = None


def ending_of(raised: Exception | KeyboardInterrupt, invocation: Invocation) -> Ending:
    """Return how a command ends that raised *raised*."""
    if isinstance(raised, click.exceptions.Exit):
        return Ending(raised.exit_code)
    if isinstance(raised, BrokenPipeError):  # whoever read the help has seen enough
        return Ending(ExitStatus.OK)
    error = _error(raised)
    return Ending(invocation.status_of(error), error)


def _error(raised: Exception | KeyboardInterrupt) -> OrpheusError:
    """The error of ours that *raised* is, or stands for; a defect when it is none."""
    if isinstance(raised, OrpheusError):
        return raised
    if isinstance(raised, click.ClickException):
        return of_click(raised)
    if isinstance(raised, TerminatedBySignal):
        return Terminated("ended by the system")
    if isinstance(raised, KeyboardInterrupt | click.Abort):
        return Cancelled("stopped on request")
    if isinstance(raised, OSError) and isinstance(raised.filename, str):
        from orpheus_core.storage import storage_error

        return storage_error(raised, Path(raised.filename))
    return unforeseen(raised)
