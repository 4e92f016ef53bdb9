"""Sessions: logging in to the sandbox over real sockets, and what a strategy may do wrong."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Generator, Iterator, Mapping
from pathlib import Path

import attrs
import pytest

import orpheus_core as oc
from orpheus_core.brain import KINDS, faults_of
from orpheus_core.testing.sandbox import ACCOUNT, Fault, FaultKind, SandboxServer, plugin

GIVEN = {"user": ACCOUNT.user, "password": ACCOUNT.password}
FIELD = oc.CredentialField(name="key", label="your key")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[SandboxServer]:
    with SandboxServer() as running:
        monkeypatch.setenv("ORPHEUS_SANDBOX_URL", running.url)
        yield running


@attrs.define
class Opened:
    """An application with the sandbox, and what it told."""

    app: oc.Orpheus
    events: list[oc.Event]

    def told(self, kind: str) -> list[oc.Event]:
        return [event for event in self.events if event.kind == kind]


class Opens:
    def __init__(self, home: Path, stack: contextlib.ExitStack) -> None:
        self._home, self._stack = home, stack

    def __call__(
        self, *more: object, config: Mapping[str, object] | None = None, discover: bool = False
    ) -> Opened:
        plugins: dict[str, object] = {"sandbox": plugin}
        plugins |= {f"more-{number}": each for number, each in enumerate(more)}
        app = oc.Orpheus(self._home, config, plugins=plugins, discover=discover)
        events: list[oc.Event] = []
        app.brain.events.subscribe(events.append)
        return Opened(self._stack.enter_context(app), events)


@pytest.fixture
def opens(tmp_path: Path) -> Iterator[Opens]:
    """Opens an application with the sandbox plugin and others."""
    with contextlib.ExitStack() as stack:
        yield Opens(tmp_path / "home", stack)


class Strategy:
    """A login of the sandbox that answers with whatever it was made with."""

    service = "sandbox"

    def __init__(
        self, answer: object = None, name: str = "key", *fields: oc.CredentialField
    ) -> None:
        self.answer = answer
        self.name = name
        self.fields = fields or (FIELD,)
        self.given: list[dict[str, str]] = []

    def login(self, client: oc.ServiceClient, credentials: Mapping[str, str]) -> oc.Session:
        self.given.append(dict(credentials))
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer  # type: ignore[return-value] # wrong on purpose


class Brings:
    """A plugin that brings logins."""

    def __init__(self, *strategies: object) -> None:
        self.strategies = strategies

    @oc.hookimpl
    def orpheus_login_strategies(self) -> list[object]:
        return list(self.strategies)


def session(strategy: str = "key", **credentials: str) -> oc.Session:
    return oc.Session(service="sandbox", strategy=strategy, credentials=credentials)


# --- the sandbox -------------------------------------------------------------------------


def test_a_login_brings_a_session_and_stores_its_token(server: SandboxServer, opens: Opens) -> None:
    """What the service answered with is a credential from then on; the password is not kept."""
    run = opens()

    found = run.app.sessions.login("sandbox", GIVEN)

    assert (found.service, found.strategy, found.account) == ("sandbox", "password", ACCOUNT.user)
    assert run.app.sessions.get("sandbox") is found
    assert run.app.credentials.get("sandbox", "token") == ACCOUNT.token
    assert run.app.credentials.get("sandbox", "password") is None


def test_the_token_goes_along_with_the_next_request(server: SandboxServer, opens: Opens) -> None:
    """So that the login was of use."""
    seen: list[str | None] = []

    class Looks:
        @oc.hookimpl(wrapper=True)
        def orpheus_send(self, request: oc.OutgoingRequest) -> Generator[None, object, object]:
            seen.append(request.headers.get("X-Sandbox-Token"))
            return (yield)

    run = opens(Looks())
    run.app.search("sandbox", "album", "lanterns")
    run.app.sessions.login("sandbox", GIVEN)
    run.app.search("sandbox", "album", "lanterns")

    assert seen == [None, None, ACCOUNT.token]


def test_a_login_is_told_and_no_secret_is(server: SandboxServer, opens: Opens) -> None:
    """Attempt and success, with the strategy; account is private, password and token are masked."""
    run = opens()
    run.app.sessions.login("sandbox", GIVEN)
    run.app.brain.events.emit("plugin.said", data={"message": f"I know {ACCOUNT.token}"})

    (attempt,), (success,) = run.told("login.attempt"), run.told("login.succeeded")
    assert dict(attempt.data) == {"strategy": "password"}
    assert dict(success.data) == {"strategy": "password", "account": ACCOUNT.user}
    assert (success.service, success.plugin) == ("sandbox", "sandbox")
    assert [field.name for field in KINDS["login.succeeded"].fields if field.private] == ["account"]
    assert faults_of(run.events) == []
    for event in run.events:
        assert ACCOUNT.password not in str(event)
        assert ACCOUNT.token not in str(event)


def test_stored_credentials_are_used_when_none_are_given(
    server: SandboxServer, opens: Opens, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From any secret backend, each field from wherever it is; the user name stays readable."""
    monkeypatch.setenv("ORPHEUS_SANDBOX_USER", ACCOUNT.user)
    run = opens()
    run.app.credentials.set("sandbox", "password", ACCOUNT.password)

    assert run.app.sessions.login("sandbox").account == ACCOUNT.user

    (success,) = run.told("login.succeeded")
    assert success.data["account"] == ACCOUNT.user


