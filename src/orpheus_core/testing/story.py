"""The failures of a run and what the brain decided on each, in order, as its events tell."""

from __future__ import annotations

import threading

import attrs

from orpheus_core.brain import Event


@attrs.define(kw_only=True)
class Moment:
    """A failure, the decision on it, and what came of that.

    *code* is the error's, *subject* names what it was about, *after_s* is how long was
    waited, *decided_by* the plugin that decided.
    """

    code: str
    subject: str
    saw: str
    verdict: str
    reason: str
    after_s: float
    decided_by: str
    then: str = ""

    def as_data(self) -> dict[str, object]:
        """Return the moment as a JSON document holds it."""
        return {
            "code": self.code,
            "subject": self.subject,
            "message": self.saw,
            "decision": {
                "verdict": self.verdict,
                "reason": self.reason,
                "after_s": self.after_s,
                "decided_by": self.decided_by,
            },
            "then": self.then,
        }


class Story:
    """Listens to the events of one application, on whatever thread they come."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._moments: list[Moment] = []
        self._said: dict[str, str] = {}

    @property
    def moments(self) -> tuple[Moment, ...]:
        """The failures so far."""
        with self._lock:
            return tuple(self._moments)

    def hear(self, event: Event) -> None:
        """Take in *event*."""
        with self._lock:
            if event.kind == "brain.decision.made" and event.error_type:
                self._moments.append(_moment(event, self._said))
            elif event.kind == "transfer.resumed":
                self._went_on(event)
            elif event.error_type and (message := event.data.get("message")):
                why = event.data.get("why")
                self._said[event.error_type] = f"{message} ({why})" if why else str(message)

    def _went_on(self, event: Event) -> None:
        offset, size = event.data.get("offset_bytes"), event.data.get("size_bytes")
        for moment in reversed(self._moments):
            if moment.subject == event.subject:
                moment.then = f"went on behind byte {offset} of {size}"
                return


def _moment(event: Event, said: dict[str, str]) -> Moment:
    code, after_s = event.error_type or "", event.data.get("after_s")
    return Moment(
        code=code,
        subject=event.subject or "",
        saw=said.get(code, code),
        verdict=str(event.data.get("verdict")),
        reason=str(event.data.get("reason")),
        after_s=after_s if isinstance(after_s, int | float) else 0.0,
        decided_by=str(event.data.get("decided_by")),
    )
