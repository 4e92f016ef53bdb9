"""A replay answers what was recorded, as it was recorded, and nothing else."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from orpheus_core.network.exchange import OutgoingRequest
from orpheus_core.testing.har import HarReplay

URL = "https://api.example/album/7"


def entry(url: str, text: str = "{}", *, method: str = "GET", **response: object) -> object:
    return {
        "request": {"method": method, "url": url},
        "response": {"status": 200, "statusText": "OK", "content": {"text": text}, **response},
    }


def har(folder: Path, *entries: object) -> Path:
    path = folder / "answers.har"
    path.write_text(json.dumps({"log": {"version": "1.2", "entries": entries}}), "utf-8")
    return path


def body(replay: HarReplay, url: str, method: str = "GET") -> bytes | None:
    answer = replay.answer(method, url)
    return answer.body if answer else None


def test_order_of_the_query_does_not_matter(tmp_path: Path) -> None:
    """Two links with the same parameters ask for the same."""
    replay = HarReplay(har(tmp_path, entry(f"{URL}?q=a+b&limit=2")))

    assert body(replay, f"{URL}?limit=2&q=a%20b") == b"{}"


@pytest.mark.parametrize(
    ("method", "url"),
    [
        ("POST", f"{URL}?a=1"),
        ("GET", "https://other.example/album/7?a=1"),
        ("GET", "https://api.example/album/8?a=1"),
        ("GET", f"{URL}?a=2"),
        ("GET", f"{URL}?a=1&a=1"),
        ("GET", f"{URL}?a=1&b="),
        ("GET", URL),
    ],
)
def test_other_request_is_passed_on_and_noted(tmp_path: Path, method: str, url: str) -> None:
    """Method, host, path and every parameter have to be the same."""
    replay = HarReplay(har(tmp_path, entry(f"{URL}?a=1")))

    assert replay.orpheus_send(OutgoingRequest(method=method, url=url, service="x")) is None
    assert replay.unmatched == [f"{method} {url}"]
    assert replay.answered == []


def test_parameter_with_its_default_is_as_good_as_none(tmp_path: Path) -> None:
    """The service's defaults are told by the test, and hold on both sides."""
    paths = har(tmp_path, entry(f"{URL}?index=0", "first"), entry(f"{URL}?index=25", "second"))
    replay = HarReplay(paths, same_as_absent={"index": "0", "limit": "25"})

    assert body(replay, URL) == b"first"
    assert body(replay, f"{URL}?limit=25&index=0") == b"first"
    assert body(replay, f"{URL}?limit=25&index=25") == b"second"
    assert body(replay, f"{URL}?limit=10") is None


def test_answers_to_one_request_come_in_their_order(tmp_path: Path) -> None:
    """The last one stays."""
    replay = HarReplay(har(tmp_path, entry(URL, "a"), entry(URL, "b")))

    assert [body(replay, URL) for _ in range(3)] == [b"a", b"b", b"b"]


def test_response_reads_as_one_from_the_network(tmp_path: Path) -> None:
    """Status, fields and body are those of the recording; the length is that of the body."""
    recorded = entry(
        URL,
        '{"title": "Ü"}',
        status=404,
        statusText="Not Found",
        headers=[
            {"name": "Content-Type", "value": "application/json"},
            {"name": "Content-Encoding", "value": "gzip"},
            {"name": "Content-Length", "value": "7"},
        ],
    )
    request = OutgoingRequest(method="GET", url=URL, service="x", headers={"Accept": "*/*"})

    response = HarReplay(har(tmp_path, recorded)).orpheus_send(request)

    assert response is not None
    assert (response.status_code, response.reason, response.url) == (404, "Not Found", URL)
    assert response.headers == {"Content-Type": "application/json", "Content-Length": "15"}
    assert response.request.headers["Accept"] == "*/*"
    assert b"".join(response.iter_content(4)) == '{"title": "Ü"}'.encode()


def test_bytes_that_are_no_text_are_unpacked(tmp_path: Path) -> None:
    """HAR writes them in base64."""
    data = bytes(range(256))
    content = {"text": base64.b64encode(data).decode(), "encoding": "base64"}
    replay = HarReplay(har(tmp_path, entry(URL, content=content)))

    assert body(replay, URL) == data


def test_answer_without_a_body_is_empty(tmp_path: Path) -> None:
    """HAR leaves out what was not there."""
    replay = HarReplay(har(tmp_path, entry(URL, content={"size": 0}, status=204)))

    assert body(replay, URL) == b""


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"log": {}}', '{"log": {"entries": [{}]}}', '{"log": {"entries": [1]}}',
     '{"log": {"entries": [{"request": {"method": "GET", "url": "https://x"}, "response": {}}]}}',
     '{"log": {"entries": [{"request": {"method": "GET", "url": "https://["}}]}}'],
)  # fmt: skip
def test_file_that_is_not_har_is_named(tmp_path: Path, text: str) -> None:
    """A damaged recording is told from a request that was not recorded."""
    path = tmp_path / "broken.har"
    path.write_text(text, "utf-8")

    with pytest.raises(ValueError, match=r"broken\.har is not HAR"):
        HarReplay(path)
