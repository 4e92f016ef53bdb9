"""One run of the command line: what was asked for, how, and since when."""

from __future__ import annotations

import datetime
import os
import shlex
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from orpheus_core.cli.output import Output
from orpheus_core.cli.terminal import Color, Surroundings, Terminal, decide
from orpheus_core.errors import ExitStatus, OrpheusError


class Offered(NamedTuple):
    """Something that can be done. *applicability* says how safe it is to run *argv*."""

    id: str
    label: str
    argv: tuple[str, ...]
    applicability: str

    def as_data(self) -> dict[str, object]:
        """Return the action as a JSON document holds it."""
        return {**self._asdict(), "argv": list(self.argv)}


class Advised(NamedTuple):
    """Advice that was given, as people and programs are told of it."""

    code: str
    severity: str
    title: str
    cause: str = ""
    done: str = ""
    actions: tuple[Offered, ...] = ()
    advisor: str = ""
    service: str | None = None

    @property
    def next_step(self) -> str:
        """What is best done, in words."""
        return self.actions[0].label if self.actions else ""

    def as_data(self) -> dict[str, object]:
        """Return the advice as a JSON document holds it."""
        actions = [action.as_data() for action in self.actions]
        return {**self._asdict(), "actions": actions, "next_step": self.next_step}


class Invocation:
    """Carried from command to command as Click's ``ctx.obj``.

    The global options are put here wherever they stand on the command line. *lines*: the
    command answers in JSON lines and not in one document. *abandoned*: work was left
    behind that would keep the process from ending by itself. *outcome*: how it ends when it
    raises nothing, and the error that was told already, where something is missing.
    """

    def __init__(self, arguments: Sequence[str]) -> None:
        self.arguments = tuple(arguments)
        self.output = Output()
        self.json = False
        self.lines = False
        self.quiet = False
        self.verbose = 0
        self.color = Color.AUTO
        self.abandoned = False
        self.status: ExitStatus | None = None
        self.outcome: tuple[ExitStatus, OrpheusError | None] = (ExitStatus.OK, None)
        self.advice: list[Advised] = []
        self.broken_plugins: Callable[[], list[OrpheusError]] = list
        self.run_id = f"r-{os.urandom(4).hex()}"
        self.started = datetime.datetime.now(datetime.UTC)
        self._began_s = time.monotonic()

    @property
    def elapsed_s(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._began_s

    @property
    def options(self) -> tuple[str, ...]:
        """What was typed, up to ``--``, behind which nothing is an option."""
        end = self.arguments.index("--") if "--" in self.arguments else None
        return self.arguments[:end]

    def status_of(self, error: OrpheusError) -> ExitStatus:
        """Return the status to end with: *status* where the command set one."""
        return error.exit_status if self.status is None else self.status

    @property
    def command_line(self) -> str:
        """What was typed, as it can be typed again."""
        return shlex.join(["orpheus", *self.arguments])

    def terminal(self) -> Terminal:
        """Return how to show things now that all options are known."""
        quiet = self.quiet or self.json
        terminal = decide(Surroundings.look(), color=self.color, quiet=quiet)
        self.output.color = terminal.color
        return terminal
