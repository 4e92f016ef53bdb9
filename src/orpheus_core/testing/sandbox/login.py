"""The sandbox's login: a user name and a password, exchanged for a token."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

import orpheus_core as oc
from orpheus_core.testing.sandbox.address import api_url


@attrs.frozen
class _Answer:
    token: str


class PasswordLogin:
    """Logs in with user name and password; what it stores is the token."""

    name = "password"
    service = "sandbox"
    fields = (
        oc.CredentialField(name="user", label="user name", secret=False),
        oc.CredentialField(name="password", label="password"),
    )

    def login(self, client: oc.ServiceClient, credentials: Mapping[str, str]) -> oc.Session:
        """Ask the server for a token."""
        form = {field.name: credentials[field.name] for field in self.fields}
        answer = client.post(api_url(client, "login"), _Answer, data=form, classify=_rejection)
        return oc.Session(
            service=self.service,
            strategy=self.name,
            credentials={"token": answer.token},
            account=credentials["user"],
        )


def _rejection(answer: object) -> oc.OrpheusError | None:
    match answer:
        case {"error": {"code": "wrong_password", "message": str(message)}}:
            return oc.LoginRejected("the sandbox does not accept this password", why=message)
        case _:
            return None
