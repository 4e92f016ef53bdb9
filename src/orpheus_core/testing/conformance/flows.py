"""Flows: what a plugin is made to do, from beginning to end, as often as wanted."""

from __future__ import annotations

import abc
from collections.abc import Callable
from typing import ClassVar

import attrs

from orpheus_core.testing.conformance.bench import Bench, Setup
from orpheus_core.testing.conformance.levels import RuleKind

Work = Callable[[], object]


class Flow(abc.ABC):
    """One thing that the plugin is made to do; its text is how evidence names it.

    *reads_bodies*: what it wants to know stands in the bodies of answers, not in their heads.
    """

    reads_bodies: ClassVar[bool] = True

    @abc.abstractmethod
    def begin(self, bench: Bench) -> Work:
        """Make ready what is needed on *bench*, and return the work that is tried."""

    def same(self, one: object, other: object) -> bool:
        """Whether two results amount to the same."""
        return one == other


@attrs.frozen(kw_only=True)
class Group:
    """Flows of one sample: they share its answers and its credentials.

    *ready* gives the credentials to a bench that was opened.
    """

    kind: RuleKind
    setup: Setup
    ready: Callable[[Bench], None] = attrs.field(repr=False)
    flows: tuple[Flow, ...] = ()
