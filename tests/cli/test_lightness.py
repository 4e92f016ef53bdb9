"""Looking costs little and touches nothing: by names of modules and audit events, not by time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

import pytest

from orpheus_core.cli.command_table import COMMANDS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Install, Process

# A clock far in the future: the files of a plugin that was installed just now count as settled.
WARM = """
import datetime, pathlib, sys
from orpheus_core.plugins.index import PluginIndex
from orpheus_core.testing import SimClock

clock = SimClock(datetime.datetime(2100, 1, 1, tzinfo=datetime.UTC))
PluginIndex(pathlib.Path(sys.argv[1]), clock=clock).plugins()
"""
WATCHED = """
import json, os, sys

written, sockets = [], []
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC

def look(event, args):
    if event == "open" and isinstance(args[2], int) and args[2] & WRITING:
        written.append(str(args[0]))
    elif event in ("os.mkdir", "os.rename", "os.remove", "os.rmdir"):
        written.append(str(args[1] if event == "os.rename" else args[0]))
    elif event.startswith("socket."):
        sockets.append(event)

sys.addaudithook(look)
from orpheus_core.cli import main

status = main(sys.argv[1:])
sys.stdout.flush()
loaded = sorted(sys.modules)
print(json.dumps([int(status), written, sockets, loaded]), file=sys.stderr)
"""
HEAVY = {"requests", "urllib3", "cattrs", "importlib_metadata", "av", "mutagen", "sqlite3", "rich"}
HEAVIER = HEAVY | {"attr", "attrs", "pluggy", "platformdirs", "filelock", "asyncio", "tomlkit"}
PLUGINS = {"orpheus_deezer", "orpheus_qobuz", "orpheus_assistant", "orpheus_core.testing"}
LISTINGS = [
    ["plugin", "list"],
    ["plugin", "list", "--all"],
    ["--json", "plugin", "list"],
    ["plugin", "info", "quiet"],
    ["plugin", "hooks"],
    ["plugin", "order"],
    ["service", "list"],
    ["--json", "service", "list"],
]
HELPS = [
    ["--version"],
    ["--json", "--version"],
    [],
    ["--help"],
    ["plugin"],
    ["services", "--help"],
    ["explain", "svc.down"],
    ["--json", "explain", "svc.down"],
    ["download", "--qualty"],
]
TABLES = [
    ["event", "types"],
    ["--json", "event", "types", "login.*"],
    ["event", "types", "--schema"],
    ["explain", "login.failed"],
]
LOOKS_AT_THE_LOG = [
    ["event", "query"],
    ["event", "tail"],
    ["--json", "event", "stats"],
    ["explain"],
]
QUIET = """
[[hooks]]
name = "orpheus_commands"
[[hooks]]
name = "orpheus_event"
[[hooks]]
name = "orpheus_stages"
[[stages]]
name = "polish"
scope = "track"
optional = true
[[commands]]
words = ["scrub"]
help = "Scrub it."
[[services]]
id = "quiet"
name = "Quiet"
kinds = ["album"]
features = []
hosts = ["quiet.example"]
"""
UNIMPORTABLE = "raise SystemExit(3)"


class Seen(NamedTuple):
    """What a command did. *loaded* are the modules at its end."""

    status: int
    written: list[str]
    sockets: list[str]
    loaded: set[str]
    out: str

    def top_levels(self) -> set[str]:
        """The packages of the modules."""
        return {name.partition(".")[0] for name in self.loaded}


def python(source: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run *source* in a process of its own that writes no byte code."""
    environ = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", source, *arguments],
        env=environ,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done


def seen(*line: str) -> Seen:
    """Run the command line and look at what it does."""
    done = python(WATCHED, *line)
    status, written, sockets, loaded = json.loads(done.stderr.splitlines()[-1])
    return Seen(status, written, sockets, set(loaded), done.stdout)


def index_folder(home: Path) -> Path:
    """Where the one file lies that may be written."""
    return home / "cache" / "plugins"


