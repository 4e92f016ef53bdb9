"""Finds out what ``orpheus explain`` was asked for, where no table has it."""

from __future__ import annotations

import re

from orpheus_core.app import Orpheus
from orpheus_core.brain import KINDS, Event, Rule, Severity
from orpheus_core.brain.log.event_log import EventLog
from orpheus_core.cli.advised import advised_in
from orpheus_core.cli.envelope import success
from orpheus_core.cli.event_ids import whole_job_id
from orpheus_core.cli.failure_story import show_story
from orpheus_core.cli.failures import nearest
from orpheus_core.cli.invocation import Advised, Invocation
from orpheus_core.cli.opening import opened
from orpheus_core.cli.rule_texts import advice_page, advised_by, rule_data, rule_page
from orpheus_core.errors import Cancelled, UnknownWord, error_types

_LAST = "last"
_ID = re.compile("[0-9a-f-]{4,36}")
_STOPPED = {Cancelled.code, *(each.code for each in error_types(Cancelled))}
"""What a person or the system stopped did not fail."""


def explain_other(invocation: Invocation, word: str) -> None:
    """Explain *word*: ``last``, the code of an advice, a rule, the id of a job or an event.

    Raises:
        UnknownWord: it is none of these.
        UnreadableLog, StorageError: the log cannot be read.
    """
    with opened(invocation, warn=False, eager=False) as app:
        if word == _LAST:
            _explain_last(invocation, app)
        elif _ID.fullmatch(word):
            _explain_id(invocation, app, word)
        else:
            _explain_name(invocation, app, word)


def _explain_last(invocation: Invocation, app: Orpheus) -> None:
    failure = last_failure(app.brain.log)
    if failure is not None:
        show_story(invocation, app, failure, "Last failure")
    elif invocation.json:
        data: dict[str, object] = {"event": None, "steps": [], "left_out": 0, "actions": []}
        invocation.output.document(success(invocation, "orpheus.story/1", data))
    else:
        invocation.output.result("No failure is in the log of events.")


def last_failure(log: EventLog) -> Event | None:
    """Return the event of the last failure in *log*: of a job, or of a command outside of jobs."""
    graves = log.query(min_severity=Severity.ERROR, newest_first=True)
    failed = next((event for event in graves if _is_failure(event)), None)
    ends = log.query(kinds=["cli.finished"], error_type="*", newest_first=True)
    ended = next((event for event in ends if _is_failure(event)), None)
    if failed is None or ended is None:
        return failed or ended
    # The end of a command says that something failed in it: what failed says more.
    return ended if ended.time > failed.time and ended.run_id != failed.run_id else failed


def _is_failure(event: Event) -> bool:
    """Whether *event* is no advice on a failure, and nobody asked for what happened."""
    return not event.kind.startswith("brain.") and event.error_type not in _STOPPED


def _explain_id(invocation: Invocation, app: Orpheus, part: str) -> None:
    log = app.brain.log
    try:
        job = whole_job_id(log, part)
    except UnknownWord:
        event = log.get(part)
        show_story(invocation, app, event, "Event")
        return
    graves = log.query(correlation_id=job, min_severity=Severity.ERROR, newest_first=True)
    failed = next((event for event in graves if _is_failure(event)), None)
    last = failed or next(log.query(correlation_id=job, newest_first=True, limit=1))
    show_story(invocation, app, last, "Job")


def _explain_name(invocation: Invocation, app: Orpheus, word: str) -> None:
    rules = app.plugins.collect("orpheus_rules", Rule)
    for answer in rules:
        if answer.value.id.lower() == word:
            _show_rule(invocation, answer.value, answer.plugin)
            return
    of_rules = [advised_by(answer.value, answer.plugin) for answer in rules]
    known = {advised.code.lower(): advised for advised in of_rules if advised is not None}
    advised = known.get(word) or _given(app.brain.log, word)
    if advised is not None:
        _show_advice(invocation, advised)
        return
    names = [*(each.code for each in error_types()), *KINDS, *known]
    near = nearest(word, [*names, *(answer.value.id for answer in rules)])
    raise UnknownWord(
        f"there is no error, advice, rule or kind of event called {word!r}",
        why="a code is the word in brackets of the first line of an error",
        next_step=f"orpheus explain {near}     if that is what you meant"
        if near
        else "codes look like net.dns-failure, svc.rate-limited, io.disk-full",
    )


def _given(log: EventLog, code: str) -> Advised | None:
    """The advice with *code* that was given last: of advisors nothing else is known."""
    for event in log.query(kinds=["brain.advice.given"], newest_first=True):
        if str(event.data.get("code", "")).lower() == code:
            return advised_in(event)
    return None


def _show_rule(invocation: Invocation, rule: Rule, plugin: str) -> None:
    if invocation.json:
        data = rule_data(rule, plugin)
        invocation.output.document(success(invocation, "orpheus.rule/1", data))
    else:
        invocation.output.result(*rule_page(rule, plugin))


def _show_advice(invocation: Invocation, advised: Advised) -> None:
    if invocation.json:
        document = success(invocation, "orpheus.advice/1", advised.as_data())
        invocation.output.document(document)
    else:
        invocation.output.result(*advice_page(advised))
