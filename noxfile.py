"""What can be checked, each in an environment of its own.

``nox`` alone runs the tests; ``nox --list`` names the rest. Needs Python and an index that
pip can reach, nothing else. ``NOX_DEFAULT_VENV_BACKEND=uv`` uses uv where it is installed,
``nox -s tests --force-python 3.13`` another Python.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import nox

nox.needs_version = ">=2025.5.1"
nox.options.sessions = ["tests"]

ROOT = Path(__file__).parent
PYPROJECT = nox.project.load_toml(ROOT / "pyproject.toml")
PLUGINS = sorted(file.parent.as_posix() for file in Path().glob("plugins/*/pyproject.toml"))
"""The plugins' folders; an unpacked sdist of the core has none."""

PROJECTS = [".", *(f"./{plugin}" for plugin in PLUGINS)]
SOURCES = ["src", *(f"{plugin}/src" for plugin in PLUGINS)]
SCRIPTS = ["noxfile.py", ".ci/*.py", "tests/packaging/*.py", "examples/**/*.py", "benchmarks/*.py"]
"""What is type-checked beside the packages."""

PACKAGING = ROOT / "tests" / "packaging"


@nox.session
def tests(session: nox.Session) -> None:
    """Run every test against the core and the plugins as pip installs them."""
    install_projects(session, PROJECTS)
    session.install(*group("test"))
    session.run("pytest", "--numprocesses=auto", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check the code's habits and its layout on the page."""
    session.install(*group("lint"))
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Check the types, strictly."""
    session.install(*PYPROJECT["project"]["dependencies"], *group("types"))
    scripts = [str(file) for pattern in SCRIPTS for file in sorted(Path().glob(pattern))]
    session.run("mypy", *SOURCES, *scripts)


@nox.session
def architecture(session: nox.Session) -> None:
    """Check that imports point where the rooms allow."""
    session.install(*group("architecture"))
    session.run("lint-imports", "--no-logo", env={"PYTHONPATH": os.pathsep.join(SOURCES)})


@nox.session
def wheels(session: nox.Session) -> None:
    """Build every wheel and sdist, look inside, use the wheels where no source is in reach."""
    session.install(*group("wheels"))
    with tempfile.TemporaryDirectory(prefix="orpheus-wheels-") as scratch:
        dist = Path(scratch, "dist")
        for project in PROJECTS:
            session.run("python", "-m", "build", "--outdir", str(dist), project, silent=True)
        session.run("python", str(PACKAGING / "check_wheels.py"), str(dist))
        use_wheels(session, dist, Path(scratch))


@nox.session
def demo(session: nox.Session) -> None:
    """Run the demo in a fresh environment."""
    install_projects(session, ["."])
    session.run("orpheus", "demo", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure: run every script in benchmarks/."""
    scripts = sorted(Path("benchmarks").glob("*.py"))
    if not scripts:
        session.skip("benchmarks/ holds no script: nothing was measured")
    install_projects(session, PROJECTS)
    session.install(*group("test"), "blinker")  # what events are compared with
    for script in scripts:
        session.run("python", str(script), *session.posargs)


def group(name: str) -> list[str]:
    """Return the requirements of one dependency group of pyproject.toml (PEP 735)."""
    return list(nox.project.dependency_groups(PYPROJECT, name))


def install_projects(session: nox.Session, projects: list[str]) -> None:
    """Install the projects as a user would: built, not linked to the sources."""
    # uv keeps what it built while pyproject.toml is unchanged, and would test yesterday's code.
    fresh = ["--reinstall"] if session.venv_backend == "uv" else []
    session.install(*fresh, *projects)


def use_wheels(session: nox.Session, dist: Path, scratch: Path) -> None:
    """Install the wheels into an environment that never saw the sources, and try them there."""
    venv = scratch / "venv"
    python = venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    session.run("python", "-m", "venv", str(venv))
    with session.chdir(scratch):
        built = [str(wheel) for wheel in sorted(dist.glob("*.whl"))]
        session.run(str(python), "-I", "-m", "pip", "install", "--quiet", *built, external=True)
        session.run(str(python), "-I", str(PACKAGING / "smoke.py"), external=True)
