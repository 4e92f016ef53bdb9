"""Questions that a part asks before it gives up. Each kind is a class of its own."""

from __future__ import annotations

import enum
from typing import ClassVar

import attrs

from orpheus_core.brain.events import Event
from orpheus_core.brain.prediction import Prediction
from orpheus_core.errors import OrpheusError


class Verdict(enum.Enum):
    """What the part that asked has to do. Which of them fit depends on the question."""

    GO_ON = "go_on"
    RETRY = "retry"
    SKIP = "skip"
    REFRESH = "refresh"
    SWITCH = "switch"
    PAUSE = "pause"
    GIVE_UP = "give_up"


class Attempted(enum.Enum):
    """What was tried and failed."""

    REQUEST = "request"
    TRANSFER = "transfer"
    STAGE = "stage"


_is_error = attrs.validators.instance_of(OrpheusError)


@attrs.frozen(kw_only=True)
class Question:
    """What every question holds.

    Attributes:
        name: what its kind is called in events.
        verdicts: those that answer it.
        otherwise: the verdict when no plugin has an answer.
        error: what failed, where something did.
        service, subject: what it is about.
        cause: the event that made somebody ask.
        predictions: what the installed predictors expect; the brain fills them in.
    """

    name: ClassVar[str] = ""
    verdicts: ClassVar[frozenset[Verdict]] = frozenset()
    otherwise: ClassVar[Verdict] = Verdict.GIVE_UP

    error: OrpheusError | None = None
    service: str | None = None
    subject: str | None = None
    cause: Event | None = None
    predictions: tuple[Prediction, ...] = ()

    @property
    def choices(self) -> tuple[str, ...]:
        """What SWITCH can name as its choice."""
        return ()


@attrs.frozen(kw_only=True)
class RetryQuestion(Question):
    """Something failed: is it tried again (RETRY), left out (SKIP), or given up (GIVE_UP)?

    Attributes:
        attempted: what failed.
        error: how.
        attempt: counts from 1: the attempt that failed.
        waited_s: how long was waited in all, in seconds.
        repeatable: False where trying again could do something twice.
        progressed: whether the attempt got further than the one before.
        skippable: whether the work can go on without it.
        host: whom a request went to.
        stage: the stage that failed.

    Raises:
        TypeError: *attempted* or *error* is of another type.
    """

    name: ClassVar[str] = "retry"
    verdicts: ClassVar[frozenset[Verdict]] = frozenset(
        {Verdict.RETRY, Verdict.SKIP, Verdict.GIVE_UP}
    )

    attempted: Attempted = attrs.field(validator=attrs.validators.instance_of(Attempted))
    error: OrpheusError = attrs.field(validator=_is_error)
    attempt: int = 1
    waited_s: float = 0.0
    repeatable: bool = True
    progressed: bool = False
    skippable: bool = False
    host: str | None = None
    stage: str | None = None


@attrs.frozen(kw_only=True)
class LoginQuestion(Question):
    """A login failed, or its session is refused: log in again (REFRESH), in another way
    (SWITCH, with the strategy as choice), or give up?

    Attributes:
        strategy: the one that failed, or that the refused session is of; None: there is none.
        others: those that have everything they need and were not tried yet.
        attempt: counts from 1: how often a login was refused.
        renewable: whether a session was refused. False: the login itself was, and logging in
            with the same again is not done.

    Raises:
        TypeError: *error* is of another type.
    """

    name: ClassVar[str] = "login"
    verdicts: ClassVar[frozenset[Verdict]] = frozenset(
        {Verdict.REFRESH, Verdict.SWITCH, Verdict.GIVE_UP}
    )

    error: OrpheusError = attrs.field(validator=_is_error)
    strategy: str | None = None
    others: tuple[str, ...] = ()
    attempt: int = 1
    renewable: bool = True

    @property
    def choices(self) -> tuple[str, ...]:
        """The other strategies."""
        return self.others


@attrs.frozen(kw_only=True)
class EndpointQuestion(Question):
    """A request to a host failed: stay with it (GO_ON), or SWITCH, with the host as choice?

    Attributes:
        host: the one that failed.
        alternatives: other hosts of the service that answer the same.

    Raises:
        TypeError: *error* is of another type.
    """

    name: ClassVar[str] = "endpoint"
    verdicts: ClassVar[frozenset[Verdict]] = frozenset({Verdict.GO_ON, Verdict.SWITCH})
    otherwise: ClassVar[Verdict] = Verdict.GO_ON

    error: OrpheusError = attrs.field(validator=_is_error)
    host: str
    alternatives: tuple[str, ...]

    @property
    def choices(self) -> tuple[str, ...]:
        """The other hosts."""
        return self.alternatives


@attrs.frozen(kw_only=True)
class QualityQuestion(Question):
    """A track is offered below the quality asked for: take it (GO_ON), or not (GIVE_UP)?

    Attributes:
        wanted, floor, offered: words for qualities: best, lossless, low.
        kind: what the job collects: album, track.
    """

    name: ClassVar[str] = "quality"
    verdicts: ClassVar[frozenset[Verdict]] = frozenset({Verdict.GO_ON, Verdict.GIVE_UP})
    otherwise: ClassVar[Verdict] = Verdict.GO_ON

    wanted: str
    floor: str
    offered: str
    kind: str = ""


@attrs.frozen(kw_only=True)
class ConversionQuestion(Question):
    """A stage that changes a good file is due: run it (GO_ON), or leave it out (SKIP)?

    Attributes:
        stage: its name.
        failures: how often it failed in this run.
    """

    name: ClassVar[str] = "conversion"
    verdicts: ClassVar[frozenset[Verdict]] = frozenset({Verdict.GO_ON, Verdict.SKIP})
    otherwise: ClassVar[Verdict] = Verdict.GO_ON

    stage: str
    failures: int = 0


@attrs.frozen(kw_only=True)
class QueueQuestion(Question):
    """The next piece of work for a service is due: begin (GO_ON), wait first (PAUSE, for the
    decision's time), or give up?

    Attributes:
        waited_s: how long it has waited already, in seconds.
    """

    name: ClassVar[str] = "queue"
    verdicts: ClassVar[frozenset[Verdict]] = frozenset(
        {Verdict.GO_ON, Verdict.PAUSE, Verdict.GIVE_UP}
    )
    otherwise: ClassVar[Verdict] = Verdict.GO_ON

    waited_s: float = 0.0
