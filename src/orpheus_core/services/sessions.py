"""Sessions: logs in to services, by the strategies that plugins bring."""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence

import attrs

from orpheus_core.brain import Brain, Event, LoginQuestion, Verdict
from orpheus_core.config import variable_name
from orpheus_core.errors import AuthError, LoginNeeded, OrpheusError
from orpheus_core.plugins import CredentialField, LoginInfo, PluginHost
from orpheus_core.redaction import Redactor
from orpheus_core.services.credentials import CredentialManager
from orpheus_core.services.guarding import guarded
from orpheus_core.services.login import LoginStrategy, Session
from orpheus_core.services.logins import Login, Logins
from orpheus_core.services.module import ServiceClient


class SessionManager:
    """Logs in to services, keeps the sessions of this process, and stores what they brought.

    Args:
        client: returns the client of a service, or raises `NoService`.
        says_secret: whether a service itself calls a field secret: then it is one, whatever
            the login of another plugin says of it.
    """

    def __init__(
        self,
        plugins: PluginHost,
        brain: Brain,
        credentials: CredentialManager,
        redactor: Redactor,
        client: Callable[[str], ServiceClient],
        says_secret: Callable[[str, str], bool],
    ) -> None:
        self._logins = Logins(plugins)
        self._brain = brain
        self._credentials = credentials
        self._redactor = redactor
        self._client = client
        self._says_secret = says_secret
        self._lock = threading.Lock()
        self._sessions: dict[str, Session] = {}
        self._here = threading.local()

    def strategies(self, service: str) -> list[LoginInfo]:
        """Every way to log in to *service*, by name; no plugin with a manifest is imported."""
        return [login.info for login in self._logins.of(service)]

    def get(self, service: str) -> Session | None:
        """Return what the last login to *service* in this process ended in, or None."""
        with self._lock:
            return self._sessions.get(service)

    def is_logging_in(self, service: str) -> bool:
        """Whether this thread is in the middle of a login to *service*."""
        return service in getattr(self._here, "services", ())

    def login(
        self,
        service: str,
        credentials: Mapping[str, str] | None = None,
        *,
        strategy: str | None = None,
    ) -> Session:
        """Log in to *service*, store the credentials that it answers with, return the session.

        Args:
            credentials: by field; what is stored for the service when None.
            strategy: the name of one; of all, in the order of their names, the first whose
                fields are all there, when None, and another such when the service refuses
                that one and the brain decides so.

        Raises:
            NoService: no installed plugin brings the service.
            UnknownWord: there is no such strategy, or none at all.
            PluginUnavailable: its plugin is off, or does not work.
            LoginNeeded: fields are missing; it names them and their variables.
            LoginRejected: the service does not accept them.
            NetworkError, ServiceError: it could not be asked.
            HookFailed: the strategy raised something else, or answered with something else.
            SecretRefused: what it answered with cannot be stored.
        """
        client = self._client(service)
        ready = self._ready(service, self._logins.named(service, strategy), credentials)
        with self._logging_in(service):
            return self._first_that_works(client, ready)

    def ready(self, service: str) -> list[str]:
        """Return the strategies whose fields are all stored, by name; nothing is imported."""
        try:
            ready = self._ready(service, self._logins.of(service), None)
        except LoginNeeded:
            return []
        return [each.login.info.name for each in ready]

    def login_again(self, service: str, first: str) -> Session:
        """Log in with what is stored, after a session was refused.

        Begins with the strategy *first*, and goes on as the brain decides.

        Raises:
            OrpheusError: as `login`.
        """
        client = self._client(service)
        ready = self._ready(service, self._logins.of(service), None)
        ready.sort(key=lambda each: each.login.info.name != first)
        with self._logging_in(service):
            return self._first_that_works(client, ready, refused=1)

    def tell_switched(
        self, service: str, strategy: str, before: str, reason: str, cause: Event | None = None
    ) -> None:
        """Publish that *strategy* is tried in place of another one."""
        self._brain.events.emit(
            "login.strategy.switched",
            service=service,
            cause=cause,
            data={"strategy": strategy, "before": before, "reason": reason},
        )

    # --- one login after the other --------------------------------------------------------

    @contextlib.contextmanager
    def _logging_in(self, service: str) -> Iterator[None]:
        before = getattr(self._here, "services", ())
        self._here.services = (*before, service)
        try:
            yield
        finally:
            self._here.services = before

    def _first_that_works(
        self, client: ServiceClient, ready: Sequence[_Ready], *, refused: int = 0
    ) -> Session:
        """Log in by the first of *ready*; by another one when the brain wants that.

        A login that was rejected is not sent again: it would count as a wrong password twice.
        *refused*: how many refusals there were before.
        """
        trying, others = ready[0], list(ready[1:])
        refusals: list[_Refusal] = []
        while isinstance(ended := self._tried(client, trying), _Refusal):
            refusals.append(ended)
            attempt = refused + len(refusals)
            following = self._other(client.service, ended, others, attempt)
            if following is None:
                raise _together(refusals)
            others.remove(following)
            trying = following
        return ended

    def _tried(self, client: ServiceClient, ready: _Ready) -> Session | _Refusal:
        """Log in once; what the service stores with us is stored before anybody is told."""
        service, login = client.service, ready.login
        about = {"strategy": login.info.name}
        tell = functools.partial(self._brain.events.emit, service=service, plugin=login.plugin)
        tell("login.attempt", data=about)
        try:
            run = functools.partial(_session, login.info, login.fetch(), client, ready.values)
            session = guarded(login.plugin, "login", Session, run)
            for field, value in session.credentials.items():
                self._credentials.set(service, field, value)
        except OrpheusError as error:
            why = {"message": error.title, "why": error.why, "next_step": error.next_step}
            told = tell("login.failed", error=error, data={**about, **why})
            if isinstance(error, AuthError):
                return _Refusal(login.info.name, error, told)
            raise
        with self._lock:
            self._sessions[service] = session
        tell("login.succeeded", data={**about, "account": session.account})
        return session

    def _other(
        self, service: str, last: _Refusal, others: Sequence[_Ready], attempt: int
    ) -> _Ready | None:
        """Return the one of *others* that the brain wants to be tried after *last*."""
        if not others:
            return None
        by_name = {each.login.info.name: each for each in others}
        question = LoginQuestion(
            error=last.error,
            service=service,
            strategy=last.strategy,
            others=tuple(by_name),
            attempt=attempt,
            renewable=False,
            cause=last.told,
        )
        decision = self._brain.decide(question)
        if decision.verdict is not Verdict.SWITCH:
            return None
        reason = decision.reason
        self.tell_switched(service, decision.choice, last.strategy, reason, decision.event)
        return by_name[decision.choice]

    # --- which login, and with what -------------------------------------------------------

    def _ready(
        self, service: str, logins: Sequence[Login], credentials: Mapping[str, str] | None
    ) -> list[_Ready]:
        """Return those of *logins* that can be tried, each with a value for each of its fields.

        Raises:
            LoginNeeded: there is none.
        """
        ready: list[_Ready] = []
        lacking: list[tuple[str, list[CredentialField]]] = []
        for login in logins:
            values = self._values(service, login.info, credentials)
            missing = [field for field in login.info.fields if field.name not in values]
            if missing:
                lacking.append((login.info.name, missing))
            else:
                ready.append(_Ready(login, values))
        if not ready:
            raise _needed(service, lacking)
        return ready

    def _values(
        self, service: str, info: LoginInfo, credentials: Mapping[str, str] | None
    ) -> dict[str, str]:
        """The values that are there, by field; those of secret fields are masked from now on."""
        values: dict[str, str] = {}
        for field in info.fields:
            is_secret = field.secret or self._says_secret(service, field.name)
            if credentials is None:
                value = self._credentials.get(service, field.name, secret=is_secret)
            else:
                value = credentials.get(field.name)
            if value is None:
                continue
            values[field.name] = value
            if is_secret:
                self._redactor.add(value)
        return values


