"""The core's own plugins: whatever the core does, one of these does."""

from __future__ import annotations

import random

from orpheus_core.brain.advisors import CommonAdvisor
from orpheus_core.brain.core_checks import CoreChecks
from orpheus_core.brain.deciders import (
    MitigationDecider,
    QualityDecider,
    RetryDecider,
    SwitchDecider,
)
from orpheus_core.brain.disk_space import DiskSpace
from orpheus_core.brain.learning import Predictor
from orpheus_core.brain.log.builtin import LogSettings, log_plugins
from orpheus_core.brain.retry_budget import RetryBudget
from orpheus_core.brain.rules.core_rules import CoreRules
from orpheus_core.brain.rules.user_rules import USER_RULES, UserRules
from orpheus_core.config import Settings
from orpheus_core.delivery import builtin_plugins
from orpheus_core.network import NetworkManager
from orpheus_core.plugins import PluginHost
from orpheus_core.services import EnvironmentBackend, MemoryBackend


def core_plugins(
    settings: Settings,
    plugins: PluginHost,
    network: NetworkManager,
    rng: random.Random,
    user_rules: UserRules,
    log: LogSettings,
) -> dict[str, object]:
    """Return the core's own plugins, by id; `PluginWiring` adds ``core-plugin-news``."""
    budget = RetryBudget(network.clock)
    return {
        "core-advice": CommonAdvisor(),
        "core-checks": CoreChecks(plugins),
        "core-disk-space": DiskSpace(),
        "core-mitigations": MitigationDecider(network.retrier.brain.mitigations),
        "core-predictor": Predictor(log.folder, log.clock),
        "core-quality": QualityDecider(),
        "core-retry": RetryDecider(settings.network, rng, budget),
        "core-rules": CoreRules(),
        "core-secrets-environment": EnvironmentBackend(),
        "core-secrets-memory": MemoryBackend(),
        "core-switch": SwitchDecider(budget),
        "core-transport": network.transport,
        USER_RULES: user_rules,
        **log_plugins(log),
        **builtin_plugins(settings),
    }
