"""The rules in the box. Built-in plugin ``core-rules``."""

from __future__ import annotations

from collections.abc import Sequence

from orpheus_core.brain.rules.core_access import ACCESS_RULES
from orpheus_core.brain.rules.core_delivery import DELIVERY_RULES
from orpheus_core.brain.rules.core_load import LOAD_RULES
from orpheus_core.brain.rules.core_plugin_failures import PLUGIN_RULES
from orpheus_core.brain.rules.core_reach import REACH_RULES
from orpheus_core.brain.rules.core_way import WAY_RULES
from orpheus_core.brain.rules.rule import Rule
from orpheus_core.hookspecs import hookimpl

CORE_RULES: tuple[Rule, ...] = (
    *REACH_RULES,
    *WAY_RULES,
    *ACCESS_RULES,
    *LOAD_RULES,
    *DELIVERY_RULES,
    *PLUGIN_RULES,
)
"""Each of them is data: what to wait for, what to do, what to say."""


class CoreRules:
    """Brings the rules that the core itself has."""

    @hookimpl
    def orpheus_rules(self) -> Sequence[Rule]:
        """Answer with `CORE_RULES`."""
        return CORE_RULES
