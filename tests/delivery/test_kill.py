"""kill -9 at chosen moments: nothing under a final name, and the next run ends well."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import orpheus_core as oc
from orpheus_core.testing import SandboxServer
from orpheus_core.testing.sandbox import Fault
from orpheus_core.testing.sandbox.files import file_index

CHILD = """
import os, signal, sys
import orpheus_core as oc

kind, subject, count = sys.argv[2], sys.argv[3], int(sys.argv[4])
seen = 0

def kill(event):
    global seen
    if event.kind == kind and subject in (event.subject or ""):
        seen += 1
        if seen == count:
            os.kill(os.getpid(), signal.SIGKILL)

with oc.Orpheus(config={"downloads": {"jobs": 2}}) as app:
    app.brain.events.subscribe(kill)
    app.download("sandbox:album:salt", to=sys.argv[1])
"""


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    with SandboxServer([Fault.parse("slow:salt-03:always:rate=40000")]) as running:
        yield running


def run_and_kill(
    music: Path, home: Path, server: SandboxServer, moment: tuple[str, str, int]
) -> None:
    kind, subject, count = moment
    ended = subprocess.run(
        [sys.executable, "-c", CHILD, str(music), kind, subject, str(count)],
        env={**os.environ, "ORPHEUS_HOME": str(home), "ORPHEUS_SANDBOX_URL": server.url},
        capture_output=True,
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX")
@pytest.mark.parametrize(
    "moment",
    [
        ("job.resolved", "", 1),
        ("transfer.started", "", 2),
        ("transfer.progressed", "salt-03", 4),
        ("transfer.finished", "", 3),
        ("stage.started", "salt-02", 3),
        ("stage.finished", "salt-04", 4),
        ("stage.started", "job/", 3),
        ("artifact.written", "", 1),
    ],
    ids=lambda moment: f"{moment[0]}-{moment[2]}",
)
def test_after_a_kill_the_next_run_ends_well(
    tmp_path: Path, server: SandboxServer, moment: tuple[str, str, int]
) -> None:
    """What the first run finished is not fetched again; the album is complete and verified."""
    music, home = tmp_path / "music", tmp_path / "home"
    run_and_kill(music, home, server, moment)
    shown = [path for path in music.iterdir() if path.name != ".orpheus"] if music.exists() else []
    assert not shown or moment[0] == "artifact.written"
    complete = {
        r.path
        for r in server.requests
        if r.path.startswith("/files/") and r.bytes_sent == size_of(r.path)
    }
    before = len(server.requests)
    with oc.Orpheus(home) as app:
        app.credentials.set("sandbox", "url", server.url)
        report = app.download("sandbox:album:salt", to=music)
        assert report.ok
        assert report.artifacts[0].manifest.complete
        assert app.verify(report.artifacts[0].path).ok
    again = [r for r in server.requests[before:] if r.path.startswith("/files/")]
    if moment[0] == "transfer.progressed":
        part = next(r for r in again if "salt-03" in r.path)
        assert part.range
        assert not part.range.startswith("bytes=0-")
    if moment[0] in ("stage.finished", "artifact.written"):
        assert not {r.path for r in again} & (complete - {"/files/salt-03.studio.flac"})
    assert not (music / ".orpheus").exists()


def size_of(path: str) -> int:
    return file_index().audio_by_name[path.rsplit("/", 1)[1]].size_bytes
