"""What is installed, as the index knows it: where a plugin lies, where to report it."""

from __future__ import annotations

import os

from orpheus_core.app import Orpheus
from orpheus_core.plugin_wiring import plugin_index
from orpheus_core.plugins import PluginRecord, PluginState
from orpheus_core.plugins.index import FoundPlugin


def found_plugins(app: Orpheus) -> list[FoundPlugin]:
    """Return every installed plugin; nothing is imported."""
    return plugin_index(app.home, os.environ).plugins()


def found_plugin(app: Orpheus, record: PluginRecord) -> FoundPlugin | None:
    """Return what is known of the plugin of *record*; None of a built-in one."""
    wanted = (record.id, record.distribution)
    return next(
        (each for each in found_plugins(app) if (each.id, each.distribution) == wanted), None
    )


def not_asked(app: Orpheus) -> list[str]:
    """Return the plugins that have no manifest and were not imported: nobody knows what they do."""
    return [
        record.id
        for record in app.plugins.records()
        if record.state is PluginState.INDEXED and record.manifest is None
    ]