@pytest.fixture
def warm(process: Process, plugin: Install, home: Path) -> None:
    """Two plugins that cannot be imported, and an index that knows them."""
    plugin("quiet", UNIMPORTABLE, QUIET)
    plugin("bare", UNIMPORTABLE)
    python(WARM, str(index_folder(home)))
    assert list(index_folder(home).iterdir())


@pytest.mark.usefixtures("warm")
@pytest.mark.parametrize("line", LISTINGS, ids=" ".join)
def test_a_listing_imports_no_plugin_and_nothing_heavy(line: list[str]) -> None:
    """No socket, no file: what there is to know is in the index."""
    found = seen(*line)
    assert found.status == 0
    assert "quiet" in found.out
    assert not found.top_levels() & HEAVY
    assert not [name for name in found.loaded if name.startswith("installed_")]
    assert not [name for name in found.loaded if any(name.startswith(each) for each in PLUGINS)]
    assert (found.written, found.sockets) == ([], [])


@pytest.mark.usefixtures("warm")
@pytest.mark.parametrize("line", HELPS, ids=" ".join)
def test_help_imports_less_still(line: list[str]) -> None:
    """Not even attrs: commands of plugins are read from the index itself."""
    found = seen(*line)
    assert not found.top_levels() & HEAVIER
    assert (found.written, found.sockets) == ([], [])
    if line in ([], ["--help"]):
        assert "scrub" in found.out


@pytest.mark.usefixtures("process")
@pytest.mark.parametrize("line", TABLES, ids=" ".join)
def test_the_table_of_events_opens_nothing(line: list[str]) -> None:
    """It is data: no application, no settings, no log."""
    found = seen(*line)
    assert found.status == 0
    assert not found.top_levels() & HEAVY
    assert "orpheus_core.app" not in found.loaded
    assert (found.written, found.sockets) == ([], [])


@pytest.mark.usefixtures("warm")
@pytest.mark.parametrize("line", LOOKS_AT_THE_LOG, ids=" ".join)
def test_a_look_at_a_log_that_is_not_there_makes_none(line: list[str]) -> None:
    """No plugin is imported for it either: what looks at events is not one of them."""
    found = seen(*line)
    assert found.status == 0
    assert not found.top_levels() & HEAVY
    assert not [name for name in found.loaded if name.startswith("installed_")]
    assert (found.written, found.sockets) == ([], [])


@pytest.mark.usefixtures("warm")
@pytest.mark.parametrize("word", ["scrubb", "dowload", "xyzzy"])
def test_a_slip_is_light_where_every_plugin_has_a_manifest(
    monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    """Only those without one would have to be asked."""
    monkeypatch.setenv("ORPHEUS_PLUGINS", "quiet")
    found = seen(word)
    assert found.status == 2
    assert not found.top_levels() & HEAVIER


@pytest.mark.parametrize("line", [["--help"], ["plugin", "list"], ["service", "list"]])
def test_without_an_index_nothing_but_the_index_is_written(
    process: Process, plugin: Install, home: Path, line: list[str]
) -> None:
    """And not even that while files are so new that a change would go unseen."""
    plugin("quiet", UNIMPORTABLE, QUIET)
    found = seen(*line)
    assert found.status == 0
    folders = {str(home), str(home / "cache"), str(index_folder(home))}
    inside = str(index_folder(home)) + os.sep
    assert not [path for path in found.written if path not in folders and inside not in path]
    assert found.sockets == []
    assert not [name for name in found.loaded if name.startswith("installed_")]


@pytest.mark.usefixtures("warm")
def test_help_on_a_command_is_light() -> None:
    """Each is a module of its own, and imports what it needs when it runs."""
    lines = [[*row.words, "--help"] for row in COMMANDS]
    program = (
        "import sys\nfrom orpheus_core.cli import main\n"
        f"for line in {lines!r}:\n"
        "    assert main(line) == 0, line\n"
        f"    loaded = [name for name in {sorted(HEAVIER)!r} if name in sys.modules]\n"
        "    assert not loaded, (line, loaded)\n"
    )
    python(program)


def test_the_version_needs_no_click(process: Process) -> None:
    """The cheapest of all: Click takes longer than everything else of it."""
    assert "click" not in seen("--version").loaded
