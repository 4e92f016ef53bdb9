"""From counts to predictions: what is said of which question, and what is not worth saying."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from orpheus_core.brain.learning.beta import BetaEstimate
from orpheus_core.brain.learning.counts import Counts, Tally, hour_of
from orpheus_core.brain.learning.observations import (
    HOST_FAILURES,
    STAGE_FAILED,
    WENT_WELL,
    Topic,
    host_name,
)
from orpheus_core.brain.prediction import Predicted, Prediction
from orpheus_core.brain.questions import (
    Attempted,
    ConversionQuestion,
    EndpointQuestion,
    QualityQuestion,
    Question,
    QueueQuestion,
    RetryQuestion,
)

LEAST_EVIDENCE = 10.0
"""Below so many observations, each by its weight, nothing is predicted.

Of the memory by day that takes three days at least, as none counts as more than five.
"""

LEAST_CONFIDENCE = 0.5
"""Below that, nothing is predicted either."""

_MOST_ALTERNATIVES = 10

_ANY_FAILURE = ""

Subject = tuple[Topic, str]


@attrs.frozen
class _Memory:
    """What one memory holds of a subject, and the words for where that comes from."""

    tally: Tally
    when: str

    def estimate(self, outcome: str) -> BetaEstimate:
        """The chance of *outcome*; of any failure when it is `_ANY_FAILURE`."""
        total = sum(self.tally.values())
        hits = self.tally.get(outcome, 0.0)
        if outcome == _ANY_FAILURE:
            hits = total - self.tally.get(WENT_WELL, 0.0)
        return BetaEstimate(hits, total - hits)

    @property
    def commonest(self) -> str:
        """The outcome that was observed most, failures only where there are failures."""
        outcomes = [each for each in self.tally if each != WENT_WELL]
        return max(outcomes, key=lambda each: self.tally[each], default=WENT_WELL)


def subjects_of(question: Question) -> list[Subject]:
    """Return what *question* depends on, as far as anything is learned of such things."""
    match question:
        case ConversionQuestion():
            return [(Topic.STAGE, question.stage)]
        case RetryQuestion(attempted=Attempted.STAGE):
            return [(Topic.STAGE, question.stage)] if question.stage else []
        case RetryQuestion() if question.host:
            return [(Topic.HOST, host_name(question.host))]
        case RetryQuestion() | QueueQuestion():
            return [(Topic.SERVICE, question.service)] if question.service else []
        case EndpointQuestion():
            hosts = (question.host, *question.alternatives[:_MOST_ALTERNATIVES])
            return [(Topic.HOST, host_name(host)) for host in hosts]
        case QualityQuestion():
            return [(Topic.QUALITY, f"{question.service}:{question.kind}")]
    return []


def predictions_for(question: Question, counts: Counts, now_s: float) -> list[Prediction]:
    """Return what *counts* let expect for *question* at *now_s*; often nothing."""
    code = question.error.code if question.error is not None else ""
    found: list[Prediction] = []
    for topic, about in subjects_of(question):
        if topic is Topic.STAGE:
            found += _of_stage(counts, about, now_s)
        elif topic is Topic.QUALITY:
            found += _of_quality(counts, about, now_s)
        else:
            found += _of_requests(counts, topic, about, code, now_s)
    return found


def _of_requests(
    counts: Counts, topic: Topic, about: str, code: str, now_s: float
) -> Iterator[Prediction]:
    """Predict any failure, and the one with *code* if hosts fail so.

    The last minutes speak, as they show how it is at present; else the same hour on earlier days.
    """
    memories = (
        _Memory(counts.recent_tally(topic, about, now_s), "in the last minutes"),
        _Memory(counts.daily_tally(topic, about, now_s), _at_this_hour(now_s)),
    )
    memory = next(
        (each for each in memories if _is_worth_saying(each.estimate(_ANY_FAILURE))), None
    )
    if memory is None:
        return
    by_any, by_this = memory.estimate(_ANY_FAILURE), memory.estimate(code)
    failed = memory.commonest and _whole(by_any.hits)
    mostly = f", mostly with {memory.commonest}" if failed else ""
    said = f"{memory.when}, {about} failed {_share(by_any)} times"
    yield _prediction(Predicted.REQUEST_FAILS, about, _ANY_FAILURE, by_any, said + mostly)
    if code in HOST_FAILURES and _is_worth_saying(by_this):
        said = f"{memory.when}, {about} failed {_share(by_this)} times with {code}"
        yield _prediction(Predicted.REQUEST_FAILS, about, code, by_this, said)


def _at_this_hour(now_s: float) -> str:
    hour = hour_of(now_s)
    return f"between {hour:02}:00 and {(hour + 1) % 24:02}:00 UTC in the last weeks"


def _of_stage(counts: Counts, stage: str, now_s: float) -> Iterator[Prediction]:
    estimate = _Memory(counts.daily_tally(Topic.STAGE, stage, now_s), "").estimate(STAGE_FAILED)
    if _is_worth_saying(estimate):
        reason = f"in the last weeks, {_share(estimate)} runs of stage {stage} failed"
        yield _prediction(Predicted.STAGE_FAILS, stage, "", estimate, reason)


def _of_quality(counts: Counts, about: str, now_s: float) -> Iterator[Prediction]:
    memory = _Memory(counts.daily_tally(Topic.QUALITY, about, now_s), "")
    quality = memory.commonest
    estimate = memory.estimate(quality)
    if quality and _is_worth_saying(estimate):
        service, _, kind = about.partition(":")
        reason = (
            f"in the last months, {_share(estimate)} jobs ({kind}) of {service} came as {quality}"
        )
        yield _prediction(Predicted.QUALITY, about, quality, estimate, reason)


def _is_worth_saying(estimate: BetaEstimate) -> bool:
    return estimate.evidence >= LEAST_EVIDENCE and estimate.confidence >= LEAST_CONFIDENCE


def _share(estimate: BetaEstimate) -> str:
    """``about 19 of 22``: in whole numbers, though older ones count less than one."""
    return f"about {_whole(estimate.hits)} of {int(estimate.evidence)}"


def _whole(hits: float) -> int:
    """Whole ones; of what is less than one, whether it is nearer to one than to none."""
    return int(hits) or round(hits)


def _prediction(
    what: Predicted, about: str, outcome: str, estimate: BetaEstimate, reason: str
) -> Prediction:
    return Prediction(
        what=what,
        about=about,
        outcome=outcome,
        chance=estimate.chance,
        confidence=estimate.confidence,
        observations=int(estimate.evidence),
        reason=reason,
    )
