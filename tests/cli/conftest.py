"""Runs the command as people run it, against a sandbox that listens on loopback."""

from __future__ import annotations

import datetime
import itertools
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.cli.kept_events import BEGAN, Kept

import orpheus_core
from orpheus_core.cli import main
from orpheus_core.testing import SimClock
from orpheus_core.testing.sandbox import SandboxServer

SOURCE = Path(orpheus_core.__file__).parents[1]
_ABOUT_THE_TERMINAL = ("CI", "TERM", "NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "ACCESSIBLE")
_numbers = itertools.count()


class Ended(NamedTuple):
    """How a command ended, and what it said."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document on standard output."""
        document: dict[str, Any] = json.loads(self.out)
        return document

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The JSON lines on standard output."""
        return [json.loads(line) for line in self.out.splitlines()]


class Orpheus:
    """The command line without a terminal, in this process: ``orpheus("verify", folder)``."""

    def __init__(
        self, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.home = home
        self.setenv = monkeypatch.setenv
        self._capsys = capsys

    @property
    def settings_file(self) -> Path:
        """Where the settings are, in a folder that exists."""
        file = self.home / "config" / "config.toml"
        file.parent.mkdir(parents=True, exist_ok=True)
        return file

    def __call__(self, *arguments: str | Path) -> Ended:
        """Run the command line to its end."""
        self._capsys.readouterr()
        status = main([str(argument) for argument in arguments])
        said = self._capsys.readouterr()
        return Ended(status, said.out, said.err)


class Process:
    """The command as a process of its own."""

    def argv(self, *arguments: str | Path) -> list[str]:
        """The command line."""
        return [sys.executable, "-m", "orpheus_core", *map(str, arguments)]

    def __call__(self, *arguments: str | Path, **environ: str) -> Ended:
        """Run the command to its end, without a terminal."""
        done = subprocess.run(
            self.argv(*arguments),
            env=os.environ | environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=60,
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: str | Path) -> subprocess.Popen[str]:
        """Start the command."""
        return subprocess.Popen(
            self.argv(*arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home that does not exist yet, and an environment that says nothing of a terminal."""
    for name in _ABOUT_THE_TERMINAL:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ORPHEUS_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def orpheus(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Orpheus:
    """The command line, with a home of its own."""
    return Orpheus(home, monkeypatch, capsys)


@pytest.fixture
def process(home: Path, monkeypatch: pytest.MonkeyPatch) -> Process:
    """The command as a process, with a home of its own; any warning in it is an error."""
    monkeypatch.setenv("PYTHONPATH", str(SOURCE))
    monkeypatch.setenv("PYTHONUTF8", "1")
    monkeypatch.setenv("PYTHONWARNINGS", "error")
    return Process()


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[SandboxServer]:
    """A sandbox that the command knows of."""
    with SandboxServer() as server:
        monkeypatch.setenv("ORPHEUS_SANDBOX_URL", server.url)
        yield server


@pytest.fixture
def kept(home: Path, monkeypatch: pytest.MonkeyPatch) -> Kept:
    """A log to fill, in the home of the command; it is read a minute after the log begins."""
    now = SimClock(BEGAN + datetime.timedelta(minutes=1))
    monkeypatch.setattr("orpheus_core.app.SystemClock", lambda: now)
    return Kept(home)


@pytest.fixture
def in_amsterdam(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine whose clock is an hour ahead of UTC in winter."""
    if not hasattr(time, "tzset"):
        pytest.skip("the zone of this system cannot be chosen")
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
        time.tzset()
        yield
    time.tzset()


class Install:
    """Installs plugins: ``plugin("name", "source of its module", "its manifest")``.

    Without a manifest the plugin is a single file, with one it is a package.
    """

    def __init__(self, site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.site = site
        self._monkeypatch = monkeypatch

    def __call__(
        self, name: str, source: str, manifest: str | None = None, *, distribution: str = ""
    ) -> Path:
        """Install one, and return the file of its module."""
        distribution = distribution or f"orpheus-{name}"
        info = self.site / f"{distribution.replace('-', '_')}-1.2.3.dist-info"
        info.mkdir(parents=True)
        info.joinpath("METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.2.3\n"
            f"Project-URL: Issues, https://example.com/{name}/issues\n",
            "utf-8",
        )
        module = f"installed_{name}_{next(_numbers)}"  # Python keeps what it has imported
        info.joinpath("entry_points.txt").write_text(
            f"[orpheus.plugins]\n{name} = {module}\n", "utf-8"
        )
        file = self.site / f"{module}.py"
        if manifest is not None:
            file = self.site / module / "__init__.py"
            file.parent.mkdir()
            file.with_name("orpheus.toml").write_text(
                f'id = "{name}"\napi = "1.0"\n{manifest}', "utf-8"
            )
        file.write_text(source, "utf-8")
        self._monkeypatch.syspath_prepend(self.site)
        self._monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(SOURCE), str(self.site)]))
        return file


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Installs plugins."""
    return Install(tmp_path / "site", monkeypatch)
