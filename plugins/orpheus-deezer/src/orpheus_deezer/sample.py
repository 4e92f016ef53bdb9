"""What the conformance kit tries this plugin on: ``orpheus plugin check deezer``.

All of it is made up: artists, albums, ids and codes. The answers have the form of Deezer's.
"""

from __future__ import annotations

import orpheus_core as oc
from orpheus_core.testing import Reply, ServiceSample
from orpheus_deezer.info import API, SITE

_IMAGES = "https://cdn-images.dzcdn.net/images"
_PREVIEWS = "https://cdnt-preview.dzcdn.net/api/1/1"

_TRIO = {"id": 501, "name": "Brackwater Trio", "role": "Main"}
_GUEST = {"id": 502, "name": "Nur Vantongeren", "role": "Featured"}
_FRAME = {
    "id": 7101,
    "title": "Weir Songs",
    "record_type": "album",
    "release_date": "2019-03-01",
    "cover_xl": f"{_IMAGES}/cover/weir/1000x1000-000000-80-0-0.jpg",
    "cover_big": f"{_IMAGES}/cover/weir/500x500-000000-80-0-0.jpg",
    "artist": _TRIO,
}
_ALBUM = {
    **_FRAME,
    "upc": "0001234567895",
    "label": "Halyard Editions",
    "nb_tracks": 3,
    "explicit_lyrics": False,
    "genres": {"data": [{"id": 1, "name": "Folk"}]},
    "contributors": [_TRIO],
}


def _track(number: int, title: str, **more: object) -> dict[str, object]:
    """A track as every list has it."""
    return {
        "id": 8100 + number,
        "readable": True,
        "title": title,
        "title_short": title,
        "title_version": "",
        "isrc": f"XXA01260000{number}",
        "duration": 180 + number,
        "track_position": number,
        "disk_number": 1,
        "explicit_lyrics": False,
        "preview": f"{_PREVIEWS}/{number}.mp3?hdnea=exp=1767272400~hmac=00ff",
        "artist": _TRIO,
        **more,
    }


_FERRY = _track(1, "Ferry (feat. Nur Vantongeren)", contributors=[_TRIO, _GUEST])
_SLUICE = _track(2, "Sluice")
_EBB = _track(3, "Ebb (Live)", title_version="(Live)")
_PLAYLIST = {
    "id": 9101,
    "title": "Slow Water",
    "description": "Made up for a test.",
    "nb_tracks": 2,
    "creator": {"id": 1, "name": "Ottilie"},
    "picture_xl": f"{_IMAGES}/playlist/slow/1000x1000-000000-80-0-0.jpg",
    "tracks": {"data": [{**_SLUICE, "album": _FRAME}, {**_FERRY, "album": _FRAME}]},
}
_NO_DATA = {"error": {"type": "DataException", "message": "no data", "code": 800}}


def _list(*items: object, following: str | None = None) -> dict[str, object]:
    page: dict[str, object] = {"data": list(items), "total": len(items)}
    return page | {"next": following} if following else page


def _ref(kind: oc.MediaKind, ident: str) -> oc.MediaRef:
    return oc.MediaRef("deezer", kind, ident)


_ITEMS = (
    _ref(oc.MediaKind.ALBUM, "7101"),
    _ref(oc.MediaKind.TRACK, "8101"),
    _ref(oc.MediaKind.PLAYLIST, "9101"),
    _ref(oc.MediaKind.ARTIST, "501"),
)
_TRACKS = f"{API}/album/7101/tracks"

SAMPLE = ServiceSample(
    answers={
        f"{API}/album/7101": _ALBUM,
        f"{_TRACKS}?index=0": _list(_FERRY, _SLUICE, following=f"{_TRACKS}?index=2"),
        f"{_TRACKS}?index=2": _list(_EBB),
        f"{API}/track/8101": {**_FERRY, "album": _FRAME},
        f"{API}/playlist/9101": _PLAYLIST,
        f"{API}/artist/501": {
            **_TRIO,
            "picture_xl": f"{_IMAGES}/artist/trio/1000x1000-000000-80-0-0.jpg",
        },
        f"{API}/artist/501/albums": _list(_FRAME, {**_FRAME, "id": 7102, "title": "Lock"}),
        f"{API}/search/album": _list(_ALBUM),
        f"{API}/search/track": _list({**_FERRY, "album": _FRAME}, {**_SLUICE, "album": _FRAME}),
        f"{API}/search/playlist": _list({**_PLAYLIST, "user": {"id": 1, "name": "Ottilie"}}),
        f"{API}/search/artist": _list(_TRIO),
        f"{API}/album/404": _NO_DATA,
        f"{API}/track/404": _NO_DATA,
        "https://deezer.page.link/WeirSongs7": Reply(
            status=302, headers={"Location": f"{SITE}/album/7101?utm_source=deezer"}
        ),
        "https://link.deezer.com/s/30Weir7": Reply(
            status=302, headers={"Location": f"{SITE}/us/track/8101"}
        ),
    },
    links={
        **{
            f"https://{host}/nl/{ref.kind.value}/{ref.id}": ref
            for host in ("www.deezer.com", "deezer.com")
            for ref in _ITEMS
        },
        "https://deezer.page.link/WeirSongs7": _ITEMS[0],
        "https://link.deezer.com/s/30Weir7": _ITEMS[1],
    },
    resolves=_ITEMS,
    downloads=((_ITEMS[1], oc.QualityWish(previews=True)),),
    searches=(
        (oc.MediaKind.ALBUM, "weir songs"),
        (oc.MediaKind.TRACK, 'artist:"brackwater trio"'),
        (oc.MediaKind.PLAYLIST, "slow water"),
        (oc.MediaKind.ARTIST, "brackwater"),
    ),
    unknown=(_ref(oc.MediaKind.ALBUM, "404"), _ref(oc.MediaKind.TRACK, "404")),
)
