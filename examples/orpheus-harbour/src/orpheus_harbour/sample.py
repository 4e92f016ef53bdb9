"""What the service would answer: its tests and ``orpheus plugin check`` replay this.

Nothing of it is true; take the form from real answers, and never a real account's data.
"""

from __future__ import annotations

from collections.abc import Mapping

import orpheus_core as oc
from orpheus_core.testing import Reply, ServiceSample

from orpheus_harbour.info import SERVICE, page

SERVER = "http://127.0.0.1:8765"
API = f"{SERVER}/api"

_ALBUM = {
    "id": "7",
    "title": "Lighthouses",
    "artists": [{"name": "Ada"}],
    "date": "2024-05-31",
    "track_total": 2,
    "cover": {"url": f"{SERVER}/covers/7.png", "width": 640, "height": 640},
}
_TRACK = {"artists": [{"name": "Ada"}], "album": _ALBUM, "disc_number": 1, "duration_s": 201.5}
_FIRST = {**_TRACK, "id": "71", "title": "First Light", "track_number": 1}
_SECOND = {**_TRACK, "id": "72", "title": "Fog Signal", "track_number": 2}
_FILE = {"url": f"{SERVER}/files/71.flac", "codec": "flac", "size_bytes": 21_034_201}
_TRACKS = f"{API}/albums/7/tracks"

ANSWERS: Mapping[str, object] = {
    f"{API}/albums/7": _ALBUM,
    f"{_TRACKS}?offset=0": {"items": [_FIRST], "next": f"{_TRACKS}?offset=1"},
    f"{_TRACKS}?offset=1": {"items": [_SECOND], "next": None},
    f"{API}/albums/404": Reply(status=404),
    f"{API}/tracks/71": _FIRST,
    f"{API}/tracks/71/file?quality=lossless": _FILE,
    f"{API}/search/albums?q=light": {"items": [_ALBUM]},
    f"{API}/search/tracks?q=light": {"items": [_FIRST]},
}

_LIGHTHOUSES = oc.MediaRef(SERVICE, oc.MediaKind.ALBUM, "7")
_FIRST_LIGHT = oc.MediaRef(SERVICE, oc.MediaKind.TRACK, "71")

SAMPLE = ServiceSample(
    answers=ANSWERS,
    credentials={"url": SERVER},
    links={
        page(oc.MediaKind.ALBUM, "7"): _LIGHTHOUSES,
        page(oc.MediaKind.TRACK, "71"): _FIRST_LIGHT,
    },
    resolves=(_LIGHTHOUSES, _FIRST_LIGHT),
    downloads=((_FIRST_LIGHT, oc.QualityWish()),),
    searches=((oc.MediaKind.ALBUM, "light"), (oc.MediaKind.TRACK, "light")),
    unknown=(oc.MediaRef(SERVICE, oc.MediaKind.ALBUM, "404"),),
)
