"""Rules are checked when they are made: what a plugin gets wrong fails in that plugin."""

from __future__ import annotations

import pytest
from tests.brain.rules.events import FAILED, THEN, rule, steps

from orpheus_core.brain import (
    Action,
    Applicability,
    EventPattern,
    Rule,
    RuleAdvice,
    Severity,
)


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": 5},
        {"when": FAILED, "then": THEN},
        {"when": (FAILED,)},
        {"when": ()},
        {"when": 5},
        {"count": 0},
        {"count": 1001},
        {"count": True},
        {"count": 2.0},
        {"within_s": 0},
        {"within_s": -1},
        {"within_s": "60"},
        {"within_s": True},
        {"within_s": float("nan")},
        {"within_s": float("inf")},
        {"within_s": 10**400},
        {"cooldown_s": -1},
        {"cooldown_s": float("inf")},
        {"cooldown_s": 10**400},
        {"absent": FAILED},
        {"reset": FAILED},
        {"per": "host"},
        {"then": ("slow_down",)},
        {"then": 5},
        {"advice": "look out"},
        {"then": ()},
        {"when": steps(FAILED, FAILED), "count": 2},
        {"when": steps(FAILED, FAILED), "absent": EventPattern(kind=FAILED)},
    ],
)
def test_values_that_make_no_rule_are_refused(wrong: dict[str, object]) -> None:
    """With a TypeError or a ValueError, and nothing else."""
    right = {"id": "r", "when": EventPattern(kind=FAILED), "then": THEN}

    with pytest.raises((TypeError, ValueError)):
        Rule(**{**right, **wrong})  # type: ignore[arg-type] # wrong on purpose


@pytest.mark.parametrize(
    "wrong",
    [
        {"code": 5},
        {"title": None},
        {"cause": 5},
        {"severity": "loud"},
        {"severity": 13},
        {"actions": ("look",)},
        {"title": "{titel}"},
        {"cause": "{"},
        {"done": "{host!r}"},
        {"actions": (Action(id="x", label="open {page}"),)},
    ],
)
def test_values_that_make_no_advice_are_refused(wrong: dict[str, object]) -> None:
    """Braces in labels count, too."""
    with pytest.raises((TypeError, ValueError)):
        RuleAdvice(**{"code": "x", "title": "x", **wrong})  # type: ignore[arg-type] # on purpose


def test_what_a_rule_does_and_offers_are_its_actions() -> None:
    """What it does by itself is automatic, and comes first."""
    offered = Action(id="look", label="look at it")
    advice = RuleAdvice(code="x", title="x", severity=Severity.INFO, actions=(offered,))

    done, same = rule(advice=advice).actions()

    assert (done.id, done.applicability) == ("slow_down", Applicability.AUTOMATIC)
    assert same is offered
