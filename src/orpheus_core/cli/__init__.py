"""The command ``orpheus``: reads the command line, shows what happens, ends with a status.

Nothing is imported here that the cheapest command does not need.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line *argv* (of this process when None); return the exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        options = arguments[: arguments.index("--")] if "--" in arguments else arguments
        if "--version" in options:
            from orpheus_core.cli.show_version import show_version

            return show_version(as_json="--json" in options)
        from orpheus_core.cli.program import run

        return run(arguments)
    except KeyboardInterrupt:  # while modules were still being loaded
        from orpheus_core.errors import ExitStatus

        return ExitStatus.INTERRUPTED
