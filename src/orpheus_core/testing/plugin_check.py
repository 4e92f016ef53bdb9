"""``orpheus plugin check``: the conformance kit from the command line.

The command alone: what it does is in `conformance`, so that help stays light.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orpheus_core.cli.columns import wrap
from orpheus_core.cli.envelope import found_wrong, success
from orpheus_core.cli.groups import OrpheusCommand
from orpheus_core.cli.invocation import Invocation
from orpheus_core.cli.options import OneOf
from orpheus_core.errors import ExitStatus, ProblemsFound

if TYPE_CHECKING:
    from orpheus_core.testing.conformance.check_task import ReportTold, RuleTold, Target

LIMIT_S = 600.0
"""How long trying one plugin may take."""

_SCHEMA = "orpheus.plugin-check/1"
_LEVELS = ("bronze", "silver", "gold")
_REST = " " * 8
_HOW_TO_GET_FURTHER = (
    "silver and gold need a sample: write one, and name it in orpheus.toml as "
    'sample = "package.sample:SAMPLE"'
)


@click.command(cls=OrpheusCommand, name="check")
@click.argument("name", metavar="[NAME|PATH]", required=False)
@click.option(
    "--level",
    metavar="LEVEL",
    type=OneOf(_LEVELS),
    help="It has to reach bronze, silver or gold.  [default: gold; bronze without a sample]",
)
@click.pass_obj
def check_plugin(invocation: Invocation, name: str | None, level: str | None) -> ExitStatus:
    """Try a plugin out, and say what it does not do well.

    NAME is an installed plugin, PATH the folder of a plugin's project; without either, all
    installed plugins are tried. Each is tried in a process of its own, on the sample that its
    manifest names, without a network. Ends with 13 when one does not reach its level.

    \b
      orpheus plugin check deezer
      orpheus plugin check . --level silver
    """
    from orpheus_core.testing.conformance.targets import targets_of

    reports = []
    for target in targets_of(name):
        if not (invocation.json or invocation.quiet):
            invocation.output.say(f"trying {target.label}")
        reports.append(_tried(target, level or ""))
        if not invocation.json:
            invocation.output.result(*_lines(reports[-1], verbose=invocation.verbose > 0))
    if not reports and not invocation.json:
        invocation.output.result("no plugin is installed besides those of the core")
    return _ended(invocation, reports)


def _tried(target: Target, level: str) -> ReportTold:
    """Try *target* in a child process, and return what it tells."""
    import cattrs

    from orpheus_core.testing.conformance.check_task import Order, ReportTold, failed
    from orpheus_core.testing.conformance.child_process import run_python
    from orpheus_core.testing.conformance.targets import path_of

    with tempfile.TemporaryDirectory(prefix="orpheus-check-", ignore_cleanup_errors=True) as folder:
        ended = run_python(
            f"{Order.__module__}:check_in_child",
            cattrs.unstructure(Order(target=target, wanted=level)),
            Path(folder),
            path=path_of(target),
            limit_s=LIMIT_S,
        )
    if ended.answer is None:
        return failed(target, level, ended.error)
    return cattrs.structure(ended.answer, ReportTold)


def _lines(report: ReportTold, *, verbose: bool) -> Iterator[str]:
    for rule in report.rules:
        if rule.outcome.value == "broken":
            yield from _told("BROKEN", rule)
        elif verbose:
            yield from _told(rule.outcome.value, rule)
    yield _summary(report)
    if report.needs_sample:
        yield from wrap(_HOW_TO_GET_FURTHER, "next    ", _REST)


def _told(word: str, rule: RuleTold) -> Iterator[str]:
    yield from wrap(f"{rule.code} ({rule.level}): {rule.says}", f"{word:<8}", _REST)
    for line in rule.evidence:
        yield from wrap(line, f"{_REST}- ", f"{_REST}  ")


def _summary(report: ReportTold) -> str:
    reached = report.reached or "not even bronze"
    kept = f"{report.label}: {reached}, {len(report.rules)} rules"
    broken = sum(rule.outcome.value == "broken" for rule in report.rules)
    if not broken:
        return kept
    return f"{kept}, {broken} of them broken; {report.wanted} was due"


def _ended(invocation: Invocation, reports: Sequence[ReportTold]) -> ExitStatus:
    short = [report for report in reports if not report.ok]
    status = ExitStatus.FINDINGS if short else ExitStatus.OK
    if not invocation.json:
        return status
    data = {"plugins": [_data(report) for report in reports]}
    if not short:
        invocation.output.document(success(invocation, _SCHEMA, data))
        return status
    error = ProblemsFound(
        f"{len(short)} of {len(reports)} plugins do not reach their level",
        why="; ".join(_summary(report) for report in short),
        done="nothing was changed",
        next_step="mend what is named as broken, then check again",
    )
    invocation.output.document(found_wrong(invocation, _SCHEMA, data, error, status))
    return status


def _data(report: ReportTold) -> dict[str, object]:
    return {
        "plugin": report.id,
        "label": report.label,
        "level": report.reached or None,
        "wanted": report.wanted,
        "ok": report.ok,
        "needs_sample": report.needs_sample,
        "rules": [
            {
                "code": rule.code,
                "level": rule.level,
                "says": rule.says,
                "outcome": rule.outcome.value,
                "evidence": list(rule.evidence),
            }
            for rule in report.rules
        ],
    }
