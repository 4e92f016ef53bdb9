"""The first screen of help: examples first, and no longer than a screen."""

from __future__ import annotations

from collections.abc import Sequence

from orpheus_core.cli.columns import wrap
from orpheus_core.cli.command_table import COMMANDS, PLUGINS_SECTION, CommandRow
from orpheus_core.errors import ExitStatus

_HEADING = 13
_MOST_SECTIONS = 7
_EXAMPLES = (
    "orpheus demo",
    "orpheus download https://www.deezer.com/album/302127",
    'orpheus verify "Daft Punk/Discovery (2001)"',
    "orpheus service list",
    "orpheus doctor",
)

_OPTIONS = (
    ("--json", "print one JSON document, or JSON lines, for programs"),
    ("-q, --quiet", "show no progress and no advice"),
    ("-v, --verbose", "show what happens inside, and tracebacks"),
    ("--color WHEN", "auto, always or never"),
    ("--version", "print the version"),
    ("-h, --help", "help on orpheus, or on one command"),
)


def help_screen(rows: Sequence[CommandRow] = COMMANDS, *, short: bool = False) -> str:
    """Return the help of the whole command line; *short* leaves out options and statuses."""
    lines = ["orpheus - collects the music that you are entitled to", ""]
    lines += [f"  {example}" for example in _EXAMPLES]
    lines += ["", *_sections(rows), ""]
    if not short:
        lines += ["Options, before or after the command:"]
        lines += [f"  {name:<15}{text}" for name, text in _OPTIONS]
        lines += ["", *_statuses(), ""]
    lines += ["orpheus COMMAND --help     one command"]
    return "\n".join(lines)


def _sections(rows: Sequence[CommandRow]) -> list[str]:
    """The commands below their headings; of too many headings the last are one."""
    sections: dict[str, dict[str, None]] = {}
    for row in rows:
        fits = row.section in sections or len(sections) < _MOST_SECTIONS or not row.plugin
        section = row.section if fits else PLUGINS_SECTION
        sections.setdefault(section, {})[row.words[0]] = None
    lines = []
    for section, names in sections.items():
        lines += wrap("  ".join(names), f"{section:<{_HEADING}}", " " * _HEADING)
    return lines


def _statuses() -> list[str]:
    words = [f"{status.value} {status.name.lower().replace('_', '-')}" for status in ExitStatus]
    return wrap(
        f"{', '.join(words)}. Any other number but 0 is a failure, too.",
        "Ends with   ",
        " " * 12,
    )
