"""Looks inside the built wheels and sdists: ``python check_wheels.py DIST [ROOT]``.

Prints what is wrong, one line each, and ends 1; prints what was checked and ends 0.
Standard library only: it runs before anything of ours is installed.
"""

from __future__ import annotations

import configparser
import email.parser
import email.policy
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterable, Iterator
from email.message import EmailMessage
from pathlib import Path, PurePosixPath
from typing import NamedTuple

CORE = "orpheus-core"
CORE_WHEEL_LIMIT_BYTES = 2 * 1024 * 1024
CORE_PIN = "orpheus-core<0.2,>=0.1"
WHEEL_SUFFIX = "-py3-none-any.whl"
SDIST_SUFFIX = ".tar.gz"
PLUGINS = "orpheus.plugins"
MANIFEST = "orpheus.toml"
CACHES = {"__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis", ".nox"}


class Project(NamedTuple):
    """One folder that becomes a wheel and an sdist."""

    name: str
    entry_points: dict[str, dict[str, str]]

    @property
    def package(self) -> str:
        """The folder that Python imports, which is also the file name's first part."""
        return self.name.replace("-", "_")


def read_project(folder: Path) -> Project:
    """Return what a folder's pyproject.toml promises."""
    table = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]
    entry_points = dict(table.get("entry-points", {}))
    if "scripts" in table:
        entry_points["console_scripts"] = table["scripts"]
    return Project(table["name"], entry_points)


def wheel_problems(wheel: Path, project: Project) -> Iterator[str]:
    """Yield what is wrong with one wheel."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        texts = {
            name: archive.read(name).decode("utf-8") for name in names if ".dist-info/" in name
        }
    stem = wheel.name.removesuffix(WHEEL_SUFFIX)
    info = f"{stem}.dist-info"
    yield from content_problems(names, project.package, info)
    yield from manifest_problems(names, project)
    yield from licence_problems(texts.get(f"{info}/licenses/LICENSE"))
    version = stem.removeprefix(f"{project.package}-")
    yield from metadata_problems(texts.get(f"{info}/METADATA", ""), project, version)
    yield from entry_point_problems(texts.get(f"{info}/entry_points.txt", ""), project)
    size_bytes = wheel.stat().st_size
    if project.name == CORE and size_bytes >= CORE_WHEEL_LIMIT_BYTES:
        yield f"is {size_bytes} bytes: the limit is {CORE_WHEEL_LIMIT_BYTES}"


def content_problems(names: Iterable[str], package: str, info: str) -> Iterator[str]:
    """Yield files that a wheel lacks or should not hold."""
    found = set(names)
    for needed in (f"{package}/__init__.py", f"{package}/py.typed"):
        if needed not in found:
            yield f"lacks {needed}"
    for name in sorted(found):
        if PurePosixPath(name).parts[0] not in {package, info}:
            yield f"holds {name}, which is outside {package}"
    yield from cache_problems(found)


def manifest_problems(names: Iterable[str], project: Project) -> Iterator[str]:
    """Yield plugins whose manifest is not where it is looked for: beside the module, or above."""
    found = set(names)
    for plugin, value in sorted(project.entry_points.get(PLUGINS, {}).items()):
        module = PurePosixPath(value.partition(":")[0].replace(".", "/"))
        folders = [folder for folder in (module, *module.parents) if folder.parts]
        if not any(f"{folder}/{MANIFEST}" in found for folder in folders):
            yield f"lacks an {MANIFEST} of the plugin {plugin}, in {folders[-1]} or below"


def cache_problems(names: Iterable[str]) -> Iterator[str]:
    """Yield left-overs of tools."""
    for name in sorted(names):
        if CACHES.intersection(PurePosixPath(name).parts) or name.endswith(".pyc"):
            yield f"holds {name}, a left-over"


def licence_problems(text: str | None) -> Iterator[str]:
    """Yield what is wrong with the licence file that PEP 639 puts into the wheel."""
    if text is None:
        yield "lacks licenses/LICENSE in its dist-info"
    elif not text.startswith("MIT License"):
        yield "has a LICENSE that is not MIT"


def metadata_problems(text: str, project: Project, version: str) -> Iterator[str]:
    """Yield core metadata that differs from what users and pip rely on."""
    metadata = email.parser.Parser(EmailMessage, policy=email.policy.compat32).parsestr(text)
    wanted = {
        "Name": project.name,
        "Version": version,
        "License-Expression": "MIT",
        "License-File": "LICENSE",
        "Requires-Python": ">=3.11",
        "Description-Content-Type": "text/markdown",
    }
    for field, value in wanted.items():
        if metadata.get(field) != value:
            yield f"has {field} {metadata.get(field)!r} instead of {value!r}"
    if project.name != CORE and CORE_PIN not in metadata.get_all("Requires-Dist", []):
        yield f"does not require {CORE_PIN}"


def entry_point_problems(text: str, project: Project) -> Iterator[str]:
    """Yield entry points that pyproject.toml promises and the wheel lacks, or the reverse."""
    parser = configparser.ConfigParser(delimiters=["="], interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # names keep their case
    parser.read_string(text)
    found = {group: dict(parser.items(group)) for group in parser.sections()}
    if found != project.entry_points:
        yield f"has entry points {found} instead of {project.entry_points}"


def sdist_problems(sdist: Path, project: Project) -> Iterator[str]:
    """Yield what is wrong with one sdist."""
    with tarfile.open(sdist) as archive:
        paths = [PurePosixPath(member.name) for member in archive.getmembers()]
    stem = sdist.name.removesuffix(SDIST_SUFFIX)
    inside = {path.relative_to(stem) for path in paths if path.parts[0] == stem}
    if len(inside) != len(paths):
        yield f"holds files outside {stem}/"
    names = {path.as_posix() for path in inside}
    for needed in (
        *("PKG-INFO", "pyproject.toml", "README.md", "LICENSE"),
        f"src/{project.package}/__init__.py",
        f"src/{project.package}/py.typed",
    ):
        if needed not in names:
            yield f"lacks {needed}"
    for name in sorted(names):
        if "plugins" in name.split("/")[:1]:
            yield f"holds {name}: plugins have sdists of their own"
    yield from cache_problems(names)


def problems(dist: Path, root: Path) -> Iterator[str]:
    """Yield all that is wrong with the artefacts in a folder."""
    unknown = {path.name for path in dist.iterdir()}
    for folder in (root, *sorted(file.parent for file in root.glob("plugins/*/pyproject.toml"))):
        project = read_project(folder)
        checks = {WHEEL_SUFFIX: wheel_problems, SDIST_SUFFIX: sdist_problems}
        for suffix, check in checks.items():
            built = sorted(dist.glob(f"{project.package}-*{suffix}"))
            if len(built) != 1:
                yield f"{project.name} has {len(built)} files *{suffix} instead of one"
            for artefact in built:
                unknown.remove(artefact.name)
                yield from (f"{artefact.name} {problem}" for problem in check(artefact, project))
    yield from (f"{name} belongs to no project" for name in sorted(unknown))


def main(arguments: list[str]) -> int:
    """Check the folder that the first argument names; return the exit status."""
    dist = Path(arguments[0])
    root = Path(arguments[1]) if len(arguments) > 1 else Path(__file__).parents[2]
    found = list(problems(dist, root))
    for problem in found:
        print(problem, file=sys.stderr)
    if not found:
        print("checked:", *sorted(path.name for path in dist.iterdir()), sep="\n  ")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
