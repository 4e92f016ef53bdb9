"""A login: user name and password of the sandbox's account, exchanged for its token.

The service may be another plugin's, as here. The token is stored as the service's credential
of that name; the password is not kept. As a package it needs one line more, in its
pyproject.toml::

    [project.entry-points."orpheus.plugins"]
    guest = "guest_login"
"""

from collections.abc import Mapping, Sequence

import attrs

import orpheus_core as oc


@attrs.frozen
class Answer:
    """What the server answers; its ``repr`` does not show the token."""

    token: str = attrs.field(repr=False)


class GuestLogin:
    """Logs in to the service sandbox."""

    name = "guest"
    service = "sandbox"
    fields = (
        oc.CredentialField(name="user", label="user name", secret=False),
        oc.CredentialField(name="password", label="password"),
    )

    def login(self, client: oc.ServiceClient, credentials: Mapping[str, str]) -> oc.Session:
        """Ask once: a login that fails is not tried again, so that no account is locked."""
        server = client.credential("url")
        if not server:
            raise oc.LoginNeeded("nobody said where the sandbox's server is")
        form = {"user": credentials["user"], "password": credentials["password"]}
        try:
            answer = client.post(f"{server.rstrip('/')}/api/login", Answer, data=form)
        except oc.LoginNeeded as error:
            raise oc.LoginRejected("the sandbox does not know this user and password") from error
        return oc.Session(
            service=self.service,
            strategy=self.name,
            credentials={"token": answer.token},
            account=credentials["user"],
        )


@oc.hookimpl
def orpheus_login_strategies() -> Sequence[oc.LoginStrategy]:
    """Bring the login."""
    return [GuestLogin()]
