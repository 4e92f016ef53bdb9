"""Third-party plugins as users meet them: built as wheels, installed, used, and broken."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import textwrap
from pathlib import Path

import pytest

PYPROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "orpheus-{name}"
version = "1.2.3"

[project.entry-points."orpheus.plugins"]
{name} = "orpheus_{name}"

[tool.hatch.build.targets.wheel]
packages = ["orpheus_{name}"]
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
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment that sees what this one has, and three plugins' wheels."""
    root = tmp_path_factory.mktemp("environment")
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", "--system-site-packages", root], check=True
    )
    python = root / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = Path(subprocess.check_output([python, "-c", code], text=True).strip())
    ours = sysconfig.get_path("purelib")
    (site / "ours.pth").write_text(f"import site; site.addsitedir({ours!r})\n")
    for name, source in (("gone", IMPORT_RAISES), ("raising", HOOK_RAISES), ("touching", WORKS)):
        wheel = built(tmp_path_factory.mktemp(name), name, source)
        subprocess.run(
            [sys.executable, "-m", "zipfile", "-e", wheel, site], check=True, capture_output=True
        )
    return python


def built(folder: Path, name: str, source: str) -> Path:
    (folder / "pyproject.toml").write_text(PYPROJECT.format(name=name))
    package = folder / f"orpheus_{name}"
    package.mkdir()
    (package / "__init__.py").write_text(textwrap.dedent(source))
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel"],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    return next((folder / "dist").glob("*.whl"))


def orpheus(python: Path, tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [python, "-m", "orpheus_core", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=tmp_path,
        env={**os.environ, "ORPHEUS_HOME": str(tmp_path / "home")},
        check=False,
    )


def test_plugin_list_names_each_broken_plugin_with_its_reason(
    environment: Path, tmp_path: Path
) -> None:
    """One whose import raises, one whose hook raises; the rest is there."""
    ended = orpheus(environment, tmp_path, "plugin", "list")
    assert ended.returncode == 0, ended.stderr
    shown = " ".join(ended.stdout.split())
    assert "orpheus-gone" in shown
    assert "No module named 'a_module_that_does_not_exist'" in shown
    assert "orpheus_modules raised RuntimeError: no modules today" in shown
    assert "orpheus-touching" in shown


def test_the_demo_works_with_broken_plugins_and_uses_the_good_one(
    environment: Path, tmp_path: Path
) -> None:
    """They cost nothing but themselves, and are named."""
    ended = orpheus(environment, tmp_path, "--json", "demo", "--to", str(tmp_path / "music"))
    assert ended.returncode == 0, ended.stdout + ended.stderr
    document = json.loads(ended.stdout)
    assert document["ok"]
    manifests = list((tmp_path / "music").rglob("manifest.json"))
    assert len(manifests) == 1
    import mutagen

    tags = mutagen.File(next(manifests[0].parent.glob("*.flac")))
    assert tags["comment"] == ["touched by a stranger"]


def test_a_switched_off_plugin_stays_out(environment: Path, tmp_path: Path) -> None:
    """By its id, in the settings."""
    (tmp_path / "home" / "config").mkdir(parents=True)
    settings = '[plugins]\ndisabled = ["gone", "raising"]\n'
    (tmp_path / "home" / "config" / "config.toml").write_text(settings)
    ended = orpheus(environment, tmp_path, "plugin", "list")
    assert "RuntimeError" not in ended.stdout
    assert ended.stdout.count("disabled") >= 2
