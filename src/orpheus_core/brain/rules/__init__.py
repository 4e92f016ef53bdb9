"""Rules: patterns of events over time, and what is done and said about them."""

from orpheus_core.brain.rules.engine import RuleEngine
from orpheus_core.brain.rules.rule import (
    EventPattern,
    Filter,
    Per,
    Range,
    Rule,
    RuleAdvice,
)
from orpheus_core.brain.rules.sight import UNSEEN
from orpheus_core.brain.rules.templates import fill_in
from orpheus_core.brain.rules.watch import Firing

__all__ = [
    "UNSEEN",
    "EventPattern",
    "Filter",
    "Firing",
    "Per",
    "Range",
    "Rule",
    "RuleAdvice",
    "RuleEngine",
    "fill_in",
]
