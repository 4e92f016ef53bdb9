"""What a login strategy is, and what a login ends in."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Protocol, runtime_checkable

import attrs

from orpheus_core.plugins import CredentialField
from orpheus_core.services.module import ServiceClient


@attrs.frozen(kw_only=True)
class Session:
    """What a login ended in.

    *credentials* are the values to store, by field: a token, say. Its ``repr`` shows none of
    them. *expires_at* is when they end, None when that is not known. *account* is what a
    person calls the account, fit to be shown.

    Raises:
        TypeError: *expires_at* has no time zone.
    """

    service: str
    strategy: str
    credentials: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    expires_at: datetime.datetime | None = None
    account: str = ""

    def __attrs_post_init__(self) -> None:
        if self.expires_at is not None and self.expires_at.tzinfo is None:
            raise TypeError(f"the end of a session needs its time zone: {self.expires_at}")


@runtime_checkable
class LoginStrategy(Protocol):
    """A way to log in to a service, as a plugin brings it on ``orpheus_login_strategies``."""

    @property
    def name(self) -> str:
        """What a person chooses it by: ``password``, ``arl``."""

    @property
    def service(self) -> str:
        """The id of the service that it logs in to."""

    @property
    def fields(self) -> tuple[CredentialField, ...]:
        """What it needs to be told, in the order in which a person is asked."""

    def login(self, client: ServiceClient, credentials: Mapping[str, str]) -> Session:
        """Log in with *credentials*, one value for each of `fields`, and return the session.

        Raises:
            LoginRejected: the service does not accept them.
            NetworkError, ServiceError: it could not be asked.
        """
