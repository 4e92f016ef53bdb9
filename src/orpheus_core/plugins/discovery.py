"""Finds the plugins that installed distributions announce."""

from __future__ import annotations

import functools
import importlib
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from orpheus_core.errors import PluginLoadFailed

if TYPE_CHECKING:
    import importlib_metadata

GROUP = "orpheus.plugins"
"""The entry-point group. The object is a module, an instance or a class with hooks."""

_FILE = "entry_points.txt"

# What reading a distribution raises that is damaged: a file that is missing, cut off, no text.
_DAMAGE = (KeyError, OSError, TypeError, ValueError)

# What metadata says is shown to people: anything else than these forms counts as unknown.
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,200}[A-Za-z0-9])?")
_VERSION = re.compile(r"[!-~]{1,100}")
_HTTPS = re.compile(r"https://[A-Za-z0-9][!-~]{2,500}")

# Source: the entry points specification of the Python packaging guide. A module that is
# named in letters that are no ASCII could be loaded too, so `\w`.
_VALUE = re.compile(r"\s*(?P<module>[\w.]+)\s*(?::\s*(?P<attribute>[\w.]+)\s*)?(?:\[.*\]\s*)?")

# Source: "well-known labels" of the core metadata specification, the nearest to a report first.
_WHERE_TO_REPORT = (
    ("issues", "bugs", "issue", "tracker", "issuetracker", "bugtracker"),
    ("homepage",),
    ("source", "repository", "sourcecode", "github"),
)


@attrs.frozen(kw_only=True)
class EntryPoint:
    """One announced plugin.

    *value* is ``package.module:attribute``, *report_to* an address for reports, an https URL
    or empty. *problem* says in one sentence why the announcement cannot be read; then there is
    no *value*.
    """

    name: str
    distribution: str
    version: str
    value: str = ""
    report_to: str = ""
    problem: str = ""


@attrs.frozen(kw_only=True)
class Distribution:
    """One installed distribution: where its entry points are written, and how to read them.

    *file* need not exist, and is empty for a distribution that is no folder on the disk.
    """

    file: str
    points: Callable[[], Iterator[EntryPoint]]


def distributions(path: Sequence[str] | None = None) -> Iterator[Distribution]:
    """Yield every distribution on *path*, else ``sys.path``; read them in this order.

    Nothing is imported. One that is damaged (left behind by an installation that was cut off,
    say) does not hide the others; if it may have held a plugin, an entry point says so.
    """
    import importlib_metadata  # 35 ms, and only needed once plugins are

    importlib.invalidate_caches()  # it remembers folders, by clocks that tick slowly
    places = [os.fsdecode(entry) for entry in (sys.path if path is None else path)]
    seen: set[str] = set()
    for distribution in importlib_metadata.distributions(path=places):
        # The one way to the folder of the metadata. Zipped ones have a path of another type.
        folder = getattr(distribution, "_path", None)
        file = str(folder / _FILE) if isinstance(folder, Path) else ""
        points = functools.partial(_points, distribution, file or _FILE, seen)
        yield Distribution(file=file, points=points)


def loaded(value: str) -> object:
    """Import and return the object that *value* names as ``package.module:attribute``.

    Raises:
        PluginLoadFailed: it is written in another way.
        BaseException: whatever the import raises.
    """
    found = _VALUE.fullmatch(value)
    if found is None:
        raise PluginLoadFailed(f"the entry point {value!r} is not written as package.module:object")
    module: object = importlib.import_module(found["module"])
    return functools.reduce(getattr, filter(None, (found["attribute"] or "").split(".")), module)


def module_of(value: str) -> str:
    """Return the module that *value* names; empty when it is written in another way."""
    found = _VALUE.fullmatch(value)
    return found["module"] if found else ""


def normalised(distribution: str) -> str:
    """Return the name in the form in which two names are compared. Source: PEP 503."""
    return re.sub(r"[-_.]+", "-", distribution).lower()


def _points(
    distribution: importlib_metadata.IDistribution, file: str, seen: set[str]
) -> Iterator[EntryPoint]:
    if not _announces(distribution):
        return
    name = _matching(_NAME, _of_metadata(distribution, "Name"))
    normal = normalised(name)
    if normal and normal in seen:
        return  # another of this name stands before it on the path, and is imported
    seen.add(normal)
    version = _matching(_VERSION, _of_metadata(distribution, "Version"))
    report_to = _report_to(distribution)
    try:
        points = list(distribution.entry_points.select(group=GROUP))
    except _DAMAGE as error:
        problem = f"{file} is damaged: {error}"
        yield EntryPoint(name=name or _FILE, distribution=name, version=version, problem=problem)
        return
    for point in points:
        yield EntryPoint(
            name=point.name,
            distribution=name,
            version=version,
            value=point.value,
            report_to=report_to,
        )


def _announces(distribution: importlib_metadata.IDistribution) -> bool:
    try:
        return GROUP in (distribution.read_text(_FILE) or "")
    except _DAMAGE:  # no text at all, so no announcement either
        return False


def _of_metadata(distribution: importlib_metadata.IDistribution, field: str) -> str:
    try:
        return str(distribution.metadata[field] or "")
    except _DAMAGE:
        return ""


def _matching(form: re.Pattern[str], text: str) -> str:
    return text if form.fullmatch(text) else ""


def _report_to(distribution: importlib_metadata.IDistribution) -> str:
    """The address that is nearest to a tracker, if it is one of https."""
    try:
        lines = [str(line) for line in distribution.metadata.get_all("Project-URL") or ()]
    except _DAMAGE:
        lines = []
    lines.append(f"homepage,{_of_metadata(distribution, 'Home-page')}")
    addresses: dict[str, str] = {}
    for line in lines:
        label, _, address = line.partition(",")
        addresses.setdefault(re.sub(r"[\W_]+", "", label).lower(), address.strip())
    for labels in _WHERE_TO_REPORT:
        for label in labels:
            if address := _matching(_HTTPS, addresses.get(label, "")):
                return address
    return ""
