"""Prints the command that README.md marks: ``python3 readme_commands.py README.md NAME``.

A marked command is one line in a ``sh`` block right below the comment ``<!-- ci:NAME -->``.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

MARKED = re.compile(
    r"^<!-- ci:(?P<name>[a-z]+) -->\n```sh\n(?P<command>[^\n]+)\n```$", re.MULTILINE
)


def main(readme: str, name: str) -> int:
    """Print the marked command; return 1 unless there is exactly one."""
    text = Path(readme).read_text("utf-8")
    commands = [found["command"] for found in MARKED.finditer(text) if found["name"] == name]
    if len(commands) != 1:
        print(f"{readme} marks {len(commands)} one-line commands as ci:{name}", file=sys.stderr)
        return 1
    print(commands[0])
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
