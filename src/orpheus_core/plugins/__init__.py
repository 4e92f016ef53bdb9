"""The plugin framework: who is there, in what state, and how hooks are called."""

from orpheus_core.plugins.answers import Answer
from orpheus_core.plugins.api import API, ApiVersion
from orpheus_core.plugins.availability import activate, is_out, switch_on, unavailable
from orpheus_core.plugins.claims import lie
from orpheus_core.plugins.contributions import (
    Command,
    CommandInfo,
    CredentialField,
    Feature,
    HookUse,
    LoginInfo,
    RateLimit,
    Scope,
    SecretBackendInfo,
    ServiceInfo,
    SettingInfo,
    SettingType,
    StageInfo,
)
from orpheus_core.plugins.discovery import GROUP
from orpheus_core.plugins.foreign import in_words, presentable
from orpheus_core.plugins.generated_manifest import merged
from orpheus_core.plugins.host import PluginHost
from orpheus_core.plugins.index import FoundPlugin, PluginIndex
from orpheus_core.plugins.last_failures import LastFailures
from orpheus_core.plugins.manifest import PluginManifest
from orpheus_core.plugins.records import HookFailure, LoadFailure, PluginMode, PluginRecord
from orpheus_core.plugins.states import PluginState

__all__ = [
    "API",
    "GROUP",
    "Answer",
    "ApiVersion",
    "Command",
    "CommandInfo",
    "CredentialField",
    "Feature",
    "FoundPlugin",
    "HookFailure",
    "HookUse",
    "LastFailures",
    "LoadFailure",
    "LoginInfo",
    "PluginHost",
    "PluginIndex",
    "PluginManifest",
    "PluginMode",
    "PluginRecord",
    "PluginState",
    "RateLimit",
    "Scope",
    "SecretBackendInfo",
    "ServiceInfo",
    "SettingInfo",
    "SettingType",
    "StageInfo",
    "activate",
    "in_words",
    "is_out",
    "lie",
    "merged",
    "presentable",
    "switch_on",
    "unavailable",
]
