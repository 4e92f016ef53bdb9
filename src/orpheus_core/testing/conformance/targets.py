"""Which plugins ``orpheus plugin check`` is about: installed ones, or those of a project."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from orpheus_core.errors import UnknownPlugin, WrongArguments
from orpheus_core.plugins import GROUP
from orpheus_core.plugins.index import PluginIndex
from orpheus_core.testing.conformance.candidate import Candidate, candidate_of, installed
from orpheus_core.testing.conformance.check_task import Target

_PROJECT = "pyproject.toml"
_CORE = "orpheus-core"


def targets_of(name: str | None) -> list[Target]:
    """Return what is to be checked. Nothing is imported.

    Args:
        name: an id of an installed plugin, or a project's folder; None: all installed plugins
            that are no part of the core.

    Raises:
        UnknownPlugin: no such plugin is installed.
        WrongArguments: the folder holds no project with a plugin.
    """
    if name is None:
        found = [candidate_of(each) for each in PluginIndex(None).plugins()]
        return [_of(each) for each in found if each.value and each.distribution != _CORE]
    folder = Path(name).expanduser()
    if (folder / _PROJECT).is_file():
        return list(_in_project(folder.resolve()))
    if folder.is_dir() or name.startswith(".") or len(folder.parts) > 1:
        raise WrongArguments(
            f"{name} is no project of a plugin",
            why=f"there is no {_PROJECT} in it",
            next_step="orpheus plugin new NAME --kind service     makes one",
        )
    try:
        candidate = installed(name)
    except UnknownPlugin as error:
        error.next_step += f"; or give the folder that its {_PROJECT} is in"
        raise
    if not candidate.value:
        raise UnknownPlugin(f"the plugin {name} cannot be read", why=candidate.problem)
    return [_of(candidate)]


def _of(candidate: Candidate) -> Target:
    return Target(
        id=candidate.id,
        value=candidate.value,
        distribution=candidate.distribution,
        version=candidate.version,
    )


def _in_project(folder: Path) -> Iterator[Target]:
    file = folder / _PROJECT
    try:
        project = _table(tomllib.loads(file.read_text("utf-8")), "project")
    except (OSError, ValueError) as error:
        raise WrongArguments(f"{file} cannot be read", why=str(error)) from error
    points = _table(_table(project, "entry-points"), GROUP)
    if not points:
        raise WrongArguments(
            f"{file} names no plugin",
            next_step=f'add [project.entry-points."{GROUP}"] with NAME = "package.plugin"',
        )
    source = folder / "src" if (folder / "src").is_dir() else folder
    for name, value in sorted(points.items()):
        yield Target(
            id=name,
            value=str(value),
            distribution=str(project.get("name", "")),
            version=str(project.get("version", "")),
            path=(str(source),),
        )


def _table(table: Mapping[str, object], key: str) -> Mapping[str, object]:
    value = table.get(key)
    return value if isinstance(value, Mapping) else {}


def path_of(target: Target) -> list[str]:
    """Return the ``sys.path`` of a process in which *target* can be imported."""
    return [*target.path, *(each for each in sys.path if each not in target.path)]
