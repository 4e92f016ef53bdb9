"""The pytest plugin: fixtures that cost nothing until they are used."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PLUGIN = "orpheus_core.testing.pytest_plugin"

SOURCE = """
import os, socket
import orpheus_core as oc
import pytest


def test_home_is_empty(orpheus_home):
    assert os.environ["ORPHEUS_HOME"] == str(orpheus_home)
    assert [name for name in os.environ if name.startswith("ORPHEUS_")] == ["ORPHEUS_HOME"]
    assert list(orpheus_home.iterdir()) == []


def test_app_has_no_plugin(orpheus_app, orpheus_home, sim_clock, brain):
    assert all(record.builtin for record in orpheus_app.plugins.records())
    assert orpheus_app.home.config.is_relative_to(orpheus_home)
    assert orpheus_app.clock is sim_clock
    assert brain is orpheus_app.brain


def test_clock_does_not_wait(sim_clock):
    sim_clock.sleep(3600)


def test_sandbox_runs(sandbox, orpheus_app, no_sockets):
    from orpheus_core.testing.sandbox import plugin

    orpheus_app.plugins.register("sandbox", plugin)
    orpheus_app.credentials.set("sandbox", "url", sandbox.url)
    assert orpheus_app.search("sandbox", "album", "lanterns")
    assert sandbox.requests


def test_secret_leaks(canaries):
    with canaries.watch():
        print(canaries.plant("token"))


def test_leaves_the_machine(no_sockets):
    with pytest.raises(OSError):
        socket.create_connection(("192.0.2.1", 80), timeout=0.1)
"""


def run_pytest(folder: Path, *arguments: str) -> str:
    """Run pytest with the plugin in *folder*, and return what it says."""
    alone = {"PYTHONPATH": str(ROOT / "src"), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", PLUGIN, "-p", "no:cacheprovider", *arguments],
        cwd=folder,
        env=os.environ | alone,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    return done.stdout + done.stderr


def test_fixtures_do_what_they_say(tmp_path: Path) -> None:
    """A leak and an attempt to leave the machine fail a test that passed otherwise."""
    tmp_path.joinpath("test_it.py").write_text(SOURCE, "utf-8")

    said = run_pytest(tmp_path, "-q", "-rA", "test_it.py")

    assert "ERROR test_it.py::test_secret_leaks" in said
    assert "token, plain, in output" in said
    assert "ERROR test_it.py::test_leaves_the_machine" in said
    assert "attempts to leave this machine: socket.getaddrinfo 192.0.2.1" in said
    assert "6 passed, 2 errors" in said


def test_fixtures_are_listed_with_what_they_are_for(tmp_path: Path) -> None:
    """``pytest --fixtures`` is where people look."""
    said = run_pytest(tmp_path, "--fixtures", "-q")

    for name in ("orpheus_home", "sim_clock", "orpheus_app", "brain", "canaries", "sandbox"):
        assert f"\n{name} --" in said
    assert "no docstring available" not in said.partition("fixtures defined from orpheus_core")[2]


def test_nothing_but_pytest_is_imported_until_a_fixture_is_used() -> None:
    """By counting modules: the plugin is there in every test run of whoever installs Orpheus."""
    code = (
        "import sys, pytest\n"
        "before = set(sys.modules)\n"
        f"import {PLUGIN}\n"
        "print(sorted(set(sys.modules) - before))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8")

    ours = ["orpheus_core", "orpheus_core.testing", PLUGIN]
    assert done.stdout == f"{ours}\n", done.stderr


def test_the_entry_point_names_it() -> None:
    """pytest finds it by that."""
    project = tomllib.loads(ROOT.joinpath("pyproject.toml").read_text("utf-8"))["project"]

    assert project["entry-points"]["pytest11"] == {"orpheus": PLUGIN}
