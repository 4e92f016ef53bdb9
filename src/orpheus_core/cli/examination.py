"""Runs the checks of the core and of plugins, each guarded, and gathers what they find."""

from __future__ import annotations

import enum
import functools
import threading
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import NamedTuple

from orpheus_core.app import Orpheus
from orpheus_core.brain import Check, Finding, Severity
from orpheus_core.cli.failures import nearest
from orpheus_core.cli.line_checks import of_error
from orpheus_core.errors import OrpheusError, UnknownWord
from orpheus_core.plugins import PluginRecord, in_words
from orpheus_core.plugins.hints import repair

HOOK = "orpheus_checks"
_FIRST = ("install", "plugins")


class Grade(enum.Enum):
    """How a group, or one finding, is counted."""

    OK = "ok"
    SKIPPED = "skipped"
    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"


class Found(NamedTuple):
    """A finding, and the check that found it."""

    check: str
    finding: Finding

    @property
    def grade(self) -> Grade:
        """How grave it is."""
        severity = self.finding.severity
        if severity >= Severity.ERROR:
            return Grade.ERROR
        return Grade.WARNING if severity >= Severity.WARNING else Grade.NOTE


class Group(NamedTuple):
    """What was looked at together. *title* says what, or why it was not looked at."""

    name: str
    title: str
    found: tuple[Found, ...] = ()
    is_skipped: bool = False

    @property
    def grade(self) -> Grade:
        """The gravest of what was found."""
        if self.is_skipped:
            return Grade.SKIPPED
        order = list(Grade)
        return max((found.grade for found in self.found), key=order.index, default=Grade.OK)


class Examination:
    """One visit to the doctor.

    Nothing is imported for the checks of the core. A plugin has its own ones when it is asked
    for by name, or when a deep look is taken.

    Args:
        deep: look thoroughly, and take time for it.
        limit_s: how long one check of a plugin may take.
    """

    def __init__(self, app: Orpheus, *, deep: bool, limit_s: float) -> None:
        self._app = app
        self._deep = deep
        self._limit_s = limit_s
        self.left_behind = False
        """Whether a check is still running: the process will not end by itself."""

    def of(self, names: Collection[str]) -> list[Group]:
        """Return what is found in the groups *names*; in all that ask for nothing when empty.

        Raises:
            UnknownWord: there is no such group.
        """
        records = self._app.plugins.records()
        core = self._checks_of_core(records)
        plugins = {record.id: record for record in records if not record.builtin}
        self._know(names, {check.group for _, check in core} | set(plugins))
        wanted = [(owner, check) for owner, check in core if not names or check.group in names]
        titles: dict[str, list[str]] = {}
        found: dict[str, list[Found]] = {}
        for owner, check in wanted:
            titles.setdefault(check.group, []).append(check.title)
            found.setdefault(check.group, []).extend(self._run(owner, check, limit_s=None))
        groups = [Group(name, ", ".join(titles[name]), tuple(found[name])) for name in titles]
        broken = {each.id for each in plugins.values() if self._is_named(each, found)}
        for record in plugins.values():
            if record.id in names or (self._deep and not names and self._may_ask(record, broken)):
                groups.append(self._of_plugin(record))
            elif not names and HOOK in record.hooks:
                title = f"not asked (orpheus doctor {record.id})"
                groups.append(Group(record.id, title, is_skipped=True))
        return sorted(groups, key=lambda group: (_rank(group.name), group.name))

    def _checks_of_core(self, records: Iterable[PluginRecord]) -> list[tuple[str, Check]]:
        return [
            (answer.plugin, answer.value)
            for record in records
            if record.builtin and HOOK in record.hooks
            for answer in self._app.plugins.collect(HOOK, Check, only=record.id)
        ]

    def _know(self, names: Collection[str], known: Collection[str]) -> None:
        for name in names:
            if name not in known:
                near = nearest(name, sorted(known))
                raise UnknownWord(
                    f"there is no group {name!r} to look at",
                    why=f"the groups are {', '.join(sorted(known, key=_rank))}",
                    next_step=f"orpheus doctor {near}     if that is what you meant"
                    if near
                    else "orpheus doctor",
                )

    def _is_named(self, record: PluginRecord, found: dict[str, list[Found]]) -> bool:
        """Whether an error was found with the plugin: then it is not asked on top of that."""
        errors = [each for each in found.get("plugins", ()) if each.grade is Grade.ERROR]
        return any(f"plugin {record.id} " in each.finding.message for each in errors)

    def _may_ask(self, record: PluginRecord, broken: Collection[str]) -> bool:
        return HOOK in record.hooks and record.id not in broken

    def _of_plugin(self, record: PluginRecord) -> Group:
        """Import the plugin, and run the checks that it brings."""
        host = self._app.plugins
        try:
            host.activate(record.id)
            checks = [answer.value for answer in host.collect(HOOK, Check, only=record.id)]
        except OrpheusError as error:
            return Group(record.id, "", (Found(f"{record.id}.import", of_error(error)),))
        found = [
            each for check in checks for each in self._run(record.id, check, limit_s=self._limit_s)
        ]
        titles = ", ".join(check.title for check in checks)
        return Group(record.id, titles or "it has no checks of its own", tuple(found))

    def _run(self, plugin: str, check: Check, *, limit_s: float | None) -> list[Found]:
        """Run *check*; that it fails, or does not end, is a finding as well."""
        outcome = _Outcome()
        ask = functools.partial(self._asked, plugin, check, outcome)
        if limit_s is None:
            ask()
        elif not _ended(ask, limit_s):
            self.left_behind = True
            return [self._failed(plugin, check, f"it did not end within {limit_s:g} s")]
        if outcome.error is not None:
            return [self._failed(plugin, check, in_words(outcome.error))]
        return [Found(check.id, finding) for finding in outcome.findings]

    def _asked(self, plugin: str, check: Check, outcome: _Outcome) -> None:
        def work() -> None:
            try:
                outcome.findings = _findings(check.run(self._deep))
            except BaseException as error:
                outcome.error = error
                raise

        self._app.plugins.guarded(plugin, HOOK, work)

    def _failed(self, plugin: str, check: Check, why: str) -> Found:
        record = self._app.plugins.record(plugin)
        finding = Finding(
            severity=Severity.ERROR,
            message=f"the check {check.id} of plugin {plugin} could not be done",
            why=why,
            next_step=repair(record),
        )
        return Found(check.id, finding)


class _Outcome:
    """What came of a check."""

    def __init__(self) -> None:
        self.findings: Sequence[Finding] = ()
        self.error: BaseException | None = None


def _findings(answer: object) -> list[Finding]:
    """*answer*, if it holds findings and nothing else.

    Raises:
        TypeError: it does not.
    """
    if answer is None:
        return []
    values = list(answer) if isinstance(answer, Iterable) else [answer]
    for value in values:
        if not isinstance(value, Finding):
            raise TypeError(f"a check answers with findings, not with {type(value).__name__}")
    return [value for value in values if isinstance(value, Finding)]


def _ended(work: Callable[[], None], limit_s: float) -> bool:
    """Whether *work* ended in time, on a thread of its own."""
    thread = threading.Thread(target=work, name="orpheus-check", daemon=True)
    thread.start()
    thread.join(limit_s)
    return not thread.is_alive()


def _rank(group: str) -> tuple[int, str]:
    return (_FIRST.index(group) if group in _FIRST else len(_FIRST), group)
