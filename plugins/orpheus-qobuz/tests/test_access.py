"""Credentials: the user's own, named when they are missing, and never part of a link."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import orpheus_core as oc
from orpheus_qobuz.module import QobuzModule

ALL = {"app_id": "100000001", "app_secret": "SECRET", "user_auth_token": "TOKEN-OF-USER"}
TRACK = oc.MediaRef("qobuz", oc.MediaKind.TRACK, "123")
ANSWERS = {"track/get?track_id=123": {"id": 123, "title": "Weir"}}

Client = Callable[..., Any]
"""Makes the client of conftest.py, which cannot be imported by name."""


def test_catalogue_is_asked_with_application_and_login_in_headers(client: Client) -> None:
    """Links are logged by many; headers by few."""
    asked = client(ANSWERS)

    QobuzModule().resolve(asked, TRACK)

    assert asked.headers == [{"X-App-Id": "100000001", "X-User-Auth-Token": "TOKEN-OF-USER"}]
    assert not [value for value in ALL.values() if value in asked.calls[0]]


def test_catalogue_needs_no_login(client: Client) -> None:
    """The application's id is enough to look around."""
    asked = client(ANSWERS, {"app_id": "100000001"})

    QobuzModule().resolve(asked, TRACK)

    assert asked.headers == [{"X-App-Id": "100000001"}]


def test_missing_application_is_named_with_its_variable(client: Client) -> None:
    """Nothing is sent; the message says which variable to set."""
    asked = client(ANSWERS, {})

    with pytest.raises(oc.LoginNeeded) as caught:
        QobuzModule().resolve(asked, TRACK)

    error = caught.value
    assert "ORPHEUS_QOBUZ_APP_ID" in error.why
    assert "ORPHEUS_QOBUZ_APP_SECRET" in error.next_step
    assert "ORPHEUS_QOBUZ_USER_AUTH_TOKEN" in error.next_step
    assert asked.calls == []


@pytest.mark.parametrize("missing", ["app_id", "app_secret", "user_auth_token"])
@pytest.mark.parametrize("empty", [True, False])
def test_file_needs_all_three_credentials(client: Client, missing: str, empty: bool) -> None:
    """Without one of them Qobuz would hand out a sample; an empty value counts as missing."""
    credentials = {**ALL, missing: ""} if empty else {k: v for k, v in ALL.items() if k != missing}
    asked = client({}, credentials)
    track = oc.Track(ref=TRACK, title="Weir")

    with pytest.raises(oc.LoginNeeded) as caught:
        QobuzModule().file(asked, track, oc.QualityWish())

    assert f"ORPHEUS_QOBUZ_{missing.upper()}" in caught.value.why
    assert caught.value.evidence["missing"] == missing
    assert asked.calls == []


def test_credentials_do_not_show_in_the_repr(client: Client) -> None:
    """Whatever logs its arguments logs no secret."""
    from orpheus_qobuz.access import to_files

    shown = repr(to_files(client()))

    assert not [value for value in ALL.values() if value in shown]
