"""The core's own plugins: whatever the core does, one of these does."""

from __future__ import annotations

import random

from orpheus_core.brain.advisors import CommonAdvisor
from orpheus_core.brain.core_checks import CoreChecks
from orpheus_core.brain.deciders import RetryDecider
from orpheus_core.config import Settings
from orpheus_core.delivery import builtin_plugins
from orpheus_core.network import NetworkManager
from orpheus_core.plugins import PluginHost
from orpheus_core.services import EnvironmentBackend, MemoryBackend


def core_plugins(
    settings: Settings, plugins: PluginHost, network: NetworkManager, rng: random.Random
) -> dict[str, object]:
    """Return the core's own plugins, by id; `PluginWiring` adds ``core-plugin-news``."""
    return {
        "core-advice": CommonAdvisor(),
        "core-checks": CoreChecks(plugins),
        "core-retry": RetryDecider(settings.network, rng),
        "core-secrets-environment": EnvironmentBackend(),
        "core-secrets-memory": MemoryBackend(),
        "core-transport": network.transport,
        **builtin_plugins(settings),
    }
