"""Ctrl-C and SIGTERM: stopped in order, nothing half-done under a final name, resumable."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from orpheus_core.testing.sandbox import Fault, FaultKind, SandboxServer

if TYPE_CHECKING:
    from tests.cli.conftest import Install, Orpheus, Process

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")

TRACK = "sandbox:track:lanterns-01"
_FILE = "/files/lanterns-01.flac"
_LOOKS = 400
_LOOK_S = 0.05

STUCK = """
import sys, threading
import orpheus_core as oc

@oc.hookimpl
def orpheus_tags(tags):
    sys.stderr.write("stuck\\n")
    sys.stderr.flush()
    threading.Event().wait()
"""


def half_way(process: Process, sandbox: SandboxServer, *line: str | Path) -> subprocess.Popen[str]:
    """Start the command, and return it once half of the file is there and no more comes."""
    sandbox.add_fault(Fault(kind=FaultKind.STALL, item="lanterns-01"))
    running = process.start(*line)
    music = Path(line[-1])
    for _ in range(_LOOKS):
        parts = list(music.glob(".orpheus/*/tracks/*/download.part"))
        if parts and parts[0].stat().st_size > 5000:
            return running
        sandbox.wait_for_requests(1_000_000, timeout_s=_LOOK_S)
    running.kill()
    raise AssertionError(running.communicate())


@pytest.mark.parametrize(
    ("number", "status", "said"),
    [
        (signal.SIGINT, 130, "write. Ctrl-C again stops at once.\n"),
        (signal.SIGTERM, 143, "write.\n"),
    ],
)
def test_a_download_that_is_stopped_goes_on_the_next_time(
    process: Process,
    orpheus: Orpheus,
    sandbox: SandboxServer,
    tmp_path: Path,
    number: int,
    status: int,
    said: str,
) -> None:
    """No traceback, the same command to go on, and only the rest is fetched then."""
    music = tmp_path / "music"
    running = half_way(process, sandbox, "download", TRACK, "-o", music)

    running.send_signal(number)
    out, err = running.communicate(timeout=20)

    assert (running.returncode, out) == (status, "")
    assert f"Stopping after the current {said}" in err
    ending = err.partition("Stopped. ")[2].replace("\n        ", " ")
    assert ending.startswith("0 of 1 tracks were finished in this run, and all that came is kept.")
    assert ending.endswith(f"\n  next  orpheus download {TRACK} -o {music}\n")
    assert "Traceback" not in err
    assert [path.name for path in music.iterdir()] == [".orpheus"]

    again = orpheus("download", TRACK, "-o", music)

    assert again.status == 0
    asked = [request for request in sandbox.requests if request.path == _FILE]
    assert asked[0].range is None
    assert asked[-1].range is not None
    assert orpheus("verify", again.out.splitlines()[1].removeprefix("folder:   ")).status == 0


def test_a_stopped_download_says_so_in_json(
    process: Process, sandbox: SandboxServer, tmp_path: Path
) -> None:
    """The last line is the result, as ever."""
    running = half_way(process, sandbox, "--json", TRACK, "-o", tmp_path)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=20)
    assert (running.returncode, err) == (130, "")
    assert '"code": "cli.interrupted"' in out.splitlines()[-1]


def test_ctrl_c_twice_stops_at_once(
    process: Process,
    sandbox: SandboxServer,
    plugin: Install,
    tmp_path: Path,
) -> None:
    """Also when a plugin does not give its thread back."""
    plugin("stuck", STUCK)
    running = process.start("download", TRACK, "-o", tmp_path / "music")
    assert running.stderr is not None
    try:
        for line in running.stderr:
            if line == "stuck\n":
                running.send_signal(signal.SIGINT)
            elif line.startswith("Stopping"):
                running.send_signal(signal.SIGINT)
                break
        _, rest = running.communicate(timeout=20)
    finally:
        running.kill()
    assert running.returncode == 130
    assert "Stopped. " in rest


def test_an_interrupt_that_is_ignored_stays_so(
    process: Process, sandbox: SandboxServer, tmp_path: Path
) -> None:
    """A shell starts what runs in the background that way."""
    sandbox.add_fault(Fault(kind=FaultKind.SLOW, item="lanterns-01", bytes_per_s=40_000))
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        running = process.start("-q", TRACK, "-o", tmp_path)
    finally:
        signal.signal(signal.SIGINT, before)
    for _ in range(_LOOKS):
        if any(request.path == _FILE for request in sandbox.requests):
            break
        sandbox.wait_for_requests(1_000_000, timeout_s=_LOOK_S)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=20)
    assert (running.returncode, err) == (0, "")
    assert out.startswith("Done: 1 of 1 tracks")


def test_a_reader_that_goes_away_does_not_stop_a_download(
    process: Process, sandbox: SandboxServer, tmp_path: Path
) -> None:
    """``orpheus --json download ... | head -1``: the album comes all the same."""
    done = subprocess.run(
        f'"{sys.executable}" -m orpheus_core --json {TRACK} -o "{tmp_path}/music" | head -1;'
        ' echo "${PIPESTATUS[0]}"',
        shell=True,
        executable="/bin/bash",
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    first, status = done.stdout.splitlines()
    assert first.startswith('{"type": "job"')
    assert (status, done.stderr) == ("0", "")
    assert list(tmp_path.glob("music/*/*/*/manifest.json"))
