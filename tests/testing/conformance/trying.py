"""Tries rules on plugins that are made in a test."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import attrs

from orpheus_core.testing import Level, Outcome, RuleKind, Sample, Verdict
from orpheus_core.testing.conformance.candidate import Candidate
from orpheus_core.testing.conformance.catalogue import RULES
from orpheus_core.testing.conformance.rules import Rule, judge
from orpheus_core.testing.conformance.subject import Subject

BY_CODE = {rule.code: rule for rule in RULES}


@attrs.frozen(kw_only=True)
class Case:
    """A plugin that breaks one rule.

    *also* are other rules, of silver and below, that cannot but break with it; *because* is a
    part of the evidence.
    """

    code: str
    because: str
    plugin: Callable[[], object]
    samples: Sequence[Sample] = ()
    also: frozenset[str] = frozenset()
    limit_s: float = 5.0

    def __str__(self) -> str:
        return f"{self.code}: {self.because}"


def tried(plugin: object, samples: Sequence[Sample], rules: Sequence[Rule]) -> list[Verdict]:
    """Try *rules* on *plugin*."""
    candidate = Candidate(id="tried", handed_over=plugin)
    with Subject(candidate, samples, limit_s=5.0) as subject:
        return [judge(rule, subject) for rule in rules]


def verdicts(case: Case, kind: RuleKind) -> tuple[Verdict, set[str]]:
    """Return what came of the rule that *case* breaks, and the codes of all that are broken.

    Tried are that rule, and the rules of its kind up to silver.
    """
    rule = BY_CODE[case.code]
    rules = [each for each in RULES if each.kind is kind and each.level <= Level.SILVER]
    rules += [rule] if rule not in rules else []
    candidate = Candidate(id="tried", handed_over=case.plugin())
    with Subject(candidate, case.samples, limit_s=case.limit_s) as subject:
        found = [judge(each, subject) for each in rules]
    broken = {each.rule.code for each in found if each.outcome is Outcome.BROKEN}
    return next(each for each in found if each.rule is rule), broken
