"""What is done differently at the moment, and until when."""

from __future__ import annotations

import collections
import threading

import attrs

from orpheus_core.brain.bus import EventBus
from orpheus_core.brain.events import Event, Scalar
from orpheus_core.brain.mitigation import Mitigation, MitigationKind
from orpheus_core.clock import Clock

_MOST = 1000

_Key = tuple[MitigationKind, str]


@attrs.frozen(kw_only=True)
class Standing:
    """A mitigation that is in force until *until_s* of the monotonic clock.

    *rule* is the rule or the code of the advice that it is of, *cause* the event that told of it.
    """

    mitigation: Mitigation
    rule: str
    until_s: float
    cause: Event


class Mitigations:
    """Keeps what was applied, and tells when it begins and ends. For any number of threads.

    That something has ended is told when somebody next looks: nothing wakes for it.
    """

    def __init__(self, events: EventBus, clock: Clock) -> None:
        self._events = events
        self._clock = clock
        self._lock = threading.Lock()
        self._standing: collections.OrderedDict[_Key, Standing] = collections.OrderedDict()

    def apply(self, mitigation: Mitigation, *, rule: str, cause: Event) -> None:
        """Put *mitigation* in force, as of now; the later end counts.

        One without a scope that *cause* cannot fill in either is about nothing, and left out.
        """
        scope = mitigation.scope or _scope(mitigation.kind, cause)
        if not scope:
            return
        mitigation = attrs.evolve(mitigation, scope=scope)
        told = self._events.emit(
            "brain.mitigation.applied",
            service=cause.service,
            subject=cause.subject,
            cause=cause,
            data={**_data(mitigation, rule), "for_s": float(mitigation.for_s)},
        )
        until_s = self._clock.monotonic() + mitigation.for_s
        with self._lock:
            key = (mitigation.kind, scope)
            before = self._standing.pop(key, None)
            until_s = max(until_s, before.until_s) if before else until_s
            self._standing[key] = Standing(
                mitigation=mitigation, rule=rule, until_s=until_s, cause=told
            )
            while len(self._standing) > _MOST:
                self._standing.popitem(last=False)

    def in_force(self, kind: MitigationKind, scope: str | None) -> Standing | None:
        """Return what is in force of *kind* for *scope*, or None."""
        self._end()
        with self._lock:
            return self._standing.get((kind, scope or ""))

    def all(self) -> list[Standing]:
        """Everything that is in force."""
        self._end()
        with self._lock:
            return list(self._standing.values())

    def remaining_s(self, standing: Standing) -> float:
        """How many seconds *standing* still has."""
        return max(0.0, standing.until_s - self._clock.monotonic())

    def _end(self) -> None:
        now_s = self._clock.monotonic()
        with self._lock:
            ended = [each for each in self._standing.values() if each.until_s <= now_s]
            for each in ended:
                del self._standing[each.mitigation.kind, each.mitigation.scope]
        for each in ended:
            self._events.emit(
                "brain.mitigation.ended",
                service=each.cause.service,
                subject=each.cause.subject,
                cause=each.cause,
                data=_data(each.mitigation, each.rule),
            )


def _scope(kind: MitigationKind, event: Event) -> str:
    for name in kind.scoped_by:
        value = event.service if name == "service" else event.data.get(name)
        if value:
            return str(value)
    return ""


def _data(mitigation: Mitigation, rule: str) -> dict[str, Scalar]:
    return {"mitigation": mitigation.kind.value, "scope": mitigation.scope, "rule": rule}
