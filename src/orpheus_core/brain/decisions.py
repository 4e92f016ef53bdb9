"""Questions that a part asks before it gives up, and the brain's decisions."""

from __future__ import annotations

import enum
import threading

import attrs

from orpheus_core.errors import OrpheusError


class QuestionKind(enum.Enum):
    """What is asked."""

    RETRY_REQUEST = "retry_request"
    RETRY_TRANSFER = "retry_transfer"
    STAGE_FAILED = "stage_failed"


class Verdict(enum.Enum):
    """What the part that asked has to do."""

    RETRY = "retry"
    SKIP = "skip"
    GIVE_UP = "give_up"


@attrs.frozen(kw_only=True)
class Question:
    """A failure, and what has been tried.

    *attempt* counts from 1: the attempt that failed. *waited_s* is how long was waited in
    all. *repeatable* is False where sending again could do something twice. *progressed*
    says that the attempt got further than the one before. *skippable* says that the work
    can go on without this stage.

    Raises:
        TypeError: *kind* or *error* is of another type.
    """

    kind: QuestionKind = attrs.field(validator=attrs.validators.instance_of(QuestionKind))
    error: OrpheusError = attrs.field(validator=attrs.validators.instance_of(OrpheusError))
    service: str | None = None
    subject: str | None = None
    attempt: int = 1
    waited_s: float = 0.0
    repeatable: bool = True
    progressed: bool = False
    skippable: bool = False


def _is_wait(_decision: Decision, _attribute: attrs.Attribute[float], seconds: float) -> None:
    if not 0 <= seconds <= threading.TIMEOUT_MAX:
        raise ValueError(f"after_s is a time that somebody can wait, not {seconds}")


@attrs.frozen(kw_only=True)
class Decision:
    """What the brain decided, why, and who said so. *after_s*: seconds to wait first.

    Raises:
        TypeError, ValueError: a value is of another type, or the wait has no end: better
            here, in the plugin that made it, than in the part that asked.
    """

    verdict: Verdict = attrs.field(validator=attrs.validators.instance_of(Verdict))
    reason: str = attrs.field(validator=attrs.validators.instance_of(str))
    after_s: float = attrs.field(
        default=0.0, validator=[attrs.validators.instance_of((int, float)), _is_wait]
    )
    decided_by: str = ""
