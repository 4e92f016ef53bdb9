"""The options that choose events, the same for each command that looks through them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar

import click

from orpheus_core.cli.options import OneOf

if TYPE_CHECKING:
    from orpheus_core.app import Orpheus
    from orpheus_core.brain import Event

_SEVERITIES = ("debug", "info", "warning", "error", "critical")
"""As `orpheus_core.brain.Severity` names them; help need not import it."""

Command = TypeVar("Command", bound=Callable[..., Any])
"""What Click decorates: Any, as Click types it."""


class Filters(TypedDict):
    """What the options of `filtering` say, by their names."""

    kinds: tuple[str, ...]
    min_severity: str
    service: str | None
    plugin: str | None
    code: str | None
    job: str | None


class Choice(Filters):
    """What the options of `choosing` say, by their names."""

    since: str | None
    until: str | None
    run: str | None


def filtering(command: Command) -> Command:
    """Give *command* the options that say which events it looks at."""
    return _with(
        command,
        click.option(
            "--kind",
            "kinds",
            metavar="KIND",
            multiple=True,
            help="Of this kind; * stands for any letters. May be given several times.",
        ),
        click.option(
            "--min-severity",
            metavar="SEVERITY",
            type=OneOf(_SEVERITIES),
            default="debug",
            help="At least so grave: debug, info, warning, error or critical.",
        ),
        click.option("--service", metavar="NAME", help="About this service."),
        click.option("--plugin", metavar="NAME", help="About this plugin."),
        click.option("--code", metavar="CODE", help="With this error; * stands for any letters."),
        click.option("--job", metavar="ID", help="Of this job; the end of its id is enough."),
    )


def choosing(command: Command) -> Command:
    """Give *command* the options of `filtering`, and those that say when and of which run."""
    return _with(
        command,
        click.option("--since", metavar="WHEN", help="From then on: 30m, 2h, 7d, or a date."),
        click.option("--until", metavar="WHEN", help="Before then: 30m, 2h, 7d, or a date."),
        filtering,
        click.option("--run", metavar="ID", help="Of this run; last is the one that wrote last."),
    )


def _with(command: Command, *options: Callable[[Command], Command]) -> Command:
    for option in reversed(options):
        command = option(command)
    return command


def chosen_events(
    app: Orpheus, choice: Choice, *, limit: int | None = None, newest_first: bool = False
) -> Iterator[Event]:
    """Return the events in the log that *choice* says.

    Raises:
        UsageError: the choice means nothing.
        UnreadableLog, StorageError: the log cannot be read.
    """
    from orpheus_core.cli.event_moments import moment_of

    now = app.clock.now()
    since, until = choice["since"], choice["until"]
    return app.brain.log.query(
        kinds=_kinds(choice),
        min_severity=choice["min_severity"],
        service=choice["service"],
        plugin=choice["plugin"],
        error_type=choice["code"],
        correlation_id=_job(app, choice),
        run_id=_run(app, choice["run"]),
        since=moment_of(since, "--since", now) if since else None,
        until=moment_of(until, "--until", now) if until else None,
        limit=limit,
        newest_first=newest_first,
    )


def followed_events(app: Orpheus, filters: Filters, *, last: int) -> Iterator[Event]:
    """Return the *last* events in the log that *filters* say, and those that come, for ever.

    Raises: as `chosen_events`.
    """
    return app.brain.log.follow(
        kinds=_kinds(filters),
        min_severity=filters["min_severity"],
        service=filters["service"],
        plugin=filters["plugin"],
        error_type=filters["code"],
        correlation_id=_job(app, filters),
        last=last,
    )


def _kinds(filters: Filters) -> tuple[str, ...]:
    return tuple(kind.strip().lower() for kind in filters["kinds"]) or ("*",)


def _job(app: Orpheus, filters: Filters) -> str | None:
    from orpheus_core.cli.event_ids import whole_job_id

    part = filters["job"]
    return whole_job_id(app.brain.log, part) if part is not None else None


def _run(app: Orpheus, part: str | None) -> str | None:
    from orpheus_core.cli.event_ids import whole_run_id

    return whole_run_id(app.brain.log, part) if part is not None else None
