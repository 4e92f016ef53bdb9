"""What the terminal is good for: the one decision on colour and progress.

========================================  ======  =====================================
standard error is                         colour  progress
========================================  ======  =====================================
a terminal                                yes     live rows
no terminal, or ``CI`` is set             no      a line for each track that is finished
``TERM=dumb``, or not UTF-8               no      lines
a terminal, with ``ACCESSIBLE=1``         yes     lines
anything, with ``--quiet`` or ``--json``  as is   none
========================================  ======  =====================================

For colour, what comes first wins: ``--color``, ``NO_COLOR``, ``FORCE_COLOR`` and
``CLICOLOR_FORCE``, the table. Where published rules disagree (no-color.org,
force-color.org), ``NO_COLOR`` wins over ``FORCE_COLOR``.
"""

from __future__ import annotations

import contextlib
import enum
import os
import sys
from collections.abc import Mapping
from typing import NamedTuple

_MOST_ROWS = 8
_ROWS_LEFT_FREE = 4


class Color(enum.Enum):
    """What was asked for with ``--color``."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


class Progress(enum.Enum):
    """How progress is shown."""

    NONE = "none"
    LINES = "lines"
    ROWS = "rows"


class Terminal(NamedTuple):
    """What was decided. *rows* is how many live rows there may be, *columns* the width."""

    color: bool
    progress: Progress
    rows: int = _MOST_ROWS
    columns: int = 80


class Surroundings(NamedTuple):
    """What the decision rests on."""

    environ: Mapping[str, str]
    is_terminal: bool
    encoding: str
    columns: int = 80
    lines: int = 24
    moves_cursor: bool = True

    @classmethod
    def look(cls) -> Surroundings:
        """Return those of this process's standard error."""
        stream = sys.stderr
        is_terminal = stream is not None and stream.isatty()
        columns, lines = 80, 24
        if is_terminal:
            with contextlib.suppress(OSError):  # a terminal that knows no size
                columns, lines = os.get_terminal_size(stream.fileno())
        # The old console of Windows shows escape sequences as text; Windows Terminal obeys.
        obeys = sys.platform != "win32" or "WT_SESSION" in os.environ
        return cls(
            environ=os.environ,
            is_terminal=is_terminal,
            encoding=getattr(stream, "encoding", None) or "ascii",
            columns=columns or 80,
            lines=lines or 24,
            moves_cursor=obeys,
        )


def decide(around: Surroundings, *, color: Color = Color.AUTO, quiet: bool = False) -> Terminal:
    """Return how to show things in the *around* that was found."""
    environ = around.environ
    utf8 = around.encoding.lower().replace("-", "").replace("_", "") == "utf8"
    dumb = environ.get("TERM") == "dumb" or not utf8
    plain = not around.is_terminal or bool(environ.get("CI"))
    accessible = environ.get("ACCESSIBLE", "") not in ("", "0")
    if quiet:
        progress = Progress.NONE
    elif plain or dumb or accessible or not around.moves_cursor:
        progress = Progress.LINES
    else:
        progress = Progress.ROWS
    return Terminal(
        color=_color(environ, color, default=not (plain or dumb) and around.moves_cursor),
        progress=progress,
        rows=max(1, min(_MOST_ROWS, around.lines - _ROWS_LEFT_FREE)),
        columns=around.columns,
    )


def _color(environ: Mapping[str, str], asked: Color, *, default: bool) -> bool:
    if asked is not Color.AUTO:
        return asked is Color.ALWAYS
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR") or environ.get("CLICOLOR_FORCE", "0") not in ("", "0"):
        return True
    return default
