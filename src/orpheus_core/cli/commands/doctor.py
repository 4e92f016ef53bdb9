"""``orpheus doctor``: what is wrong here, and what to do about it."""

from __future__ import annotations

import collections
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from orpheus_core.cli.amounts import count_text
from orpheus_core.cli.columns import wrap
from orpheus_core.cli.envelope import found_wrong, success
from orpheus_core.cli.groups import OrpheusCommand
from orpheus_core.cli.invocation import Invocation
from orpheus_core.errors import ExitStatus, ProblemsFound

if TYPE_CHECKING:
    from orpheus_core.cli.examination import Found, Grade, Group

_SCHEMA = "orpheus.doctor/1"
_GROUP_COLUMNS = 11
_STATE_COLUMNS = 8
_REST = " " * (_GROUP_COLUMNS + 8)
_WORDS = {"warning": "warn", "skipped": "skip"}


@click.command(cls=OrpheusCommand, name="doctor")
@click.argument("groups", metavar="[GROUP...]", nargs=-1)
@click.option("--deep", is_flag=True, help="Import each plugin in a process of its own, too.")
@click.option(
    "--limit",
    "limit_s",
    metavar="SECONDS",
    type=click.FloatRange(min=0.1, max=3600),
    default=10.0,
    help="How long one import, or one check of a plugin, may take.  [default: 10]",
)
@click.option("--strict", is_flag=True, help="End with 13 for a warning, too.")
@click.pass_obj
def doctor(
    invocation: Invocation, groups: tuple[str, ...], deep: bool, limit_s: float, strict: bool
) -> ExitStatus:
    """Look for what is wrong here, and say what to do about it.

    GROUP is install, plugins, or the name of a plugin, which is then asked for the checks
    that it brings; otherwise no plugin is imported. Ends with 13 when an error is found.

    \b
      orpheus doctor
      orpheus doctor plugins --deep
    """
    from orpheus_core.cli.examination import Examination
    from orpheus_core.cli.line_checks import LineChecks
    from orpheus_core.cli.opening import opened
    from orpheus_core.version import VERSION

    def begins(plugin: str) -> None:
        if invocation.verbose:
            invocation.output.say(f"importing {plugin} in a process of its own")

    with opened(invocation, warn=False, eager=False) as app:
        checks = LineChecks(app, limit_s if deep else None, begins)
        app.plugins.register_builtins({"core-line-checks": checks}, VERSION)
        examination = Examination(app, deep=deep, limit_s=limit_s)
        found = examination.of([name.strip().lower() for name in groups])
        invocation.abandoned = examination.left_behind
        return _shown(invocation, found, strict=strict)


def _shown(invocation: Invocation, groups: Sequence[Group], *, strict: bool) -> ExitStatus:
    counts = collections.Counter(found.grade.value for group in groups for found in group.found)
    is_bad = counts["error"] or (strict and counts["warning"])
    status = ExitStatus.FINDINGS if is_bad else ExitStatus.OK
    if invocation.json:
        data = _data(groups, counts)
        document = (
            found_wrong(invocation, _SCHEMA, data, _error(groups, counts), status)
            if is_bad
            else success(invocation, _SCHEMA, data)
        )
        invocation.output.document(document)
        return status
    for group in groups:
        invocation.output.result(*_lines(group))
    invocation.output.result(_total(counts))
    return status


def _lines(group: Group) -> list[str]:
    name = f"{group.name:<{_GROUP_COLUMNS - 1}} "
    if not group.found:
        state = _WORDS.get(group.grade.value, group.grade.value)
        return wrap(group.title, f"{name}{state:<{_STATE_COLUMNS}}", _REST)
    lines = []
    found = sorted(group.found, key=lambda each: -each.finding.severity)
    for number, each in enumerate(found):
        state = _word(each.grade)
        first = name
        if number:
            first = " " * _GROUP_COLUMNS
        else:
            alike = sum(other.grade is each.grade for other in found)
            state = count_text(alike, state)
        lines += wrap(each.finding.message, f"{first}{state:<{_STATE_COLUMNS - 1}} ", _REST)
        lines += _more("why", each.finding.why)
        lines += _more("next", each.finding.next_step)
    return lines


def _word(grade: Grade) -> str:
    return _WORDS.get(grade.value, grade.value)


def _more(label: str, text: str) -> list[str]:
    return wrap(text, f"{'':13}{label:<6}", _REST) if text else []


def _total(counts: collections.Counter[str]) -> str:
    said = [count_text(counts[word], word) for word in ("error", "warning", "note") if counts[word]]
    return f"{', '.join(said)}." if said else "Nothing is wrong."


def _error(groups: Sequence[Group], counts: collections.Counter[str]) -> ProblemsFound:
    """What stands for all findings; the gravest says what to do first."""
    found: list[Found] = [each for group in groups for each in group.found]
    gravest = max(found, key=lambda each: each.finding.severity)
    return ProblemsFound(
        _total(counts).rstrip("."),
        why=gravest.finding.message,
        done="nothing was changed",
        next_step=gravest.finding.next_step,
    )


def _data(groups: Sequence[Group], counts: collections.Counter[str]) -> dict[str, object]:
    return {
        "groups": [
            {
                "group": group.name,
                "state": group.grade.value,
                "title": group.title,
                "findings": [
                    {
                        "check": each.check,
                        "severity": each.finding.severity.name.lower(),
                        "message": each.finding.message,
                        "why": each.finding.why,
                        "next_step": each.finding.next_step,
                    }
                    for each in group.found
                ],
            }
            for group in groups
        ],
        "totals": {
            "errors": counts["error"],
            "warnings": counts["warning"],
            "notes": counts["note"],
        },
    }
