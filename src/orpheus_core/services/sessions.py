"""Sessions: logs in to services, by the strategies that plugins bring."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Mapping, Sequence

from orpheus_core.brain import EventBus
from orpheus_core.config import variable_name
from orpheus_core.errors import LoginNeeded, OrpheusError
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
        events: EventBus,
        credentials: CredentialManager,
        redactor: Redactor,
        client: Callable[[str], ServiceClient],
        says_secret: Callable[[str, str], bool],
    ) -> None:
        self._logins = Logins(plugins)
        self._events = events
        self._credentials = credentials
        self._redactor = redactor
        self._client = client
        self._says_secret = says_secret
        self._lock = threading.Lock()
        self._sessions: dict[str, Session] = {}

    def strategies(self, service: str) -> list[LoginInfo]:
        """Every way to log in to *service*, by name; no plugin with a manifest is imported."""
        return [login.info for login in self._logins.of(service)]

    def get(self, service: str) -> Session | None:
        """Return what the last login to *service* in this process ended in, or None."""
        with self._lock:
            return self._sessions.get(service)

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
                fields are all there, when None.

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
        login, values = self._chosen(service, strategy, credentials)
        about = {"strategy": login.info.name}
        tell = functools.partial(self._events.emit, service=service, plugin=login.plugin)
        tell("login.attempt", data=about)
        try:
            run = functools.partial(_session, login.info, login.fetch(), client, values)
            session = guarded(login.plugin, "login", Session, run)
            for field, value in session.credentials.items():
                self._credentials.set(service, field, value)
        except OrpheusError as error:
            why = {"message": error.title, "why": error.why}
            tell("login.failed", error=error, data={**about, **why})
            raise
        with self._lock:
            self._sessions[service] = session
        tell("login.succeeded", data={**about, "account": session.account})
        return session

    # --- which login, and with what -------------------------------------------------------

    def _chosen(
        self, service: str, strategy: str | None, credentials: Mapping[str, str] | None
    ) -> tuple[Login, dict[str, str]]:
        """Return the login that can be tried, and a value for each of its fields."""
        logins = self._logins.named(service, strategy)
        lacking: list[tuple[str, list[CredentialField]]] = []
        for login in logins:
            values = self._values(service, login.info, credentials)
            missing = [field for field in login.info.fields if field.name not in values]
            if not missing:
                return login, values
            lacking.append((login.info.name, missing))
        raise _needed(service, lacking)

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
