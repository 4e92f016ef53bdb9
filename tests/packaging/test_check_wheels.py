"""The checker of built artefacts finds what it is there to find."""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

CHECKER = Path(__file__).with_name("check_wheels.py")

PYPROJECT = """
[project]
name = "orpheus-echo"
dynamic = ["version"]
[project.entry-points."orpheus.plugins"]
echo = "orpheus_echo.plugin"
"""
METADATA = """\
Metadata-Version: 2.4
Name: orpheus-echo
Version: 1.0
License-Expression: MIT
License-File: LICENSE
Requires-Python: >=3.11
Requires-Dist: orpheus-core<0.2,>=0.1
Description-Content-Type: text/markdown

# orpheus-echo
"""
INFO = "orpheus_echo-1.0.dist-info"
WHEEL_FILES = {
    "orpheus_echo/__init__.py": "",
    "orpheus_echo/py.typed": "",
    "orpheus_echo/orpheus.toml": "",
    f"{INFO}/METADATA": METADATA,
    f"{INFO}/entry_points.txt": "[orpheus.plugins]\necho = orpheus_echo.plugin\n",
    f"{INFO}/licenses/LICENSE": "MIT License\n",
}
SDIST_FILES = {
    "PKG-INFO": METADATA,
    "pyproject.toml": PYPROJECT,
    "README.md": "# orpheus-echo\n",
    "LICENSE": "MIT License\n",
    "src/orpheus_echo/__init__.py": "",
    "src/orpheus_echo/py.typed": "",
}


class Bench:
    """A root with one project, and a folder for what was built of it."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "root"
        self.dist = folder / "dist"
        self.dist.mkdir()
        self.root.mkdir()
        (self.root / "pyproject.toml").write_text(PYPROJECT, "utf-8")
        self.write_wheel(WHEEL_FILES)
        self.write_sdist(SDIST_FILES)

    def write_wheel(self, files: dict[str, str]) -> None:
        """Build the wheel from texts by name."""
        with zipfile.ZipFile(self.dist / "orpheus_echo-1.0-py3-none-any.whl", "w") as archive:
            for name, text in files.items():
                archive.writestr(name, text)

    def write_sdist(self, files: dict[str, str]) -> None:
        """Build the sdist from texts by name inside its one folder."""
        with tarfile.open(self.dist / "orpheus_echo-1.0.tar.gz", "w:gz") as archive:
            for name, text in files.items():
                member = tarfile.TarInfo(f"orpheus_echo-1.0/{name}")
                member.size = len(text.encode())
                archive.addfile(member, io.BytesIO(text.encode()))

    def check(self) -> subprocess.CompletedProcess[str]:
        """Run the checker as the session `wheels` does."""
        return subprocess.run(
            [sys.executable, str(CHECKER), str(self.dist), str(self.root)],
            capture_output=True,
            encoding="utf-8",
        )


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A wheel and an sdist that are as they should be."""
    return Bench(tmp_path)


def test_correct_artefacts_pass(bench: Bench) -> None:
    """Nothing is complained of, and what was checked is named."""
    done = bench.check()

    assert (done.returncode, done.stderr) == (0, "")
    assert "orpheus_echo-1.0.tar.gz" in done.stdout


@pytest.mark.parametrize("missing", sorted(WHEEL_FILES))
def test_a_file_missing_from_the_wheel_is_found(bench: Bench, missing: str) -> None:
    """Types, manifest, licence, metadata and entry points each have to be there."""
    bench.write_wheel({name: text for name, text in WHEEL_FILES.items() if name != missing})

    done = bench.check()

    assert done.returncode == 1
    assert "orpheus_echo-1.0-py3-none-any.whl" in done.stderr


