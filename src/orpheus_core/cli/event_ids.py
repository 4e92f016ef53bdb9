"""From the part of an id that a person types to the whole of it."""

from __future__ import annotations

from collections.abc import Iterable

from orpheus_core.brain.log.event_log import LAST_RUN, EventLog, short_id
from orpheus_core.brain.log.id_parts import SHORTEST, only_one, typed
from orpheus_core.cli.failures import nearest


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
    if typed(part) == LAST_RUN:
        return LAST_RUN
    return _whole((run.run_id for run in log.runs()), part, "run", "orpheus event query --run last")


def _whole(known: Iterable[str], part: str, what: str, listing: str) -> str:
    word = typed(part)
    ids = list(dict.fromkeys(known))
    found = [each for each in ids if each.lower() == word]
    if not found and len(word) >= SHORTEST:
        found = [each for each in ids if each.startswith(word) or each.endswith(word)]
    near = nearest(word, [short_id(each) for each in ids]) if not found else None
    return only_one(part, found, what, listing=f"did you mean {near}?" if near else listing)
