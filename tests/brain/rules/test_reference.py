"""The engine against a slow reference, which keeps every event and looks at all of them anew."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import Phase, example, find, given, settings
from hypothesis import strategies as st
from tests.brain.rules.events import FAILED, FINISHED, THEN, event

from orpheus_core.brain import Event, EventPattern, Per, Rule, Severity
from orpheus_core.brain.rules import Firing, RuleEngine
from orpheus_core.testing.clock import SimClock

# --- the reference: what the docstring of `Rule` says, step by step ---------------------------


@attrs.frozen
class Happened:
    """An event, and the moment at which it came."""

    at: float
    event: Event


def holds(name: str, wanted: str, came: Event) -> bool:
    """Whether a field is *wanted*, which may end with a star."""
    envelope = {"error_type": came.error_type, "severity": came.severity.name.lower()}
    value = envelope.get(name, came.data.get(name))
    if wanted.endswith("*"):
        return isinstance(value, str) and value.startswith(wanted[:-1])
    return value == wanted


def fits(pattern: EventPattern | None, came: Event) -> bool:
    """Whether kind and filters fit; of kinds, the tests use names and ``area.*``."""
    if pattern is None or not holds("", pattern.kind, attrs.evolve(came, data={"": came.kind})):
        return False
    return all(holds(name, str(wanted), came) for name, wanted in pattern.where.items())


def key_of(rule: Rule, came: Event) -> str | None:
    """What the rule counts the event under."""
    keys = {
        Per.ALL: "",
        Per.HOST: came.data.get("server.address"),
        Per.STAGE: came.data.get("stage"),
        Per.SERVICE: came.service,
        Per.PLUGIN: came.plugin,
        Per.JOB: came.correlation_id,
        Per.SUBJECT: came.subject,
    }
    key = keys[rule.per]
    return str(key) if key is not None and (key or rule.per is Per.ALL) else None


class Reference:
    """One rule, by its definition."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.past: dict[str, list[Happened]] = {}  # since the key last began anew
        self.quiet_until: dict[str, float] = {}

    def told(self, now: float, came: Event | None) -> list[tuple[str, str]]:
        """What fires at the moment *now*: absences first, then what *came* completes."""
        fired = self.absences(now)
        key = None if came is None else key_of(self.rule, came)
        if came is None or key is None or now < self.quiet_until.get(key, now):
            return fired
        past = self.past.setdefault(key, [])
        if fits(self.rule.reset, came):
            past.clear()
        past.append(Happened(now, came))
        if self.rule.absent is None and self.is_complete(past):
            self.fire(key, now)
            fired.append((key, came.id))
        return fired

    def fire(self, key: str, now: float) -> None:
        """The key begins anew, and is left alone for a while."""
        del self.past[key]
        self.quiet_until[key] = now + self.rule.cooldown_s

    def absences(self, now: float) -> list[tuple[str, str]]:
        """Every key whose count was complete, and then nothing came, for long enough."""
        waiting = {key: self.waits_since(past) for key, past in self.past.items()}
        due = [
            (since.at, key, since.event.id)
            for key, since in waiting.items()
            if since is not None and now >= since.at + self.rule.within_s
        ]
        for _, key, _ in due:
            self.fire(key, now)
        in_order = sorted(due, key=lambda each: (each[0], int(each[2].removeprefix("event-"))))
        return [(key, ident) for _, key, ident in in_order]

    def waits_since(self, past: list[Happened]) -> Happened | None:
        """The event since which the rule waits for what is absent, seen from the end of *past*."""
        if self.rule.absent is None:
            return None
        begun, since = 0, None
        for end, each in enumerate(past):
            if since is not None and fits(self.rule.absent, each.event):
                begun, since = end, None  # it may be the first of the next count
            if since is None and self.is_complete(past[begun : end + 1]):
                since = each
        return since

    def is_complete(self, past: list[Happened]) -> bool:
        """Whether the last event of *past* completes the pattern."""
        rule, last = self.rule, past[-1]
        if not fits(rule.when[-1], last.event):
            return False
        if len(rule.when) == 1:
            counted = [each for each in past if fits(rule.when[0], each.event)]
            return len([e for e in counted if last.at - e.at <= rule.within_s]) >= rule.count
        return any(
            fits(rule.when[0], first.event)
            and last.at - first.at <= rule.within_s
            and self.lead_there(past[index + 1 : -1], rule.when[1:-1])
            for index, first in enumerate(past[:-1])
        )

    def lead_there(self, between: list[Happened], patterns: tuple[EventPattern, ...]) -> bool:
        """Whether some of *between* fit *patterns*, one after the other."""
        if not patterns:
            return True
        return any(
            fits(patterns[0], each.event) and self.lead_there(between[index + 1 :], patterns[1:])
            for index, each in enumerate(between)
        )


# --- rules and streams ------------------------------------------------------------------------

# Few kinds and few names: what is all different never makes a pattern.
KINDS = dict.fromkeys(Per, (FAILED, FINISHED, "network.request.started"))
KINDS[Per.STAGE] = ("stage.started", "stage.failed", "stage.skipped")
NAMES = st.sampled_from(["a", "a", "a", "ab", "", None])


