"""What rules can see: the kinds that a pattern fits, and whether its filters can ever pass.

A rule that can never fire is a mistake of whoever wrote it, and is told as one.
"""

from __future__ import annotations

import difflib
import reprlib
from collections.abc import Iterable, Iterator, Mapping

import attrs

from orpheus_core.brain.events import Severity
from orpheus_core.brain.kind import Field, FieldType
from orpheus_core.brain.kinds import KINDS
from orpheus_core.brain.rules.matching import ENVELOPE, Glob
from orpheus_core.brain.rules.rule import EventPattern, Filter, Per, Range, Rule

UNSEEN = ("brain.advice.", "brain.rule.", "brain.mitigation.", "brain.prediction.")
"""How the kinds begin that no rule sees, and nobody advises on: it would not end."""

_FIELDS_OF_KEYS = {Per.HOST: "server.address", Per.STAGE: "stage"}
_NUMBERS = (FieldType.COUNT, FieldType.BYTES, FieldType.SECONDS, FieldType.SHARE)
_SEVERITIES = tuple(severity.name.lower() for severity in Severity)
_MOST_LISTED = 12


@attrs.frozen(kw_only=True)
class PatternFault:
    """What is wrong with a pattern. *field* is the filter that it lies at; None: the kind."""

    field: str | None = None
    message: str


def kinds_of(kind: str) -> frozenset[str]:
    """Return the kinds of the table that *kind* fits and that rules see."""
    fits = Glob(kind).fits
    return frozenset(name for name in KINDS if fits(name) and not name.startswith(UNSEEN))


def faults_of_pattern(pattern: EventPattern) -> Iterator[PatternFault]:
    """Yield what keeps *pattern* from ever fitting an event."""
    kinds = kinds_of(pattern.kind)
    if not kinds:
        yield PatternFault(message=_no_kind(pattern.kind))
        return
    fields = _fields(kinds)
    for name, wanted in pattern.where.items():
        if name in ENVELOPE:
            message = _misfit_of_envelope(name, wanted)
        elif name in fields:
            message = _misfit(name, wanted, fields[name])
        else:
            near = _near(name, [*ENVELOPE, *fields])
            message = f"{_in_words(pattern.kind)} no field {reprlib.repr(name)}{near}"
        if message:
            yield PatternFault(field=name, message=message)


def faults_of_key(rule: Rule) -> Iterator[str]:
    """Yield why what *rule* counts apart keeps an event from ever being counted."""
    field = _FIELDS_OF_KEYS.get(rule.per)
    if field is None:
        return
    for pattern in (*rule.when, rule.absent, rule.reset):
        if pattern is not None and field not in _fields(kinds_of(pattern.kind)):
            yield (
                f"counted per {rule.per.value}, and {_in_words(pattern.kind)} no field "
                f"{reprlib.repr(field)}"
            )


def faults_of(rule: Rule) -> list[str]:
    """Return why *rule* could never fire, or never be reset; empty when it could."""
    patterns = (*rule.when, rule.absent, rule.reset)
    faults = [
        fault.message for each in patterns if each is not None for fault in faults_of_pattern(each)
    ]
    return faults or list(faults_of_key(rule))


def _fields(kinds: Iterable[str]) -> Mapping[str, list[Field]]:
    fields: dict[str, list[Field]] = {}
    for kind in sorted(kinds):
        for field in KINDS[kind].fields:
            fields.setdefault(field.name, []).append(field)
    return fields


def _no_kind(kind: str) -> str:
    fits = Glob(kind).fits
    if any(fits(name) for name in KINDS):
        return (
            f"no rule sees {reprlib.repr(kind)}: rules, advice and what follows from them stay out"
        )
    seen = [name for name in KINDS if not name.startswith(UNSEEN)]
    stems = {".".join(name.split(".")[:parts]) for name in seen for parts in (1, 2)}
    near = difflib.get_close_matches(kind, [*seen, *(f"{stem}.*" for stem in sorted(stems))], n=1)
    more = f"did you mean {near[0]}?" if near else "orpheus event types lists them"
    return f"there is no kind of event {reprlib.repr(kind)}, {more}"


def _in_words(kind: str) -> str:
    return f"none of {kind} has" if "*" in kind else f"{kind} has"


def _near(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    if near:
        return f", did you mean {near[0]}?"
    return f": there are {', '.join(known)}" if len(known) <= _MOST_LISTED else ""


def _misfit_of_envelope(name: str, wanted: Filter) -> str:
    values = wanted if isinstance(wanted, tuple) else (wanted,)
    for value in values:
        if isinstance(value, Severity) and name == "severity":
            continue
        if not (value is None or isinstance(value, str)):
            return "it holds text: no number, and neither true nor false"
        if name == "severity" and value is not None and not any(map(Glob(value).fits, _SEVERITIES)):
            return f"there is no severity {reprlib.repr(value)}: there are {', '.join(_SEVERITIES)}"
    return ""


def _misfit(name: str, wanted: Filter, fields: list[Field]) -> str:
    """Why no field of that name, whichever kind it is of, can hold *wanted*."""
    if isinstance(wanted, Range):
        fits = any(field.type in _NUMBERS for field in fields)
    else:
        values = wanted if isinstance(wanted, tuple) else (wanted,)
        fits = all(any(field.type.fits(value) for field in fields) for value in values)
    held = " or ".join(sorted({_HELD.get(field.type, "a number") for field in fields}))
    return "" if fits else f"{name} holds {held}"


_HELD = {FieldType.TEXT: "text", FieldType.JSON: "text", FieldType.FLAG: "true or false"}
