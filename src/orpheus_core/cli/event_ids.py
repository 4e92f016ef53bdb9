"""From the part of an id that a person types to the whole of it."""

from __future__ import annotations

from collections.abc import Iterable

from orpheus_core.brain.log.event_log import LAST_RUN, EventLog, short_id
from orpheus_core.cli.failures import nearest
from orpheus_core.errors import UnknownWord

_SHORTEST = 4
_MOST_NAMED = 5


def whole_job_id(log: EventLog, part: str) -> str:
    """Return the id of the job that *part* is of; that of a run stands for all outside of jobs.

    Args:
        part: the id, or its first or last characters, 4 at least.

    Raises:
        UnknownWord: no job in the log has such an id, or several do.
    """
    jobs = [event.correlation_id for event in log.query(kinds=["job.started"])]
    runs = [run.run_id for run in log.runs()]
    return _whole([*filter(None, jobs), *runs], part, "job", "orpheus event query --kind job.*")


def whole_run_id(log: EventLog, part: str) -> str:
    """Return the id of the run that *part* is of; ``last`` stays as it is.

    Raises:
        UnknownWord: no run in the log has such an id, or several do.
    """
    if part.strip().lower() == LAST_RUN:
        return LAST_RUN
    return _whole((run.run_id for run in log.runs()), part, "run", "orpheus event stats")


def _whole(known: Iterable[str], part: str, what: str, listing: str) -> str:
    word = part.strip().lower()
    ids = list(dict.fromkeys(known))
    found = [each for each in ids if each.lower() == word]
    if not found and len(word) >= _SHORTEST:
        found = [each for each in ids if each.startswith(word) or each.endswith(word)]
    if len(found) == 1:
        return found[0]
    if found:
        raise UnknownWord(
            f"several {what}s have an id like {part!r}",
            why=", ".join(found[:_MOST_NAMED]),
            next_step="give more of the id",
        )
    near = nearest(word, [short_id(each) for each in ids])
    raise UnknownWord(
        f"no {what} in the log has the id {part!r}",
        why="" if len(word) >= _SHORTEST else f"an id has {_SHORTEST} characters at least",
        next_step=f"did you mean {near}?" if near else listing,
    )
