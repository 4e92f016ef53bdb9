"""Disks that are full, have a limit, or fail at any moment: a clear error, and the next run ends
well."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import orpheus_core as oc
from orpheus_core.storage import DiskFile, DiskStorage
from orpheus_core.testing import FaultyStorage, SandboxServer, SimClock, count_calls
from orpheus_core.testing.sandbox import plugin as sandbox_plugin

if TYPE_CHECKING:
    from tests.delivery.conftest import Library, OpenLibrary

posix = pytest.mark.skipif(sys.platform == "win32", reason="limits and devices of POSIX")


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    with SandboxServer() as running:
        yield running


def opened(server: SandboxServer, home: Path, storage: oc.Storage | None = None) -> oc.Orpheus:
    app = oc.Orpheus(
        home,
        clock=SimClock(),
        discover=False,
        plugins={"sandbox": sandbox_plugin},
        storage=storage,
    )
    app.credentials.set("sandbox", "url", server.url)
    return app


def shown(music: Path) -> list[str]:
    """What stands under a final name."""
    return [path.name for path in music.iterdir() if path.name != ".orpheus"]


class FullDisk(DiskStorage):
    """Each part grows on a device that is full: the refusal is the system's own."""

    def resume(self, path: Path, *, at: int, mode: int = 0o644) -> DiskFile:
        if path.suffix != ".part":
            return super().resume(path, at=at, mode=mode)
        return DiskFile(os.open("/dev/full", os.O_WRONLY), path, at)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no such device here")
def test_a_full_disk_ends_the_job_at_once(server: SandboxServer, tmp_path: Path) -> None:
    """One clear error and one piece of advice; no file is asked for again and again."""
    music = tmp_path / "music"
    with opened(server, tmp_path / "home", FullDisk()) as app:
        given: list[object] = []
        app.brain.events.subscribe(
            lambda event: given.append(event.data["code"]), kinds=["brain.advice.given"]
        )
        with pytest.raises(oc.DiskFull) as caught:
            app.download(["sandbox:album:salt", "sandbox:album:tides"], to=music)
        assert caught.value.exit_status is oc.ExitStatus.STORAGE
        assert given == ["io.disk-full"]
    assert shown(music) == []
    asked = [request.path for request in server.requests if request.path.startswith("/files/")]
    assert len(asked) == len(set(asked)) <= app.settings.downloads.jobs
    with opened(server, tmp_path / "home") as app:
        assert app.download("sandbox:album:salt", to=music).ok


LIMITED = """
import resource, sys
import orpheus_core as oc

resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
with oc.Orpheus() as app:
    report = app.download("sandbox:album:salt", to=sys.argv[1])
    sys.exit(report.exit_status)
"""


def run_limited(server: SandboxServer, tmp_path: Path, bytes_a_file: int) -> str:
    """Download in a process whose files may not be larger; return what it said at its end."""
    ended = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path / "music"), str(bytes_a_file)],
        env={
            **os.environ,
            "ORPHEUS_HOME": str(tmp_path / "home"),
            "ORPHEUS_SANDBOX_URL": server.url,
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    return f"{ended.returncode} {ended.stderr}"


@posix
def test_files_that_are_too_large_for_this_disk_are_said_so(
    server: SandboxServer, tmp_path: Path
) -> None:
    """The system refuses in the middle of each file; the same folder will do once it may grow."""
    music = tmp_path / "music"
    assert "FileTooLarge" in run_limited(server, tmp_path, 40_000)
    assert shown(music) == []
    with opened(server, tmp_path / "home") as app:
        artifact = app.download("sandbox:album:salt", to=music).artifacts[0]
        assert artifact.manifest.complete
        assert app.verify(artifact.path).ok


@posix
def test_what_fits_is_taken(server: SandboxServer, tmp_path: Path) -> None:
    """Two of the four files fit, without room for their tags."""
    music = tmp_path / "music"
    assert run_limited(server, tmp_path, 60_000).startswith(f"{oc.ExitStatus.PARTIAL} ")
    with opened(server, tmp_path / "home") as app:
        (folder,) = (path.parent for path in music.rglob("manifest.json"))
        verification = app.verify(folder)
        assert verification.ok
        codes = [track.missing_code for track in verification.manifest.tracks]
        assert codes == [None, "io.file-too-large", "io.file-too-large", None]
        assert "tag was left out" in verification.manifest.tracks[0].notes[0]
        assert app.download("sandbox:album:salt", to=music).ok
        assert app.verify(folder).ok


def test_wherever_the_disk_fails_it_is_a_clear_error_and_the_next_run_ends_well(
    library: Library, open_library: OpenLibrary, tmp_path: Path
) -> None:
    """The n-th call to it fails, for every n, from the first folder to the last event."""
    library.add_album("a", library.track("one"))
    error = OSError(errno.ENOSPC, "full")

    def download(storage: oc.Storage, number: int) -> oc.DownloadReport:
        app = open_library(storage=storage, config={"downloads.jobs": 1})
        try:
            return app.download("library:album:a", to=tmp_path / f"music-{number}")
        finally:
            app.close()

    clean: list[oc.DownloadReport] = []
    calls = count_calls(DiskStorage(), lambda storage: clean.append(download(storage, 0)))
    events = [entry.kind for entry in clean[0].artifacts[0].manifest.events]
    assert calls > 40
    for number in range(1, calls + 1):
        music = tmp_path / f"music-{number}"
        try:
            report = download(FaultyStorage(DiskStorage(), number, error), number)
        except oc.DiskFull:
            for manifest in music.glob("Artist/*/manifest.json"):
                assert oc.Orpheus(tmp_path / "home", discover=False).verify(manifest.parent).ok
        else:
            # Only what is no loss may fail unnoticed: the log writes it with the next line.
            assert report.ok
            assert [entry.kind for entry in report.artifacts[0].manifest.events] == events
        again = download(DiskStorage(), number)
        assert again.ok
        assert (again.artifacts[0].path / "1-01 Title one.flac").read_bytes() == b"one"
        assert [path.name for path in music.iterdir()] == ["Artist"]
