"""Every rule of the kit, in the order in which they are tried."""

from __future__ import annotations

from orpheus_core.testing.conformance import (
    advisor_rules,
    fault_rules,
    login_rules,
    plugin_rules,
    safety_rules,
    secrets_rules,
    service_claims,
    service_conduct,
    service_defence,
    stage_defence,
    stage_rules,
)
from orpheus_core.testing.conformance.levels import RuleKind
from orpheus_core.testing.conformance.rules import Rule

RULES: tuple[Rule, ...] = tuple(
    sorted(
        (
            *plugin_rules.RULES,
            *service_claims.RULES,
            *service_conduct.RULES,
            *service_defence.RULES,
            *login_rules.RULES,
            *advisor_rules.RULES,
            *stage_rules.RULES,
            *stage_defence.RULES,
            *secrets_rules.RULES,
            *fault_rules.RULES,
            *safety_rules.RULES,
        ),
        key=lambda rule: rule.level,  # the order is otherwise kept
    )
)


def rules_of(*kinds: RuleKind) -> tuple[Rule, ...]:
    """Return the rules of these kinds, the lowest level first."""
    return tuple(rule for rule in RULES if rule.kind in kinds)