@attrs.frozen(eq=False)
class _Ready:
    """A login, and a value for each of its fields."""

    login: Login
    values: Mapping[str, str] = attrs.field(repr=False)


@attrs.frozen(eq=False)
class _Refusal:
    """A login that was not accepted, and the event that told of it."""

    strategy: str
    error: AuthError
    told: Event


def _together(refusals: Sequence[_Refusal]) -> AuthError:
    """The error of the last of *refusals*, with what was tried before it."""
    *earlier, last = refusals
    tried = [f"{each.strategy} was tried before: {each.error.title}" for each in earlier]
    last.error.why = "; ".join(filter(None, [last.error.why, *tried]))
    return last.error


def _session(
    info: LoginInfo, strategy: LoginStrategy, client: ServiceClient, values: Mapping[str, str]
) -> Session:
    """Run *strategy* and return its session.

    Raises:
        ValueError, TypeError: it is one of another service or strategy, or holds no texts.
    """
    session = strategy.login(client, values)
    if isinstance(session, Session):
        if (session.service, session.strategy) != (info.service, info.name):
            raise ValueError(f"its session is of {session.service}, by {session.strategy}")
        if not all(isinstance(each, str) for item in session.credentials.items() for each in item):
            raise TypeError("the credentials of its session are not all texts")
    return session


def _needed(service: str, lacking: Sequence[tuple[str, Sequence[CredentialField]]]) -> LoginNeeded:
    """The error that names, for each strategy, the fields that nobody gave."""
    sentences = [
        f"{name} needs {', '.join(f'{field.name} ({field.label})' for field in fields)}"
        for name, fields in lacking
    ]
    variables = [
        " and ".join(variable_name(service, field.name) for field in fields)
        for _, fields in lacking
    ]
    return LoginNeeded(
        f"there is nothing to log in to {service} with",
        why="; ".join(sentences),
        done="nothing was sent to the service",
        next_step=f"set {', or '.join(variables)}",
    )
