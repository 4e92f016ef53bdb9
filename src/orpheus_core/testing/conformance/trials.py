"""What came of a flow: its result or error, and all that was seen on the way."""

from __future__ import annotations

import attrs

from orpheus_core.errors import HookFailed, OrpheusError
from orpheus_core.network import OutgoingRequest
from orpheus_core.testing.canary import Leak
from orpheus_core.testing.conformance.rules import raised
from orpheus_core.testing.conformance.wire import MOST_REQUESTS, RunawayFlow, Strike

_SHOWN = 160


@attrs.frozen(kw_only=True)
class Trial:
    """One run of a flow.

    Attributes:
        flow: its name.
        strike: what went wrong on purpose, if anything.
        value: what it ended in.
        error: what it raised.
        hung: it did not end in *limit_s* seconds.
        requests: what it sent, the fault's victims and repetitions included.
        unanswered: requests that the sample has no answer for.
        complaints: hooks of the plugin that failed meanwhile.
        leaks: secrets that turned up where they should not.
    """

    flow: str
    strike: Strike | None = None
    value: object = None
    error: BaseException | None = None
    hung: bool = False
    limit_s: float = 0.0
    requests: tuple[OutgoingRequest, ...] = ()
    unanswered: tuple[str, ...] = ()
    complaints: tuple[str, ...] = ()
    leaks: tuple[Leak, ...] = ()

    @property
    def ended_well(self) -> bool:
        """Whether it returned something, and nothing failed meanwhile."""
        return self.error is None and not self.hung and not self.complaints

    @property
    def where(self) -> str:
        """The flow and what it met, as evidence begins."""
        return f"{self.flow}, {self.strike}" if self.strike else self.flow

    def defect(self) -> str:
        """Return what no flow may ever do, however things are; empty when it did nothing such."""
        if self.hung:
            return f"it did not end in {self.limit_s:g} s"
        if isinstance(self.error, RunawayFlow):
            return f"it sent more than {MOST_REQUESTS} requests"
        if isinstance(self.error, HookFailed) and self.error.__cause__ is not None:
            return raised(self.error.__cause__)
        if isinstance(self.error, HookFailed):
            return f"{self.error.title}: {self.error.why}"
        if self.error is not None and not isinstance(self.error, OrpheusError):
            return raised(self.error)
        if self.complaints:
            return self.complaints[0]
        return ""


def in_short(trial: Trial) -> str:
    """Return what *trial* ended in, in a few words."""
    if trial.defect():
        return trial.defect()
    if isinstance(trial.error, OrpheusError):
        why = f" ({trial.error.why})" if trial.error.why else ""
        return f"it raised {type(trial.error).__name__}: {trial.error.title}{why}"
    return f"it answered {_cut(repr(trial.value))}"


def difference(one: object, other: object) -> str:
    """Return in what two values differ: the first field that does, where they have fields."""
    kind = type(one)
    if kind is type(other) and attrs.has(kind):
        for field in attrs.fields(kind):
            mine, theirs = getattr(one, field.name), getattr(other, field.name)
            if mine != theirs:
                return f"{field.name}: {difference(mine, theirs)}"
    if isinstance(one, tuple | list) and isinstance(other, tuple | list) and len(one) == len(other):
        for place, (mine, theirs) in enumerate(zip(one, other, strict=True)):
            if mine != theirs:
                return f"{place}: {difference(mine, theirs)}"
    return f"{_cut(repr(one))} and then {_cut(repr(other))}"


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
