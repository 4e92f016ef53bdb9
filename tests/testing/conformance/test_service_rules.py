"""For each rule for services: a service that breaks it is caught, and only for that."""

from __future__ import annotations

import pytest
from tests.testing.conformance.good_service import SAMPLE, Plugin
from tests.testing.conformance.service_cases import FAULTS, GOLD, SILVER, WAYS_TO_FAIL
from tests.testing.conformance.trying import Case, tried, verdicts

from orpheus_core.testing import Outcome, RuleKind
from orpheus_core.testing.conformance.catalogue import rules_of


def test_a_good_service_keeps_every_rule() -> None:
    """Nothing is skipped: its sample shows everything that a service can do."""
    found = tried(Plugin(), (SAMPLE,), rules_of(RuleKind.SERVICE))

    assert [str(each) for each in found if each.outcome is not Outcome.KEPT] == []


@pytest.mark.parametrize("case", [*SILVER, *GOLD, *FAULTS, *WAYS_TO_FAIL], ids=str)
def test_a_service_that_breaks_one_rule_is_caught(case: Case) -> None:
    """The evidence says what was seen; the other rules up to silver are kept."""
    verdict, broken = verdicts(case, RuleKind.SERVICE)

    assert verdict.outcome is Outcome.BROKEN
    assert case.because in "\n".join(verdict.evidence)
    assert broken == {case.code, *case.also}
