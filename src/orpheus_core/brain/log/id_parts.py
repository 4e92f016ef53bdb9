"""From the part of an id that a person types to the whole of it."""

from __future__ import annotations

from collections.abc import Sequence

from orpheus_core.errors import UnknownWord

SHORTEST = 4
"""So many characters of an id are a part of it; fewer are only an id that is as short."""

_MOST_NAMED = 5


def typed(part: str) -> str:
    """Return *part*, as a person typed it, as it stands in ids."""
    return part.strip().lower()


def only_one(part: str, found: Sequence[str], what: str, *, listing: str) -> str:
    """Return the one id that was *found* for *part*.

    Args:
        what: of what it is the id: event, job.
        listing: the next step where none was found.

    Raises:
        UnknownWord: none was found, or several were.
    """
    if len(found) == 1:
        return found[0]
    if found:
        raise UnknownWord(
            f"several {what}s have an id like {part!r}",
            why=", ".join(found[:_MOST_NAMED]),
            next_step="give more of the id",
        )
    is_short = len(typed(part)) < SHORTEST
    raise UnknownWord(
        f"no {what} in the log has the id {part!r}",
        why=f"an id has {SHORTEST} characters at least" if is_short else "",
        next_step=listing,
    )
