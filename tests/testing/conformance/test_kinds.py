"""For each rule for logins, advisors, stages and secret backends: what breaks it is caught."""

from __future__ import annotations

import pytest
from tests.testing.conformance import advisor_cases, login_cases, secrets_cases, stage_cases
from tests.testing.conformance.trying import Case, tried, verdicts

from orpheus_core.testing import Outcome, RuleKind, Sample
from orpheus_core.testing.conformance.catalogue import rules_of

_LOGIN = login_cases.LoginPlugin(login_cases.GoodLogin())
_STAGE = stage_cases.StagePlugin(stage_cases.GoodStage())
_BACKEND = secrets_cases.BackendPlugin(secrets_cases.GoodBackend())

GOOD: dict[RuleKind, tuple[object, Sample, set[str]]] = {
    RuleKind.LOGIN: (_LOGIN, login_cases.SAMPLE, set()),
    RuleKind.STAGE: (_STAGE, stage_cases.SAMPLE, set()),
    RuleKind.ADVISOR: (
        advisor_cases.GoodAdvisor(),
        advisor_cases.SAMPLE,
        {"advisor.hears-what-it-names"},  # it has no manifest that could name any
    ),
    RuleKind.SECRETS: (
        _BACKEND,
        secrets_cases.sample(secrets_cases.GoodBackend),
        {"secrets.says-when-it-cannot"},  # it can
    ),
}
CASES = [
    *((RuleKind.LOGIN, case) for case in login_cases.CASES),
    *((RuleKind.STAGE, case) for case in stage_cases.CASES),
    *((RuleKind.ADVISOR, case) for case in advisor_cases.CASES),
    *((RuleKind.SECRETS, case) for case in secrets_cases.CASES),
]


@pytest.mark.parametrize("kind", GOOD, ids=lambda kind: kind.value)
def test_a_good_plugin_of_each_kind_keeps_every_rule(kind: RuleKind) -> None:
    """What does not apply to it is skipped, nothing else is."""
    plugin, sample, skipped = GOOD[kind]

    found = tried(plugin, (sample,), rules_of(kind))

    assert [str(each) for each in found if each.outcome is Outcome.BROKEN] == []
    assert {each.rule.code for each in found if each.outcome is Outcome.SKIPPED} == skipped


@pytest.mark.parametrize(("kind", "case"), CASES, ids=str)
def test_a_plugin_that_breaks_one_rule_is_caught(kind: RuleKind, case: Case) -> None:
    """The evidence says what was seen; the other rules up to silver are kept."""
    verdict, broken = verdicts(case, kind)

    assert verdict.outcome is Outcome.BROKEN
    assert case.because in "\n".join(verdict.evidence)
    assert broken == {case.code, *case.also}


def test_a_backend_that_cannot_be_written_to_keeps_every_rule() -> None:
    """What is about writing is skipped."""
    backend = secrets_cases.ReadOnly
    sample = secrets_cases.sample(backend, writable=False, holds={("sandbox", "token"): "held"})

    found = tried(secrets_cases.BackendPlugin(backend()), (sample,), rules_of(RuleKind.SECRETS))

    assert [str(each) for each in found if each.outcome is Outcome.BROKEN] == []
