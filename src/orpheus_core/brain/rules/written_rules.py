"""Makes rules of what a person wrote into tables: every fault is told with its line and key."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Iterator, Mapping

from orpheus_core.brain.advice import Action, Applicability
from orpheus_core.brain.events import Scalar, Severity
from orpheus_core.brain.mitigation import Mitigation, MitigationKind
from orpheus_core.brain.rules.rule import (
    LONGEST_S,
    MOST_COUNTED,
    EventPattern,
    Filter,
    Per,
    Range,
    Rule,
    RuleAdvice,
)
from orpheus_core.brain.rules.sight import faults_of_key, faults_of_pattern
from orpheus_core.brain.rules.templates import check_template
from orpheus_core.brain.rules.toml_table import Spot, Table, one_of
from orpheus_core.errors import error_types
from orpheus_core.plugins import manifest_values as values

_RULE = (
    *("id", "when", "where", "count", "within_s", "absent", "reset", "per", "cooldown_s"),
    *("then", "advice"),
)
_BOUNDS = ("at_least", "at_most")
_SEVERITIES = {severity.name.lower(): severity for severity in Severity}
_PERS = {per.value: per for per in Per}
_MITIGATIONS = {kind.value: kind for kind in MitigationKind}
_NOT_BY_ITSELF = {each.value: each for each in Applicability if each is not Applicability.AUTOMATIC}

_ident = values.of_form(r"[a-z0-9][a-z0-9_.-]*", "lower-case letters, digits, ., - and _")


def rules_at(file: Spot) -> tuple[Rule, ...]:
    """Return the rules of *file*, a whole document; what is wrong is told to its faults.

    Where there are any, what is returned is of no use.
    """
    table = file.table("rule")
    rules = table.get("rule") if table else None
    if table is None or rules is None:
        return ()
    if isinstance(rules.value, dict):
        rules.tell("each rule begins with [[rule]], in two brackets")
        return ()
    ids: dict[str, int] = {}
    return table.each("rule", lambda spot: _rule(spot, ids))


def _rule(spot: Spot, ids: dict[str, int]) -> Rule | None:
    """The rule at *spot*; *ids* are those of the rules above it, with their lines."""
    before = len(spot.faults)
    if (table := spot.table(*_RULE)) is None:
        return None
    ident = _own_id(table, ids)
    made = functools.partial(
        Rule,
        id=ident,
        when=_when(table),
        count=table.take("count", _count, 1),
        within_s=table.take("within_s", _seconds_above_zero, 60.0),
        absent=table.below("absent", _pattern),
        reset=table.below("reset", _pattern),
        per=table.take("per", one_of(_PERS), Per.ALL),
        cooldown_s=table.take("cooldown_s", _seconds, 300.0),
        then=table.each("then", _mitigation),
        advice=table.below("advice", lambda advice: _advice(advice, ident)),
    )
    if len(spot.faults) > before:
        return None
    try:
        rule = made()
    except ValueError as error:
        spot.tell(str(error))
        return None
    for message in faults_of_key(rule):
        table.tell("per", message)
    return rule


def _own_id(table: Table, ids: dict[str, int]) -> str:
    if ident := table.must("id", _ident, ""):
        if ident in ids:
            table.tell("id", f"{values.shown(ident)} is the id of the rule on line {ids[ident]}")
        ids.setdefault(ident, table.spot.below("id", ident).line)
    return ident


def _count(value: object) -> int:
    if (count := values.count(value)) > MOST_COUNTED:
        raise ValueError(f"at most {MOST_COUNTED} are counted")
    return count


def _seconds(value: object) -> float:
    seconds = values.number(value)
    if not 0 <= seconds <= LONGEST_S:
        raise ValueError(f"a number of seconds from 0 to {LONGEST_S:.0f} was due")
    return seconds


def _seconds_above_zero(value: object) -> float:
    return _seconds(values.above_zero(value))


# --- patterns ----------------------------------------------------------------------------


def _when(rule: Table) -> tuple[EventPattern, ...]:
    """The pattern in *when*, which *where* beside it narrows; or the patterns of a sequence."""
    when, where = rule.get("when"), rule.get("where")
    if when is None:
        rule.tell("when", "it is missing")
        return ()
    if where is not None and isinstance(when.value, str):
        made = _fitting(when.value, _where(where), when, where)
        return (made,) if made else ()
    if where is not None:
        where.tell('write it into each step: when = [{ kind = "...", where = { ... } }]')
    steps = when.items() if isinstance(when.value, list) else [when]
    if not steps:
        when.tell("the list is empty")
    patterns = [_pattern(step) for step in steps]
    return tuple(pattern for pattern in patterns if pattern is not None)


def _pattern(spot: Spot) -> EventPattern | None:
    """A kind, or a table with *kind* and *where*."""
    if isinstance(spot.value, str):
        return _fitting(spot.value, {}, spot, spot)
    table = spot.table("kind", "where", due="a kind of event, or a table with one,")
    if table is None:
        return None
    kind = table.must("kind", values.text, None)
    filters = table.below("where", _where) or {}
    if kind is None:
        return None
    return _fitting(kind, filters, spot.below("kind", kind), spot.below("where", filters))


def _fitting(
    kind: str, filters: Mapping[str, Filter], at: Spot, where: Spot
) -> EventPattern | None:
    """The pattern, if there are events that it fits; *at* and *where* are the two in the file."""
    pattern = EventPattern(kind=kind, where=filters)
    before = len(at.faults)
    for fault in faults_of_pattern(pattern):
        spot = at if fault.field is None else where.below(fault.field, None)
        spot.tell(fault.message)
    for message in _mistyped_codes(filters.get("error_type")):
        where.below("error_type", None).tell(message)
    return None if len(at.faults) > before else pattern


def _mistyped_codes(wanted: Filter) -> Iterator[str]:
    """Codes that are almost those of the core; others may be a plugin's, unknown here."""
    known = [error.code for error in error_types()]
    for code in wanted if isinstance(wanted, tuple) else (wanted,):
        if isinstance(code, str) and code not in known and "*" not in code:
            for near in difflib.get_close_matches(code, known, n=1, cutoff=0.85):
                yield f"there is no error {values.shown(code)}, did you mean {near}?"


