"""What the tests share: a client that notes what it is asked, and the recorded answers."""

from __future__ import annotations

import datetime
import hashlib
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlencode

import pytest

import orpheus_core as oc
from orpheus_core.testing import CannedClient, SimClock

T = TypeVar("T")

API = "https://www.qobuz.com/api.json/0.2"
NOW_S = 1_700_000_000
"""The time of the worked example."""

CREDENTIALS = {"app_id": "100000001", "app_secret": "SECRET", "user_auth_token": "TOKEN-OF-USER"}

_REPOSITORY = Path(__file__).resolve().parents[3]


class QobuzClient(CannedClient):
    """Answers by method and parameters; *headers* notes what went along with each request."""

    def __init__(
        self,
        answers: Mapping[str, object] | None = None,
        credentials: Mapping[str, str] = CREDENTIALS,
    ) -> None:
        urls = {f"{API}/{path}": answer for path, answer in (answers or {}).items()}
        clock = SimClock(datetime.datetime.fromtimestamp(NOW_S, datetime.UTC))
        super().__init__("qobuz", urls, credentials=credentials, clock=clock)
        self.headers: list[dict[str, str]] = []

    def get(
        self,
        url: str,
        shape: type[T],
        *,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        classify: Callable[[object], oc.OrpheusError | None] | None = None,
    ) -> T:
        """See `ServiceClient.get`."""
        self.headers.append(dict(headers or {}))
        return super().get(url, shape, params=params, headers=headers, classify=classify)


@pytest.fixture(scope="session")
def client() -> type[QobuzClient]:
    """The class of the clients that tests make."""
    return QobuzClient


@pytest.fixture(scope="session")
def file_request() -> Callable[[int], str]:
    """Tells what a request for the file of track 123 looks like, in the format of that number."""

    def request(format_id: int) -> str:
        told = f"trackgetFileUrlformat_id{format_id}intentdownloadtrack_id123{NOW_S}SECRET"
        query = {
            "format_id": format_id,
            "intent": "download",
            "track_id": "123",
            "request_ts": NOW_S,
            "request_sig": hashlib.md5(told.encode()).hexdigest(),
        }
        return f"track/getFileUrl?{urlencode(query)}"

    return request


@pytest.fixture
def recorded_album() -> dict[str, object]:
    """One answer of the live service to ``album/get``, without its list of tracks."""
    folder = os.environ.get("ORPHEUS_RECORDED") or _REPOSITORY.parent / "shared" / "recorded"
    files = sorted(Path(folder, "qobuz").glob("album-*.json"))
    if not files:
        pytest.skip("the recorded answers are not at hand: name their folder in ORPHEUS_RECORDED")
    answer = json.loads(files[0].read_bytes())
    assert isinstance(answer, dict)
    return answer
