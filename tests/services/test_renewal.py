"""A login that ends while there is work: renewed once, by one thread, and asked once more."""

from __future__ import annotations

import concurrent.futures
import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from pathlib import Path

import attrs
import pytest

import orpheus_core as oc
from orpheus_core.brain import faults_of
from orpheus_core.testing import SimClock
from orpheus_core.testing.sandbox import ACCOUNT, Fault, FaultKind, SandboxServer, plugin

FIELD = oc.CredentialField(name="key", label="your key")
REF = oc.MediaRef("tunes", oc.MediaKind.TRACK, "1")


def refresh(question: oc.LoginQuestion) -> tuple[oc.Verdict, str]:
    return oc.Verdict.REFRESH, ""


class Decides:
    """Answers login questions as a test says, and keeps them; passes them on when it is None."""

    def __init__(self) -> None:
        self.says: Callable[[oc.LoginQuestion], tuple[oc.Verdict, str]] | None = refresh
        self.asked: list[oc.LoginQuestion] = []

    @oc.hookimpl
    def orpheus_decide(self, question: oc.Question) -> oc.Decision | None:
        if not isinstance(question, oc.LoginQuestion) or self.says is None:
            return None
        self.asked.append(question)
        verdict, choice = self.says(question)
        return oc.Decision(verdict=verdict, reason="it has ended", choice=choice)


class Tunes:
    """A service that answers whoever brings the token of the moment.

    Attributes:
        token: that one; every other is refused.
        refused: called at each refusal, before it is raised.
        requests: how often it was asked.
    """

    info = oc.ServiceInfo(
        id="tunes",
        name="Tunes",
        kinds=frozenset({oc.MediaKind.TRACK}),
        features=frozenset({oc.Feature.SEARCH}),
        hosts=("tunes.example",),
    )

    def __init__(self, *strategies: Key) -> None:
        self.token = "t-new"
        self.refused: Callable[[], object] = lambda: None
        self.requests = 0
        self.strategies = strategies or (Key("key"),)

    def resolve(self, client: oc.ServiceClient, ref: oc.MediaRef) -> oc.Media:
        self.requests += 1
        if client.credential("token") != self.token:
            self.refused()
            raise oc.LoginNeeded("tunes wants a login")
        return oc.Track(ref=ref, title="One", artists=())

    def file(self, client: oc.ServiceClient, track: oc.Track, wish: oc.QualityWish) -> oc.MediaFile:
        self.resolve(client, track.ref)
        return oc.MediaFile(
            url="https://tunes.example/1", format=oc.AudioFormat(codec=oc.Codec.FLAC)
        )

    def search(
        self, client: oc.ServiceClient, kind: oc.MediaKind, query: str, limit: int
    ) -> list[oc.SearchHit]:
        self.resolve(client, REF)
        return [oc.SearchHit(ref=REF, title=query)]

    @oc.hookimpl
    def orpheus_modules(self) -> list[object]:
        return [self]

    @oc.hookimpl
    def orpheus_login_strategies(self) -> list[Key]:
        return list(self.strategies)


class Key:
    """A login that brings the token ``t-new``, or raises *error*."""

    service, fields = "tunes", (FIELD,)

    def __init__(self, name: str, error: Exception | None = None) -> None:
        self.name = name
        self.error = error
        self.inside: Callable[[oc.ServiceClient], object] = lambda _: None
        self.logins = 0

    def login(self, client: oc.ServiceClient, credentials: Mapping[str, str]) -> oc.Session:
        self.logins += 1
        self.inside(client)
        if self.error:
            raise self.error
        return oc.Session(service="tunes", strategy=self.name, credentials={"token": "t-new"})


@attrs.define
class Opened:
    """An application with the service; a login is stored for it, and an old token."""

    app: oc.Orpheus
    tunes: Tunes
    decides: Decides
    clock: SimClock
    events: list[oc.Event] = attrs.field(factory=list)

    def resolve(self) -> oc.Media:
        return self.app.registry.get_service("tunes").resolve(self.app.client("tunes"), REF)

    def told(self, kind: str) -> list[oc.Event]:
        assert faults_of(self.events) == []
        return [event for event in self.events if event.kind == kind]


Opens = Callable[..., Opened]