def _where(spot: Spot) -> dict[str, Filter]:
    filters: dict[str, Filter] = {}
    for name, entry in spot.entries():
        try:
            filters[name] = _filter(name, entry.value)
        except (TypeError, ValueError) as error:
            entry.tell(str(error))
    return filters


def _filter(name: str, wanted: object) -> Filter:
    if isinstance(wanted, dict):
        return _range(name, wanted)
    if isinstance(wanted, list):
        if not wanted:
            raise ValueError("the list is empty")
        return tuple(_scalar(value) for value in wanted)
    return _scalar(wanted)


def _scalar(value: object) -> Scalar:
    if isinstance(value, str | bool):
        return value
    if isinstance(value, int):
        return values.whole(value)
    if isinstance(value, float):
        return values.number(value)
    raise values.due("text, a number, true or false, or a list of them", value)


def _range(name: str, wanted: Mapping[str, object]) -> Range:
    others = [key for key in wanted if key not in _BOUNDS]
    if others:
        near = values.shown(f"{name}.{others[0]}")
        raise ValueError(f"a range has at_least and at_most, a name with dots has quotes: {near}")
    if not wanted:
        raise ValueError("a range has at_least, at_most, or both")
    at_least, at_most = (values.number(wanted[key]) if key in wanted else None for key in _BOUNDS)
    return Range(at_least=at_least, at_most=at_most)


# --- what is done and said ---------------------------------------------------------------


def _mitigation(spot: Spot) -> Mitigation | None:
    """A word, or a table with the word in *do*."""
    if isinstance(spot.value, str):
        spot = Spot(value={"do": spot.value}, place=spot.place, faults=spot.faults)
    if (table := spot.table("do", "for_s", "scope")) is None:
        return None
    kind = table.must("do", one_of(_MITIGATIONS), None)
    for_s = table.take("for_s", _seconds_above_zero, 300.0)
    scope = table.take("scope", values.text, "")
    return None if kind is None else Mitigation(kind=kind, scope=scope, for_s=for_s)


def _advice(spot: Spot, rule: str) -> RuleAdvice | None:
    if (table := spot.table("code", "title", "cause", "done", "severity", "actions")) is None:
        return None
    return RuleAdvice(
        code=table.take("code", _ident, f"rules.{rule}"),
        title=table.must("title", _sentence, ""),
        cause=table.take("cause", _template, ""),
        done=table.take("done", _template, ""),
        severity=table.take("severity", one_of(_SEVERITIES), Severity.WARNING),
        actions=table.each("actions", _action),
    )


def _action(spot: Spot) -> Action | None:
    if (table := spot.table("label", "argv", "applicability")) is None:
        return None
    return Action(
        id=f"action-{spot.place[-1]}",
        label=table.must("label", _sentence, ""),
        argv=table.each("argv", _word),
        applicability=table.take("applicability", _applicability, Applicability.MANUAL),
    )


def _template(value: object) -> str:
    text = values.text(value)
    check_template(text)
    return text


def _sentence(value: object) -> str:
    return _template(values.filled(value))


def _word(spot: Spot) -> str | None:
    try:
        return values.text(spot.value)
    except (TypeError, ValueError) as error:
        spot.tell(str(error))
        return None


def _applicability(value: object) -> Applicability:
    if value == Applicability.AUTOMATIC.value:
        raise ValueError("of what a rule brings, only what stands in then is done by itself")
    return one_of(_NOT_BY_ITSELF)(value)
