"""What an answer amounts to when a service reads it for us, well or badly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from orpheus_core import errors
from orpheus_core.errors import OrpheusError
from orpheus_core.testing.faultserver import FaultServer, answer

if TYPE_CHECKING:
    import requests
    from tests.network.conftest import Room


def error_of(room: Room, status: int, classify: object) -> OrpheusError:
    with FaultServer(answer(status, b"<html>")) as server, pytest.raises(OrpheusError) as caught:
        room.manager.request("GET", server.url, service="shop", classify=classify)  # type: ignore[arg-type]  # some are wrong on purpose
    return caught.value


@pytest.mark.parametrize(
    ("status", "raised", "stands"),
    [
        (404, errors.SchemaMismatch("no field"), errors.ItemNotFound),
        (404, errors.UnexpectedAnswer("HTML"), errors.ItemNotFound),
        (404, errors.LoginNeeded("the page says so"), errors.LoginNeeded),
        (200, errors.SchemaMismatch("no field"), errors.SchemaMismatch),
    ],
)
def test_an_error_that_is_raised_counts_as_one_that_is_returned(
    room: Room, status: int, raised: OrpheusError, stands: type[OrpheusError]
) -> None:
    """An answer that cannot be read does not hide its status."""

    def classify(response: requests.Response) -> None:
        raise raised

    assert type(error_of(room, status, classify)) is stands


@pytest.mark.parametrize("said", ["too fast", True, errors.RateLimited, KeyError("x")])
def test_what_is_no_error_is_the_plugin_s_fault(room: Room, said: object) -> None:
    """It is named, with what it answered; and the request is told of as failed."""
    error = error_of(room, 200, lambda _response: said)
    assert type(error) is errors.HookFailed
    assert "shop" in error.title
    assert type(said).__name__ in error.why
    (failed,) = room.of_kind("network.request.failed")
    assert failed.error_type == error.code
