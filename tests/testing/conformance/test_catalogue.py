"""The rules as a whole: each is tried by a plugin that breaks it, and reads well."""

from __future__ import annotations

import re

import pytest
from tests.testing.conformance import (
    advisor_cases,
    login_cases,
    secrets_cases,
    service_cases,
    stage_cases,
    test_plugin_rules,
    test_safety_rules,
)

from orpheus_core.testing import Level, RuleKind
from orpheus_core.testing.conformance.catalogue import RULES, rules_of
from orpheus_core.testing.conformance.network_faults import FAULTS
from orpheus_core.testing.conformance.rules import Rule

BROKEN = {
    *(case.code for case in service_cases.SILVER),
    *(case.code for case in service_cases.GOLD),
    *(case.code for case in service_cases.FAULTS),
    *(case.code for case in login_cases.CASES),
    *(case.code for case in advisor_cases.CASES),
    *(case.code for case in stage_cases.CASES),
    *(case.code for case in secrets_cases.CASES),
    *(f"plugin.{code}" for code, _, _ in test_plugin_rules.CASES),
    *(f"plugin.keeps-secrets-out-of-{place}" for place, _, _ in test_safety_rules.LEAKS),
    *test_safety_rules.IMPORT_RULES,
    *test_safety_rules.WORK_RULES,
    "advisor.hears-what-it-names",
}


def test_every_rule_has_a_plugin_that_breaks_it() -> None:
    """A rule that nothing can break is no rule."""
    assert {rule.code for rule in RULES} == BROKEN


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_a_rule_is_named_and_said_in_one_sentence(rule: Rule) -> None:
    """The code begins with its kind."""
    assert re.fullmatch(rf"{rule.kind.value}\.[a-z0-9]+(-[a-z0-9]+)*", rule.code)
    assert rule.says[0].isupper()
    assert rule.says.endswith(".")
    assert rule.says.count(". ") == 0


def test_no_two_rules_have_one_code() -> None:
    """They are named in reports and in the tests of others."""
    codes = [rule.code for rule in RULES]

    assert len(codes) == len(set(codes))


def test_rules_are_tried_from_bronze_to_gold() -> None:
    """What is broken first is what everything else rests on."""
    levels = [rule.level for rule in rules_of(*RuleKind)]

    assert levels == sorted(levels)
    assert set(levels) == set(Level)


def test_the_matrix_has_every_fault_that_was_promised() -> None:
    """From 401 to a clock that is wrong."""
    assert {fault.id for fault in FAULTS} == {
        *("401", "expired-token", "403", "404", "429", "429-with-seconds", "429-with-a-date"),
        *("500", "502", "503", "connect-timeout", "read-timeout", "reset", "cut-off"),
        *("html", "empty", "other-object", "other-list", "other-null"),
        *("echo", "echo-as-success", "clock-ahead", "clock-behind"),
    }
