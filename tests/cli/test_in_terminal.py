"""The real command on a pseudo-terminal."""

from __future__ import annotations

import os
import re
import struct
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.cli.kept_events import Kept

from orpheus_core.brain.log.event_log import short_id
from orpheus_core.cli.columns import width

if TYPE_CHECKING:
    from tests.cli.conftest import Install, Process

    from orpheus_core.testing.sandbox import SandboxServer

pty = pytest.importorskip("pty", reason="Windows has no such terminals")
fcntl = pytest.importorskip("fcntl")
termios = pytest.importorskip("termios")


class Screen:
    """As much of a terminal as the live rows need; anything else is an error."""

    def __init__(self) -> None:
        self.lines = [""]
        self.row = self.column = 0

    def feed(self, text: str) -> None:
        """Obey *text*."""
        for found in re.finditer(r"\x1b\[(\d*)([A-Za-z])|([\x00-\x1f\x7f-\x9f])|(.)", text):
            number, command, control, char = found.groups()
            if char:
                self._put(char)
            elif control:
                self._control(control)
            elif command == "A":
                self.row -= int(number)
                assert self.row >= 0
            elif command == "J":
                del self.lines[self.row + 1 :]
                self.lines[self.row] = self.lines[self.row][: self.column]
            elif command == "K":
                assert number == "2"
                self.lines[self.row] = ""
            else:
                assert command == "m", found[0]

    def _control(self, control: str) -> None:
        assert control in "\r\n", repr(control)
        self.column = 0
        if control == "\n":
            self.row += 1
            if self.row == len(self.lines):
                self.lines.append("")

    def _put(self, char: str) -> None:
        line = self.lines[self.row].ljust(self.column)
        self.lines[self.row] = line[: self.column] + char + line[self.column + 1 :]
        self.column += 1


def in_terminal(process: Process, *line: str | Path, columns: int = 80, **environ: str) -> str:
    """What the command writes to a terminal of *columns* columns."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    running = subprocess.Popen(
        process.argv(*line),
        env=os.environ | {"TERM": "xterm-256color"} | environ,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    said = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # how Linux says that nobody writes any more
            break
        if not piece:
            break
        said += piece
    os.close(ours)
    assert running.wait(timeout=30) == 0
    return said.decode("utf-8")


HOSTILE_TITLES = r"""
import attrs
import orpheus_core as oc

@oc.hookimpl(wrapper=True)
def orpheus_run_stage(stage, item):
    result = yield
    if stage.name != "resolve":
        return result
    tracks = tuple(
        attrs.evolve(each, track=attrs.evolve(each.track, title="Evil\x1b[2J\u202egnp" * 20))
        for each in result.tracks
    )
    return attrs.evolve(result, tracks=tracks)
"""


def test_rows_live_while_tracks_come_and_are_gone_at_the_end(
    process: Process,
    sandbox: SandboxServer,
    plugin: Install,
    tmp_path: Path,
) -> None:
    """Titles are cleaned and cut; nothing but what a row needs is sent."""
    plugin("hostile", HOSTILE_TITLES)
    said = in_terminal(process, "sandbox:album:lanterns", "-o", tmp_path, columns=60)

    assert "\x1b[2K" in said
    assert re.search(r"\d+ of 12 +━", said)
    assert "\u202e" not in said
    screen = Screen()
    screen.feed(said)
    text = "\n".join(screen.lines)
    assert text.count("  ok   ") == 12
    assert text.count(r"Evil\x1b[2Jgnp") >= 12
    assert "Done: 12 of 12 tracks" in text
    assert "━" not in text


@pytest.mark.parametrize(
    ("environ", "colors", "moves"),
    [
        ({"NO_COLOR": "1"}, False, True),
        ({"TERM": "dumb"}, False, False),
        ({}, True, True),
    ],
)
def test_what_the_environment_asks_for_is_done(
    process: Process,
    sandbox: SandboxServer,
    tmp_path: Path,
    environ: dict[str, str],
    colors: bool,
    moves: bool,
) -> None:
    """NO_COLOR leaves the rows, a dumb terminal gets whole lines."""
    said = in_terminal(process, "sandbox:track:lanterns-01", "-o", tmp_path, **environ)
    assert bool(re.search(r"\x1b\[[0-9;]*m", said)) is colors
    assert bool(re.search(r"\x1b\[\d*[AJK]", said)) is moves
    assert "01 First Light / Last Light" in said


@pytest.mark.parametrize("columns", [70, 120])
def test_each_event_of_the_log_is_one_line_of_the_terminal(
    process: Process, kept: Kept, columns: int
) -> None:
    """Cut where it would be longer; its id is still there."""
    for _ in range(3):
        kept.emit("job.failed", service="deezer", data={"message": "灯籠流し " * 40})
    idents = [short_id(event.id) for event in kept.events]
    kept.keep()
    lines = in_terminal(process, "event", "query", "-q", columns=columns).splitlines()
    assert [width(line) <= columns for line in lines] == [True] * 3
    assert [line.rpartition("…  id ")[2] for line in lines] == idents
