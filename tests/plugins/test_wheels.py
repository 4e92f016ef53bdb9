"""Third-party plugins as users meet them: built as wheels, installed, used, and broken."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import attrs
import mutagen
import pytest
from tests.plugins.wheelhouse import Place, environment, pip

from orpheus_core import ExitStatus

PYPROJECT = """
[build-system]
requires = ["hatchling>=1.27"]
build-backend = "hatchling.build"

[project]
name = "orpheus-{name}"
version = "1.2.3"

[project.entry-points."orpheus.plugins"]
{name} = "orpheus_{name}"

[tool.hatch.build.targets.wheel]
packages = ["orpheus_{name}"]
"""

MANIFEST = """
id = "{name}"
api = "1.0"
summary = "What the plugin {name} is for"

[[hooks]]
name = "orpheus_tags"
"""

IMPORT_RAISES = "import a_module_that_does_not_exist\n"

HOOK_RAISES = """
import orpheus_core as oc

@oc.hookimpl
def orpheus_modules():
    raise RuntimeError("no modules today")

@oc.hookimpl
def orpheus_event(event):
    raise RuntimeError("no events either")
"""

WORKS = """
import orpheus_core as oc

@oc.hookimpl
def orpheus_tags(tags):
    import attrs
    return attrs.evolve(tags, comment="touched by a stranger")
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with three plugins; the one that works has a manifest."""
    python = environment(tmp_path_factory.mktemp("environment"))
    wheels = [
        built(tmp_path_factory.mktemp("gone"), "gone", IMPORT_RAISES),
        built(tmp_path_factory.mktemp("raising"), "raising", HOOK_RAISES),
        built(tmp_path_factory.mktemp("touching"), "touching", WORKS, MANIFEST),
    ]
    pip("install", "--no-index", "--no-deps", *wheels, python=python)
    return python


@pytest.fixture
def place(python: Path, tmp_path: Path) -> Place:
    """A home that nothing has happened in."""
    return Place(home=tmp_path / "home", python=python)


def built(folder: Path, name: str, source: str, manifest: str = "") -> Path:
    (folder / "pyproject.toml").write_text(PYPROJECT.format(name=name))
    package = folder / f"orpheus_{name}"
    package.mkdir()
    (package / "__init__.py").write_text(source)
    if manifest:
        (package / "orpheus.toml").write_text(manifest.format(name=name))
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel"],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    return next((folder / "dist").glob("*.whl"))


def test_plugin_list_shows_what_is_installed_without_trying_it(place: Place) -> None:
    """A list imports nothing, so a plugin that nobody has needed yet has not failed yet."""
    ended = place.orpheus("plugin", "list")
    assert ended.status == ExitStatus.OK, ended
    assert "orpheus-gone" in ended.out
    assert "registered What the plugin touching is for" in " ".join(ended.out.split())
    assert "a_module_that_does_not_exist" not in ended.out + ended.err


def test_a_command_names_each_plugin_that_failed_in_it_and_the_list_remembers(
    place: Place,
) -> None:
    """One whose import raises, one whose hooks raise; the list has the reasons from then on."""
    ended = place.orpheus("download", "sandbox:track:lanterns-01")
    assert ended.status == ExitStatus.LOGIN_NEEDED, ended  # nobody said where its server is
    said = " ".join(ended.err.split())
    assert "orpheus-gone 1.2.3" in said
    assert "No module named 'a_module_that_does_not_exist'" in said
    assert "orpheus-raising 1.2.3" in said
    assert "raised RuntimeError: no modules today" in said
    shown = " ".join(place.orpheus("plugin", "list").out.split())
    assert "No module named 'a_module_that_does_not_exist'" in shown
    assert "raised RuntimeError: no" in shown


def test_the_demo_works_with_broken_plugins_and_uses_the_good_one(
    place: Place, tmp_path: Path
) -> None:
    """They cost nothing but themselves, and are named."""
    ended = place.orpheus("--json", "demo", "--to", tmp_path / "music")
    assert ended.status == ExitStatus.OK, ended
    assert ended.document["ok"]
    assert {"orpheus-gone", "orpheus-raising"} <= set(ended.out.replace('"', " ").split())
    manifests = list((tmp_path / "music").rglob("manifest.json"))
    assert len(manifests) == 1
    tags = mutagen.File(next(manifests[0].parent.glob("*.flac")))
    assert tags["comment"] == ["touched by a stranger"]


def test_a_switched_off_plugin_stays_out(place: Place) -> None:
    """By its id, in the settings."""
    place.configure('[plugins]\ndisabled = ["gone", "raising"]\n')
    ended = place.orpheus("download", "sandbox:track:lanterns-01")
    assert ended.status == ExitStatus.LOGIN_NEEDED, ended
    assert "a_module_that_does_not_exist" not in ended.err
    assert "RuntimeError" not in ended.err
    assert place.orpheus("plugin", "list").out.count("disabled") >= 2


def test_the_variable_names_the_plugins_that_are_loaded(place: Place, tmp_path: Path) -> None:
    """For one command, without a change of the settings."""
    place = attrs.evolve(place, environ={"ORPHEUS_PLUGINS": "sandbox,touching"})
    ended = place.orpheus("demo", "--to", tmp_path / "music")
    assert ended.status == ExitStatus.OK, ended
    assert "orpheus-gone" not in ended.err
    assert "orpheus-raising" not in ended.err
