"""`HarReplay`: answers requests from recorded HAR files, in the place of the network.

::

    replay = HarReplay(Path("album.har"))      # a plugin: implements ``orpheus_send``

Everything above the socket runs as it would against the live service. A request that was
not recorded is passed on, and noted in `HarReplay.unmatched`.

Source: HAR 1.2, http://www.softwareishard.com/blog/har-12-spec/
"""

from __future__ import annotations

import base64
import io
import json
import threading
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

import attrs

from orpheus_core.hookspecs import hookimpl

if TYPE_CHECKING:
    import requests

    from orpheus_core.network.exchange import OutgoingRequest

_NOT_REPLAYED = frozenset(
    {"connection", "content-encoding", "content-length", "keep-alive", "transfer-encoding"}
)
"""Header fields about the bytes as they once travelled: HAR holds them unpacked."""

_Key = tuple[str, str, str, tuple[tuple[str, str], ...]]


@attrs.frozen(kw_only=True)
class HarAnswer:
    """One recorded answer, its body unpacked."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = attrs.field(repr=False)


class HarReplay:
    """Answers a request that was recorded: same method, host, path and query in any order.

    One that was recorded several times gets the answers in their order, and the last one
    stays. *same_as_absent* names parameters whose value means as much as leaving them out
    (``{"index": "0"}``), so that both forms find the same answer.

    Raises:
        ValueError: a file is not HAR.
    """

    def __init__(self, *paths: Path, same_as_absent: Mapping[str, str] | None = None) -> None:
        self.answered: list[str] = []
        self.unmatched: list[str] = []
        self._same_as_absent = dict(same_as_absent or {})
        self._lock = threading.Lock()
        self._answers: dict[_Key, deque[HarAnswer]] = {}
        for path in paths:
            self._read(path)

    def answer(self, method: str, url: str) -> HarAnswer | None:
        """Return what was recorded for *method* and *url*, or None."""
        with self._lock:
            recorded = self._answers.get(self._key(method, url))
            if not recorded:
                self.unmatched.append(f"{method} {url}")
                return None
            self.answered.append(f"{method} {url}")
            return recorded.popleft() if len(recorded) > 1 else recorded[0]

    @hookimpl(tryfirst=True)
    def orpheus_send(self, request: OutgoingRequest) -> requests.Response | None:
        """Answer *request* with its recording, the body still to be read; else pass on."""
        answer = self.answer(request.method, request.url)
        return _response(request, answer) if answer else None

    def _read(self, path: Path) -> None:
        try:
            entries = json.loads(path.read_bytes())["log"]["entries"]
            for entry in entries:
                key = self._key(entry["request"]["method"], entry["request"]["url"])
                self._answers.setdefault(key, deque()).append(_answer(entry["response"]))
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{path.name} is not HAR: {error!r}") from error

    def _key(self, method: str, url: str) -> _Key:
        parts = urlsplit(url)
        query = parse_qsl(parts.query, keep_blank_values=True)
        told = sorted(pair for pair in query if self._same_as_absent.get(pair[0]) != pair[1])
        return method.upper(), (parts.hostname or "").lower(), unquote(parts.path), tuple(told)


def _answer(response: Mapping[str, object]) -> HarAnswer:
    content = _mapping(response.get("content"))
    text = str(content.get("text") or "")
    packed = content.get("encoding") == "base64"
    body = base64.b64decode(text, validate=True) if packed else text.encode()
    fields = response.get("headers")
    headers = [
        (str(field["name"]), str(field["value"]))
        for field in (fields if isinstance(fields, list) else [])
        if str(field["name"]).lower() not in _NOT_REPLAYED
    ]
    return HarAnswer(
        status=int(str(response["status"])),
        reason=str(response.get("statusText") or ""),
        headers=(*headers, ("Content-Length", str(len(body)))),
        body=body,
    )


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _response(request: OutgoingRequest, answer: HarAnswer) -> requests.Response:
    import requests
    import urllib3
    from requests.adapters import HTTPAdapter

    asked = requests.Request(request.method, request.url, headers=dict(request.headers)).prepare()
    raw = urllib3.HTTPResponse(
        body=io.BytesIO(answer.body),
        headers=urllib3.HTTPHeaderDict(answer.headers),
        status=answer.status,
        reason=answer.reason,
        preload_content=False,
        request_method=request.method,
    )
    return HTTPAdapter().build_response(asked, raw)
