"""The commands that manifests claim, for help and typing errors: read from the index itself.

Help has to come at once, so the file that `orpheus_core.plugins.index` wrote is read here
without that room, and without attrs: its form is known here a second time. Whatever is not
as expected, a form that has changed among it, sends the question to that room.
"""

from __future__ import annotations

import json
import os
import sys
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from orpheus_core.cli.cleaning import clean
from orpheus_core.cli.command_table import CommandRow
from orpheus_core.own_file import read_own_file
from orpheus_core.version import VERSION

# As orpheus_core.plugins has them; a test compares.
_FORMAT, _API = 1, "1.0"
_HEAD = '{"checksum": "%08x",\n'
_LARGEST_BYTES = 16_000_000
_ID, _MANIFEST, _PROBLEM, _COMMANDS = 0, 4, 5, 9
_LONGEST_SECTION = 11


class Claims(NamedTuple):
    """What installed plugins claim. *silent* are those that have no manifest to say so."""

    rows: tuple[CommandRow, ...] = ()
    silent: tuple[str, ...] = ()


class _Folders(NamedTuple):
    index_folder: Path
    settings_file: Path


def claims(environ: Mapping[str, str]) -> Claims:
    """Return the commands of plugins that are not switched off; no plugin is imported."""
    folders = _folders(environ)
    found = _of_file(folders.index_folder, environ)
    if found is None:
        found = _of_index(environ)
    if not found.rows and not found.silent:
        return found
    is_on = _Switches(environ, folders.settings_file).is_on
    return Claims(
        rows=tuple(row for row in found.rows if is_on(row.plugin)),
        silent=tuple(name for name in found.silent if is_on(name)),
    )


def claimed_row(plugin: str, words: Iterable[str], text: str, section: str) -> CommandRow:
    """The row of a command; what a manifest says is made harmless before it is shown."""
    heading = clean(section)[:_LONGEST_SECTION] or "Plugins"
    return CommandRow(tuple(map(clean, words)), "", clean(text), heading, plugin)


# --- from the file -----------------------------------------------------------------------


def _of_file(folder: Path, environ: Mapping[str, str]) -> Claims | None:
    """What the index file says, if it is there, whole, one's own and of now."""
    if environ.get("ORPHEUS_NO_INDEX"):
        return None
    environment = {
        "format": _FORMAT,
        "core": VERSION,
        "api": _API,
        "python": [sys.executable, sys.version],
        "path": [os.path.abspath(entry) for entry in sys.path],  # noqa: PTH100 - as it is written
    }
    name = f"index-{zlib.crc32(json.dumps(environment).encode()):08x}.json"
    content = read_own_file(folder / name, largest_bytes=_LARGEST_BYTES)
    if content is None:
        return None
    head, _, body = content.partition(b"\n")
    if head + b"\n" != (_HEAD % zlib.crc32(body)).encode():
        return None
    try:
        index = json.loads(b"{" + body)["index"]
        if index["environment"] != environment:
            return None
        if any(_stamp(path) != stamp for path, stamp in index["stamps"].items()):
            return None
        return _read(index["plugins"])
    except (AttributeError, IndexError, KeyError, RecursionError, TypeError, ValueError):
        return None


def _read(plugins: Any) -> Claims:
    rows, silent = [], []
    for plugin in plugins:
        name, manifest = str(plugin[_ID]), plugin[_MANIFEST]
        if manifest is not None:
            rows += [
                claimed_row(name, map(str, words), str(text), str(section))
                for words, text, section in manifest[_COMMANDS]
            ]
        elif not plugin[_PROBLEM]:
            silent.append(name)
    return Claims(tuple(rows), tuple(silent))


def _stamp(path: str) -> list[int] | None:
    try:
        status = os.stat(path)  # noqa: PTH116 - hundreds of them
    except (OSError, ValueError):
        return None
    return [status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino]


# --- from the room of plugins ------------------------------------------------------------


def _of_index(environ: Mapping[str, str]) -> Claims:
    """What `PluginIndex` says, which looks for the plugins and writes the file."""
    from orpheus_core.config import Home
    from orpheus_core.errors import OrpheusError
    from orpheus_core.plugin_wiring import plugin_index

    try:
        home = Home.find(environ)
    except OrpheusError:  # a command that needs the folder says so
        return Claims()
    rows, silent = [], []
    for plugin in plugin_index(home, environ).plugins():
        if plugin.manifest is not None:
            commands = plugin.manifest.commands
            rows += [
                claimed_row(plugin.id, info.words, info.help, info.section) for info in commands
            ]
        elif not plugin.problem:
            silent.append(plugin.id)
    return Claims(tuple(rows), tuple(silent))


# --- what is switched off ----------------------------------------------------------------


class _Switches:
    """Which plugins a person has switched off. Settings that cannot be read switch off none."""

    def __init__(self, environ: Mapping[str, str], settings_file: Path) -> None:
        section = _section(settings_file)
        disabled: object = environ.get("ORPHEUS_PLUGINS_DISABLED", section.get("disabled", ""))
        mode = environ.get("ORPHEUS_PLUGINS_MODE", section.get("mode", ""))
        self._disabled = disabled if isinstance(disabled, list) else _words(str(disabled))
        self._only = _words(environ["ORPHEUS_PLUGINS"]) if "ORPHEUS_PLUGINS" in environ else None
        self._safe = str(mode).strip().lower() == "safe"

    def is_on(self, name: str) -> bool:
        """Whether the plugin *name* may be loaded, as far as the person is concerned."""
        chosen = self._only is None or name in self._only
        return chosen and not self._safe and name not in self._disabled


def _section(settings_file: Path) -> Mapping[str, object]:
    try:
        content = settings_file.read_bytes()
        import tomllib

        section = tomllib.loads(content.decode("utf-8-sig")).get("plugins")
    except (OSError, ValueError, RecursionError):
        return {}
    return section if isinstance(section, dict) else {}


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _folders(environ: Mapping[str, str]) -> _Folders:
    """The folders of `orpheus_core.config.Home`, which costs attrs."""
    root = environ.get("ORPHEUS_HOME")
    if root:
        folder = Path(os.path.expanduser(root)).absolute()  # noqa: PTH111 - never raises
        return _Folders(folder / "cache" / "plugins", folder / "config" / "config.toml")
    import platformdirs

    places = platformdirs.PlatformDirs("orpheus", appauthor=False)
    return _Folders(places.user_cache_path / "plugins", places.user_config_path / "config.toml")
