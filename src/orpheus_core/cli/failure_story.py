"""The story of a failure: what it means, how it came about, what can be done."""

from __future__ import annotations

import datetime
import shlex

from orpheus_core.app import Orpheus
from orpheus_core.brain import KINDS, Event
from orpheus_core.brain.event_json import document_of
from orpheus_core.brain.log.event_log import EventLog, short_id
from orpheus_core.cli.advised import advised_in
from orpheus_core.cli.columns import wrap
from orpheus_core.cli.envelope import success
from orpheus_core.cli.event_moments import is_today, time_text
from orpheus_core.cli.event_story import Step, Story, story_of
from orpheus_core.cli.failures import meaning_of
from orpheus_core.cli.invocation import Invocation, Offered
from orpheus_core.errors import error_types

_WORD_COLUMNS = 10
_MOST_ACTIONS = 9


def show_story(invocation: Invocation, app: Orpheus, event: Event, what: str) -> None:
    """Show how *event* came about, and what can be done; *what* is what it is called."""
    log = app.brain.log
    story = story_of(log.query(correlation_id=event.correlation_id), event)
    actions = _actions(log, event)
    if invocation.json:
        data = {
            "event": document_of(event),
            "code": event.error_type,
            "meaning": _meaning(event),
            "steps": [_data(step) for step in story.steps],
            "left_out": story.left_out,
            "actions": [action.as_data() for action in actions],
        }
        invocation.output.document(success(invocation, "orpheus.story/1", data))
        return
    invocation.output.result(
        *_heading(event, what, app.clock.now()), *_steps(story, event), *_choices(actions)
    )
    if not invocation.quiet:
        job = short_id(event.correlation_id or "")
        invocation.output.say(f"All of it: orpheus event query --job {job}")


def _heading(event: Event, what: str, now: datetime.datetime) -> list[str]:
    today = is_today(event.time, now)
    when = time_text(event.time, dated=not today).partition(".")[0]
    said = [event.error_type or event.kind, f"today {when}" if today else when]
    if event.correlation_id != event.run_id:
        said.append(f"job {short_id(event.correlation_id or '')}")
    lines = wrap(", ".join([*said, f"run {short_id(event.run_id)}"]), f"{what}: ", "  ")
    message = ": ".join(
        str(event.data[name]) for name in ("message", "why") if event.data.get(name)
    )
    return [*lines, *(wrap(message, "", "") if message else []), *wrap(_meaning(event), "", "")]


def _meaning(event: Event) -> str:
    """What the error of *event* means, or its kind where it has none that is known."""
    meanings = {each.code: meaning_of(each) for each in error_types()}
    row = KINDS.get(event.kind)
    return meanings.get(event.error_type or "") or (row.means if row else "")


def _steps(story: Story, event: Event) -> list[str]:
    lines: list[str] = []
    dated = any(not is_today(step.event.time, event.time) for step in story.steps)
    for number, step in enumerate(story.steps):
        if story.left_out and number == story.left_out_after:
            lines.append(f"  ... and {story.left_out} more ...")
        when = time_text(step.event.time, dated=dated)
        first = f"  {when}  {step.word:<{_WORD_COLUMNS}}"
        lines += wrap(step.text, first, " " * len(first))
    return lines


def _choices(actions: list[Offered]) -> list[str]:
    lines = ["You can:"] if actions else []
    for number, action in enumerate(actions, 1):
        lines += wrap(action.label, f"  {number}  ", "     ")
        command = shlex.join(action.argv)
        if command and command not in action.label:
            lines.append(f"     {command}")
    return lines


def _actions(log: EventLog, event: Event) -> list[Offered]:
    """What its error said to do, then what was advised in this job, each once.

    Of an error that said nothing, what helps with such errors in general.
    """
    found: dict[str, Offered] = {}
    said = str(event.data.get("next_step") or "")
    if said:
        found[said] = Offered("hint", said, (), "manual")
    advice = log.query(kinds=["brain.advice.given"], correlation_id=event.correlation_id)
    for told in advice:
        found.update({action.label: action for action in advised_in(told).actions})
    hints = [each.hint for each in error_types() if each.code == event.error_type and each.hint]
    row = KINDS.get(event.kind)
    for text in [] if said else hints or ([row.remedy] if row and row.remedy and not found else []):
        found.setdefault(text, Offered("hint", text, (), "manual"))
    return list(found.values())[:_MOST_ACTIONS]


def _data(step: Step) -> dict[str, object]:
    return {"word": step.word, "text": step.text, "event": document_of(step.event)}
