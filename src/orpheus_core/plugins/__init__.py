"""The plugin host: who is there, in what state, and how hooks are called."""

from orpheus_core.plugins.answers import Answer
from orpheus_core.plugins.discovery import GROUP
from orpheus_core.plugins.foreign import in_words, presentable
from orpheus_core.plugins.host import PluginHost
from orpheus_core.plugins.records import HookFailure, LoadFailure, PluginRecord, PluginState

__all__ = [
    "GROUP",
    "Answer",
    "HookFailure",
    "LoadFailure",
    "PluginHost",
    "PluginRecord",
    "PluginState",
    "in_words",
    "presentable",
]
