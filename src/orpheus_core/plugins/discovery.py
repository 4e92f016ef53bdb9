"""Finds the plugins that installed distributions announce."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NoReturn

import attrs

from orpheus_core.errors import PluginLoadFailed

if TYPE_CHECKING:
    import importlib_metadata

GROUP = "orpheus.plugins"
"""The entry-point group. The object is a module or an instance with hook implementations."""

_FILE = "entry_points.txt"

# What reading a distribution raises that is damaged: a file that is missing, cut off, no text.
_DAMAGE = (KeyError, OSError, TypeError, ValueError)


@attrs.frozen
class EntryPoint:
    """One announced plugin. *load* imports it."""

    name: str
    distribution: str
    version: str
    load: Callable[[], object]


def entry_points() -> Iterator[EntryPoint]:
    """Yield every announced plugin; nothing is imported.

    A distribution that is damaged (left behind by an installation that was cut off, say)
    does not hide the others; if it may have held a plugin, its `EntryPoint.load` says so.
    """
    import importlib_metadata  # 35 ms, and only needed once plugins are

    seen: set[str] = set()
    for distribution in importlib_metadata.distributions():
        if not _announces(distribution):
            continue
        name = _of_metadata(distribution, "Name")
        normal = re.sub(r"[-_.]+", "-", name).lower()  # source: PEP 503
        if normal and normal in seen:
            continue  # another of this name stands before it on the path, and is imported
        seen.add(normal)
        yield from _announced(distribution, name, _of_metadata(distribution, "Version"))


def _announces(distribution: importlib_metadata.IDistribution) -> bool:
    try:
        return GROUP in (distribution.read_text(_FILE) or "")
    except _DAMAGE:  # no text at all, so no announcement either
        return False


def _announced(
    distribution: importlib_metadata.IDistribution, name: str, version: str
) -> Iterator[EntryPoint]:
    try:
        points = list(distribution.entry_points.select(group=GROUP))
    except _DAMAGE as error:
        unreadable = functools.partial(_unreadable, error)
        yield EntryPoint(name or _FILE, name, version, unreadable)
        return
    for point in points:
        yield EntryPoint(point.name, name, version, point.load)


def _unreadable(error: Exception) -> NoReturn:
    raise PluginLoadFailed(f"{_FILE} is damaged: {error}") from error


def _of_metadata(distribution: importlib_metadata.IDistribution, field: str) -> str:
    try:
        return str(distribution.metadata[field] or "")
    except _DAMAGE:
        return ""
