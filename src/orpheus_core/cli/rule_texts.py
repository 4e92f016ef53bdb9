"""Rules and their advice in words: for whoever asks before one of them fires."""

from __future__ import annotations

import re

from orpheus_core.brain import EventPattern, Mitigation, Per, Range, Rule
from orpheus_core.brain.rules.rule import Filter
from orpheus_core.cli.amounts import time_text
from orpheus_core.cli.columns import wrap
from orpheus_core.cli.event_lines import value_text
from orpheus_core.cli.invocation import Advised, Offered

_BRACE = re.compile(r"\{(\w+)\}")
_REST = " " * 8


def rule_page(rule: Rule, plugin: str) -> list[str]:
    """Return the lines that say what *rule* of *plugin* waits for, does and says."""
    lines = wrap(f"a rule of plugin {plugin}", f"{rule.id}: ", _REST)
    lines += wrap(when_text(rule), "  when  ", _REST)
    for text in map(mitigation_text, rule.then):
        lines += wrap(text, "  done  ", _REST)
    if rule.advice is not None:
        lines += wrap(f"{rule.advice.code}: {_shown(rule.advice.title)}", "  says  ", _REST)
    return lines


def when_text(rule: Rule) -> str:
    """Return what *rule* waits for."""
    steps = ", then ".join(map(_pattern_text, rule.when))
    times = f"{rule.count} times " if rule.count > 1 else ""
    absent = f", and no {_pattern_text(rule.absent)}" if rule.absent else ""
    bounded = rule.count > 1 or len(rule.when) > 1 or rule.absent
    within = f" within {time_text(rule.within_s)}" if bounded else ""
    per = "" if rule.per is Per.ALL else f", counted for each {rule.per.value} apart"
    return f"{times}{steps}{absent}{within}{per}"


def mitigation_text(mitigation: Mitigation) -> str:
    """Return what *mitigation* does, and for how long."""
    scope = f" {mitigation.scope}" if mitigation.scope else ""
    return f"{mitigation.kind.value.replace('_', ' ')}{scope}, for {time_text(mitigation.for_s)}"


def advised_by(rule: Rule, plugin: str) -> Advised | None:
    """Return what *rule* says when it fires; names in capitals stand for what is not known yet."""
    advice = rule.advice
    if advice is None:
        return None
    return Advised(
        code=advice.code,
        severity=advice.severity.name.lower(),
        title=_shown(advice.title),
        cause=_shown(advice.cause),
        done=_shown(advice.done),
        actions=tuple(
            Offered(
                each.id, _shown(each.label), tuple(map(_shown, each.argv)), each.applicability.value
            )
            for each in advice.actions
        ),
        advisor=plugin,
    )


def advice_page(advised: Advised) -> list[str]:
    """Return the lines that show advice."""
    lines = wrap(advised.title, f"{advised.code}: ", _REST)
    said = {"cause": advised.cause, "done": advised.done, "from": f"plugin {advised.advisor}"}
    for label, text in said.items():
        lines += wrap(text, f"  {label:<6}", _REST) if text else []
    for action in advised.actions:
        lines += wrap(action.label, "  next  ", _REST)
    return lines


def _shown(template: str) -> str:
    return _BRACE.sub(lambda name: name[1].upper(), template)


def _pattern_text(pattern: EventPattern) -> str:
    where = " and ".join(f"{name} {_filter_text(each)}" for name, each in pattern.where.items())
    return f"{pattern.kind} ({where})" if where else pattern.kind


def _filter_text(wanted: Filter) -> str:
    if isinstance(wanted, Range):
        bounds = (("at least", wanted.at_least), ("at most", wanted.at_most))
        return " and ".join(f"{words} {bound:g}" for words, bound in bounds if bound is not None)
    values = wanted if isinstance(wanted, tuple) else (wanted,)
    return " or ".join("unknown" if each is None else value_text(each) for each in values)


def rule_data(rule: Rule, plugin: str) -> dict[str, object]:
    """Return *rule* of *plugin* as a JSON document holds it."""
    advised = advised_by(rule, plugin)
    return {
        "rule": rule.id,
        "plugin": plugin,
        "when": when_text(rule),
        "then": [
            {"mitigation": each.kind.value, "scope": each.scope, "for_ms": round(each.for_s * 1000)}
            for each in rule.then
        ],
        "advice": advised.as_data() if advised else None,
    }