@pytest.fixture
def opens(tmp_path: Path) -> Iterator[Opens]:
    apps: list[oc.Orpheus] = []

    def open_it(*strategies: Key) -> Opened:
        tunes, decides, clock = Tunes(*strategies), Decides(), SimClock()
        plugins = {"tunes": tunes, "decides": decides}
        app = oc.Orpheus(tmp_path / "home", discover=False, plugins=plugins, clock=clock)
        apps.append(app)
        app.credentials.set("tunes", "key", "k-123456")
        app.credentials.set("tunes", "token", "t-old")
        found = Opened(app, tunes, decides, clock)
        app.brain.events.subscribe(found.events.append)
        return found

    yield open_it
    for app in apps:
        app.close()


# --- one refusal -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "ask",
    [
        lambda service, client: service.resolve(client, REF),
        lambda service, client: service.file(
            client, oc.Track(ref=REF, title="One", artists=()), oc.QualityWish()
        ),
        lambda service, client: service.search(client, oc.MediaKind.TRACK, "x", 1),
    ],
    ids=["resolve", "file", "search"],
)
def test_a_request_that_is_refused_is_sent_again_after_a_login(
    opens: Opens, ask: Callable[[oc.Service, oc.ServiceClient], object]
) -> None:
    """With what the login brought, whatever the service was asked for."""
    run = opens()

    assert ask(run.app.registry.get_service("tunes"), run.app.client("tunes"))

    assert (run.tunes.requests, run.tunes.strategies[0].logins) == (2, 1)
    assert len(run.told("login.succeeded")) == 1


def test_the_question_says_what_was_refused_and_what_there_is(opens: Opens) -> None:
    """What an earlier process brought counts as of the login that is tried first."""
    run = opens(Key("a"), Key("b"))
    run.resolve()
    run.tunes.token = "t-newer"
    run.clock.advance(3600)
    run.app.sessions.login("tunes", strategy="b")
    with pytest.raises(oc.LoginNeeded):
        run.resolve()
    asked = [(each.strategy, each.others, each.attempt) for each in run.decides.asked]
    assert asked == [("a", ("b",), 1), ("b", ("a",), 1)]
    assert {(each.service, each.error.code) for each in run.decides.asked} == {
        ("tunes", "auth.login-needed")
    }


def test_a_second_refusal_is_final(opens: Opens) -> None:
    """The service's own error, after one login."""
    run = opens()
    run.tunes.token = "t-of-somebody-else"
    with pytest.raises(oc.LoginNeeded, match="tunes wants a login"):
        run.resolve()
    assert (run.tunes.requests, run.tunes.strategies[0].logins) == (2, 1)


def test_without_a_decision_nothing_is_renewed(opens: Opens) -> None:
    """A rule or a plugin has to want it."""
    run = opens()
    run.decides.says = lambda _: (oc.Verdict.GIVE_UP, "")
    with pytest.raises(oc.LoginNeeded):
        run.resolve()
    assert (run.tunes.requests, run.tunes.strategies[0].logins) == (1, 0)


def test_without_a_stored_login_nobody_is_asked(opens: Opens) -> None:
    """There is nothing to decide."""
    run = opens()
    run.app.credentials.delete("tunes", "key")
    with pytest.raises(oc.LoginNeeded):
        run.resolve()
    assert (run.decides.asked, run.tunes.requests) == ([], 1)


def test_another_login_can_be_chosen(opens: Opens) -> None:
    """And is told."""
    run = opens(Key("a"), Key("b"))
    run.decides.says = lambda question: (oc.Verdict.SWITCH, question.others[0])

    run.resolve()

    assert [each.logins for each in run.tunes.strategies] == [0, 1]
    (switched,) = run.told("login.strategy.switched")
    assert dict(switched.data) == {"strategy": "b", "before": "a", "reason": "it has ended"}


def test_a_login_whose_fields_are_not_stored_is_renewed_by_another_one(opens: Opens) -> None:
    """It was given by hand, and nobody is there to give it again."""
    by_hand = Key("a")
    by_hand.fields = (oc.CredentialField(name="pin", label="pin"),)
    run = opens(by_hand, Key("b"))
    run.app.sessions.login("tunes", {"pin": "1234567"}, strategy="a")
    run.app.credentials.set("tunes", "token", "t-old")

    run.resolve()

    (switched,) = run.told("login.strategy.switched")
    assert (switched.data["strategy"], switched.data["before"]) == ("b", "a")


