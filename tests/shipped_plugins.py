"""What is shipped: the built-ins of the core, its sandbox, and the packages below plugins/."""

from __future__ import annotations

import importlib
import inspect
import tempfile
import tomllib
from pathlib import Path

import orpheus_core as oc

ROOT = Path(__file__).parents[1]
GROUP = "orpheus.plugins"


def packages() -> dict[str, object]:
    """The plugins that the projects of this repository announce, by id."""
    files = [ROOT / "pyproject.toml", *sorted(ROOT.glob("plugins/*/pyproject.toml"))]
    announced = [
        announcement
        for file in files
        for announcement in tomllib.loads(file.read_text("utf-8"))["project"]["entry-points"][
            GROUP
        ].items()
    ]
    return {name: _object(value) for name, value in sorted(announced)}


def _object(value: str) -> object:
    """What an entry point leads to; of a class an instance, as an application makes it."""
    module, _, attribute = value.partition(":")
    found: object = importlib.import_module(module)
    for name in attribute.split(".") if attribute else ():
        found = getattr(found, name)
    return found() if inspect.isclass(found) else found


def users() -> dict[str, list[str]]:
    """The ids of the shipped plugins that use each hook; the core's own come first."""
    with (
        tempfile.TemporaryDirectory() as home,
        oc.Orpheus(home, plugins=packages(), discover=False) as app,
    ):
        found: dict[str, list[str]] = {}
        for record in app.plugins.records():
            for hook in record.hooks:
                found.setdefault(hook, []).append(record.id)
        return found
