"""Questions and decisions: whoever answers, and what becomes of the answer."""

from __future__ import annotations

import attrs
import pytest
from tests.brain.brains import DOWN, OneArgument, ask, brain_with, decider, of_kind

from orpheus_core import hookimpl
from orpheus_core.brain import (
    Advice,
    ConversionQuestion,
    Decision,
    EndpointQuestion,
    Event,
    LoginQuestion,
    Predicted,
    Prediction,
    QualityQuestion,
    Question,
    QueueQuestion,
    Severity,
    Verdict,
)
from orpheus_core.errors import (
    ItemNotFound,
    LoginNeeded,
    ServiceDown,
)

QUESTIONS = [
    (ask(DOWN), Verdict.GIVE_UP),
    (LoginQuestion(error=LoginNeeded("x"), others=("email",)), Verdict.GIVE_UP),
    (EndpointQuestion(error=DOWN, host="a", alternatives=("b",)), Verdict.GO_ON),
    (QualityQuestion(wanted="best", floor="low", offered="high"), Verdict.GO_ON),
    (ConversionQuestion(stage="convert"), Verdict.GO_ON),
    (QueueQuestion(), Verdict.GO_ON),
]


class Says:
    """A plugin that decides always the same."""

    def __init__(self, decision: Decision) -> None:
        self.decision = decision

    @hookimpl
    def orpheus_decide(self) -> Decision:
        return self.decision


def test_without_an_answer_the_brain_gives_up_and_says_so() -> None:
    """No plugin, no opinion: the brain has none of its own."""
    brain, events = brain_with()
    decision = brain.decide(ask(ServiceDown("x")))
    assert decision.verdict is Verdict.GIVE_UP
    assert events[-1].kind == "brain.decision.made"


def test_a_plugin_overrules_the_built_in_decider() -> None:
    """The core's own come last."""

    class Stubborn:
        @hookimpl
        def orpheus_decide(self, question: Question) -> Decision:
            return Decision(verdict=Verdict.SKIP, reason="because")

    brain, events = brain_with(Stubborn(), decider())
    assert brain.decide(ask(ServiceDown("x"))).verdict is Verdict.SKIP
    assert events[-1].data["decided_by"] == "plugin-0"
    assert events[-1].data["reason"] == "because"


def test_a_raising_decider_is_passed_over() -> None:
    """Its failure is an event; the next plugin answers."""

    class Broken:
        @hookimpl
        def orpheus_decide(self, question: Question) -> Decision:
            raise RuntimeError("no idea")

    brain, _ = brain_with(Broken(), decider())
    assert brain.decide(ask(ServiceDown("x"))).verdict is Verdict.RETRY


@pytest.mark.parametrize(
    "wrong",
    [
        {"verdict": "retry"},
        {"reason": None},
        {"after_s": "soon"},
        {"after_s": float("nan")},
        {"after_s": float("inf")},
        {"after_s": -1},
        {"after_s": 10**300},
    ],
)
def test_a_decision_that_nobody_could_obey_is_passed_over(wrong: dict[str, object]) -> None:
    """The next plugin decides."""

    class Careless:
        @hookimpl
        def orpheus_decide(self, question: Question) -> Decision:
            good: dict[str, object] = {"verdict": Verdict.RETRY, "reason": "because"}
            return Decision(**{**good, **wrong})  # type: ignore[arg-type] # wrong on purpose

    brain, _ = brain_with(decider(), Careless())
    assert brain.decide(ask(ItemNotFound("x"))).decided_by == "plugin-0"


@pytest.mark.parametrize("wrong", [{"attempted": "request"}, {"error": "timeout"}])
def test_a_question_that_nobody_could_answer_is_refused(wrong: dict[str, object]) -> None:
    """Where it is asked, and not somewhere in a plugin."""
    with pytest.raises(TypeError):
        attrs.evolve(ask(ServiceDown("x")), **wrong)  # type: ignore[arg-type] # on purpose


@pytest.mark.parametrize(("question", "otherwise"), QUESTIONS)
def test_where_nobody_answers_the_work_goes_on_if_it_can(
    question: Question, otherwise: Verdict
) -> None:
    """Nothing that works is given up for want of an opinion; the verdict is one that fits."""
    brain, events = brain_with()
    decision = brain.decide(question)
    assert decision.verdict is otherwise
    assert otherwise in question.verdicts
    told = events[-1]
    assert (told.data["question"], told.data["verdict"]) == (question.name, otherwise.value)
    assert told.severity is (Severity.DEBUG if otherwise is Verdict.GO_ON else Severity.INFO)


@pytest.mark.parametrize("verdict", Verdict)
@pytest.mark.parametrize("question", [question for question, _ in QUESTIONS])
def test_a_verdict_that_does_not_answer_the_question_is_passed_over(
    question: Question, verdict: Verdict
) -> None:
    """It counts as a failure of that plugin's hook; the next plugin decides."""
    choice = question.choices[0] if question.choices else ""
    careless = Decision(verdict=verdict, reason="because", choice=choice)
    sound = Decision(verdict=question.otherwise, reason="as ever")
    brain, events = brain_with(Says(sound), Says(careless))

    decision = brain.decide(question)

    fits = verdict in question.verdicts
    assert decision.reason == ("because" if fits else "as ever")
    failed = of_kind(events, "plugin.hook.failed")
    assert [event.plugin for event in failed] == ([] if fits else ["plugin-1"])
    assert all("is no answer to a" in str(event.data["reason"]) for event in failed)


