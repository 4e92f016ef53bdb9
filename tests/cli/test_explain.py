"""``orpheus explain``: what a code means; every error says ``more  orpheus explain CODE``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.cli.kept_events import ADVICE, Kept

from orpheus_core.brain import KINDS
from orpheus_core.brain.log import EventLog
from orpheus_core.brain.rules.core_rules import CORE_RULES
from orpheus_core.errors import OrpheusError, error_types

if TYPE_CHECKING:
    from tests.cli.conftest import Install, Orpheus

RULES = """
import orpheus_core as oc

@oc.hookimpl
def orpheus_rules():
    return [
        oc.Rule(
            id="slow-mirror",
            when=oc.EventPattern(
                kind="transfer.interrupted", where={"attempt": oc.Range(at_least=2)}
            ),
            count=3,
            within_s=90.0,
            per=oc.Per.SERVICE,
            then=(oc.Mitigation(kind=oc.MitigationKind.SLOW_DOWN, for_s=60.0),),
            advice=oc.RuleAdvice(
                code="mirror.slow",
                title="{service} is slow, {count} times.",
                cause="It is far away.",
                done="Less is asked of it.",
                actions=(oc.Action(id="wait", label="wait for {service}"),),
            ),
        )
    ]
"""
USES_RULES = '[[hooks]]\nname = "orpheus_rules"\n'


@pytest.mark.parametrize("kind", list(error_types()), ids=lambda kind: kind.code)
def test_every_code_is_explained(orpheus: Orpheus, kind: type[OrpheusError]) -> None:
    """What it means, how a command then ends, whether the same again helps."""
    ended = orpheus("explain", kind.code)
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.startswith(f"{kind.code}: ")
    assert f"  exit  {kind.exit_status.value} (" in ended.out
    assert "  retry the same again " in ended.out


@pytest.mark.parametrize("word", ["error[svc.down]:", "warning[svc.down]:", " SVC.DOWN "])
def test_the_code_is_taken_as_it_stands_on_the_screen(orpheus: Orpheus, word: str) -> None:
    """Copied with its brackets, it is still the code."""
    assert orpheus("explain", word).out.startswith("svc.down: ")


def test_the_explanation_as_json(orpheus: Orpheus) -> None:
    """The same for a program."""
    data = orpheus("--json", "explain", "svc.rate-limited").document["data"]
    assert (data["code"], data["class"], data["exit_code"], data["retryable"]) == (
        "svc.rate-limited",
        "later",
        6,
        "after",
    )


def test_a_code_is_explained_without_a_look_at_the_log(
    orpheus: Orpheus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is opened for it: the settings may be broken, and the log too."""

    def opened(*_: object, **__: object) -> None:
        raise AssertionError("the log was opened")

    monkeypatch.setattr(EventLog, "__init__", opened)
    orpheus.settings_file.write_text("= broken")
    assert orpheus("explain", "svc.down").status == 0
    assert orpheus("explain", "login.failed").status == 0
    assert orpheus("explain").status == 11


@pytest.mark.parametrize("name", sorted(set(KINDS) - {each.code for each in error_types()}))
def test_every_kind_of_event_is_explained(orpheus: Orpheus, name: str) -> None:
    """As ``orpheus event types`` does."""
    ended = orpheus("explain", name)
    assert ended == orpheus("event", "types", name)
    assert ended.out.startswith(f"{name}: ")


def test_every_rule_in_the_box_is_explained(orpheus: Orpheus) -> None:
    """What it waits for, does and says: its name stands in each decision that it made."""
    for rule in CORE_RULES:
        out = orpheus("explain", rule.id).out
        assert out.startswith(f"{rule.id}: a rule of plugin core-rules\n  when  ")
        assert ("\n  says  " in out) is (rule.advice is not None)
        assert out.count("\n  done  ") == len(rule.then)


def test_a_rule_of_a_plugin_and_its_advice_are_explained(orpheus: Orpheus, plugin: Install) -> None:
    """What is not known before it fires stands in capitals."""
    plugin("mirrors", RULES, USES_RULES)
    assert orpheus("explain", "slow-mirror").out == (
        "slow-mirror: a rule of plugin mirrors\n"
        "  when  3 times transfer.interrupted (attempt at least 2) within 1 min 30 s,\n"
        "        counted for each service apart\n"
        "  done  slow down, for 1 min\n"
        "  says  mirror.slow: SERVICE is slow, COUNT times.\n"
    )
    assert orpheus("explain", "mirror.slow").out == (
        "mirror.slow: SERVICE is slow, COUNT times.\n"
        "  cause It is far away.\n"
        "  done  Less is asked of it.\n"
        "  from  plugin mirrors\n"
        "  next  wait for SERVICE\n"
    )
    rule = orpheus("--json", "explain", "slow-mirror").document
    assert (rule["schema"], rule["data"]["rule"], rule["data"]["plugin"]) == (
        *("orpheus.rule/1", "slow-mirror"),
        "mirrors",
    )
    assert rule["data"]["then"] == [{"mitigation": "slow_down", "scope": "", "for_ms": 60_000}]
    advice = orpheus("--json", "explain", "mirror.slow").document["data"]
    assert advice == rule["data"]["advice"]
    assert advice["actions"] == [
        {"id": "wait", "label": "wait for SERVICE", "argv": [], "applicability": "manual"}
    ]


def test_advice_that_was_given_is_explained(orpheus: Orpheus, kept: Kept) -> None:
    """Of an advisor, nothing is known but what it has said: the last of it is shown."""
    kept.emit("brain.advice.given", data={**ADVICE, "code": "my.own", "title": "Before."})
    kept.emit("brain.advice.given", data={**ADVICE, "code": "my.own", "advisor": "mine"})
    kept.keep()
    out = orpheus("explain", "My.Own").out
    assert out.startswith(f"my.own: {ADVICE['title'][:40]}")
    assert "  from  plugin mine\n  next  open any web page\n  next  look at" in out


@pytest.mark.parametrize(
    ("word", "near"),
    [
        ("net.dns-failur", "net.dns-failure"),
        ("login.faild", "login.failed"),
        ("dns-repeatd", "dns-repeated"),
    ],
)
def test_a_name_that_is_none_gets_a_suggestion(orpheus: Orpheus, word: str, near: str) -> None:
    """Among errors, kinds, rules and their advice."""
    ended = orpheus("explain", word)
    assert (ended.status, ended.out) == (2, "")
    assert f"  next  orpheus explain {near}     if that is what you meant\n" in ended.err
