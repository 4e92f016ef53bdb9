"""What is said of which question, from how much evidence, and in which words."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.brain.learning.observed import HOST, SERVICE
from tests.brain.learning.test_counts import counted

from orpheus_core.brain import (
    Attempted,
    ConversionQuestion,
    EndpointQuestion,
    LoginQuestion,
    Predicted,
    Prediction,
    QualityQuestion,
    Question,
    QueueQuestion,
    RetryQuestion,
)
from orpheus_core.brain.learning.counts import Counts
from orpheus_core.brain.learning.forecast import (
    LEAST_CONFIDENCE,
    LEAST_EVIDENCE,
    predictions_for,
    subjects_of,
)
from orpheus_core.brain.learning.observations import Observation, Topic
from orpheus_core.errors import ConnectionRefused, ItemNotFound, ServiceDown, TagsFailed
from orpheus_core.testing import hostile_texts

NOW_S = datetime.datetime(2026, 3, 20, 3, 10, tzinfo=datetime.UTC).timestamp()
DAY_S = 86_400.0

DOWN = "svc.down"


def failed(times: int, outcome: str = DOWN, about: str = HOST, topic: Topic = Topic.HOST) -> Counts:
    return counted([Observation(topic, about, outcome, NOW_S)] * times)


def asked(host: str | None = HOST, **more: object) -> RetryQuestion:
    error = ServiceDown("x")
    return RetryQuestion(attempted=Attempted.REQUEST, error=error, host=host, **more)  # type: ignore[arg-type]  # by name


def nights(requests: int, outcome: str = DOWN, days: int = 6) -> Counts:
    """So many requests at this hour on each of the days before."""
    return counted(
        [
            Observation(Topic.HOST, HOST, outcome, NOW_S - (day + 1) * DAY_S)
            for day in range(days)
            for _ in range(requests)
        ]
    )


# --- how much is enough ---------------------------------------------------------------------


def test_nothing_is_said_below_the_stated_evidence() -> None:
    """Nine observations are not enough, ten are."""
    assert predictions_for(asked(), failed(9), NOW_S) == []
    assert predictions_for(asked(), failed(10), NOW_S) != []


def test_nothing_is_said_below_the_stated_confidence() -> None:
    """As many failures as answers say least; of that, even eleven observations are too few."""
    mixed = failed(6)
    for _ in range(5):
        mixed.add(Observation(Topic.HOST, HOST, "", NOW_S))
    assert predictions_for(asked(), mixed, NOW_S) == []
    for _ in range(10):
        mixed.add(Observation(Topic.HOST, HOST, "", NOW_S))
    assert predictions_for(asked(), mixed, NOW_S) != []


def test_what_was_enough_fades() -> None:
    """A few minutes later, it is not any more."""
    assert predictions_for(asked(), failed(10), NOW_S + 60) == []


def test_two_bad_nights_are_no_habit_and_three_are() -> None:
    """A night counts as five observations at most, and an older one less than that."""
    assert predictions_for(asked(), nights(500, days=2), NOW_S) == []
    (found, _again) = predictions_for(asked(), nights(500, days=3), NOW_S)
    assert found.observations == 12
    assert found.chance > 0.9


@given(
    st.lists(
        st.builds(
            Observation,
            topic=st.just(Topic.HOST),
            about=st.just(HOST),
            outcome=st.sampled_from(["", DOWN, "net.refused"]),
            time_s=st.integers(0, 20 * 86_400).map(lambda age_s: NOW_S - age_s)
            | st.just(NOW_S)
            | st.integers(1, 20).map(lambda days: NOW_S - days * DAY_S),
        ),
        max_size=80,
    )
)
def test_whatever_was_observed_a_prediction_clears_the_bar(observed: list[Observation]) -> None:
    """It always carries evidence and confidence, and never too little of them."""
    for each in predictions_for(asked(), counted(observed), NOW_S):
        assert each.observations >= LEAST_EVIDENCE
        assert each.confidence >= LEAST_CONFIDENCE
        assert each.observations <= 2 * len(observed)
        assert each.reason


# --- requests -------------------------------------------------------------------------------


def test_a_request_that_failed_gets_two_chances() -> None:
    """That it fails again in any way, and that it fails in this way again."""
    counts = counted(
        [
            *[Observation(Topic.HOST, HOST, DOWN, NOW_S)] * 20,
            *[Observation(Topic.HOST, HOST, "net.refused", NOW_S)] * 10,
            *[Observation(Topic.HOST, HOST, "", NOW_S)] * 10,
        ]
    )
    by_any, by_this = predictions_for(asked(), counts, NOW_S)
    assert (by_any.what, by_any.about, by_any.outcome) == (Predicted.REQUEST_FAILS, HOST, "")
    assert by_any.chance == pytest.approx(31 / 42)
    assert (by_this.about, by_this.outcome) == (HOST, DOWN)
    assert by_this.chance == pytest.approx(21 / 42)
    assert by_any.observations == by_this.observations == 40


def test_the_reason_says_what_was_seen_and_when() -> None:
    """A person reads it in orpheus explain."""
    minutes = predictions_for(asked(), failed(22), NOW_S)
    assert [each.reason for each in minutes] == [
        f"in the last minutes, {HOST} failed about 22 of 22 times, mostly with svc.down",
        f"in the last minutes, {HOST} failed about 22 of 22 times with svc.down",
    ]
    weeks = predictions_for(asked(), nights(5), NOW_S)
    assert weeks[0].reason == (
        "between 03:00 and 04:00 UTC in the last weeks, "
        f"{HOST} failed about 21 of 21 times, mostly with svc.down"
    )


def test_a_host_without_a_failure_is_said_to_be_fine() -> None:
    """And nothing is said of how it mostly fails."""
    (found, _again) = predictions_for(asked(), failed(40, ""), NOW_S)
    assert found.chance == pytest.approx(1 / 42)
    assert found.reason == f"in the last minutes, {HOST} failed about 0 of 40 times"


def test_one_failure_that_grows_old_is_one_or_none() -> None:
    """ "failed about 0 of 38 times, mostly with svc.down" is no sentence."""
    counts = counted(
        [
            Observation(Topic.HOST, HOST, DOWN, NOW_S),
            *[Observation(Topic.HOST, HOST, "", NOW_S)] * 40,
        ]
    )
    said = {
        predictions_for(asked(), counts, NOW_S + minutes * 60)[0].reason for minutes in (1, 8, 11)
    }
    told = {reason.removeprefix(f"in the last minutes, {HOST} failed about ") for reason in said}
    assert told == {
        "1 of 38 times, mostly with svc.down",
        "1 of 23 times, mostly with svc.down",
        "0 of 19 times",
    }


def test_the_last_minutes_speak_before_the_last_weeks() -> None:
    """However sure the weeks are: a host that is back tonight is not said to be down."""
    counts = nights(100, days=10)
    for _ in range(9):
        counts.add(Observation(Topic.HOST, HOST, "", NOW_S))
    (weeks, _again) = predictions_for(asked(), counts, NOW_S)
    assert "in the last weeks" in weeks.reason
    assert weeks.chance > 0.8
    counts.add(Observation(Topic.HOST, HOST, "", NOW_S))
    (minutes, _again) = predictions_for(asked(), counts, NOW_S)
    assert "in the last minutes" in minutes.reason
    assert minutes.chance < 0.1


def test_without_a_failure_of_a_host_there_is_one_chance() -> None:
    """A 404 is not expected again and again: it is no failure of the host."""
    question = RetryQuestion(attempted=Attempted.REQUEST, error=ItemNotFound("x"), host=HOST)
    assert [each.outcome for each in predictions_for(question, failed(40), NOW_S)] == [""]


def test_each_host_that_could_be_asked_has_its_chance() -> None:
    """Whoever chooses between them can compare."""
    other = "mirror.shop.example"
    counts = failed(40)
    for _ in range(40):
        counts.add(Observation(Topic.HOST, other, "", NOW_S))
    question = EndpointQuestion(
        error=ItemNotFound("x"), host=HOST, alternatives=(other, "unknown.example")
    )
    chances = {each.about: each.chance for each in predictions_for(question, counts, NOW_S)}
    assert chances.keys() == {HOST, other}
    assert chances[other] < 0.1 < 0.9 < chances[HOST]


@pytest.mark.parametrize("question", [QueueQuestion(service=SERVICE), asked(None, service=SERVICE)])
def test_where_no_host_is_known_the_service_speaks(question: Question) -> None:
    """Work is queued for a service, not for a host."""
    counts = failed(40, about=SERVICE, topic=Topic.SERVICE)
    assert {each.about for each in predictions_for(question, counts, NOW_S)} == {SERVICE}


# --- stages and qualities -------------------------------------------------------------------


@pytest.mark.parametrize(
    "question",
    [
        ConversionQuestion(stage="convert"),
        RetryQuestion(attempted=Attempted.STAGE, error=TagsFailed("x"), stage="convert"),
    ],
)
def test_a_stage_that_failed_on_many_days_is_said_to_fail(question: Question) -> None:
    """One bad album is not enough: a day counts as five runs at most."""
    one_day = [Observation(Topic.STAGE, "convert", "failed", NOW_S)] * 500
    assert predictions_for(question, counted(one_day), NOW_S) == []
    earlier = [Observation(Topic.STAGE, "convert", "failed", NOW_S - day * DAY_S) for day in (1, 2)]
    (found,) = predictions_for(question, counted([*one_day, *earlier * 10]), NOW_S)
    assert found == Prediction(
        what=Predicted.STAGE_FAILS,
        about="convert",
        chance=found.chance,
        confidence=found.confidence,
        observations=13,
        reason="in the last weeks, about 13 of 13 runs of stage convert failed",
    )
    assert found.chance > 0.9


def test_the_quality_that_jobs_mostly_end_up_with_is_named() -> None:
    """By service and kind."""
    observed = [
        *[Observation(Topic.QUALITY, "shop:album", "lossless", NOW_S)] * 30,
        *[Observation(Topic.QUALITY, "shop:album", "hires", NOW_S)] * 10,
    ]
    question = QualityQuestion(
        service="shop", kind="album", wanted="hires", floor="low", offered="lossless"
    )
    (found,) = predictions_for(question, counted(observed), NOW_S)
    assert (found.what, found.about) == (Predicted.QUALITY, "shop:album")
    assert (found.outcome, found.chance) == ("lossless", pytest.approx(31 / 42))
    assert found.reason == (
        "in the last months, about 30 of 40 jobs (album) of shop came as lossless"
    )


def test_of_other_questions_nothing_is_learned() -> None:
    """A login is not a matter of chance."""
    assert subjects_of(LoginQuestion(error=ItemNotFound("x"), service=SERVICE)) == []
    assert subjects_of(Question()) == []
    assert subjects_of(asked(None)) == []
    stage = RetryQuestion(attempted=Attempted.STAGE, error=ConnectionRefused("x"), host=HOST)
    assert subjects_of(stage) == []


@given(hostile_texts(), hostile_texts())
def test_questions_with_hostile_names_are_answered_with_nothing(one: str, other: str) -> None:
    """A question is put together from what a service sent."""
    counts = failed(40)
    questions: list[Question] = [
        asked(one, service=other),
        QueueQuestion(service=one),
        ConversionQuestion(stage=one),
        QualityQuestion(service=one, kind=other, wanted=one, floor=one, offered=one),
        EndpointQuestion(error=ItemNotFound("x"), host=one, alternatives=(other,)),
    ]
    for question in questions:
        assert predictions_for(question, counts, NOW_S) == []
