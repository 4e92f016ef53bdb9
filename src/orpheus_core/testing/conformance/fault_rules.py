"""Rules of the fault matrix: one for each fault, and each kind of plugin that sends requests."""

from __future__ import annotations

import functools

from orpheus_core.testing.conformance.levels import Level, RuleKind
from orpheus_core.testing.conformance.matrix import fault_of, matrix_of
from orpheus_core.testing.conformance.network_faults import FAULTS, NetworkFault
from orpheus_core.testing.conformance.rules import Rule, RuleSkipped, break_for
from orpheus_core.testing.conformance.subject import Subject


def _survives(kind: RuleKind, fault: NetworkFault, subject: Subject) -> None:
    played = [each for each in subject.once(matrix_of).badly(fault) if each.kind is kind]
    if not played:
        raise RuleSkipped("nothing on its sample that works sends a request")
    break_for(filter(None, (fault_of(each, fault) for each in played)))


def _rules(kind: RuleKind) -> tuple[Rule, ...]:
    return tuple(
        Rule(
            code=f"{kind.value}.survives-{fault.id}",
            level=Level.GOLD,
            kind=kind,
            says=f"When {fault.says}, the outcome is the right error, or success in the end.",
            check=functools.partial(_survives, kind, fault),
        )
        for fault in FAULTS
    )


RULES = tuple(
    rule for kind in (RuleKind.SERVICE, RuleKind.LOGIN, RuleKind.STAGE) for rule in _rules(kind)
)