def test_the_cause_of_a_renewal_is_the_mitigation_that_it_obeys(opens: Opens) -> None:
    """So that one can go back from it to what failed."""
    run = opens()
    run.app.brain.mitigations.apply(
        oc.Mitigation(kind=oc.MitigationKind.REFRESH_LOGIN, scope="tunes"),
        rule="ended",
        cause=run.app.brain.events.emit("plugin.said", data={"message": "401"}),
    )
    run.resolve()
    (applied,) = run.told("brain.mitigation.applied")
    assert [event.cause_id for event in run.told("brain.decision.made")] == [applied.id]


# --- logins that fail --------------------------------------------------------------------


def test_a_login_that_is_rejected_may_be_followed_by_another_one(opens: Opens) -> None:
    """The refused session counts: it is the second refusal, so that nobody renews again."""
    first = Key("a", oc.LoginRejected("the key is old"))
    run = opens(first, Key("b"))
    run.app.brain.mitigations.apply(
        oc.Mitigation(kind=oc.MitigationKind.REFRESH_LOGIN, scope="tunes"),
        rule="ended",
        cause=run.app.brain.events.emit("plugin.said", data={"message": "401"}),
    )
    run.decides.says = None

    assert isinstance(run.resolve(), oc.Track)

    assert [each.logins for each in run.tunes.strategies] == [1, 1]
    decisions = run.told("brain.decision.made")
    assert [event.data["verdict"] for event in decisions] == ["refresh", "switch"]


def test_a_login_that_is_rejected_is_not_tried_at_each_request(opens: Opens) -> None:
    """However long it goes on; the refusal says what came of it. A new login ends that."""
    key = Key("key", oc.LoginRejected("the key is old"))
    run = opens(key)
    with pytest.raises(oc.LoginNeeded) as caught:
        run.resolve()
    assert caught.value.why == "to log in again: the key is old"
    run.clock.advance(7200)
    with pytest.raises(oc.LoginNeeded):
        run.resolve()
    assert (key.logins, run.tunes.requests) == (1, 2)

    key.error = None
    run.app.sessions.login("tunes")
    run.app.credentials.set("tunes", "token", "t-old")

    assert isinstance(run.resolve(), oc.Track)
    assert key.logins == 3


def test_a_login_that_could_not_be_tried_is_tried_again_later(opens: Opens) -> None:
    """A service that is down has rejected nobody; but not at each request."""
    key = Key("key", oc.ServiceDown("for a moment"))
    run = opens(key)
    for _ in range(3):
        with pytest.raises(oc.LoginNeeded):
            run.resolve()
    assert key.logins == 1
    key.error = None
    run.clock.advance(60)
    assert isinstance(run.resolve(), oc.Track)


def test_a_young_session_is_not_renewed(opens: Opens) -> None:
    """It is not refused for its age, so that another one would be refused as well."""
    run = opens()
    run.tunes.token = "t-of-somebody-else"
    for _ in range(3):
        with pytest.raises(oc.LoginNeeded):
            run.resolve()
    assert run.tunes.strategies[0].logins == 1
    run.clock.advance(60)
    with pytest.raises(oc.LoginNeeded):
        run.resolve()
    assert run.tunes.strategies[0].logins == 2


def test_what_a_login_itself_asks_for_is_not_asked_again(opens: Opens) -> None:
    """It would never end."""
    key = Key("key")
    run = opens(key)
    key.inside = lambda client: run.app.registry.get_service("tunes").resolve(client, REF)
    with pytest.raises(oc.LoginNeeded):
        run.resolve()
    assert (key.logins, run.tunes.requests) == (1, 2)


def test_a_login_that_asks_the_service_is_not_renewed_inside_itself(opens: Opens) -> None:
    """What a person typed in would be sent twice, and count as two wrong passwords."""
    key = Key("key")
    run = opens(key)
    key.inside = lambda client: run.app.registry.get_service("tunes").resolve(client, REF)
    with pytest.raises(oc.LoginNeeded):
        run.app.sessions.login("tunes")
    assert (key.logins, run.tunes.requests) == (1, 1)
    key.inside = lambda _: None
    assert isinstance(run.resolve(), oc.Track)


def test_who_decides_on_a_renewal_may_ask_the_service(opens: Opens) -> None:
    """That this is refused as well is no further question."""
    run = opens()

    def looks_first(question: oc.LoginQuestion) -> tuple[oc.Verdict, str]:
        with pytest.raises(oc.LoginNeeded):
            run.resolve()
        return refresh(question)

    run.decides.says = looks_first
    assert isinstance(run.resolve(), oc.Track)
    assert (len(run.decides.asked), run.tunes.strategies[0].logins) == (1, 1)


