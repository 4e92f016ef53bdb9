"""The client of a service module, over the real network manager; the answers are prepared."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs

import attrs
import pytest
import requests

import orpheus_core as oc
from orpheus_core.services import BoundClient


@attrs.frozen(kw_only=True)
class Said:
    title: str


class Tunes:
    """A service, and all that its server answers, in order."""

    info = oc.ServiceInfo(
        id="tunes",
        name="Tunes",
        kinds=frozenset(),
        features=frozenset(),
        hosts=("api.tunes.example",),
    )

    def __init__(self) -> None:
        self.answers: list[tuple[int, bytes]] = []
        self.asked: list[oc.OutgoingRequest] = []

    def resolve(self, client: oc.ServiceClient, ref: oc.MediaRef) -> oc.Media:
        raise oc.ItemNotFound("nothing here")

    def file(self, client: object, track: object, wish: object) -> oc.MediaFile:
        raise oc.ItemNotFound("nothing here")

    def search(self, client: object, kind: object, query: str, limit: int) -> list[oc.SearchHit]:
        return []

    @oc.hookimpl
    def orpheus_modules(self) -> list[object]:
        return [self]

    @oc.hookimpl
    def orpheus_send(self, request: oc.OutgoingRequest) -> requests.Response:
        self.asked.append(request)
        status, body = self.answers.pop(0)
        response = requests.Response()
        response.status_code, response.url = status, request.url
        response.headers["Content-Type"] = "application/json"
        response.headers["Content-Length"] = str(len(body))
        response.raw = io.BytesIO(body)
        return response


@pytest.fixture
def tunes() -> Tunes:
    return Tunes()


@pytest.fixture
def client(tunes: Tunes, tmp_path: Path) -> Iterator[BoundClient]:
    quick = {"network.max_wait_s": 0.0}  # retries without a wait
    with oc.Orpheus(tmp_path, quick, plugins={"tunes": tunes}, discover=False) as app:
        app.credentials.set("tunes", "token", "very-secret")
        yield app.client("tunes")


URL = "https://api.tunes.example/item"


def test_the_answer_comes_in_the_shape_that_was_asked_for(
    client: BoundClient, tunes: Tunes
) -> None:
    """With the parameters and headers that were given."""
    tunes.answers = [(200, b'{"title": "x"}')]
    found = client.get(URL, Said, params={"limit": 2}, headers={"X-App": "1"})
    assert found == Said(title="x")
    assert tunes.asked[0].url == f"{URL}?limit=2"
    assert tunes.asked[0].headers["X-App"] == "1"


def test_what_is_no_json_is_asked_for_again(client: BoundClient, tunes: Tunes) -> None:
    """A page in between counts like a status that may pass."""
    tunes.answers = [(200, b"<html>one moment</html>"), (200, b'{"title": "x"}')]
    assert client.get(URL, Said) == Said(title="x")


def test_an_error_inside_of_an_answer_counts_like_a_status(
    client: BoundClient, tunes: Tunes
) -> None:
    """The brain decides whether to ask again."""

    def classify(answer: object) -> oc.OrpheusError | None:
        return oc.ServiceDown("busy") if answer == {"error": "busy"} else None

    tunes.answers = [(200, b'{"error": "busy"}'), (200, b'{"title": "x"}')]
    assert client.get(URL, Said, classify=classify) == Said(title="x")
    assert len(tunes.asked) == 2


def test_another_shape_is_not_asked_for_again(client: BoundClient, tunes: Tunes) -> None:
    """It would come again."""
    tunes.answers = [(200, b'{"name": "x"}')]
    with pytest.raises(oc.SchemaMismatch) as caught:
        client.get(URL, Said)
    assert "title" in caught.value.why


@pytest.mark.parametrize("status", [503, 200])
def test_a_post_is_never_sent_twice(client: BoundClient, tunes: Tunes, status: int) -> None:
    """Not even where the failure may pass: it could do something twice."""
    tunes.answers = [(status, b"not now"), (200, b'{"title": "x"}')]
    with pytest.raises((oc.ServiceDown, oc.UnexpectedAnswer)):
        client.post(URL, Said, data={"user": "me"})
    assert len(tunes.asked) == 1


def test_a_post_sends_a_form_or_json(client: BoundClient, tunes: Tunes) -> None:
    """And reads the answer like `get`."""
    tunes.answers = [(200, b'{"title": "form"}'), (200, b'{"title": "json"}')]
    assert client.post(URL, Said, data={"user": "me & you"}).title == "form"
    assert client.post(URL, Said, json={"user": "me"}, headers={"X-App": "1"}).title == "json"
    form, json = tunes.asked
    assert parse_qs((form.body or b"").decode()) == {"user": ["me & you"]}
    assert json.body == b'{"user": "me"}'


def test_a_module_sees_its_own_service_alone(client: BoundClient) -> None:
    """Its id, its credentials, the time."""
    assert client.service == "tunes"
    assert client.credential("token") == "very-secret"
    assert client.credential("password") is None
    assert client.now().tzinfo is not None
