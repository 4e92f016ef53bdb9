"""``orpheus sandbox``: a command that a plugin brings, and a service to try things out on."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import urllib.request
from typing import TYPE_CHECKING

import pytest

from orpheus_core.testing.sandbox import SandboxServer
from orpheus_core.testing.sandbox.command import COMMAND, VARIABLE, sandbox, shell_line

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Orpheus, Process

needs_signals = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")


def started(process: Process, *options: str) -> tuple[subprocess.Popen[str], str]:
    """The command, and the first line that it prints."""
    running = process.start("sandbox", *options)
    assert running.stdout is not None
    return running, running.stdout.readline().rstrip()


def ended(running: subprocess.Popen[str], with_signal: signal.Signals) -> tuple[int, str]:
    """End it; return its status and the last that it said."""
    running.send_signal(with_signal)
    _, err = running.communicate(timeout=30)
    return running.returncode, err


def test_the_command_is_what_the_manifest_says(orpheus: Orpheus) -> None:
    """Of the same words and help; the plugin is in order."""
    assert COMMAND.info.help == (sandbox.help or "").partition("\n")[0]
    data = orpheus("--json", "plugin", "info", "sandbox").document["data"]
    assert data["commands"] == [
        {"words": ["sandbox"], "help": COMMAND.info.help, "section": "Development"}
    ]
    assert orpheus("plugin", "manifest", "sandbox").status == 0
    assert "\nDevelopment  sandbox\n" in orpheus("--help").out


@needs_signals
def test_it_serves_until_ctrl_c(process: Process) -> None:
    """Its address first, then the line for a shell; Ctrl-C is how it is meant to end."""
    running, url = started(process)
    assert running.stdout is not None
    line = running.stdout.readline().rstrip()

    assert line == f"export {VARIABLE}={url}"
    with urllib.request.urlopen(f"{url}/api/albums/lanterns", timeout=30) as answer:
        assert json.load(answer)["id"] == "lanterns"

    status, err = ended(running, signal.SIGINT)
    assert status == 0
    assert err.endswith("Stopped.\n")
    assert "Traceback" not in err


@needs_signals
def test_it_is_terminated_as_anything_else_is(process: Process) -> None:
    """With the status of SIGTERM."""
    running, _ = started(process)
    status, _ = ended(running, signal.SIGTERM)
    assert status == 143


@needs_signals
def test_a_download_uses_it(process: Process, orpheus: Orpheus, tmp_path: Path) -> None:
    """That is what it is for; a fault of its own choice among it."""
    running, url = started(process, "--fault", "503:/files/lanterns-01.flac")
    orpheus.setenv(VARIABLE, url)
    done = orpheus("-v", "download", "sandbox:track:lanterns-01", "-o", tmp_path / "music")
    ended(running, signal.SIGINT)
    assert done.status == 0
    assert "svc.down" in done.err


@needs_signals
def test_in_json_it_is_one_document(process: Process) -> None:
    """Printed when it listens, not when it ends."""
    running = process.start("--json", "sandbox")
    assert running.stdout is not None
    data = json.loads(running.stdout.readline())["data"]
    status, err = ended(running, signal.SIGINT)
    assert data["variable"] == VARIABLE
    assert data["shell"] == shell_line(data["url"])
    assert (status, err) == (0, "")


def test_a_port_that_is_taken_is_a_mistake_of_the_command_line(orpheus: Orpheus) -> None:
    """With the way out."""
    with SandboxServer() as server:
        ended = orpheus("sandbox", "--port", server.url.rpartition(":")[2])
    assert ended.status == 2
    assert ended.err.startswith("error[usage.arguments]: nothing can listen on port ")
    assert "orpheus sandbox     takes a port that is free" in ended.err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--fault", "nonsense:x"), "fault"),
        (("--port", "x"), "--port"),
        (("--prot", "1"), "--port"),
    ],
)
def test_a_slip_in_its_options_is_told(
    orpheus: Orpheus, options: tuple[str, ...], said: str
) -> None:
    """Like one in any command's."""
    ended = orpheus("sandbox", *options)
    assert ended.status == 2
    assert said in ended.err


def test_the_shell_line_fits_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows has another shell."""
    monkeypatch.setattr("os.name", "nt")
    assert shell_line("http://x") == f'$env:{VARIABLE} = "http://x"'
