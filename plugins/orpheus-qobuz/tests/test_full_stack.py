"""The whole way from a link to a verified folder: only the socket is replaced."""

from __future__ import annotations

import base64
import datetime
import io
import json
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import mutagen
import numpy as np
import pytest
import soundfile

import orpheus_core as oc
from orpheus_core.testing import HarReplay, SimClock
from orpheus_qobuz import plugin

API = "https://www.qobuz.com/api.json/0.2"
NOW = datetime.datetime.fromtimestamp(1_700_000_000, datetime.UTC)
SECRETS = {
    "app_id": "100000001",
    "app_secret": "SECRET",
    "user_auth_token": "TOKEN-OF-USER",
}
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg"
    "gg=="
)
COVER = "https://static.qobuz.com/images/covers/32/10/0123456789012_600.png"
CDN = "https://streaming-qobuz-std.akamaized.net/file?eid=123&fmt=6&profile=raw&hmac=x"
ALBUM = f"{API}/album/get?album_id=0123456789012&limit=500&offset=0"
TRACK = f"{API}/track/get?track_id=123"
LINK = "https://www.qobuz.com/us-en/album/lock-weir-nur/0123456789012"


class Traffic:
    """Sees every request, and lets none through to the network."""

    def __init__(self) -> None:
        self.requests: list[oc.OutgoingRequest] = []

    @oc.hookimpl(wrapper=True)
    def orpheus_send(self, request: oc.OutgoingRequest) -> Generator[None, object, object]:
        """Note *request* on its way."""
        self.requests.append(request)
        return (yield)


class Wall:
    """Stands before the network: what was not prepared goes no further."""

    @oc.hookimpl
    def orpheus_send(self, request: oc.OutgoingRequest) -> None:
        """Let nothing through."""
        raise oc.HostUnreachable("no answer was prepared, and no network in tests")


Answer = tuple[str, int, bytes, dict[str, str]]
Serve = Callable[..., tuple[oc.Orpheus, Traffic]]


def said(url: str, body: object, status: int = 200, **headers: str) -> Answer:
    """An answer in JSON."""
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return url, status, json.dumps(body).encode(), {"Content-Type": "application/json", **fields}


def refusal(url: str, code: int, message: str, **headers: str) -> Answer:
    return said(url, {"status": "error", "code": code, "message": message}, code, **headers)


def har(answers: list[Answer]) -> bytes:
    """The answers as a HAR file."""
    entries = [
        {
            "request": {"method": "GET", "url": url},
            "response": {
                "status": status,
                "statusText": "",
                "headers": [{"name": name, "value": value} for name, value in headers.items()],
                "content": {"text": base64.b64encode(body).decode(), "encoding": "base64"},
            },
        }
        for url, status, body, headers in answers
    ]
    return json.dumps({"log": {"version": "1.2", "entries": entries}}).encode()


@pytest.fixture
def serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Opens an application with this plugin, and prepared answers in place of the network."""
    opened: list[oc.Orpheus] = []
    for field in SECRETS:
        monkeypatch.delenv(f"ORPHEUS_QOBUZ_{field.upper()}", raising=False)

    def serving(*answers: Answer, credentials: bool = True) -> tuple[oc.Orpheus, Traffic]:
        if credentials:
            for field, value in SECRETS.items():
                monkeypatch.setenv(f"ORPHEUS_QOBUZ_{field.upper()}", value)
        file = tmp_path / "answers.har"
        file.write_bytes(har(list(answers)))
        traffic = Traffic()
        app = oc.Orpheus(
            tmp_path / "home",
            plugins={"qobuz": plugin, "wall": Wall(), "har": HarReplay(file), "traffic": traffic},
            discover=False,
            clock=SimClock(NOW),
        )
        opened.append(app)
        return app, traffic

    yield serving
    for app in opened:
        app.close()


def flac() -> bytes:
    """Two seconds of a tone, as Qobuz would send it."""
    time = np.arange(2 * 44_100) / 44_100
    file = io.BytesIO()
    soundfile.write(file, 0.3 * np.sin(2 * np.pi * 440 * time), 44_100, "PCM_16", format="FLAC")
    return file.getvalue()


def album(file_request: Callable[[int], str]) -> list[Answer]:
    """An album of one track, bought in CD quality."""
    track = {"id": 123, "title": "Ferry", "duration": 2, "track_number": 1, "media_number": 1,
             "isrc": "NLA011900001", "performer": {"id": 7, "name": "Nur"}}  # fmt: skip
    frame = {
        "id": "0123456789012", "title": "Lock & Weir", "tracks_count": 1, "media_count": 1,
        "release_date_original": "2019-03-01", "artist": {"id": 7, "name": "Nur"},
        "image": {"large": COVER}, "tracks": {"offset": 0, "total": 1, "items": [track]},
    }  # fmt: skip
    format_only = {"restrictions": [{"code": "FormatRestrictedByFormatAvailability"}]}
    file = {"url": CDN, "format_id": 6, "mime_type": "audio/flac", "sampling_rate": 44.1,
            "bit_depth": 16, "duration": 2}  # fmt: skip
    return [
        said(ALBUM, frame),
        said(f"{API}/{file_request(27)}", format_only),
        said(f"{API}/{file_request(7)}", format_only),
        said(f"{API}/{file_request(6)}", file),
        (CDN, 200, flac(), {"Content-Type": "audio/flac", "ETag": '"1"'}),
        (COVER, 200, PNG, {"Content-Type": "image/png"}),
    ]


def test_bought_album_becomes_a_verified_folder(
    serve: Serve, file_request: Callable[[int], str], tmp_path: Path
) -> None:
    """From the shop's link to tagged files with a manifest."""
    app, _ = serve(*album(file_request))

    report = app.download(LINK, to=tmp_path / "music")

    assert report.ok, report.failures
    (artifact,) = report.artifacts
    assert app.verify(artifact.path).ok
    (song,) = artifact.path.glob("*.flac")
    tags: Any = mutagen.File(song)
    assert tags["title"] == ["Ferry"]
    assert tags["isrc"] == ["NLA011900001"]
    assert tags["albumartist"] == ["Nur"]
    assert len(tags.pictures) == 1


