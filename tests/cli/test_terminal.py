"""The one decision on colour and progress."""

from __future__ import annotations

import pytest

from orpheus_core.cli.terminal import Color, Progress, Surroundings, Terminal, decide


def at(
    *, terminal: bool = True, encoding: str = "utf-8", lines: int = 24, **environ: str
) -> Surroundings:
    """The surroundings of a process."""
    return Surroundings(environ=environ, is_terminal=terminal, encoding=encoding, lines=lines)


@pytest.mark.parametrize(
    ("around", "color", "progress"),
    [
        (at(), True, Progress.ROWS),
        (at(terminal=False), False, Progress.LINES),
        (at(CI="true"), False, Progress.LINES),
        (at(TERM="dumb"), False, Progress.LINES),
        (at(encoding="cp1252"), False, Progress.LINES),
        (at(encoding="UTF8"), True, Progress.ROWS),
        (at(ACCESSIBLE="1"), True, Progress.LINES),
        (at(ACCESSIBLE="0"), True, Progress.ROWS),
        (at(NO_COLOR="1"), False, Progress.ROWS),
        (at(NO_COLOR=""), True, Progress.ROWS),
        (at(NO_COLOR="1", FORCE_COLOR="1"), False, Progress.ROWS),
        (at(terminal=False, FORCE_COLOR="1"), True, Progress.LINES),
        (at(terminal=False, CLICOLOR_FORCE="0"), False, Progress.LINES),
        (at(terminal=False, CLICOLOR_FORCE="1"), True, Progress.LINES),
        (at().__class__({}, True, "utf-8", moves_cursor=False), False, Progress.LINES),
    ],
)
def test_the_table(around: Surroundings, color: bool, progress: Progress) -> None:
    """Row by row; NO_COLOR wins over FORCE_COLOR."""
    terminal = decide(around)
    assert (terminal.color, terminal.progress) == (color, progress)


def test_the_option_wins_over_every_variable() -> None:
    """``--color`` was typed just now."""
    assert decide(at(NO_COLOR="1", TERM="dumb"), color=Color.ALWAYS).color
    assert not decide(at(FORCE_COLOR="1"), color=Color.NEVER).color


def test_quiet_shows_no_progress() -> None:
    """``--quiet`` and ``--json``."""
    assert decide(at(), quiet=True).progress is Progress.NONE


@pytest.mark.parametrize(("lines", "rows"), [(24, 8), (9, 5), (3, 1), (0, 1)])
def test_rows_leave_room_for_what_was_there(lines: int, rows: int) -> None:
    """At most eight, and four lines of the terminal stay free."""
    assert decide(at(lines=lines)).rows == rows


def test_what_is_decided_is_plain_data() -> None:
    """So that it can be handed to whoever draws."""
    assert Terminal(color=False, progress=Progress.NONE).columns == 80
