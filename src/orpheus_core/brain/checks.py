"""Checks: what ``orpheus doctor`` looks at, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import attrs

from orpheus_core.brain.events import Severity


@attrs.frozen(kw_only=True)
class Finding:
    """Something that a check found. *next_step* is what a person can do about it."""

    severity: Severity
    message: str
    why: str = ""
    next_step: str = ""


@attrs.frozen(kw_only=True)
class Check:
    """One thing to look at.

    Attributes:
        id: ``group.thing``; it stays the same from release to release.
        title: what is looked at, in a few words.
        run: returns what it found, nothing when all is well. It is told whether it may take
            its time (``--deep``).
    """

    id: str
    title: str
    run: Callable[[bool], Sequence[Finding]]

    @property
    def group(self) -> str:
        """The part of the id before the dot."""
        return self.id.partition(".")[0]
