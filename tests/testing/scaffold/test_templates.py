"""Each kind of plugin is whole, and good by every tool that looks at its source."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from orpheus_core.plugins.api import fits
from orpheus_core.plugins.manifest_file import manifest_text, read_manifest
from orpheus_core.storage import DiskStorage
from orpheus_core.testing.scaffold.filling import filled
from orpheus_core.testing.scaffold.kinds import Kind
from orpheus_core.testing.scaffold.making import make
from orpheus_core.testing.scaffold.names import LONGEST, PluginNames

NAMES = ("x", "my-shop_2", "z" * LONGEST)
"""The shortest, an awkward one, the longest: lines and imports change with them."""

EVERYWHERE = {
    ".github/workflows/tests.yml",
    ".gitignore",
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "pyproject.toml",
    "src/PACKAGE/__init__.py",
    "src/PACKAGE/orpheus.toml",
    "src/PACKAGE/plugin.py",
    "src/PACKAGE/py.typed",
    "tests/test_conformance.py",
}
OWN = {
    Kind.SERVICE: {
        *(f"src/PACKAGE/{name}.py" for name in ("info", "mapping", "module", "sample", "shapes")),
        "tests/test_module.py",
    },
    Kind.LOGIN: {"src/PACKAGE/login.py", "src/PACKAGE/sample.py", "tests/test_login.py"},
    Kind.ADVISOR: {"src/PACKAGE/advisor.py", "src/PACKAGE/sample.py", "tests/test_advisor.py"},
    Kind.STAGE: {"src/PACKAGE/stage.py", "src/PACKAGE/sample.py", "tests/test_stage.py"},
    Kind.VAULT: {"src/PACKAGE/backend.py", "src/PACKAGE/sample.py", "tests/test_backend.py"},
    Kind.EXTENSION: {"src/PACKAGE/totals.py", "tests/test_totals.py"},
}

each_kind = pytest.mark.parametrize("kind", Kind, ids=lambda kind: kind.value)
each_name = pytest.mark.parametrize("name", NAMES)


def made(kind: Kind, name: str = "my-shop_2") -> tuple[PluginNames, dict[str, str]]:
    """The names of a plugin, and the texts of its files."""
    names = PluginNames.parse(name)
    return names, filled(kind, names)


@each_kind
@each_name
def test_every_file_is_there_under_its_name(kind: Kind, name: str) -> None:
    """No more and no less."""
    names, files = made(kind, name)

    assert {path.replace(names.package, "PACKAGE") for path in files} == EVERYWHERE | OWN[kind]


@each_kind
@each_name
def test_every_text_is_filled_and_ends_with_its_last_line(kind: Kind, name: str) -> None:
    """No word of the templates is left, and Python and TOML can be read."""
    _, files = made(kind, name)

    for path, text in files.items():
        assert "@@" not in text, path
        assert "PACKAGE" not in text, path
        assert text == "" or (text.endswith("\n") and not text.endswith("\n\n")), path
        if path.endswith(".py"):
            compile(text, path, "exec")
        if path.endswith(".toml"):
            tomllib.loads(text)


@each_kind
@each_name
def test_manifest_is_as_it_would_be_generated(kind: Kind, name: str) -> None:
    """``plugin manifest --write`` on the first day changes nothing."""
    names, files = made(kind, name)
    text = files[f"src/{names.package}/orpheus.toml"]

    manifest = read_manifest(text.encode(), "orpheus.toml")

    assert manifest.id == names.id
    assert fits(manifest.api)
    assert manifest_text(manifest) == text


@each_kind
def test_package_announces_what_is_in_it(kind: Kind) -> None:
    """The entry point leads to a file, the licence is the one it states."""
    names, files = made(kind)
    project = tomllib.loads(files["pyproject.toml"])["project"]
    (point,) = project["entry-points"]["orpheus.plugins"].items()
    module = point[1].partition(":")[0]

    assert point[0] == names.id
    assert f"src/{module.replace('.', '/')}.py" in files
    assert project["name"] == names.distribution
    assert project["dependencies"] == ["orpheus-core>=0.1,<0.2"]
    assert files["LICENSE"].startswith("MIT License\n\nCopyright (c) The orpheus-my-shop_2 authors")
    assert files["README.md"].startswith(f"# {names.distribution}\n\n{project['description']}.\n")


@each_kind
def test_only_public_names_are_used(kind: Kind) -> None:
    """What a third party begins with is no side door."""
    _, files = made(kind)
    imported = {
        module
        for path, text in files.items()
        if path.endswith(".py")
        for module in _imports(text)
        if module.startswith("orpheus_core")
    }

    assert imported <= {"orpheus_core", "orpheus_core.testing"}
    assert "orpheus_core" in imported


def _imports(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a plugin of each kind and each name."""
    root = tmp_path_factory.mktemp("workshop")
    for kind in Kind:
        for name in NAMES:
            # One name for two kinds would be one package for two.
            own = f"{kind.value}-{name}"[:LONGEST].rstrip("-_")
            make(own, kind, root, DiskStorage())
    return root


@pytest.mark.parametrize("arguments", [["check"], ["format", "--check"]], ids=["check", "format"])
def test_ruff_has_nothing_to_say(workshop: Path, arguments: list[str]) -> None:
    """By the settings that are in each package."""
    done = subprocess.run(
        [sys.executable, "-m", "ruff", *arguments, "--no-cache", workshop],
        capture_output=True,
        encoding="utf-8",
    )

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.timeout(300)
def test_mypy_has_nothing_to_say(workshop: Path, tmp_path: Path) -> None:
    """Strictly, and in one run: each package's tests get a folder of their own for it."""
    for folder in workshop.iterdir():
        package = folder.name.replace("-", "_")
        shutil.copytree(folder / "src" / package, tmp_path / package)
        shutil.copytree(folder / "tests", tmp_path / f"tests_{package}")

    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--explicit-package-bases", "."],
        capture_output=True,
        encoding="utf-8",
        cwd=tmp_path,
        env={**os.environ, "MYPY_CACHE_DIR": str(tmp_path / ".cache")},
    )

    assert done.returncode == 0, done.stdout + done.stderr
