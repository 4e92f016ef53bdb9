"""What the sandbox answers to a request, as status, headers and body; no socket in sight."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import assert_never

import attrs

from orpheus_core.music import Quality
from orpheus_core.testing.httpwire import Headers, ReceivedRequest
from orpheus_core.testing.sandbox import documents
from orpheus_core.testing.sandbox.account import CHALLENGE, login_answer
from orpheus_core.testing.sandbox.api import Api, ApiAnswer, Endpoint, Query, Route, problem
from orpheus_core.testing.sandbox.catalogue import Catalogue
from orpheus_core.testing.sandbox.faults import Fault, FaultKind, FaultPlan, Target
from orpheus_core.testing.sandbox.files import AudioFile, FileIndex, StoredFile
from orpheus_core.testing.sandbox.ranges import (
    ByteRange,
    RangeVerdict,
    if_range_holds,
    wanted_range,
)

_SIGN_IN_PAGE = b"""<!DOCTYPE html>
<html><head><title>Guest network</title></head>
<body><h1>Welcome</h1><form action="/sign-in"><button>Sign in to this network</button></form>
</body></html>
"""

_STATUS_CODES = {
    401: ("login_needed", "who are you?"),
    403: ("forbidden", "this is not for you"),
    404: ("not_found", "this is not here any more"),
    429: ("rate_limited", "too many requests"),
    500: ("internal", "something broke"),
    503: ("unavailable", "back soon"),
}


@attrs.frozen
class Reply:
    """What is sent, but for the headers that every reply has."""

    status: int
    headers: Headers
    body: bytes


def json_reply(answer: ApiAnswer, headers: Headers = ()) -> Reply:
    """Return *answer* as it is sent."""
    body = json.dumps(answer.document, ensure_ascii=False).encode()
    return Reply(answer.status, (("Content-Type", "application/json"), *headers), body)


class Replies:
    """Answers requests for routes that exist.

    Args:
        catalogue: what there is.
        files: the files of it.
        plan: which files have changed.
        base_url: that of the server itself.
        broken_urls: for the faults of a link, what stands in place of *base_url*.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        files: FileIndex,
        plan: FaultPlan,
        *,
        base_url: str,
        broken_urls: Mapping[FaultKind, str],
    ) -> None:
        self._files = files
        self._catalogue = catalogue
        self._plan = plan
        self._base_url = base_url
        self._broken_urls = broken_urls
        self._api = Api(documents.Documents(catalogue, files, base_url))

    def target(self, path: str, route: Route) -> Target:
        """Return what faults look at in a request for *path*."""
        item = route.name
        if route.endpoint is Endpoint.FILE and item in self._files.audio_by_name:
            item = self._files.audio_by_name[item].track_id
        elif route.endpoint is Endpoint.COVER and item in self._files.cover_by_name:
            item = self._files.cover_by_name[item].release_id
        elif route.endpoint is Endpoint.SEARCH:
            item = ""
        return Target(path, route.endpoint.place, item)

    def reply(
        self, request: ReceivedRequest, route: Route, query: Query, fault: Fault | None
    ) -> Reply:
        """Return the reply to *request*, with *fault* as far as it shows in the reply."""
        if fault and fault.kind.status:
            return _status_reply(fault.kind.status, fault)
        if fault and fault.kind is FaultKind.HTML:
            return Reply(200, (("Content-Type", "text/html; charset=utf-8"),), _SIGN_IN_PAGE)
        match route.endpoint:
            case Endpoint.FILE:
                audio = self._files.audio_by_name.get(route.name)
                reply = _file_reply(audio and self._current(audio), request)
            case Endpoint.COVER:
                reply = _file_reply(self._files.cover_by_name.get(route.name), request)
            case Endpoint.TRACK_FILE:
                reply = json_reply(self._file_answer(route.name, query, fault))
            case Endpoint.LOGIN:
                answer = login_answer(request)
                reply = json_reply(answer, CHALLENGE if answer.status == 401 else ())
            case _:
                reply = json_reply(self._api.answer(route, query))
        if fault and fault.kind is FaultKind.WRONG_CHECKSUM:
            reply = attrs.evolve(reply, body=_with_a_wrong_byte(reply.body))
        return reply

    def _file_answer(self, track_id: str, query: Query, fault: Fault | None) -> ApiAnswer:
        if track_id not in self._catalogue.track_by_id:
            return problem(404, "not_found", f"there is no track {track_id}")
        word = query.get("quality", Quality.LOSSLESS.value)
        if word not in {quality.value for quality in Quality}:
            return problem(400, "bad_request", f"there is no quality {word}")
        offered = {file.quality.value: file for file in self._files.of_track(track_id)}
        if word not in offered:
            message = f"{track_id} is offered in: {', '.join(offered)}"
            return problem(404, "quality_unavailable", message)
        current = self._current(offered[word])
        url = self._broken_urls.get(fault.kind) if fault else None
        named = attrs.evolve(current, name=offered[word].name)
        return ApiAnswer(200, documents.file(named, url or self._base_url))

    def _current(self, audio: AudioFile) -> AudioFile:
        """Return what is served under *audio*'s name: after a change, the next track's file."""
        if not self._plan.has_changed(audio.track_id):
            return audio
        alike = [file for file in self._files.audio if file.format == audio.format]
        return alike[(alike.index(audio) + 1) % len(alike)]


def _status_reply(status: int, fault: Fault) -> Reply:
    headers: Headers = ()
    if status in (429, 503):
        headers = (("Retry-After", str(fault.retry_after_s)),)
    elif status == 401:
        headers = CHALLENGE
    return json_reply(problem(status, *_STATUS_CODES[status]), headers)


def _file_reply(file: StoredFile | None, request: ReceivedRequest) -> Reply:
    if file is None:
        return json_reply(problem(404, "not_found", "there is no such file"))
    content = file.content()
    headers = (
        ("Content-Type", file.media_type),
        ("ETag", file.etag),
        ("Accept-Ranges", "bytes"),
    )
    wanted: ByteRange | RangeVerdict = RangeVerdict.WHOLE
    # A range is asked for with GET alone (RFC 9110, 14.2).
    if request.method == "GET" and if_range_holds(request.header("If-Range"), file.etag):
        wanted = wanted_range(request.header("Range"), len(content))
    match wanted:
        case RangeVerdict.WHOLE:
            return Reply(200, headers, content)
        case RangeVerdict.UNSATISFIABLE:
            span = (("Content-Range", f"bytes */{len(content)}"),)
            return json_reply(problem(416, "range", "the file ends before that"), span)
        case ByteRange(first, last):
            span = (("Content-Range", f"bytes {first}-{last}/{len(content)}"),)
            return Reply(206, headers + span, content[first : last + 1])
        case _:
            assert_never(wanted)


def _with_a_wrong_byte(body: bytes) -> bytes:
    middle = len(body) // 2
    return (
        body[:middle]
        + bytes(byte ^ 0xFF for byte in body[middle : middle + 1])
        + body[middle + 1 :]
    )
