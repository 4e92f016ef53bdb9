"""The brain's decisions."""

from __future__ import annotations

import threading

import attrs

from orpheus_core.brain.events import Event
from orpheus_core.brain.questions import Verdict

_is_text = attrs.validators.instance_of(str)


def _plain(text: object) -> object:
    """A subclass of str may lie about what it is equal to: it would be any choice."""
    return str.__str__(text) if isinstance(text, str) else text


def _is_wait(_decision: Decision, _attribute: attrs.Attribute[float], seconds: float) -> None:
    if not 0 <= seconds <= threading.TIMEOUT_MAX:
        raise ValueError(f"after_s is a time that somebody can wait, not {seconds}")


@attrs.frozen(kw_only=True)
class Decision:
    """What the brain decided, why, and who said so.

    Attributes:
        after_s: seconds to wait first.
        choice: what to switch to: a host, a login strategy.
        rule: the rule whose mitigation this obeys, if one does.
        decided_by: the plugin; the brain fills it in.
        event: the one that told of the decision: the cause of what is done about it. The
            brain fills it in.

    Raises:
        TypeError, ValueError: a value is of another type, or the wait has no end: better
            here, in the plugin that made it, than in the part that asked.
    """

    verdict: Verdict = attrs.field(validator=attrs.validators.instance_of(Verdict))
    reason: str = attrs.field(validator=_is_text)
    after_s: float = attrs.field(
        default=0.0, validator=[attrs.validators.instance_of((int, float)), _is_wait]
    )
    choice: str = attrs.field(default="", converter=_plain, validator=_is_text)
    rule: str = attrs.field(default="", validator=_is_text)
    decided_by: str = ""
    event: Event | None = attrs.field(default=None, eq=False, repr=False)