class AnyWord(str):
    """Says that it is equal to whatever it is compared with."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        return True


@pytest.mark.parametrize("choice", ["", "elsewhere.example", AnyWord("elsewhere.example")])
def test_only_what_is_there_can_be_switched_to(choice: str) -> None:
    """No plugin sends a request, or a login, where its service is not."""
    question = EndpointQuestion(error=DOWN, host="a.example", alternatives=("b.example",))
    brain, events = brain_with(
        Says(Decision(verdict=Verdict.SWITCH, reason="sound", choice="b.example")),
        Says(Decision(verdict=Verdict.SWITCH, reason="careless", choice=choice)),
    )
    assert brain.decide(question).choice == "b.example"
    (failed,) = of_kind(events, "plugin.hook.failed")
    assert "there is: b.example" in str(failed.data["reason"])


def test_a_decision_is_told_with_what_it_is_made_of() -> None:
    """Question, verdict, reason, who, which rule, how long, which attempt, and what led to it."""
    verdict = Decision(verdict=Verdict.RETRY, reason="soon", after_s=1.23456, rule="slow")
    brain, events = brain_with(Says(verdict))
    cause = brain.events.emit("job.started")
    brain.decide(ask(DOWN, attempt=2, cause=cause, subject="track/sandbox:track:1"))
    told = events[-1]
    assert (told.kind, told.cause_id, told.service) == ("brain.decision.made", cause.id, "sandbox")
    assert (told.error_type, told.subject) == ("svc.down", "track/sandbox:track:1")
    assert dict(told.data) == {
        "question": "retry",
        "verdict": "retry",
        "reason": "soon",
        "decided_by": "plugin-0",
        "choice": "",
        "rule": "slow",
        "after_s": 1.235,
        "attempt": 2,
    }


def likely(about: str = "a.example") -> Prediction:
    return Prediction(
        what=Predicted.REQUEST_FAILS, about=about, chance=0.75, confidence=0.5, observations=9
    )


class Predicts:
    """A plugin that predicts, and keeps the questions that it is asked."""

    def __init__(self, *predictions: Prediction) -> None:
        self.predictions = predictions
        self.asked: list[Question] = []

    @hookimpl
    def orpheus_predict(self, question: Question) -> list[Prediction]:
        return list(self.predictions)

    @hookimpl
    def orpheus_decide(self, question: Question) -> None:
        self.asked.append(question)


def test_predictions_arrive_in_the_question() -> None:
    """Each with the plugin that made it, and each is an event of its own."""
    predicts = Predicts(likely("a.example"), likely("b.example"))
    brain, events = brain_with(predicts)
    brain.decide(ask(DOWN))
    (asked,) = predicts.asked
    assert [(each.about, each.predicted_by) for each in asked.predictions] == [
        ("a.example", "plugin-0"),
        ("b.example", "plugin-0"),
    ]
    made = of_kind(events, "brain.prediction.made")
    assert [(each.data["about"], each.data["chance"]) for each in made] == [
        ("a.example", 0.75),
        ("b.example", 0.75),
    ]


def test_a_predictor_that_raises_costs_only_its_own_prediction() -> None:
    """The others are heard, and the question is answered."""

    class Broken:
        @hookimpl
        def orpheus_predict(self, question: Question) -> list[Prediction]:
            raise RuntimeError("no idea")

    predicts = Predicts(likely())
    brain, events = brain_with(predicts, Broken(), decider())
    assert brain.decide(ask(DOWN)).verdict is Verdict.RETRY
    assert len(predicts.asked[0].predictions) == 1
    assert [event.plugin for event in of_kind(events, "plugin.hook.failed")] == ["plugin-1"]


class OddAdvice(OneArgument, Advice):
    """A plugin's own class."""


class OddDecision(OneArgument, Decision):
    """A plugin's own class."""


class OddPrediction(OneArgument, Prediction):
    """A plugin's own class."""


def test_answers_of_a_plugins_own_classes_are_as_good_as_any() -> None:
    """The brain writes in who gave them, whether they let themselves be copied or not."""

    class Odd(Predicts):
        @hookimpl
        def orpheus_advise(self, event: Event) -> list[Advice]:
            return [OddAdvice(Advice(code="odd.advice", title="Odd."))]

        @hookimpl
        def orpheus_decide(self, question: Question) -> Decision:
            super().orpheus_decide(question)
            return OddDecision(Decision(verdict=Verdict.RETRY, reason="odd"))

    odd = Odd(OddPrediction(likely()))
    brain, events = brain_with(odd)
    brain.events.emit("stage.failed")
    assert brain.decide(ask(DOWN)).decided_by == "plugin-0"
    assert odd.asked[0].predictions[0].predicted_by == "plugin-0"
    assert [each.plugin for each in of_kind(events, "brain.advice.given")] == ["plugin-0"]
