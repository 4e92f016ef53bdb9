"""Who is asking: the credentials that the user supplies. None is shipped, none is looked for."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

import orpheus_core as oc
from orpheus_qobuz.info import INFO, SERVICE

APP_ID = "app_id"
APP_SECRET = "app_secret"  # noqa: S105 - a name, not a value
TOKEN = "user_auth_token"  # noqa: S105 - a name, not a value


@attrs.frozen
class Access:
    """What goes along with a request: in headers, never in its link."""

    headers: dict[str, str] = attrs.field(repr=False)
    app_secret: str = attrs.field(default="", repr=False)


def to_catalogue(client: oc.ServiceClient) -> Access:
    """Return what the catalogue is asked with: the application's id, and the login if any.

    Raises:
        LoginNeeded: there is no application id.
    """
    found = _needed(client, [APP_ID])
    headers = {"X-App-Id": found[APP_ID]}
    token = client.credential(TOKEN)
    return Access({**headers, "X-User-Auth-Token": token} if token else headers)


def to_files(client: oc.ServiceClient) -> Access:
    """Return what files are asked for with.

    Raises:
        LoginNeeded: application id, its secret or the account's token are missing.
    """
    found = _needed(client, [APP_ID, APP_SECRET, TOKEN])
    return Access({"X-App-Id": found[APP_ID], "X-User-Auth-Token": found[TOKEN]}, found[APP_SECRET])


def variable(field: str) -> str:
    """The environment variable that supplies *field*."""
    return f"ORPHEUS_{SERVICE}_{field}".upper()


def _needed(client: oc.ServiceClient, fields: Sequence[str]) -> dict[str, str]:
    values = {field: client.credential(field) or "" for field in fields}
    missing = [field for field, value in values.items() if not value]
    if not missing:
        return values
    labels = {each.name: each.label for each in INFO.credentials}
    raise oc.LoginNeeded(
        "Qobuz answers only to an application and an account that it knows",
        why="not set: " + ", ".join(f"{variable(field)} ({labels[field]})" for field in missing),
        done="nothing was sent to the service",
        next_step="set "
        + ", ".join(variable(each.name) for each in INFO.credentials)
        + ": values of your own; Orpheus ships none",
        evidence={"missing": ", ".join(missing)},
    )
