"""What a rule is, and what comes of trying it."""

from __future__ import annotations

import enum
import traceback
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import attrs

from orpheus_core.plugins import in_words
from orpheus_core.testing.conformance.levels import Level, RuleKind

if TYPE_CHECKING:
    from orpheus_core.testing.conformance.subject import Subject

_MOST_EVIDENCE = 12


class RuleBroken(Exception):
    """The plugin does not keep to the rule. Each argument is one line of evidence."""

    @property
    def evidence(self) -> tuple[str, ...]:
        """What was seen, line by line."""
        return tuple(str(line) for line in self.args)


class RuleSkipped(Exception):
    """The rule does not apply to this plugin; the argument says why."""


@attrs.frozen(kw_only=True)
class Rule:
    """Something that every plugin keeps to, and the check that tells.

    Attributes:
        code: ``kind.what-it-does``; it stays the same from release to release.
        level: the lowest level that needs it.
        says: the rule in one sentence.
        check: returns when the rule is kept, raises `RuleBroken` or `RuleSkipped` otherwise.
    """

    code: str
    level: Level
    kind: RuleKind
    says: str
    check: Callable[[Subject], None] = attrs.field(repr=False)


class Outcome(enum.Enum):
    """What came of trying a rule."""

    KEPT = "kept"
    BROKEN = "broken"
    SKIPPED = "skipped"


@attrs.frozen(kw_only=True)
class Verdict:
    """A rule, and what came of it; *evidence* says what was seen, or why it was skipped."""

    rule: Rule
    outcome: Outcome
    evidence: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = "".join(f"\n  {line}" for line in self.evidence)
        return f"{self.rule.code}: {self.rule.says}{lines}"


def judge(rule: Rule, subject: Subject) -> Verdict:
    """Try *rule* on *subject*; whatever the plugin raises meanwhile breaks it."""
    try:
        rule.check(subject)
    except RuleSkipped as skipped:
        return Verdict(rule=rule, outcome=Outcome.SKIPPED, evidence=(str(skipped),))
    except RuleBroken as broken:
        return Verdict(rule=rule, outcome=Outcome.BROKEN, evidence=broken.evidence)
    except Exception as error:  # noqa: BLE001 - the border to foreign code
        return Verdict(rule=rule, outcome=Outcome.BROKEN, evidence=(raised(error),))
    return Verdict(rule=rule, outcome=Outcome.KEPT)


def break_for(faults: Iterable[str]) -> None:
    """Raise `RuleBroken` when there are *faults*; the first dozen are the evidence."""
    found = list(dict.fromkeys(faults))
    if len(found) > _MOST_EVIDENCE:
        found[_MOST_EVIDENCE:] = [f"and {len(found) - _MOST_EVIDENCE} more"]
    if found:
        raise RuleBroken(*found)


def raised(error: BaseException) -> str:
    """Return *error* in words, with the line it came from."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f", at {frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    return f"it raised {in_words(error)}{place}"
