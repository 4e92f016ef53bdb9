"""A login that is refused: another one is tried when the brain decides so, and none twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import attrs
import pytest

import orpheus_core as oc
from orpheus_core.brain import faults_of

FIELD = oc.CredentialField(name="key", label="your key")
GIVEN = {"key": "k-123456"}

Says = Callable[[oc.LoginQuestion], tuple[oc.Verdict, str]]


class Tunes:
    """A service with logins, and what a test decides on those that are refused."""

    info = oc.ServiceInfo(
        id="tunes",
        name="Tunes",
        kinds=frozenset({oc.MediaKind.TRACK}),
        features=frozenset(),
        hosts=("tunes.example",),
    )

    def __init__(self, says: Says, *strategies: Strategy) -> None:
        self.says = says
        self.strategies = strategies
        self.asked: list[oc.LoginQuestion] = []

    def resolve(self, *_: object) -> oc.Media:
        raise oc.ItemNotFound("nothing is here")

    file = search = resolve

    @oc.hookimpl
    def orpheus_modules(self) -> list[object]:
        return [self]

    @oc.hookimpl
    def orpheus_login_strategies(self) -> list[Strategy]:
        return list(self.strategies)

    @oc.hookimpl
    def orpheus_decide(self, question: oc.Question) -> oc.Decision | None:
        if not isinstance(question, oc.LoginQuestion):
            return None
        self.asked.append(question)
        verdict, choice = self.says(question)
        return oc.Decision(verdict=verdict, reason="it may know me", choice=choice)


class Strategy:
    """A login that raises *error*, or brings a session."""

    service, fields = "tunes", (FIELD,)

    def __init__(self, name: str, error: Exception | None = None) -> None:
        self.name = name
        self.error = error
        self.tried = 0

    def login(self, client: oc.ServiceClient, credentials: Mapping[str, str]) -> oc.Session:
        self.tried += 1
        if self.error:
            raise self.error
        return oc.Session(service="tunes", strategy=self.name, credentials={"token": self.name})


def to_the_next(question: oc.LoginQuestion) -> tuple[oc.Verdict, str]:
    return oc.Verdict.SWITCH, question.others[0]


@attrs.define
class Opened:
    app: oc.Orpheus
    tunes: Tunes
    events: list[oc.Event] = attrs.field(factory=list)

    def told(self, kind: str) -> list[oc.Event]:
        assert faults_of(self.events) == []
        return [event for event in self.events if event.kind == kind]


Opens = Callable[..., Opened]


@pytest.fixture
def opens(tmp_path: Path) -> Iterator[Opens]:
    """Opens an application with the service and these logins: ``opens(says, Strategy("a"))``."""
    apps: list[oc.Orpheus] = []

    def open_it(says: Says, *strategies: Strategy) -> Opened:
        tunes = Tunes(says, *strategies)
        app = oc.Orpheus(tmp_path / "home", discover=False, plugins={"tunes": tunes})
        apps.append(app)
        found = Opened(app, tunes)
        app.brain.events.subscribe(found.events.append)
        return found

    yield open_it
    for app in apps:
        app.close()


def rejected(why: str = "") -> oc.LoginRejected:
    return oc.LoginRejected("it is not accepted", why=why)


def test_another_login_is_tried_when_one_is_refused(opens: Opens) -> None:
    """It is told what is tried in place of what, and why; it hangs below the decision."""
    first, second = Strategy("a", rejected()), Strategy("b")
    run = opens(to_the_next, first, second)

    session = run.app.sessions.login("tunes", GIVEN)

    assert (session.strategy, first.tried, second.tried) == ("b", 1, 1)
    assert run.app.sessions.get("tunes") is session
    (switched,), (failed,) = run.told("login.strategy.switched"), run.told("login.failed")
    (decided,) = run.told("brain.decision.made")
    assert dict(switched.data) == {"strategy": "b", "before": "a", "reason": "it may know me"}
    assert (switched.service, switched.cause_id) == ("tunes", decided.id)
    assert decided.cause_id == failed.id
    (decision,) = run.told("brain.decision.made")
    assert (decision.data["question"], decision.cause_id) == ("login", failed.id)
    assert [event.data["strategy"] for event in run.told("login.attempt")] == ["a", "b"]


def test_the_question_names_those_that_were_not_tried_yet(opens: Opens) -> None:
    """And are ready; with how often a login was refused."""
    lacking = Strategy("d")
    lacking.fields = (FIELD, oc.CredentialField(name="pin", label="pin"))
    refused = [Strategy(name, rejected()) for name in "abc"]
    run = opens(to_the_next, *refused, lacking)

    with pytest.raises(oc.LoginRejected):
        run.app.sessions.login("tunes", GIVEN)

    asked = [(each.strategy, each.others, each.attempt) for each in run.tunes.asked]
    assert asked == [("a", ("b", "c"), 1), ("b", ("c",), 2)]
    assert lacking.tried == 0


def test_when_all_are_refused_the_last_error_names_the_others(opens: Opens) -> None:
    """A person may mend either."""
    run = opens(to_the_next, Strategy("a", rejected()), Strategy("b", rejected("it is old")))
    with pytest.raises(oc.LoginRejected) as caught:
        run.app.sessions.login("tunes", GIVEN)
    assert caught.value.why == "it is old; a was tried before: it is not accepted"
    assert run.app.sessions.get("tunes") is None


@pytest.mark.parametrize("verdict", [oc.Verdict.GIVE_UP, oc.Verdict.REFRESH])
def test_no_login_is_sent_twice_whatever_is_decided(opens: Opens, verdict: oc.Verdict) -> None:
    """It would count as a wrong password twice."""
    first, second = Strategy("a", rejected()), Strategy("b")
    run = opens(lambda _: (verdict, ""), first, second)
    with pytest.raises(oc.LoginRejected):
        run.app.sessions.login("tunes", GIVEN)
    assert (first.tried, second.tried, run.told("login.strategy.switched")) == (1, 0, [])


def test_a_login_that_was_chosen_by_name_is_the_only_one(opens: Opens) -> None:
    """Nobody is asked: the person has decided."""
    run = opens(to_the_next, Strategy("a", rejected()), Strategy("b"))
    with pytest.raises(oc.LoginRejected):
        run.app.sessions.login("tunes", GIVEN, strategy="a")
    assert run.tunes.asked == []


def test_where_there_is_no_other_nobody_is_asked(opens: Opens) -> None:
    """There is nothing to decide."""
    run = opens(to_the_next, Strategy("a", rejected()))
    with pytest.raises(oc.LoginRejected):
        run.app.sessions.login("tunes", GIVEN)
    assert run.tunes.asked == []


def test_a_service_that_cannot_be_asked_has_refused_nothing(opens: Opens) -> None:
    """Another login would meet the same."""
    run = opens(to_the_next, Strategy("a", oc.ServiceDown("for a moment")), Strategy("b"))
    with pytest.raises(oc.ServiceDown):
        run.app.sessions.login("tunes", GIVEN)
    assert run.tunes.asked == []
