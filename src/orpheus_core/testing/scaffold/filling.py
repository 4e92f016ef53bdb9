"""Fills the templates with the names of a new plugin."""

from __future__ import annotations

import importlib.resources
import re
from collections.abc import Iterator, Mapping
from importlib.resources.abc import Traversable

from orpheus_core.plugins.manifest import FILE_NAME
from orpheus_core.plugins.manifest_file import manifest_text, read_manifest
from orpheus_core.testing.scaffold.kinds import Kind
from orpheus_core.testing.scaffold.names import PluginNames

_SUFFIX = ".txt"
_ABOUT = "about.md"
_DOT = "dot-"
_PACKAGE = "PACKAGE"
_WORD = re.compile("@@([a-z]+)@@")

# A plugin that keeps something is a class, so that each application has its own.
_ENTRY_POINTS = {Kind.VAULT: "plugin:Plugin", Kind.EXTENSION: "plugin:Plugin"}


def filled(kind: Kind, names: PluginNames) -> dict[str, str]:
    """Return the files of a new plugin: the text of each by its path, with ``/``, in order."""
    templates = importlib.resources.files("orpheus_core.testing.scaffold").joinpath("templates")
    own = templates.joinpath(kind.value)
    words = _words(kind, names)
    summary, _, about = _fill(_read(own.joinpath(_ABOUT)), words).partition("\n")
    words |= {"summary": summary, "about": about.strip()}
    files = {
        _path(path, names): _fill(_read(template), words)
        for folder in (templates.joinpath("common"), own)
        for path, template in _templates(folder)
    }
    manifest = f"src/{names.package}/{FILE_NAME}"
    # Where lines break depends on how long the names are: as if it had been generated.
    files[manifest] = manifest_text(read_manifest(files[manifest].encode(), FILE_NAME))
    return dict(sorted(files.items()))


def _words(kind: Kind, names: PluginNames) -> dict[str, str]:
    return {
        "distribution": names.distribution,
        "entry": f"{names.package}.{_ENTRY_POINTS.get(kind, 'plugin')}",
        "host": names.host,
        "id": names.id,
        "kind": kind.value,
        "package": names.package,
        "slug": names.slug,
        "title": names.title,
    }


def _templates(folder: Traversable, below: str = "") -> Iterator[tuple[str, Traversable]]:
    for entry in folder.iterdir():
        path = f"{below}{entry.name}"
        if entry.is_dir():
            yield from _templates(entry, f"{path}/")
        elif path.endswith(_SUFFIX):
            yield path.removesuffix(_SUFFIX), entry


def _path(path: str, names: PluginNames) -> str:
    parts = (names.package if part == _PACKAGE else part for part in path.split("/"))
    return "/".join(
        f".{part.removeprefix(_DOT)}" if part.startswith(_DOT) else part for part in parts
    )


def _read(template: Traversable) -> str:
    return template.read_text("utf-8")


def _fill(text: str, words: Mapping[str, str]) -> str:
    return _WORD.sub(lambda found: words[found[1]], text)
