"""Tells what happened in a job, step by step, in words for a person."""

from __future__ import annotations

import collections
import re
from collections.abc import Iterable, Mapping

import attrs

from orpheus_core.brain import KINDS, Event, RetryQuestion, Scalar, Severity
from orpheus_core.brain.kind import FieldType
from orpheus_core.cli.amounts import size_text, time_text
from orpheus_core.cli.event_lines import summary, value_text

_PREDICTED = "brain.prediction.made"
_LIKELY = 0.5
_FIRST, _LAST = 10, 30
_FIELD = re.compile(r"\{([a-z0-9_.]+)\}")
_PART = re.compile(r"\[([^\]]*)\]")

_WORDS = {"mitigation", "prediction", "question", "verdict"}
"""Fields whose texts are words of ours, spelt with underscores."""

_SAYINGS: dict[str, tuple[str, str]] = {
    "job.started": ("began", "{ref}[, {quality}]"),
    "job.resolved": ("found", "{title}[ by {artist}][, {track_total} tracks]"),
    "job.recovered": ("resumed", "{tracks_done} tracks were there from an earlier run"),
    "job.paused": ("paused", "[for {after_s}: ]{reason}"),
    "job.resumed": ("resumed", "after {waited_s}"),
    "job.finished": ("done", "[{tracks_done} tracks][, {tracks_failed} failed][, {size_bytes}]"),
    "job.failed": ("failed", "{message}[: {why}]"),
    "stage.skipped": ("skipped", "{stage}[ of {subject}]: {reason}"),
    "stage.failed": ("failed", "{stage}[ of {subject}]: {message}[ ({why})]"),
    "login.attempt": ("tried", "login to {service}[ with {strategy}]"),
    "login.succeeded": ("answer", "logged in to {service}[ with {strategy}]"),
    "login.failed": ("answer", "{message}[: {why}]"),
    "login.strategy.switched": ("decided", "login with {strategy}, not {before}[: {reason}]"),
    "network.request.failed": ("failed", "{http.request.method} {url.full}: {message}[ ({why})]"),
    "network.retry.scheduled": ("again", "{url.full}[ in {after_s}]"),
    "network.endpoint.switched": (
        "switched",
        "to {alternative}[ from {server.address}][: {reason}]",
    ),
    "transfer.interrupted": ("failed", "{message}[ at {done_bytes}][ of {size_bytes}]"),
    "transfer.resumed": ("resumed", "behind {offset_bytes}[ of {size_bytes}]"),
    "transfer.restarted": ("again", "from the start[: {reason}]"),
    "brain.rule.fired": ("rule", "{rule}[ for {scope}][, after {matched} events]"),
    "brain.mitigation.applied": ("done", "{mitigation}: {scope}[, for {for_s}][ (rule {rule})]"),
    "brain.mitigation.ended": ("ended", "{mitigation}: {scope}[ (rule {rule})]"),
    "brain.decision.made": (
        "decided",
        "[{asked}: ]{verdict}[ {choice}][ in {after_s}][: {reason}][ (rule {rule})]",
    ),
    "brain.prediction.made": (
        "expected",
        (
            "{prediction}[ {outcome}] for {about}: {chance} likely"
            "[ (confidence {confidence}, {observations} observations)][: {reason}]"
        ),
    ),
    "brain.advice.given": ("advice", "{title}"),
    "artifact.written": ("done", "the folder is there[: {path}]"),
    "artifact.mismatched": ("failed", "{file}: {fault}"),
    "cli.finished": ("ended", "{command}[: {message}]"),
    "cli.interrupted": ("stopped", "{command}"),
}
"""The word and the sentence of each kind; a part in brackets is left out when a field in it is
empty. Other kinds are told by the last word of their name and what the table says of them."""


@attrs.frozen(kw_only=True)
class Step:
    """One event, told: *word* for what kind of step it is, *text* for the rest."""

    event: Event
    word: str
    text: str


@attrs.frozen(kw_only=True)
class Story:
    """The steps, in order; *left_out* of them, from the middle, are not among them.

    *left_out_after* is how many steps come before those.
    """

    steps: tuple[Step, ...] = ()
    left_out: int = 0
    left_out_after: int = 0


def story_of(events: Iterable[Event], about: Event) -> Story:
    """Return what *events*, those of one job in order, tell that matters to a person.

    However many they are, only the first and the last steps are held. That of *about* is among
    them, unless many others came behind it.
    """
    first: list[Event] = []
    last: collections.deque[Event] = collections.deque(maxlen=_LAST)
    count = 0
    predicted: set[str] = set()
    for event in events:
        if event.id != about.id and not _matters(event, predicted):
            continue
        count += 1
        if len(first) < _FIRST:
            first.append(event)
        else:
            last.append(event)
    steps = tuple(_step(event) for event in (*first, *last))
    return Story(steps=steps, left_out=count - len(steps), left_out_after=len(first))


def _matters(event: Event, predicted: set[str]) -> bool:
    """Whether *event* is told.

    Of predictions, the first of its sort, and not too many; none of what is unlikely: that
    moved nobody.
    """
    if event.kind != _PREDICTED:
        return event.severity >= Severity.INFO
    chance = event.data.get("chance")
    if not isinstance(chance, float) or chance < _LIKELY:
        return False
    sort = " ".join(str(event.data.get(name)) for name in ("prediction", "about", "outcome"))
    if sort in predicted or len(predicted) == _FIRST:
        return False
    predicted.add(sort)
    return True


def _step(event: Event) -> Step:
    row = KINDS.get(event.kind)
    word, saying = _SAYINGS.get(event.kind, (event.kind.rpartition(".")[2], ""))
    if not saying:
        text = " ".join(filter(None, (row.means if row else "", summary(event))))
        return Step(event=event, word=word, text=text)
    texts = _texts(event)
    outside, *parts = _PART.split(saying)
    text = _filled(outside, texts)
    for part, behind in zip(parts[::2], parts[1::2], strict=True):
        if all(texts.get(name) for name in _FIELD.findall(part)):
            text += _filled(part, texts)
        text += _filled(behind, texts)
    return Step(event=event, word=word, text=text)


def _filled(saying: str, texts: Mapping[str, str]) -> str:
    return _FIELD.sub(lambda field: texts.get(field[1], ""), saying)


def _texts(event: Event) -> dict[str, str]:
    """What may stand in a sentence, by name; empty where there is nothing to say."""
    row = KINDS.get(event.kind)
    types = {field.name: field.type for field in row.fields} if row else {}
    texts = {"service": event.service or "", "subject": event.subject or ""}
    for name, value in event.data.items():
        texts[name] = "" if value is None else _text(name, value, types.get(name))
    # Whether to try again is what is asked nearly always, and the verdict says so.
    question = texts.get("question", "")
    texts["asked"] = "" if question == RetryQuestion.name else question
    return texts


def _text(name: str, value: Scalar, form: FieldType | None) -> str:
    if isinstance(value, str):
        return value.replace("_", " ") if name in _WORDS else value
    if form is FieldType.SHARE:
        return f"{value:.0%}"
    if not value:
        return ""
    if form is FieldType.SECONDS and value is not None:
        return time_text(value)
    if form is FieldType.BYTES and value is not None:
        return size_text(value)
    return value_text(value)