def test_credentials_go_to_the_api_only_and_show_nowhere(
    serve: Serve, file_request: Callable[[int], str], tmp_path: Path
) -> None:
    """The network that files come from learns nothing; no event, link or file holds a secret."""
    app, traffic = serve(*album(file_request))
    events: list[oc.Event] = []
    app.brain.events.subscribe(events.append)

    app.download(LINK, to=tmp_path / "music")

    at_api = [each for each in traffic.requests if each.url.startswith(API)]
    elsewhere = [each for each in traffic.requests if not each.url.startswith(API)]
    assert len(at_api) == 4
    assert all(each.headers["X-App-Id"] == "100000001" for each in at_api)
    assert all(each.headers["X-User-Auth-Token"] == "TOKEN-OF-USER" for each in at_api)
    assert {each.url for each in elsewhere} == {CDN, COVER}
    written = [
        path.read_bytes() for path in tmp_path.joinpath("music").rglob("*") if path.is_file()
    ]
    for secret in SECRETS.values():
        assert not [each for each in elsewhere if secret in str(each.headers)]
        assert not [each for each in traffic.requests if secret in each.url]
        assert not [each for each in events if secret in str(each)]
        assert not [each for each in written if secret.encode() in each]
    assert "SECRET" not in "".join(str(each.headers) for each in traffic.requests)


def test_missing_credentials_end_before_anything_is_sent(serve: Serve, tmp_path: Path) -> None:
    """The message names the variables; the exit status is that of a login."""
    app, traffic = serve(credentials=False)

    with pytest.raises(oc.LoginNeeded) as caught:
        app.download(LINK, to=tmp_path / "music")

    assert "ORPHEUS_QOBUZ_APP_ID" in caught.value.why
    assert caught.value.exit_status is oc.ExitStatus.LOGIN_NEEDED
    assert traffic.requests == []


@pytest.mark.parametrize(
    ("code", "message", "leaf", "advice"),
    [
        (401, "User authentication is required.", oc.LoginNeeded, "USER_AUTH_TOKEN"),
        (400, "Invalid or missing app_id parameter", oc.LoginNeeded, "APP_ID"),
        (404, "No result matching given argument", oc.ItemNotFound, ""),
    ],
)
def test_error_of_the_api_is_told_as_what_it_is(
    serve: Serve, code: int, message: str, leaf: type[oc.OrpheusError], advice: str
) -> None:
    """It comes with a status of its own; what the JSON says is more exact. Asked once."""
    app, traffic = serve(refusal(TRACK, code, message))
    ref = app.find("https://open.qobuz.com/track/123")

    with pytest.raises(leaf) as caught:
        app.registry.get_service("qobuz").resolve(app.client("qobuz"), ref)

    assert advice in caught.value.next_step
    assert len(traffic.requests) == 1


def test_quota_is_waited_for_as_long_as_the_service_says(serve: Serve) -> None:
    """The status knows how long; then the answer is there."""
    app, traffic = serve(
        refusal(TRACK, 429, "Too many requests", Retry_After="7"),
        said(TRACK, {"id": 123, "title": "Ferry"}),
    )
    began_s = app.clock.monotonic()

    media = app.registry.get_service("qobuz").resolve(
        app.client("qobuz"), app.find("qobuz:track:123")
    )

    assert isinstance(media, oc.Track)
    assert len(traffic.requests) == 2
    assert app.clock.monotonic() - began_s >= 7


def test_service_says_what_it_can(serve: Serve) -> None:
    """Scripts ask before they use it."""
    qobuz = serve()[0].registry.get_service("qobuz")

    for word in ("albums", "tracks", "playlists", "artists", "labels", "search", "download"):
        assert qobuz.supports(word)
    for word in ("library", "purchases", "previews", "lyrics"):
        assert not qobuz.supports(word)


def test_time_of_a_request_is_that_of_the_application(serve: Serve) -> None:
    """Signatures are stamped by the one clock there is."""
    app, _ = serve()

    assert app.client("qobuz").now() == NOW