@pytest.mark.parametrize("has_ended", [True, False], ids=["a rule fired", "no rule fired"])
@pytest.mark.parametrize("error", [oc.LoginRejected("the key is old"), oc.LoginNeeded("401")])
def test_a_login_that_a_person_asks_for_is_judged_by_itself(
    opens: Opens, error: oc.OrpheusError, has_ended: bool
) -> None:
    """That a session was refused before is no reason to give up at the first of two logins."""
    run = opens(Key("a", error), Key("b"))
    run.decides.says = None
    if has_ended:
        run.app.brain.mitigations.apply(
            oc.Mitigation(kind=oc.MitigationKind.REFRESH_LOGIN, scope="tunes"),
            rule="ended",
            cause=run.app.brain.events.emit("plugin.said", data={"message": "401"}),
        )

    assert run.app.sessions.login("tunes").strategy == "b"

    (decided,) = run.told("brain.decision.made")
    assert decided.data["verdict"] == "switch"


# --- several threads ---------------------------------------------------------------------


@pytest.mark.parametrize("error", [None, oc.LoginRejected("the key is old")])
def test_many_refusals_at_once_are_one_login(opens: Opens, error: Exception | None) -> None:
    """One thread does it; the others wait for what comes of it, good or bad."""
    count = 6
    run = opens(Key("key", error))
    all_refused = threading.Barrier(count)

    def meet() -> None:
        if run.tunes.strategies[0].logins == 0:
            all_refused.wait(20)

    run.tunes.refused = meet

    def outcome(_: int) -> str:
        try:
            return type(run.resolve()).__name__
        except oc.LoginNeeded as refused:
            return refused.code

    with concurrent.futures.ThreadPoolExecutor(count) as executor:
        outcomes = list(executor.map(outcome, range(count)))

    assert outcomes == ["auth.login-needed" if error else "Track"] * count
    assert (run.tunes.strategies[0].logins, len(run.decides.asked)) == (1, 1)
    assert run.tunes.requests == (count if error else 2 * count)


# --- over real sockets -------------------------------------------------------------------


class Looks:
    """Keeps the token of each request to the sandbox's API."""

    def __init__(self) -> None:
        self.tokens: list[str | None] = []

    @oc.hookimpl(wrapper=True)
    def orpheus_send(self, request: oc.OutgoingRequest) -> Generator[None, object, object]:
        if "/api/tracks/" in request.url:
            self.tokens.append(request.headers.get("X-Sandbox-Token"))
        return (yield)


def test_a_job_goes_on_after_its_login_has_ended(tmp_path: Path) -> None:
    """The core's own deciders want it: one track is answered with 401, and after a login the
    rest goes with its token."""
    looks = Looks()
    plugins = {"sandbox": plugin, "looks": looks}
    fault = Fault(kind=FaultKind.STATUS_401, item="lanterns-02")
    with (
        SandboxServer([fault]) as server,
        oc.Orpheus(
            tmp_path / "home",
            {"downloads.jobs": 1},
            discover=False,
            plugins=plugins,
            clock=SimClock(),
        ) as app,
    ):
        seen: list[oc.Event] = []
        app.brain.events.subscribe(seen.append)
        stored = {"user": ACCOUNT.user, "password": ACCOUNT.password, "token": "t-of-yesterday"}
        for field, value in {"url": server.url, **stored}.items():
            app.credentials.set("sandbox", field, value)

        report = app.download("sandbox:album:lanterns", to=tmp_path / "music")

        refused = [each for each in server.requests if each.status == 401]
        logins = [each for each in server.requests if each.path == "/api/login"]
    assert report.ok
    assert (len(refused), len(logins)) == (1, 1)
    first_new = looks.tokens.index(ACCOUNT.token)
    assert set(looks.tokens[:first_new]) == {"t-of-yesterday"}
    assert set(looks.tokens[first_new:]) == {ACCOUNT.token}
    assert faults_of(seen) == []
    kinds = [event.kind for event in seen if event.kind.startswith("login.")]
    assert kinds == ["login.attempt", "login.succeeded"]
    job = report.artifacts[0].manifest
    assert {event.correlation_id for event in seen if event.kind == "login.attempt"} == {
        job.origin.correlation_id
    }