@st.composite
def patterns(draw: st.DrawFn, per: Per) -> EventPattern:
    """A pattern that is not so special that it would hardly ever fit."""
    area = KINDS[per][0].rpartition(".")[0]
    kind = draw(st.sampled_from([*KINDS[per], *KINDS[per], f"{area}.*"]))
    filters = [{}, {}, {}, {"error_type": "x*"}, {"severity": "error"}]
    if per is not Per.STAGE:
        filters.append({"server.address": "a*"})
    return EventPattern(kind=kind, where=draw(st.sampled_from(filters)))


@st.composite
def rules(draw: st.DrawFn, form: str) -> Rule:
    """A count, a sequence or an absence with small numbers, so that much happens."""
    per = draw(st.sampled_from(Per))
    lengths = st.integers(2, 4) if form == "sequence" else st.just(1)
    when = tuple(draw(patterns(per)) for _ in range(draw(lengths)))
    return Rule(
        id="r",
        when=when,
        count=1 if form == "sequence" else draw(st.integers(1, 4)),
        within_s=draw(st.sampled_from([1, 2, 5, 50])),
        absent=draw(patterns(per)) if form == "absence" else None,
        reset=draw(st.none() | patterns(per)),
        per=per,
        cooldown_s=draw(st.sampled_from([0, 0, 1, 4])),
        then=THEN,
    )


FORMS = [
    (error_type, severity)
    for error_type in (None, "x", "xy")
    for severity in (Severity.WARNING, Severity.ERROR)
]


def happened(drawn: tuple[float, str, str | None, int]) -> tuple[float, Event | None]:
    """Seconds that pass, and what then comes; None: somebody looks."""
    wait_s, kind, name, form = drawn
    if not kind:
        return wait_s, None
    error_type, severity = FORMS[form]
    return wait_s, event(
        kind,
        service=name,
        plugin=name,
        subject=name,
        job=name,
        error_type=error_type,
        severity=severity,
        host=name,
        stage=name,
    )


Stream = list[tuple[float, Event | None]]


@st.composite
def cases(draw: st.DrawFn, form: str) -> tuple[Rule, Stream]:
    """A rule, and a stream of events that may concern it."""
    rule = draw(rules(form))
    kinds = st.sampled_from([*(KINDS[rule.per] * 4), "system.started", ""])
    waits = st.sampled_from([0, 0, 0.5, 1, 2])
    happenings = st.tuples(waits, kinds, NAMES, st.integers(0, len(FORMS) - 1)).map(happened)
    return rule, draw(st.lists(happenings, min_size=10, max_size=30))


def compared(rule: Rule, stream: Stream) -> int:
    """See that engine and reference say the same of *stream*; return how often it fired."""
    clock = SimClock()
    engine, reference = RuleEngine(clock), Reference(rule)
    engine.add(rule, "p")
    fired = 0
    for wait_s, came in stream:
        clock.advance(wait_s)
        said: list[Firing] = engine.due() if came is None else engine.feed(came)
        due = reference.told(clock.monotonic(), came)
        assert [(firing.key, firing.event.id) for firing in said] == due
        fired += len(due)
    return fired


@pytest.mark.parametrize("form", ["count", "sequence", "absence"])
@given(st.data())
def test_the_engine_says_what_the_reference_says(form: str, data: st.DataObject) -> None:
    """With every key, filters, resets and cool-downs, whoever looks, and whenever.

    Of a sequence the engine keeps one moment a step; the reference tries every way through.
    """
    compared(*data.draw(cases(form)))


@given(st.lists(st.sampled_from([FAILED, FINISHED, "job.started"]), max_size=40))
@example([FAILED, FAILED, FINISHED, FAILED])
def test_several_rules_do_not_disturb_each_other(kinds: list[str]) -> None:
    """Each fires as if it were alone."""
    several = [
        Rule(id="a", when=EventPattern(kind=FAILED), count=2, cooldown_s=0, then=THEN),
        Rule(id="b", when=EventPattern(kind="network.request.*"), count=3, then=THEN),
        Rule(
            id="c",
            when=(EventPattern(kind=FAILED), EventPattern(kind=FINISHED)),
            cooldown_s=0,
            then=THEN,
        ),
    ]
    engine, references = RuleEngine(SimClock()), [Reference(each) for each in several]
    engine.add_all(several, "p")
    for kind in kinds:
        came = event(kind)
        due = [each.rule.id for each in references if each.told(0, came)]
        assert [firing.rule.id for firing in engine.feed(came)] == due


@pytest.mark.parametrize("form", ["count", "sequence", "absence"])
def test_the_streams_make_such_rules_fire(form: str) -> None:
    """A comparison of silence with silence would show nothing."""

    def fires(case: tuple[Rule, Stream]) -> bool:
        return compared(*case) > 0

    quickly = settings(phases=[Phase.generate], derandomize=True, max_examples=1000)
    assert find(cases(form), fires, settings=quickly)