@pytest.mark.parametrize(
    ("value", "place", "found"),
    [
        ("orpheus_echo.plugin", "orpheus_echo", True),
        ("orpheus_echo.deep.plugin:Plugin", "orpheus_echo/deep", True),
        ("orpheus_echo.deep:Plugin", "orpheus_echo/deep", True),
        ("orpheus_echo.deep.plugin", "orpheus_echo", True),
        ("orpheus_echo.plugin", "orpheus_echo/deep", False),
        ("orpheus_echo.plugin", "orpheus_echo-1.0.dist-info", False),
    ],
)
def test_a_manifest_counts_where_it_would_be_found(
    bench: Bench, value: str, place: str, found: bool
) -> None:
    """Beside the module of the entry point, or in a folder above it."""
    (bench.root / "pyproject.toml").write_text(
        PYPROJECT.replace("orpheus_echo.plugin", value), "utf-8"
    )
    files = {name: text for name, text in WHEEL_FILES.items() if "orpheus.toml" not in name}
    points = f"[orpheus.plugins]\necho = {value}\n"
    bench.write_wheel(files | {f"{INFO}/entry_points.txt": points, f"{place}/orpheus.toml": ""})

    done = bench.check()

    assert (done.returncode == 0) == found, done.stderr
    assert ("lacks an orpheus.toml of the plugin echo" in done.stderr) != found


@pytest.mark.parametrize("missing", sorted(SDIST_FILES))
def test_a_file_missing_from_the_sdist_is_found_and_named(bench: Bench, missing: str) -> None:
    """A wheel can be built from the sdist alone."""
    bench.write_sdist({name: text for name, text in SDIST_FILES.items() if name != missing})

    done = bench.check()

    assert done.returncode == 1
    assert f"orpheus_echo-1.0.tar.gz lacks {missing}" in done.stderr


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("tests/test_echo.py", "outside orpheus_echo"),
        ("orpheus_echo/__pycache__/x.cpython-311.pyc", "a left-over"),
    ],
)
def test_a_stranger_in_the_wheel_is_found(bench: Bench, name: str, complaint: str) -> None:
    """A wheel installs its package and nothing else."""
    bench.write_wheel(WHEEL_FILES | {name: ""})

    done = bench.check()

    assert done.returncode == 1
    assert name in done.stderr
    assert complaint in done.stderr


def test_a_plugin_folder_in_the_root_sdist_is_found(bench: Bench) -> None:
    """Each plugin has an sdist of its own."""
    bench.write_sdist(SDIST_FILES | {"plugins/orpheus-deezer/pyproject.toml": ""})

    done = bench.check()

    assert done.returncode == 1
    assert "plugins have sdists of their own" in done.stderr


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("License-Expression: MIT", "License-Expression: GPL-3.0-only"),
        ("Requires-Python: >=3.11", "Requires-Python: >=3.9"),
        ("Version: 1.0", "Version: 1.1"),
        ("Requires-Dist: orpheus-core<0.2,>=0.1", "Requires-Dist: orpheus-core"),
    ],
)
def test_metadata_that_breaks_a_promise_is_found(bench: Bench, right: str, wrong: str) -> None:
    """Licence, Python and the pin of the core are what users and pip rely on."""
    bench.write_wheel(WHEEL_FILES | {f"{INFO}/METADATA": METADATA.replace(right, wrong)})

    done = bench.check()

    assert done.returncode == 1
    assert "orpheus_echo-1.0-py3-none-any.whl" in done.stderr


def test_an_entry_point_that_changed_its_name_is_found(bench: Bench) -> None:
    """The id of a plugin is what pyproject.toml says."""
    wrong = "[orpheus.plugins]\nEcho = orpheus_echo.plugin\n"
    bench.write_wheel(WHEEL_FILES | {f"{INFO}/entry_points.txt": wrong})

    done = bench.check()

    assert done.returncode == 1
    assert "'Echo'" in done.stderr


def test_what_was_not_built_and_what_nobody_asked_for_are_named(bench: Bench) -> None:
    """One wheel and one sdist a project, no more and no less."""
    (bench.dist / "orpheus_echo-1.0.tar.gz").rename(bench.dist / "surprise.tar.gz")

    done = bench.check()

    assert done.returncode == 1
    assert "orpheus-echo has 0 files *.tar.gz instead of one" in done.stderr
    assert "surprise.tar.gz belongs to no project" in done.stderr


def test_a_core_wheel_of_two_megabytes_is_refused(tmp_path: Path) -> None:
    """The sandbox's audio keeps within the limit."""
    bench = Bench(tmp_path)
    core = PYPROJECT.replace("orpheus-echo", "orpheus-core")
    (bench.root / "pyproject.toml").write_text(core, "utf-8")
    with zipfile.ZipFile(bench.dist / "orpheus_core-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr("orpheus_core/audio.flac", bytes(2 * 1024 * 1024))

    done = bench.check()

    assert done.returncode == 1
    assert "the limit is 2097152" in done.stderr
