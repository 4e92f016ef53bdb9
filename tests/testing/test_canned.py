"""The canned client answers like the real one, from what a test prepared."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import attrs
import pytest

from orpheus_core.errors import (
    ItemNotFound,
    OrpheusError,
    RateLimited,
    RequestRejected,
    SchemaMismatch,
    ServiceDown,
    UnexpectedAnswer,
)
from orpheus_core.services import ServiceClient
from orpheus_core.testing.canned import CannedClient
from orpheus_core.testing.clock import SimClock
from orpheus_core.testing.har import HarReplay

URL = "https://api.example/album/7"


@attrs.frozen
class Album:
    title: str


def recorded(folder: Path, status: int, text: str) -> HarReplay:
    path = folder / "one.har"
    response = {"status": status, "content": {"text": text}}
    entry = {"request": {"method": "GET", "url": URL}, "response": response}
    path.write_text(json.dumps({"log": {"entries": [entry]}}), "utf-8")
    return HarReplay(path)


def test_answer_is_read_into_its_shape() -> None:
    """Parameters are part of the link; members that the shape does not name are ignored."""
    canned = CannedClient("x", {f"{URL}?index=0": {"title": "Weir", "id": 7}})
    client: ServiceClient = canned

    assert client.service == "x"
    assert client.get(URL, Album, params={"index": 0}) == Album("Weir")
    assert canned.calls == [f"{URL}?index=0"]


def test_form_is_answered_too() -> None:
    """What is sent with it is the module's business."""
    assert CannedClient("x", {URL: {"title": "Weir"}}).post(URL, Album) == Album("Weir")


def test_answer_of_another_shape_is_a_mismatch() -> None:
    """The same code reads shapes in production."""
    with pytest.raises(SchemaMismatch):
        CannedClient("x", {URL: {"name": "Weir"}}).get(URL, Album)


def test_classifier_sees_the_answer_before_its_shape() -> None:
    """A service may send errors with status 200."""
    client = CannedClient("x", {URL: {"error": "quota"}})

    def classify(answer: object) -> OrpheusError | None:
        return RateLimited("slowly") if answer == {"error": "quota"} else None

    with pytest.raises(RateLimited):
        client.get(URL, Album, classify=classify)


def test_prepared_error_is_raised() -> None:
    """So a test can have the network fail."""
    with pytest.raises(RateLimited):
        CannedClient("x", {URL: RateLimited("slowly")}).get(URL, Album)


def test_request_without_an_answer_is_no_error_of_the_service() -> None:
    """A module cannot mistake a hole in the test for an item that does not exist."""
    with pytest.raises(LookupError, match=URL):
        CannedClient("x").get(URL, Album)


@pytest.mark.parametrize(
    ("status", "text", "error"),
    [
        (404, "", ItemNotFound),
        (410, "", ItemNotFound),
        (400, "", RequestRejected),
        (503, "", ServiceDown),
        (200, "<html>", UnexpectedAnswer),
    ],
)
def test_recorded_failure_is_an_error(
    tmp_path: Path, status: int, text: str, error: type[OrpheusError]
) -> None:
    """Statuses count as they do for the real client."""
    with pytest.raises(error):
        CannedClient("x", replay=recorded(tmp_path, status, text)).get(URL, Album)


def test_prepared_answer_stands_before_the_recorded_one(tmp_path: Path) -> None:
    """A test may replace one of many recordings."""
    replay = recorded(tmp_path, 200, '{"title": "recorded"}')

    assert CannedClient("x", replay=replay).get(URL, Album) == Album("recorded")
    client = CannedClient("x", {URL: {"title": "prepared"}}, replay=replay)
    assert client.get(URL, Album) == Album("prepared")


def test_credentials_are_those_that_were_prepared() -> None:
    """And no others."""
    client = CannedClient("x", credentials={"token": "t"})

    assert (client.credential("token"), client.credential("secret")) == ("t", None)


def test_time_is_that_of_the_clock_that_the_test_turns() -> None:
    """A module that stamps its requests does so the same in every run."""
    clock = SimClock()
    client = CannedClient("x", clock=clock)

    clock.advance(60.0)

    assert client.now() == clock.now() == SimClock().now() + datetime.timedelta(seconds=60)
