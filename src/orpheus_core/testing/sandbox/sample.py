"""The sandbox's sample: what the conformance kit tries its plugin on, and a model for others.

The server's own API answers, in memory.
"""

from __future__ import annotations

import functools
from urllib.parse import parse_qsl, urlsplit

from orpheus_core.music import MediaKind, MediaRef, Quality, QualityWish
from orpheus_core.network import OutgoingRequest
from orpheus_core.testing.conformance.samples import LoginSample, Reply, ServiceSample
from orpheus_core.testing.httpwire import ReceivedRequest
from orpheus_core.testing.sandbox.account import ACCOUNT
from orpheus_core.testing.sandbox.api import route
from orpheus_core.testing.sandbox.catalogue import SITE
from orpheus_core.testing.sandbox.faults import FaultPlan
from orpheus_core.testing.sandbox.files import file_index
from orpheus_core.testing.sandbox.releases import CATALOGUE
from orpheus_core.testing.sandbox.replies import Replies

_URL = "http://127.0.0.1:8000"


@functools.cache
def _replies() -> Replies:
    return Replies(CATALOGUE, file_index(), FaultPlan(()), base_url=_URL, broken_urls={})


def _answer(request: OutgoingRequest) -> Reply | None:
    """Answer as the server would."""
    parts = urlsplit(request.url)
    found = route(parts.path)
    if not request.url.startswith(_URL) or found is None:
        return None
    received = ReceivedRequest(
        method=request.method,
        path=parts.path,
        version="HTTP/1.1",
        headers=tuple(request.headers.items()),
        body=request.body or b"",
        connection=0,
    )
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    reply = _replies().reply(received, found, query, None)
    return Reply(status=reply.status, headers=dict(reply.headers), body=reply.body)


def _ref(kind: MediaKind, ident: str) -> MediaRef:
    return MediaRef("sandbox", kind, ident)


_ALBUM = _ref(MediaKind.ALBUM, "harbour")
_TRACK = _ref(MediaKind.TRACK, "lanterns-03")
_FINE_TRACK = _ref(MediaKind.TRACK, "salt-01")
_PLAYLIST = _ref(MediaKind.PLAYLIST, "night-walk")
_ARTIST = _ref(MediaKind.ARTIST, "orla")

_SERVICE = ServiceSample(
    answers=_answer,
    links={
        f"{SITE}/album/harbour": _ALBUM,
        f"{SITE}/track/lanterns-03": _TRACK,
        f"{SITE}/playlist/night-walk?from=a-friend": _PLAYLIST,
        f"{SITE}/artist/orla": _ARTIST,
    },
    resolves=(_ALBUM, _TRACK, _PLAYLIST, _ARTIST),
    downloads=(
        (_FINE_TRACK, QualityWish(wanted=Quality.HIRES)),
        (_TRACK, QualityWish(wanted=Quality.LOSSLESS)),
        (_TRACK, QualityWish(wanted=Quality.HIGH)),
    ),
    searches=(
        (MediaKind.ALBUM, "lanterns"),
        (MediaKind.TRACK, "the"),
        (MediaKind.PLAYLIST, "night"),
        (MediaKind.ARTIST, "orla"),
    ),
    unknown=(_ref(MediaKind.ALBUM, "nothing-of-that-name"),),
    credentials={"url": _URL, "token": "sandbox-token-1234"},
)

_LOGIN = LoginSample(
    answers=_answer,
    credentials={"user": ACCOUNT.user, "password": ACCOUNT.password},
    wrong_credentials={"user": ACCOUNT.user, "password": "high-tide-lantern"},
    stored={"url": _URL},
)

SAMPLE = (_SERVICE, _LOGIN)
