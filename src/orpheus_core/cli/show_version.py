"""``orpheus --version``, the cheapest command: Click is not needed for it."""

from __future__ import annotations

import platform

from orpheus_core.cli.output import Output
from orpheus_core.errors import ExitStatus, StorageError
from orpheus_core.version import VERSION


def show_version(*, as_json: bool) -> int:
    """Print the version; return the exit status."""
    output = Output()
    try:
        if as_json:
            output.document(_document())
        else:
            output.result(f"orpheus {VERSION}")
    except StorageError as error:
        from orpheus_core.cli.failures import five_lines

        output.say(*five_lines(error))
        return error.exit_status
    return ExitStatus.OK


def _document() -> dict[str, object]:
    from orpheus_core.cli.envelope import success
    from orpheus_core.cli.invocation import Invocation

    data = {"version": VERSION, "python": platform.python_version()}
    return success(Invocation(["--json", "--version"]), "orpheus.version/1", data)
