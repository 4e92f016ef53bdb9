"""``orpheus event tail``: the end of the log, and what comes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.cli.kept_events import Kept

if TYPE_CHECKING:
    from tests.cli.conftest import Orpheus, Process


def test_the_last_ones_are_shown(orpheus: Orpheus, kept: Kept) -> None:
    """Ten, or as many as were asked for, the oldest of them first."""
    for number in range(12):
        kept.emit("login.attempt", data={"strategy": f"s{number}"})
    kept.keep()
    assert len(orpheus("event", "tail").out.splitlines()) == 10
    lines = orpheus("event", "tail", "-n", "2").out.splitlines()
    assert [line.split("strategy=")[1].split()[0] for line in lines] == ["s10", "s11"]
    assert orpheus("event", "tail", "-n", "0").out == ""


def test_filters_are_those_of_query(orpheus: Orpheus, kept: Kept) -> None:
    """The last of those that fit."""
    kept.emit("job.failed", service="qobuz")
    for _ in range(12):
        kept.emit("login.attempt", service="deezer")
    kept.keep()
    *lines, result = orpheus("event", "tail", "--json", "--min-severity", "error").lines
    assert [line["event"]["type"] for line in lines] == ["dev.orpheus.job.failed"]
    assert result["data"] == {"events": 1}
    assert orpheus("event", "tail", "--kind", "login.atempt").status == 2


def following(process: Process, *options: str) -> subprocess.Popen[str]:
    """Start to follow the log."""
    return process.start("event", "tail", "--follow", "-n", "1", *options)


def line_of(running: subprocess.Popen[str]) -> str:
    """The next line that the command writes."""
    assert running.stdout is not None
    return running.stdout.readline()


@pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")
def test_following_shows_what_another_process_writes_until_ctrl_c(
    process: Process, kept: Kept
) -> None:
    """Then it ends as everything does that was interrupted: 130, and no traceback."""
    kept.emit("login.attempt", data={"strategy": "before"})
    kept.keep()
    running = following(process)
    assert "before" in line_of(running)
    kept.emit("login.attempt", data={"strategy": "after"})
    kept.keep()
    assert "after" in line_of(running)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=30)
    assert (running.returncode, out) == (130, "")
    assert err == "Stopped.\n  next  orpheus event tail --follow -n 1\n"


@pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")
def test_following_as_json_ends_with_a_result_line(process: Process, kept: Kept) -> None:
    """That it was stopped is said in it."""
    kept.emit("login.attempt")
    kept.keep()
    running = following(process, "--json")
    assert json.loads(line_of(running))["type"] == "event"
    running.send_signal(signal.SIGTERM)
    out, err = running.communicate(timeout=30)
    result = json.loads(out)
    assert (result["type"], result["error"]["exit_code"], err) == ("result", 143, "")
    assert running.returncode == 143


def test_following_ends_when_nobody_reads(process: Process, kept: Kept) -> None:
    """At the next event: ``| head -1`` must not leave it running for ever."""
    kept.emit("login.attempt")
    kept.keep()
    running = following(process)
    assert "login.attempt" in line_of(running)
    assert running.stdout is not None
    assert running.stderr is not None
    running.stdout.close()
    kept.emit("login.attempt")
    kept.keep()
    assert running.wait(30) == 0
    assert running.stderr.read() == ""
    running.stderr.close()
