"""Tries every rule that applies to a plugin, and says how far it has come."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import attrs

from orpheus_core.testing.conformance.candidate import Candidate
from orpheus_core.testing.conformance.catalogue import rules_of
from orpheus_core.testing.conformance.child_tasks import imported
from orpheus_core.testing.conformance.levels import Level, RuleKind
from orpheus_core.testing.conformance.rules import Outcome, RuleSkipped, Verdict, judge
from orpheus_core.testing.conformance.samples import Sample
from orpheus_core.testing.conformance.subject import LIMIT_S, Subject


@attrs.frozen(kw_only=True)
class CheckReport:
    """What came of trying a plugin.

    Attributes:
        label: what it is called: ``orpheus-deezer 0.1.0``.
        verdicts: every rule that was tried, with what came of it.
        wanted: the level that it has to reach.
        needs_sample: it brings something that only a sample can show, and has none.
    """

    label: str
    verdicts: tuple[Verdict, ...]
    wanted: Level
    needs_sample: bool = False

    @property
    def reached(self) -> Level | None:
        """The highest level, up to `wanted`, all of whose rules are kept; None: not even bronze."""
        broken = [verdict.rule.level for verdict in self.of(Outcome.BROKEN)]
        reached = min([self.wanted, *(level - 1 for level in broken)])
        return Level(reached) if reached >= Level.BRONZE else None

    @property
    def ok(self) -> bool:
        """Whether it reached the level that it has to reach."""
        return self.reached is self.wanted

    def of(self, outcome: Outcome) -> list[Verdict]:
        """Return the verdicts with that outcome."""
        return [verdict for verdict in self.verdicts if verdict.outcome is outcome]


def check_candidate(
    candidate: Candidate,
    samples: Sequence[Sample] | None = None,
    *,
    wanted: Level | None = None,
    limit_s: float = LIMIT_S,
    progress: Callable[[Verdict], None] = lambda _: None,
) -> CheckReport:
    """Try every rule that applies to the plugin.

    Args:
        samples: what it is tried on; what its manifest names when None.
        wanted: the level that it has to reach; gold when None, but bronze for a plugin that
            needs a sample and has none. Rules of higher levels are not tried.
        limit_s: how long one flow may take, in real seconds.
        progress: told of each verdict.
    """
    with Subject(candidate, samples, limit_s=limit_s) as subject:
        kinds = kinds_of(subject)
        has_sample = bool(samples or candidate.sample or candidate.problem)  # it may name one
        needs_sample = len(kinds) > 1 and not has_sample
        level = wanted or (Level.BRONZE if needs_sample else Level.GOLD)
        verdicts = []
        for rule in rules_of(*kinds):
            if rule.level <= level:
                verdicts.append(judge(rule, subject))
                progress(verdicts[-1])
    return CheckReport(
        label=candidate.label, verdicts=tuple(verdicts), wanted=level, needs_sample=needs_sample
    )


def kinds_of(subject: Subject) -> tuple[RuleKind, ...]:
    """Return what rules apply to the plugin, by what it brings."""
    if subject.candidate.value and subject.once(imported).error:
        subject.is_importable = False  # it may hang: then not in this process, too
    try:
        brought = subject.brought
    except RuleSkipped:  # it cannot be asked; the rules that say why are among these
        return (RuleKind.PLUGIN,)
    found = {
        RuleKind.SERVICE: bool(brought.services),
        RuleKind.LOGIN: bool(brought.logins),
        RuleKind.ADVISOR: brought.advises,
        RuleKind.STAGE: bool(brought.stages),
        RuleKind.SECRETS: bool(brought.backends),
    }
    return (RuleKind.PLUGIN, *(kind for kind, is_there in found.items() if is_there))
