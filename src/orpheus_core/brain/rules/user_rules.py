"""The rules that a person wrote. Built-in plugin ``core-user-rules``."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from orpheus_core.brain.checks import Check, Finding
from orpheus_core.brain.events import Severity
from orpheus_core.brain.rules.rule import Rule
from orpheus_core.errors import OrpheusError
from orpheus_core.hookspecs import hookimpl

USER_RULES = "core-user-rules"
"""The id of the plugin: switched off, the file is not read."""


class UserRules:
    """Brings the rules of *file*. Nothing is read before `read`, or the doctor, asks for it."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._rules: tuple[Rule, ...] = ()

    def read(self) -> None:
        """Read the file, if there is one.

        Raises:
            InvalidRules, StorageError: it cannot be used.
        """
        self._rules = _read(self._file)

    @hookimpl
    def orpheus_rules(self) -> Sequence[Rule]:
        """Answer with what was read."""
        return self._rules

    @hookimpl
    def orpheus_checks(self) -> Sequence[Check]:
        """Look whether the file, if there is one, can be used."""
        if not os.path.lexists(self._file):
            return ()
        return [
            Check(
                id="install.rules",
                title=f"your own rules ({self._file.name}) can be used",
                run=lambda _: self._findings(),
            )
        ]

    def _findings(self) -> Sequence[Finding]:
        try:
            _read(self._file)
        except OrpheusError as error:
            return [
                Finding(
                    severity=Severity.ERROR,
                    message=error.title,
                    why=error.why,
                    next_step=error.next_step,
                )
            ]
        return ()


def _read(file: Path) -> tuple[Rule, ...]:
    if not os.path.lexists(file):
        return ()
    from orpheus_core.brain.rules.rules_file import read_rules

    return read_rules(file)
