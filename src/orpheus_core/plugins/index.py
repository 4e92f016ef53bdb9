"""The index: which plugins are installed, and what their manifests say.

It is looked up at every start, so a start that finds everything as it was costs a few ``stat``
calls. The rules:

1. An index file belongs to one environment: the places that are searched, the Python, the core.
2. It holds a stamp of everything that its content was read from: each place on the path (a
   distribution or package that comes, goes or is replaced changes the folder it lies in), each
   distribution's entry points, each manifest, and each place where one might appear.
3. A stamp is taken before what it stamps is read. A file or folder that was changed less than
   two seconds before could change once more within one tick of the file system's clock, and the
   stamp would not show it: until all are older, every start looks anew and nothing is written.
4. What cannot be trusted does not exist: a file that is damaged, a link, of another user, or
   one that others can write.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NewType

import attrs

from orpheus_core.clock import Clock, SystemClock
from orpheus_core.errors import InvalidPluginManifest, PluginLoadFailed, StorageError
from orpheus_core.plugins.api import API, api_text
from orpheus_core.plugins.discovery import EntryPoint, distributions, loaded
from orpheus_core.plugins.index_file import file_name, read_index, write_index
from orpheus_core.plugins.location import code_stamp, location_of
from orpheus_core.plugins.manifest import PluginManifest
from orpheus_core.plugins.manifest_record import manifest_of_record, record_of
from orpheus_core.storage import DiskStorage, Storage
from orpheus_core.version import VERSION

_FORMAT = 1
_SETTLED_AFTER_NS = 2_000_000_000  # source: FAT, whose times have the widest steps

Stamp = NewType("Stamp", list[int])
"""Two times, size and number of a file; a list, as JSON gives it back."""


@attrs.frozen(kw_only=True)
class FoundPlugin:
    """An installed plugin, as far as it is known without importing it.

    Attributes:
        id: the name of its entry point.
        distribution: what pip calls it; empty when its metadata do not say.
        version: of the distribution.
        value: its entry point: ``package.module:attribute``.
        manifest: None when it has none, or none that can be read.
        problem: why its metadata or its manifest cannot be read: one sentence.
        report_to: its tracker or home page, an https URL or empty.
        code: the folders of its top-level package, or the file of its module.
    """

    id: str
    distribution: str
    version: str
    value: str
    manifest: PluginManifest | None = None
    problem: str = ""
    report_to: str = ""
    code: tuple[str, ...] = ()

    def load(self) -> object:
        """Import the plugin and return what its entry point names.

        Raises:
            PluginLoadFailed: there is no entry point that could be read.
            BaseException: whatever the import raises.
        """
        if not self.value:
            raise PluginLoadFailed(self.problem)
        return loaded(self.value)

    def stamp(self) -> str:
        """Return a text that changes when the plugin's version or one of its files does.

        The files are looked at when it is called: ask only when it matters.
        """
        return f"{self.distribution} {self.version} {self.value} {code_stamp(self.code)}"


class PluginIndex:
    """Knows the installed plugins, and remembers them from one process to the next.

    Args:
        folder: where index files are kept; None: every call looks anew and nothing is written.
        path: where distributions and packages are looked for; None: ``sys.path``.
        clock: tells how old a file is.
        storage: how index files are written.
    """

    def __init__(
        self,
        folder: Path | None,
        *,
        path: Sequence[str] | None = None,
        clock: Clock | None = None,
        storage: Storage | None = None,
    ) -> None:
        self._folder = folder
        self._path = path
        self._clock = clock or SystemClock()
        self._storage = storage or DiskStorage()

    def plugins(self) -> list[FoundPlugin]:
        """Return every installed plugin, sorted by id and distribution. None is imported."""
        places = list(_places(sys.path if self._path is None else self._path))
        if self._folder is None:
            return self._scanned({})
        environment = _environment(places)
        file = self._folder / file_name(environment)
        known = _known(read_index(file), environment)
        if known is not None:
            return known
        begun_ns = int(self._clock.now().timestamp() * 1_000_000_000)
        stamps = {place: _stamp(place) for place in places}
        found = self._scanned(stamps)
        if all(_is_settled(stamp, begun_ns) for stamp in stamps.values()):
            records = [_record(plugin) for plugin in found]
            index = {"environment": environment, "stamps": stamps, "plugins": records}
            write_index(self._storage, file, index)
        return found

    def _scanned(self, stamps: dict[str, Stamp | None]) -> list[FoundPlugin]:
        """Look for the plugins; put the stamp of each file that is read into *stamps*."""
        found = []
        for distribution in distributions(self._path):
            if distribution.file:
                stamps[distribution.file] = _stamp(distribution.file)
            found += [self._found(point, stamps) for point in distribution.points()]
        return sorted(found, key=lambda plugin: (plugin.id, plugin.distribution))

    def _found(self, point: EntryPoint, stamps: dict[str, Stamp | None]) -> FoundPlugin:
        location = location_of(point.value, self._path)
        manifest, problem = None, point.problem
        for file in location.manifests:
            stamps[file] = _stamp(file)
            if stamps[file] is not None:
                manifest, problem = self._manifest(Path(file), point.name)
                break
        return FoundPlugin(
            id=point.name,
            distribution=point.distribution,
            version=point.version,
            value=point.value,
            manifest=manifest,
            problem=problem,
            report_to=point.report_to,
            code=location.code,
        )

    def _manifest(self, file: Path, ident: str) -> tuple[PluginManifest | None, str]:
        """The manifest in *file*, or why there is none."""
        from orpheus_core.plugins.manifest_file import LARGEST_BYTES, read_manifest

        if not file.is_file():  # a pipe would hold us
            return None, f"the manifest {file} is no file"
        try:
            text = self._storage.read_bytes(file, size_bytes=LARGEST_BYTES + 1)
            manifest = read_manifest(text, str(file))
        except (InvalidPluginManifest, StorageError) as error:
            return None, f"{error.title}: {error.why}"
        if manifest.id != ident:
            return None, (
                f"the manifest {file} cannot be used: id: it says {manifest.id}, "
                f"the entry point is named {ident}"
            )
        return manifest, ""


# --- where it is looked ------------------------------------------------------------------


def _places(path: Sequence[str]) -> Iterator[str]:
    for entry in path:
        try:
            # Anything may have been put on the path. PTH: this has to be text, as there.
            yield os.path.abspath(os.fsdecode(entry))  # noqa: PTH100
        except OSError:  # the folder that this process stands in is gone
            yield os.fsdecode(entry)


def _environment(places: list[str]) -> dict[str, object]:
    return {
        "format": _FORMAT,
        "core": VERSION,
        "api": api_text(API),
        "python": [sys.executable, sys.version],
        "path": places,
    }


def _stamp(path: str) -> Stamp | None:
    """What changes when *path* does, None where nothing is.

    The time of the last change of its status is among it: a copy that keeps the times of its
    source changes that one all the same.
    """
    try:
        status = os.stat(path)  # noqa: PTH116 - hundreds of them at each start
    except (OSError, ValueError):
        return None
    return Stamp([status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino])


def _is_settled(stamp: Stamp | None, begun_ns: int) -> bool:
    return stamp is None or stamp[0] < begun_ns - _SETTLED_AFTER_NS


# --- as the file holds it ----------------------------------------------------------------


def _known(index: Any, environment: dict[str, object]) -> list[FoundPlugin] | None:
    """The plugins that *index* holds, or None when it is of another environment or time."""
    try:
        if index["environment"] != environment:
            return None
        for path, stamp in index["stamps"].items():
            if _stamp(path) != stamp:
                return None
        return [_of_record(record) for record in index["plugins"]]
    except (AttributeError, KeyError, TypeError, ValueError):  # whole, but not by our hand
        return None


def _record(plugin: FoundPlugin) -> list[object]:
    manifest = plugin.manifest
    return [
        plugin.id,
        plugin.distribution,
        plugin.version,
        plugin.value,
        None if manifest is None else record_of(manifest),
        plugin.problem,
        plugin.report_to,
        plugin.code,
    ]


def _of_record(record: Any) -> FoundPlugin:
    ident, distribution, version, value, manifest, problem, report_to, code = record
    return FoundPlugin(
        id=ident,
        distribution=distribution,
        version=version,
        value=value,
        manifest=None if manifest is None else manifest_of_record(manifest),
        problem=problem,
        report_to=report_to,
        code=tuple(code),
    )
