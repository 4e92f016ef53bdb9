"""A login that keeps every rule, and logins that break one each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import attrs
from tests.testing.conformance.good_service import GoodService
from tests.testing.conformance.service_cases import FRAGILE
from tests.testing.conformance.trying import Case

import orpheus_core as oc
from orpheus_core.testing import LoginSample, Reply

URL = "https://api.good.example/login"


@attrs.frozen(kw_only=True)
class TokenShape:
    """What a login is answered with."""

    token: str
    lasts_s: float = 3600.0


class GoodLogin:
    """Exchanges name and password for a token."""

    name = "password"
    service = "good"
    fields: tuple[oc.CredentialField, ...] = (
        oc.CredentialField(name="name", label="user name", secret=False),
        oc.CredentialField(name="password", label="password"),
    )

    def login(self, client: oc.ServiceClient, credentials: Mapping[str, str]) -> oc.Session:
        return self.session(self.ask(client, credentials), client)

    def ask(self, client: oc.ServiceClient, credentials: Mapping[str, str]) -> TokenShape:
        form = {field.name: credentials[field.name] for field in self.fields}
        return client.post(URL, TokenShape, data=form, classify=self.classify)

    def classify(self, answer: object) -> oc.OrpheusError | None:
        rejected = isinstance(answer, dict) and answer.get("error") == "password"
        return oc.LoginRejected("Good does not accept this password") if rejected else None

    def session(self, answer: TokenShape, client: oc.ServiceClient) -> oc.Session:
        import datetime

        return oc.Session(
            service=self.service,
            strategy=self.name,
            credentials={"token": answer.token},
            expires_at=client.now() + datetime.timedelta(seconds=answer.lasts_s),
        )


class LoginPlugin:
    """Brings the service and a way to log in to it."""

    def __init__(self, login: GoodLogin) -> None:
        self.login = login

    @oc.hookimpl
    def orpheus_modules(self) -> Sequence[oc.ServiceModule]:
        return [GoodService()]

    @oc.hookimpl
    def orpheus_login_strategies(self) -> Sequence[oc.LoginStrategy]:
        return [self.login]


SAMPLE = LoginSample(
    answers={f"POST {URL}": {"token": "new-token-of-ada"}},
    credentials={"name": "ada", "password": "correct horse"},
    wrong_credentials={"name": "ada", "password": "wrong horse"},
    wrong_answers={f"POST {URL}": Reply(status=401, body={"error": "password"})},
)


def case(
    code: str,
    because: str,
    login: Callable[[], GoodLogin] = GoodLogin,
    samples: Sequence[LoginSample] = (SAMPLE,),
    *,
    also: Sequence[str] = (),
) -> Case:
    """Return the case of a plugin that brings *login*."""
    return Case(
        code=f"login.{code}",
        because=because,
        plugin=lambda: LoginPlugin(login()),
        samples=samples,
        also=frozenset(f"login.{each}" for each in also),
    )


class MoreFields(GoodLogin):
    fields = (*GoodLogin.fields, oc.CredentialField(name="pin", label="PIN"))

    def ask(self, client: oc.ServiceClient, credentials: Mapping[str, str]) -> TokenShape:
        return client.post(URL, TokenShape, data=dict(credentials), classify=self.classify)


class NoLabel(GoodLogin):
    fields = (GoodLogin.fields[0], oc.CredentialField(name="password", label=""))


class OtherService(GoodLogin):
    def session(self, answer: TokenShape, client: oc.ServiceClient) -> oc.Session:
        return attrs.evolve(super().session(answer, client), service="other")


class NothingToStore(GoodLogin):
    def session(self, answer: TokenShape, client: oc.ServiceClient) -> oc.Session:
        return attrs.evolve(super().session(answer, client), credentials={})


class OddToStore(GoodLogin):
    def session(self, answer: TokenShape, client: oc.ServiceClient) -> oc.Session:
        return attrs.evolve(super().session(answer, client), credentials={"cookie": "c"})


class Over(GoodLogin):
    def session(self, answer: TokenShape, client: oc.ServiceClient) -> oc.Session:
        return attrs.evolve(super().session(answer, client), expires_at=client.now())


class RejectsInOtherWords(GoodLogin):
    def classify(self, answer: object) -> oc.OrpheusError | None:
        return None


class Fragile(GoodLogin):
    """Fails in its own way when *breaks* says so of an error and of what was read before."""

    def __init__(self, breaks: Callable[[oc.OrpheusError, object], bool]) -> None:
        self.breaks = breaks
        self.seen: object = "nothing"

    def classify(self, answer: object) -> oc.OrpheusError | None:
        self.seen = answer
        return super().classify(answer)

    def ask(self, client: oc.ServiceClient, credentials: Mapping[str, str]) -> TokenShape:
        self.seen = "nothing"
        try:
            return super().ask(client, credentials)
        except oc.LoginRejected:
            raise
        except oc.OrpheusError as error:
            if self.breaks(error, self.seen):
                raise ValueError("what now?") from error
            raise


class ByTheClock(GoodLogin):
    ahead = True

    def ask(self, client: oc.ServiceClient, credentials: Mapping[str, str]) -> TokenShape:
        skew_s = (client.now() - SAMPLE.at).total_seconds()
        if (skew_s > 40_000) if self.ahead else (skew_s < -40_000):
            raise ValueError("what time is it?")
        return super().ask(client, credentials)


class ByTheClockBehind(ByTheClock):
    ahead = False


class EndsBefore(GoodLogin):
    """What it is told of the end of a token, it takes for seconds since 1970."""

    def session(self, answer: TokenShape, client: oc.ServiceClient) -> oc.Session:
        import datetime

        end = datetime.datetime.fromtimestamp(answer.lasts_s, datetime.UTC)
        return attrs.evolve(super().session(answer, client), expires_at=end)


def _fragile(ident: str) -> Case:
    return case(f"survives-{ident}", "what now?", lambda: Fragile(FRAGILE[ident]))


CASES = [
    case("has-sample", "the login password to good has none", samples=()),
    case(
        "asks-for-its-fields",
        "asks for name, password, pin",
        MoreFields,
        also=["logs-in", "rejects-wrong-credentials"],
    ),
    case("asks-for-its-fields", "the field password has no label", NoLabel),
    case("logs-in", "its session is of other", OtherService),
    case(
        "logs-in",
        "the sample has no answer",
        samples=(attrs.evolve(SAMPLE, answers={}),),
    ),
    case("session-can-be-stored", "has no credentials", NothingToStore),
    case("session-can-be-stored", "does not declare the credential cookie", OddToStore),
    case("session-can-be-stored", "the session ended before it began", Over),
    case("session-can-be-stored", "the session ended before it began", EndsBefore),
    case(
        "rejects-wrong-credentials",
        "due was LoginRejected",
        RejectsInOtherWords,
    ),
    *map(_fragile, FRAGILE),
    case("survives-clock-ahead", "what time is it?", ByTheClock),
    case("survives-clock-behind", "what time is it?", ByTheClockBehind),
]
