"""Examples run as they are, and the README's Python block as far as no network is needed."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

import orpheus_core as oc
from orpheus_core.testing import SandboxServer, SimClock

ROOT = Path(__file__).parent.parent


def test_from_python_runs_and_shows_a_verified_album(tmp_path: Path) -> None:
    """The block of the README and more, against the sandbox."""
    ended = subprocess.run(
        [sys.executable, "-W", "error", ROOT / "examples" / "from_python.py", tmp_path],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    lines = ended.stdout.splitlines()
    assert "albums: True" in lines
    assert "lyrics: False" in lines
    assert "asked by hand: Salt" in lines
    assert "Lanterns for the Long Way Home: 12 tracks" in lines
    assert "complete: True failures: 0" in lines
    assert "verified: True" in lines
    assert "decision: retry after 30 s" in lines


def test_the_readmes_python_block_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it stands, with the sandbox in the place of the service."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    block = re.search(r"```python\n(.*?)```", text, re.DOTALL)
    assert block
    code = block[1].replace("https://www.deezer.com/album/302127", "sandbox:album:salt")
    code = code.replace('"deezer"', '"sandbox"')
    monkeypatch.chdir(tmp_path)
    with SandboxServer() as server:
        monkeypatch.setenv("ORPHEUS_SANDBOX_URL", server.url)
        exec(compile(code, "README.md", "exec"), {})
    assert len(list((tmp_path / "music").glob("*/*/manifest.json"))) == 1


def test_the_twelve_line_advisor_advises(tmp_path: Path) -> None:
    """Registered like any plugin."""
    path = ROOT / "examples" / "twelve_line_advisor.py"
    spec = importlib.util.spec_from_file_location("twelve_line_advisor", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with oc.Orpheus(tmp_path, clock=SimClock(), discover=False, plugins={"tidy": module}) as app:
        event = app.brain.events.emit("job.failed", error=oc.DiskFull("no space is left"))
        advice = app.brain.advise(event)
    assert [(one.code, one.advisor) for one in advice if one.advisor == "tidy"] == [
        ("tidy.old-previews", "tidy")
    ]
