"""Whoever takes part in the brain is tried: deciders, predictors, rules, sinks of events."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import attrs
import pytest
from tests.testing.conformance.trying import BY_CODE, tried

import orpheus_core as oc
from orpheus_core.testing import Outcome
from orpheus_core.testing.conformance.any_question import every_question
from orpheus_core.testing.conformance.candidate import Candidate
from orpheus_core.testing.conformance.rules import judge
from orpheus_core.testing.conformance.subject import Subject

HOOKS_WORK = BY_CODE["plugin.hooks-work"]
SAYS_RETRY = oc.Decision(verdict=oc.Verdict.RETRY, reason="it may pass")
EXPECTS = oc.Prediction(
    what=oc.Predicted.STAGE_FAILS,
    about="tag",
    chance=0.2,
    confidence=0.5,
    observations=9,
    reason="it failed twice of nine times",
)
FAILED = oc.EventPattern(kind="network.request.failed", where={"service": "kit"})
SLOWER = oc.Mitigation(kind=oc.MitigationKind.SLOW_DOWN)
SAID = oc.RuleAdvice(
    code="kit.tired",
    title="{service} is tired.",
    cause="It is late.",
    actions=(oc.Action(id="sleep", label="try again in the morning"),),
)
HEARD = oc.HookUse(name="orpheus_rules", events=("network.*",))
RULE = oc.Rule(id="tired", when=FAILED, count=3, then=(SLOWER,), advice=SAID)


class Sink:
    """Keeps events in memory."""

    name: object = "kit"
    waited_for: object = True

    def __init__(self) -> None:
        self.kept: list[oc.Event] = []
        self.closed = 0

    def write(self, events: Sequence[oc.Event]) -> None:
        assert not self.closed
        self.kept += events

    def close(self) -> None:
        self.closed += 1


class Participant:
    """Takes part in everything, and well."""

    def __init__(
        self,
        decision: oc.Decision | None = SAYS_RETRY,
        prediction: oc.Prediction = EXPECTS,
        rules: Sequence[oc.Rule] = (RULE,),
        sink: Callable[[], object] = Sink,
    ) -> None:
        self.decision = decision
        self.prediction = prediction
        self.rules = rules
        self.sinks: list[object] = []
        self.make_sink = sink

    @oc.hookimpl
    def orpheus_decide(self, question: oc.Question) -> oc.Decision | None:
        return self.decision if isinstance(question, oc.RetryQuestion) else None

    @oc.hookimpl
    def orpheus_predict(self, question: oc.Question) -> Sequence[oc.Prediction]:
        return [self.prediction]

    @oc.hookimpl
    def orpheus_rules(self) -> Sequence[oc.Rule]:
        return self.rules

    @oc.hookimpl
    def orpheus_event_sinks(self) -> Sequence[object]:
        self.sinks.append(self.make_sink())
        return self.sinks[-1:]


def evidence(plugin: object) -> str:
    """What is said against *plugin*; empty when nothing is."""
    (verdict,) = tried(plugin, (), [HOOKS_WORK])
    assert verdict.outcome in (Outcome.KEPT, Outcome.BROKEN)
    return "\n".join(verdict.evidence)


def test_who_takes_part_well_is_told_nothing() -> None:
    """And was asked and given everything."""
    plugin = Participant()
    assert evidence(plugin) == ""
    (sink,) = [each for each in plugin.sinks if isinstance(each, Sink) and each.closed == 2]
    assert {event.kind for event in sink.kept} >= {"network.request.failed", "job.finished"}


def test_a_manifest_can_name_these_hooks() -> None:
    """Rules with the kinds of events that have them asked for."""
    names = ("orpheus_decide", "orpheus_event_sinks", "orpheus_predict")
    uses = (*(oc.HookUse(name=name) for name in names), HEARD)
    manifest = oc.PluginManifest(id="tried", api=((1, 0),), hooks=uses)
    for hooks, outcome in ((uses, Outcome.KEPT), (uses[:-1], Outcome.BROKEN)):
        claims = attrs.evolve(manifest, hooks=hooks)
        candidate = Candidate(id="tried", handed_over=Participant(), manifest=claims)
        with Subject(candidate, (), limit_s=5.0) as subject:
            assert judge(BY_CODE["plugin.manifest-equals-code"], subject).outcome is outcome


def test_questions_are_of_every_class() -> None:
    """Of each there is one that says little, and one that says all."""
    asked = {type(question) for question in every_question("kit")}
    assert asked == set(oc.Question.__subclasses__())
    for kind in asked:
        mine = [question for question in every_question("kit") if type(question) is kind]
        assert {bool(question.predictions) for question in mine} == {True, False}


# --- deciders -------------------------------------------------------------------------------


def test_a_verdict_that_does_not_answer_is_caught() -> None:
    """The class of the question says which do."""
    wrong = oc.Decision(verdict=oc.Verdict.PAUSE, reason="because")
    assert "pause is no answer to a retry question" in evidence(Participant(decision=wrong))


def test_a_decision_without_a_reason_is_caught() -> None:
    """A person could not be told why."""
    mute = oc.Decision(verdict=oc.Verdict.RETRY, reason=" ")
    assert "answered with retry, and no reason" in evidence(Participant(decision=mute))


def test_a_switch_to_what_is_not_offered_is_caught() -> None:
    """Neither hosts nor logins are made up."""

    class Elsewhere(Participant):
        @oc.hookimpl
        def orpheus_decide(self, question: oc.Question) -> oc.Decision | None:
            if not isinstance(question, oc.EndpointQuestion):
                return None
            return oc.Decision(verdict=oc.Verdict.SWITCH, reason="because", choice="x.example")

    assert "'x.example' is nothing that the endpoint question offers" in evidence(Elsewhere())


@pytest.mark.parametrize("kind", oc.Question.__subclasses__())
def test_a_decider_that_fails_on_one_class_is_caught(kind: type[oc.Question]) -> None:
    """Each class is asked about, and in any application a new one may come."""

    class Fails(Participant):
        @oc.hookimpl
        def orpheus_decide(self, question: oc.Question) -> oc.Decision | None:
            if isinstance(question, kind):
                raise KeyError(kind.__name__)
            return None

    assert f"orpheus_decide failed: KeyError: '{kind.__name__}'" in evidence(Fails())


# --- predictors -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "because"),
    [
        ({"about": ""}, "is about nothing"),
        ({"reason": ""}, "without a reason"),
        ({"observations": 0}, "without one observation"),
    ],
)
def test_a_prediction_that_says_too_little_is_caught(
    change: dict[str, object], because: str
) -> None:
    """It is about something, has a reason, and stands on observations."""
    odd = attrs.evolve(EXPECTS, **change)  # type: ignore[arg-type] # each of its own type
    assert because in evidence(Participant(prediction=odd))


def test_a_prediction_out_of_range_is_caught() -> None:
    """In the plugin that makes it."""

    class Sure(Participant):
        @oc.hookimpl
        def orpheus_predict(self, question: oc.Question) -> Sequence[oc.Prediction]:
            return [attrs.evolve(EXPECTS, chance=1.2)]

    assert "orpheus_predict failed: ValueError: chance is from 0 to 1" in evidence(Sure())


# --- rules ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "because"),
    [
        ([RULE, RULE], "2 rules have the id 'tired'"),
        (
            [attrs.evolve(RULE, when=oc.EventPattern(kind="network.request.failde"))],
            "could never fire: there is no kind of event",
        ),
        (
            [attrs.evolve(RULE, reset=oc.EventPattern(kind="job.started", where={"mood": 1}))],
            "job.started has no field 'mood'",
        ),
        ([attrs.evolve(RULE, advice=attrs.evolve(SAID, code="Tired"))], "the code 'Tired'"),
        ([attrs.evolve(RULE, advice=attrs.evolve(SAID, title=" "))], "has no title"),
        ([attrs.evolve(RULE, advice=attrs.evolve(SAID, cause=""))], "names no cause"),
        ([attrs.evolve(RULE, advice=attrs.evolve(SAID, actions=()))], "nothing that can be done"),
    ],
)
def test_a_rule_that_is_none_is_caught(rules: Sequence[oc.Rule], because: str) -> None:
    """Kinds and fields exist, and its advice is whole."""
    assert because in evidence(Participant(rules=rules))


def test_rules_that_cannot_be_made_are_caught() -> None:
    """As any hook that raises."""

    class Broken(Participant):
        @oc.hookimpl
        def orpheus_rules(self) -> Sequence[oc.Rule]:
            return [attrs.evolve(RULE, count=0)]

    assert "orpheus_rules failed: ValueError" in evidence(Broken())


# --- sinks ----------------------------------------------------------------------------------


class Nameless(Sink):
    name = ""


class Undecided(Sink):
    waited_for = "yes"


class ClosesOnce(Sink):
    def close(self) -> None:
        if self.closed:
            raise ValueError("closed already")
        super().close()


class TakesFew(Sink):
    def write(self, events: Sequence[oc.Event]) -> None:
        if len(events) > 10:
            raise OverflowError("too many")


class TakesEachOnce(Sink):
    def write(self, events: Sequence[oc.Event]) -> None:
        for event in events:
            if event in self.kept:
                raise KeyError(event.id)
            self.kept.append(event)


class ReadsTitles(Sink):
    def write(self, events: Sequence[oc.Event]) -> None:
        for event in events:
            str(event.data["title"]).upper()


@pytest.mark.parametrize(
    ("sink", "because"),
    [
        (Nameless, "a sink is called ''"),
        (Undecided, "neither True nor False"),
        (ClosesOnce, "ValueError: closed already"),
        (TakesFew, "OverflowError: too many"),
        (TakesEachOnce, "KeyError"),
        (ReadsTitles, "KeyError: 'title'"),
    ],
)
def test_a_sink_that_does_not_take_what_comes_is_caught(
    sink: Callable[[], object], because: str
) -> None:
    """Batches of any length, events of any kind, the same once more, and a second close."""
    assert because in evidence(Participant(sink=sink))


def test_what_is_no_sink_is_caught() -> None:
    """The host says so."""
    assert "where EventSink was due" in evidence(Participant(sink=object))


def test_a_sink_may_say_that_it_cannot() -> None:
    """Its disk may be full: with an error of ours."""

    class Full(Sink):
        def write(self, events: Sequence[oc.Event]) -> None:
            raise oc.StorageError("there is no room")

    assert evidence(Participant(sink=Full)) == ""


def test_a_sink_that_keeps_a_secret_is_caught() -> None:
    """The brain has masked it; who gets at it by another way does not write it down."""

    class Spies(Participant):
        @oc.hookimpl
        def orpheus_configure(self, context: oc.PluginContext) -> None:
            self.folder = context.folder
            self.make_sink = self.spy

        def spy(self) -> Sink:
            folder = self.folder

            class Tells(Sink):
                def close(self) -> None:
                    from orpheus_core.testing import Canaries

                    folder.mkdir(parents=True, exist_ok=True)
                    secret = Canaries().plant("conformance.event")
                    (folder / "x").write_text(secret, encoding="utf-8")

            return Tells()

    assert "wrote a secret" in evidence(Spies())
