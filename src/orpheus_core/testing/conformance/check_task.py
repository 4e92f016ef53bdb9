"""What ``orpheus plugin check`` does in its child process: one plugin is tried there."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from orpheus_core.testing.conformance.candidate import installed_as, label_of
from orpheus_core.testing.conformance.levels import Level, RuleKind
from orpheus_core.testing.conformance.report import CheckReport, check_candidate
from orpheus_core.testing.conformance.rules import Outcome, Verdict


@attrs.frozen(kw_only=True)
class Target:
    """A plugin that is to be tried. *path* is what has to be on ``sys.path`` besides."""

    id: str
    value: str
    distribution: str = ""
    version: str = ""
    path: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """As it is named in reports: ``orpheus-deezer 0.1.0``."""
        return label_of(self.id, self.distribution, self.version)


@attrs.frozen(kw_only=True)
class Order:
    """What the child is told; *wanted* is the level as a word, empty for the usual one."""

    target: Target
    wanted: str = ""


@attrs.frozen(kw_only=True)
class RuleTold:
    """A verdict, as it passes from the child and is shown."""

    code: str
    kind: RuleKind
    level: str
    says: str
    outcome: Outcome
    evidence: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class ReportTold:
    """A report, as it passes from the child and is shown; levels as words."""

    id: str
    label: str
    reached: str
    wanted: str
    ok: bool
    needs_sample: bool
    rules: tuple[RuleTold, ...] = ()


def check_in_child(argument: object) -> object:
    """Try the plugin of the `Order` in *argument*; return a `ReportTold` as JSON holds it."""
    import cattrs

    order = cattrs.structure(argument, Order)
    target = order.target
    candidate = installed_as(target.id, target.value, target.distribution, target.version)
    wanted = Level[order.wanted.upper()] if order.wanted else None
    return cattrs.unstructure(told(target.id, check_candidate(candidate, wanted=wanted)))


def failed(target: Target, wanted: str, error: str) -> ReportTold:
    """Return the report for a plugin that ended the process it was tried in, or hung."""
    rule = RuleTold(
        code="plugin.lets-itself-be-tried",
        kind=RuleKind.PLUGIN,
        level=Level.BRONZE.word,
        says="A plugin ends neither the process it is in, nor hangs.",
        outcome=Outcome.BROKEN,
        evidence=(error,),
    )
    return ReportTold(
        id=target.id,
        label=target.label,
        reached="",
        wanted=wanted or Level.BRONZE.word,
        ok=False,
        needs_sample=False,
        rules=(rule,),
    )


def told(ident: str, report: CheckReport) -> ReportTold:
    """Return *report* on the plugin *ident* as it passes between processes."""
    return ReportTold(
        id=ident,
        label=report.label,
        reached=report.reached.word if report.reached else "",
        wanted=report.wanted.word,
        ok=report.ok,
        needs_sample=report.needs_sample,
        rules=_told(report.verdicts),
    )


def _told(verdicts: Sequence[Verdict]) -> tuple[RuleTold, ...]:
    return tuple(
        RuleTold(
            code=verdict.rule.code,
            kind=verdict.rule.kind,
            level=verdict.rule.level.word,
            says=verdict.rule.says,
            outcome=verdict.outcome,
            evidence=verdict.evidence,
        )
        for verdict in verdicts
    )
