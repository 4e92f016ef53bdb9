"""Rules for advisors."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from orpheus_core.brain import Advice
from orpheus_core.testing.conformance.advisor_flows import events_of, told_of
from orpheus_core.testing.conformance.any_event import HOSTILE, every_event
from orpheus_core.testing.conformance.levels import Level, RuleKind
from orpheus_core.testing.conformance.rules import Rule, RuleSkipped, break_for
from orpheus_core.testing.conformance.samples import AdvisorSample, Story
from orpheus_core.testing.conformance.subject import Subject
from orpheus_core.testing.conformance.trials import Trial, in_short

_CODE = re.compile(r"[a-z][a-z0-9-]*(\.[a-z0-9-]+)+")
_LONGEST_TEXT = 500


def _has_sample(subject: Subject) -> None:
    there = subject.samples_of(AdvisorSample)
    if subject.brought.advises and not any(sample.advised for sample in there):
        break_for(["no event is named that deserves advice: write an AdvisorSample"])
    if subject.brought.advises and not any(sample.silent for sample in there):
        break_for(["no event is named that deserves none: write an AdvisorSample"])


def _advised(subject: Subject) -> list[tuple[Story, Trial]]:
    samples = subject.samples_of(AdvisorSample)
    return list(told_of(subject, [story for sample in samples for story in sample.advised]))


def _advises(subject: Subject) -> None:
    break_for(
        f"{trial.flow}: {in_short(trial)}"
        for _, trial in subject.once(_advised)
        if not trial.ended_well or not trial.value
    )


def _stays_silent(subject: Subject) -> None:
    samples = subject.samples_of(AdvisorSample)
    stories = [story for sample in samples for story in sample.silent]
    if not stories:
        raise RuleSkipped("the sample names no event that deserves no advice")
    break_for(
        f"{trial.flow}: {in_short(trial)}"
        for _, trial in told_of(subject, stories)
        if not trial.ended_well or trial.value
    )


def _reads_well(subject: Subject) -> None:
    faults = []
    for _, trial in subject.once(_advised):
        for advice in trial.value if isinstance(trial.value, list) else []:
            faults += [f"{trial.flow}: {fault}" for fault in _faults_of(advice)]
    break_for(faults)


def _faults_of(advice: object) -> Iterator[str]:
    if not isinstance(advice, Advice):
        return
    if not _CODE.fullmatch(advice.code):
        yield f"the code {advice.code!r} is not of the form area.what-is-meant"
    texts = {"title": advice.title, "cause": advice.cause, "done": advice.done}
    for name, text in texts.items():
        if text and (len(text) > _LONGEST_TEXT or not text.isprintable()):
            yield f"the {name} of {advice.code} is no sentence that can be shown: {text[:80]!r}"
        elif not text.strip() and name != "done":
            yield f"{advice.code} has no {name}"
    if not advice.actions:
        yield f"{advice.code} names nothing that can be done: a first action"
    for action in advice.actions:
        if not action.label.strip():
            yield f"{advice.code} has the action {action.id!r} without a label"
        if not all(action.argv):
            yield f"{advice.code} has an action with an empty word in its command"


def _hears_what_it_names(subject: Subject) -> None:
    manifest = subject.candidate.manifest
    use = manifest.use_of("orpheus_advise") if manifest else None
    if use is None or not use.events:
        raise RuleSkipped("its manifest names no events: it is asked about all")
    hears = [re.compile(pattern.replace(".", r"\.").replace("*", ".*")) for pattern in use.events]
    stories = [story for story, _ in subject.once(_advised)]
    break_for(
        f"the sample's {event.kind} is none of {', '.join(use.events)}"
        for story in stories
        for event in events_of(story)[-1:]
        if not any(pattern.fullmatch(event.kind) for pattern in hears)
    )


def _survives_any_event(subject: Subject) -> None:
    stories: list[Story] = [tuple(every_event(text)) for text in ("", "plain", HOSTILE)]
    break_for(
        f"hear an event of every kind: {trial.defect()}"
        for _, trial in told_of(subject, stories)
        if trial.defect()
    )


def _rule(code: str, level: Level, says: str, check: Callable[[Subject], None]) -> Rule:
    return Rule(code=code, level=level, kind=RuleKind.ADVISOR, says=says, check=check)


RULES = (
    _rule(
        "advisor.has-sample",
        Level.SILVER,
        "An advisor has a sample: events that deserve advice, and events that do not.",
        _has_sample,
    ),
    _rule(
        "advisor.advises",
        Level.SILVER,
        "Each event that deserves advice gets some.",
        _advises,
    ),
    _rule(
        "advisor.stays-silent",
        Level.SILVER,
        "Each event that deserves no advice gets none.",
        _stays_silent,
    ),
    _rule(
        "advisor.reads-well",
        Level.SILVER,
        "Advice has a code like area.what-is-meant, a title, a cause, and actions with labels.",
        _reads_well,
    ),
    _rule(
        "advisor.hears-what-it-names",
        Level.SILVER,
        "The events that deserve advice are among those that the manifest names.",
        _hears_what_it_names,
    ),
    _rule(
        "advisor.survives-any-event",
        Level.GOLD,
        "No event makes an advisor fail, whatever it holds.",
        _survives_any_event,
    ),
)