def test_missing_fields_are_named_with_their_variables(
    server: SandboxServer, opens: Opens, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is sent."""
    monkeypatch.setenv("ORPHEUS_SANDBOX_USER", ACCOUNT.user)
    run = opens()

    with pytest.raises(oc.LoginNeeded) as caught:
        run.app.sessions.login("sandbox")

    assert caught.value.why == "password needs password (password)"
    assert caught.value.next_step == "set ORPHEUS_SANDBOX_PASSWORD"
    assert caught.value.exit_status is oc.ExitStatus.LOGIN_NEEDED
    assert server.requests == ()
    assert run.told("login.attempt") == []


def test_what_is_given_is_not_mixed_with_what_is_stored(
    server: SandboxServer, opens: Opens
) -> None:
    """Half of one account and half of another is nobody's."""
    run = opens()
    run.app.credentials.set("sandbox", "user", ACCOUNT.user)

    with pytest.raises(oc.LoginNeeded) as caught:
        run.app.sessions.login("sandbox", {"password": ACCOUNT.password})

    assert caught.value.next_step == "set ORPHEUS_SANDBOX_USER"


def test_a_wrong_password_is_rejected_and_told_without_it(
    server: SandboxServer, opens: Opens
) -> None:
    """What was stored before stays."""
    run = opens()
    run.app.credentials.set("sandbox", "token", "an-older-token")

    with pytest.raises(oc.LoginRejected, match="does not accept this password"):
        run.app.sessions.login("sandbox", {**GIVEN, "password": "guessed-wrong"})

    (failure,) = run.told("login.failed")
    assert (failure.error_type, failure.data["strategy"]) == ("auth.login-rejected", "password")
    assert failure.severity is oc.Severity.ERROR
    assert run.told("login.succeeded") == []
    assert run.app.sessions.get("sandbox") is None
    assert run.app.credentials.get("sandbox", "token") == "an-older-token"
    assert faults_of(run.events) == []
    assert not [event for event in run.events if "guessed-wrong" in str(event)]


def test_a_login_is_never_sent_twice(server: SandboxServer, opens: Opens) -> None:
    """It might count as a wrong password twice."""
    server.add_fault(Fault(kind=FaultKind.STATUS_503, item="/api/login", times=None))
    run = opens()

    with pytest.raises(oc.ServiceDown):
        run.app.sessions.login("sandbox", GIVEN)

    assert len(server.requests) == 1
    assert [event.error_type for event in run.told("login.failed")] == ["svc.down"]


def test_a_service_without_an_address_is_not_asked(opens: Opens) -> None:
    """The error is the strategy's own."""
    with pytest.raises(oc.LoginNeeded, match="the sandbox has no server yet"):
        opens().app.sessions.login("sandbox", GIVEN)


# --- which strategy ----------------------------------------------------------------------


def test_strategies_are_listed_by_name(opens: Opens) -> None:
    """Whoever brings them, in whatever order; nothing is sent, and other services' are not."""
    other = Strategy()
    other.service = "tunes"
    run = opens(Brings(Strategy(name="qr"), Strategy(name="key")), Brings(other))

    assert [info.name for info in run.app.sessions.strategies("sandbox")] == [
        "key",
        "password",
        "qr",
    ]
    assert run.app.sessions.strategies("nobody") == []
    assert run.app.sessions.strategies("sandbox")[0] == oc.LoginInfo(
        name="key", service="sandbox", fields=(FIELD,)
    )


def test_the_first_strategy_whose_fields_are_all_there_is_taken(opens: Opens) -> None:
    """In the order of their names."""
    first, second = Strategy(name="a"), Strategy(session("b", token="t-12345"), "b", FIELD)
    first.fields = (FIELD, oc.CredentialField(name="pin", label="pin"))
    run = opens(Brings(second, first))

    found = run.app.sessions.login("sandbox", {"key": "k-123456"})

    assert found.strategy == "b"
    assert (first.given, second.given) == ([], [{"key": "k-123456"}])
    assert run.app.credentials.get("sandbox", "token") == "t-12345"


def test_every_strategy_that_lacks_something_is_named(opens: Opens) -> None:
    """A person has the choice."""
    with pytest.raises(oc.LoginNeeded) as caught:
        opens(Brings(Strategy())).app.sessions.login("sandbox")

    assert caught.value.why == (
        "key needs key (your key); password needs user (user name), password (password)"
    )
    assert caught.value.next_step == (
        "set ORPHEUS_SANDBOX_KEY, or ORPHEUS_SANDBOX_USER and ORPHEUS_SANDBOX_PASSWORD"
    )


def test_a_strategy_can_be_chosen(opens: Opens) -> None:
    """Though another one would be ready, and without its fields it is not tried."""
    chosen = Strategy(session("z"), "z", FIELD)
    run = opens(Brings(Strategy(session()), chosen))

    assert run.app.sessions.login("sandbox", {"key": "k-123456"}, strategy="z").strategy == "z"
    with pytest.raises(oc.LoginNeeded, match="nothing to log in to sandbox with"):
        run.app.sessions.login("sandbox", {}, strategy="z")
    assert len(chosen.given) == 1


def test_an_unknown_strategy_suggests_the_nearest(opens: Opens) -> None:
    """And names those that there are."""
    with pytest.raises(oc.UnknownWord) as caught:
        opens().app.sessions.login("sandbox", strategy="pasword")
    assert (caught.value.next_step, caught.value.why) == (
        "did you mean password?",
        "its logins: password",
    )


class Tunes:
    """A service that nobody brings a login to."""

    info = oc.ServiceInfo(
        id="tunes",
        name="Tunes",
        kinds=frozenset({oc.MediaKind.TRACK}),
        features=frozenset(),
        hosts=("tunes.example",),
    )

    def resolve(self, *_: object) -> oc.Media:
        raise oc.ItemNotFound("gone")

    file = search = resolve

    @oc.hookimpl
    def orpheus_modules(self) -> list[object]:
        return [self]


def test_a_service_without_a_login_says_so(opens: Opens) -> None:
    """It is another thing than a service that does not exist."""
    run = opens(Tunes())
    with pytest.raises(oc.UnknownWord, match="no installed plugin brings a login to tunes"):
        run.app.sessions.login("tunes")
    with pytest.raises(oc.UnknownWord, match="tunes has no login 'key'") as caught:
        run.app.sessions.login("tunes", strategy="key")
    assert caught.value.why == "its logins: none"
    with pytest.raises(oc.NoService, match="brings a service 'nobody'"):
        run.app.sessions.login("nobody")


def test_a_second_login_of_one_name_is_its_plugins_failure(opens: Opens) -> None:
    """The first plugin's stands, by id; the other one is told of."""
    mine, late = Strategy(session()), Strategy(session())
    run = opens(Brings(mine), Brings(late))

    run.app.sessions.login("sandbox", {"key": "k-123456"})

    assert (len(mine.given), len(late.given)) == (1, 0)
    (failure,) = run.told("plugin.hook.failed")
    assert failure.plugin == "more-1"
    assert "plugin more-0 brings a login key of sandbox already" in str(failure.data["reason"])


# --- what a strategy may do wrong --------------------------------------------------------


class NoMapping:
    """Not what credentials are."""


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (KeyError("tok"), "KeyError: 'tok'"),
        (SystemExit(3), "SystemExit: 3"),
        (None, "it answered with NoneType"),
        ({"token": "t"}, "it answered with dict"),
        (oc.Session(service="tunes", strategy="key"), "its session is of tunes, by key"),
        (oc.Session(service="sandbox", strategy="other"), "its session is of sandbox, by other"),
        (
            oc.Session(service="sandbox", strategy="key", credentials={"n": 7}),  # type: ignore[dict-item]
            "not all texts",
        ),
        (
            oc.Session(service="sandbox", strategy="key", credentials=NoMapping()),  # type: ignore[arg-type]
            "AttributeError",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_a_strategy_must_not_do_is_its_plugins_failure(
    opens: Opens, answer: object, why: str
) -> None:
    """It names the plugin, and is told as a login that failed; nothing is stored."""
    run = opens(Brings(Strategy(answer)))

    with pytest.raises(oc.HookFailed, match="plugin more-0 failed at login") as caught:
        run.app.sessions.login("sandbox", {"key": "k-123456"})

    assert why in caught.value.why
    assert [event.error_type for event in run.told("login.failed")] == ["plugin.hook-failed"]
    assert run.app.sessions.get("sandbox") is None


def test_what_a_strategy_raises_on_purpose_goes_through(opens: Opens) -> None:
    """With its own words."""
    error = oc.CountryRestricted("not where you are")
    run = opens(Brings(Strategy(error)))

    with pytest.raises(oc.CountryRestricted) as caught:
        run.app.sessions.login("sandbox", {"key": "k-123456"})

    assert caught.value is error


def test_ctrl_c_in_a_strategy_ends_it(opens: Opens) -> None:
    """It is the person's, and no failure."""
    run = opens(Brings(Strategy(KeyboardInterrupt())))
    with pytest.raises(KeyboardInterrupt):
        run.app.sessions.login("sandbox", {"key": "k-123456"})
    assert run.told("login.failed") == []


def test_a_secret_in_a_strategys_own_error_is_masked_when_it_is_told(opens: Opens) -> None:
    """Strategies of others are careless at times."""
    run = opens(Brings(Strategy(oc.LoginRejected("k-123456 is wrong", why="no k-123456"))))
    with pytest.raises(oc.LoginRejected):
        run.app.sessions.login("sandbox", {"key": "k-123456"})
    assert not [event for event in run.events if "k-123456" in str(event)]


def test_what_a_service_calls_secret_is_masked_whatever_a_strategy_says(opens: Opens) -> None:
    """A login of somebody else cannot make the service's own credential public."""
    token = oc.CredentialField(name="token", label="your token", secret=False)
    refusal = oc.LoginRejected("t-123456 is wrong")
    run = opens(Brings(Strategy(refusal, "mine", token)))
    with pytest.raises(oc.LoginRejected):
        run.app.sessions.login("sandbox", {"token": "t-123456"}, strategy="mine")
    assert len(run.told("login.failed")) == 1
    assert not [event for event in run.events if "t-123456" in str(event)]


def test_a_session_that_cannot_be_stored_is_a_login_that_failed(opens: Opens) -> None:
    """It would be gone with the next request."""
    run = opens(
        Brings(Strategy(session(token="t-123456"))),
        config={"plugins.disabled": ["core-secrets-memory"]},
    )
    with pytest.raises(oc.SecretRefused):
        run.app.sessions.login("sandbox", {"key": "k-123456"})
    assert len(run.told("login.failed")) == 1
    assert run.app.sessions.get("sandbox") is None


class WithoutFields:
    name, service = "half", "sandbox"

    def login(self, client: object, credentials: object) -> oc.Session:
        return session("half")


class WithNumbers(WithoutFields):
    fields = (7,)


class Nameless(WithNumbers):
    name = None  # type: ignore[assignment]
    fields = ()


class Explodes(WithoutFields):
    @property
    def fields(self) -> tuple[oc.CredentialField, ...]:
        raise RuntimeError("not today")


@pytest.mark.parametrize("strategy", [WithoutFields(), WithNumbers(), Nameless(), Explodes(), 7])
def test_what_is_no_strategy_is_left_out(opens: Opens, strategy: object) -> None:
    """The others go on, and the plugin's failure is told."""
    run = opens(Brings(strategy))
    assert [info.name for info in run.app.sessions.strategies("sandbox")] == ["password"]
    assert [event.plugin for event in run.told("plugin.hook.failed")] == ["more-0"]


# --- known by their manifests ------------------------------------------------------------

CODE = """
import orpheus_core as oc
{before}

class Key:
    name, service = "key", "sandbox"
    fields = (oc.CredentialField(name="key", label="your key"),)

    def login(self, client, credentials):
        return oc.Session(service="sandbox", strategy="key", credentials={{"token": "t-123456"}})


@oc.hookimpl
def orpheus_login_strategies():
    {body}
"""
MANIFEST = """
id = "{name}"
api = "1.0"

[[hooks]]
name = "orpheus_login_strategies"

[[logins]]
name = "{login}"
service = "sandbox"

  [[logins.fields]]
  name = "key"
  label = "your key"
"""


class Installs:
    """Puts plugins where Python finds them, and opens an application with them alone."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, opens: Opens) -> None:
        self._folder, self._monkeypatch, self._opens = folder, monkeypatch, opens
        self._names: list[str] = []
        monkeypatch.syspath_prepend(str(folder))

    def __call__(
        self, name: str, *, login: str = "key", body: str = "return [Key()]", before: str = ""
    ) -> None:
        package = self._folder / f"{name}_of_test_sessions"
        package.mkdir(parents=True)
        code = CODE.format(before=before, body=body)
        (package / "__init__.py").write_text(code, encoding="utf-8")
        manifest = MANIFEST.format(name=name, login=login)
        (package / "orpheus.toml").write_text(manifest, encoding="utf-8")
        info = self._folder / f"{name}-1.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Name: {name}\nVersion: 1\n", encoding="utf-8")
        points = f"[orpheus.plugins]\n{name} = {package.name}\n"
        (info / "entry_points.txt").write_text(points, encoding="utf-8")
        self._names.append(name)

    def open(self, *, config: Mapping[str, object] | None = None) -> Opened:
        self._monkeypatch.setenv("ORPHEUS_PLUGINS", ",".join(self._names))
        return self._opens(config=config, discover=True)

    def imported(self) -> set[str]:
        return {name for name in self._names if f"{name}_of_test_sessions" in sys.modules}


@pytest.fixture
def installs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, opens: Opens) -> Iterator[Installs]:
    yield Installs(tmp_path / "site", monkeypatch, opens)
    for name in [name for name in sys.modules if name.endswith("_of_test_sessions")]:
        del sys.modules[name]


def test_only_the_plugin_whose_login_is_tried_is_imported(installs: Installs) -> None:
    """What there is, is known without importing any."""
    installs("one")
    installs("two", login="other")
    run = installs.open()

    names = [info.name for info in run.app.sessions.strategies("sandbox")]
    assert (names, installs.imported()) == (["key", "other", "password"], set())

    assert run.app.sessions.login("sandbox", {"key": "k-123456"}).strategy == "key"
    assert installs.imported() == {"one"}


@pytest.mark.parametrize(
    ("login", "body", "reason"),
    [
        ("other", "return [Key()]", "other of sandbox"),
        ("key", "return []", "key of sandbox"),
        ("key", "key = Key(); key.fields = (); return [key]", "field"),
        ("key", "extra = Key(); extra.name = 'extra'; return [Key(), extra]", "extra of sandbox"),
    ],
)
def test_a_manifest_that_lies_about_its_logins_is_refused(
    installs: Installs, login: str, body: str, reason: str
) -> None:
    """Its login is gone from then on, and the reason names the difference."""
    installs("liar", login=login, body=body)
    run = installs.open()

    with pytest.raises(oc.PluginUnavailable) as caught:
        run.app.sessions.login("sandbox", {"key": "k-123456"})

    assert reason in caught.value.why
    assert run.app.plugins.record("liar").state is oc.PluginState.INVALID_MANIFEST
    assert [info.name for info in run.app.sessions.strategies("sandbox")] == ["password"]
    assert [event.error_type for event in run.told("login.failed")] == ["plugin.unavailable"]


@pytest.mark.parametrize(
    ("before", "body", "state"),
    [
        ("import nothing_of_that_name", "return []", oc.PluginState.FAILED),
        ("", "raise RuntimeError('not today')", oc.PluginState.FAILED),
    ],
)
def test_a_login_whose_plugin_does_not_work_is_unavailable_with_the_reason(
    installs: Installs, before: str, body: str, state: oc.PluginState
) -> None:
    """It is no lie: nobody knows what it would have brought."""
    installs("broken", before=before, body=body)
    run = installs.open()

    with pytest.raises(oc.PluginUnavailable) as caught:
        run.app.sessions.login("sandbox", {"key": "k-123456"})

    assert run.app.plugins.record("broken").state is state
    assert "nothing_of_that_name" in caught.value.why or "not today" in caught.value.why
    assert caught.value.exit_status is oc.ExitStatus.PLUGIN


def test_a_login_whose_plugin_is_off_names_the_way_to_switch_it_on(installs: Installs) -> None:
    """A person who asks for it by name wants it."""
    installs("one")
    run = installs.open(config={"plugins.disabled": ["one"]})

    assert [info.name for info in run.app.sessions.strategies("sandbox")] == ["password"]
    with pytest.raises(oc.PluginUnavailable) as caught:
        run.app.sessions.login("sandbox", {"key": "k-123456"}, strategy="key")

    assert "orpheus plugin enable one" in caught.value.next_step


def test_two_manifests_that_claim_one_login_are_told_apart(installs: Installs) -> None:
    """The first by id has it; the other is refused, with the reason."""
    installs("one")
    installs("two")
    run = installs.open()

    assert run.app.sessions.login("sandbox", {"key": "k-123456"}).strategy == "key"

    assert installs.imported() == {"one"}
    record = run.app.plugins.record("two")
    assert record.state is oc.PluginState.INVALID_MANIFEST
    assert "plugin one brings a login key of sandbox already" in record.reason
