"""What the conformance kit tries this plugin on: ``orpheus plugin check qobuz``.

All of it is made up: artists, albums, ids, codes and credentials. The answers have the form of
Qobuz's.
"""

from __future__ import annotations

from collections.abc import Mapping

import orpheus_core as oc
from orpheus_core.testing import Reply, ServiceSample
from orpheus_qobuz.info import API

_COVERS = "https://static.qobuz.com/images/covers/32/10/0001234567895"
_FILES = "https://streaming-qobuz-std.akamaized.net/file"

_TRIO = {"id": 501, "name": "Brackwater Trio"}
_FRAME = {
    "id": "0001234567895",
    "title": "Weir Songs",
    "version": "Remastered",
    "upc": "0001234567895",
    "release_type": "album",
    "release_date_original": "2019-03-01",
    "tracks_count": 3,
    "media_count": 1,
    "parental_warning": False,
    "copyright": "\u2117 2019 Halyard Editions",
    "artist": _TRIO,
    "artists": [{**_TRIO, "roles": ["main-artist"]}],
    "label": {"id": 601, "name": "Halyard Editions"},
    "genres_list": ["Pop/Rock", "Pop/Rock\u2192Folk"],
    "image": {"large": f"{_COVERS}_600.jpg", "small": f"{_COVERS}_230.jpg"},
}


def _track(number: int, title: str) -> dict[str, object]:
    return {
        "id": 8100 + number,
        "title": title,
        "isrc": f"XXA01260000{number}",
        "duration": 180 + number,
        "track_number": number,
        "media_number": 1,
        "parental_warning": False,
        "copyright": "\u2117 2019 Halyard Editions",
        "performer": _TRIO,
        "performers": "Brackwater Trio, MainArtist - Ada Weir, Composer",
        "composer": {"id": 503, "name": "Ada Weir"},
    }


_LISTED = [_track(1, "Ferry"), _track(2, "Sluice"), _track(3, "Ebb")]
_WHOLE = [{**track, "album": _FRAME} for track in _LISTED]
_OTHER = {**_FRAME, "id": "0001234567901", "title": "Lock", "version": None, "upc": None}
_PLAYLIST = {
    "id": 9101,
    "name": "Slow Water",
    "description": "Made up for a test.",
    "owner": {"id": 1, "name": "Ottilie"},
    "tracks_count": 2,
    "image_rectangle": ["https://static.qobuz.com/images/playlists/9101_rectangle.jpg"],
}

# Format by format: what it is, and which track of the sample was bought in it.
_BOUGHT: Mapping[int, tuple[int, dict[str, object]]] = {
    27: (8101, {"mime_type": "audio/flac", "sampling_rate": 192.0, "bit_depth": 24}),
    6: (8102, {"mime_type": "audio/flac", "sampling_rate": 44.1, "bit_depth": 16}),
    5: (8103, {"mime_type": "audio/mpeg"}),
}
_NOT_BOUGHT = {"restrictions": [{"code": "FormatRestrictedByFormatAvailability"}]}


def _page(*items: object) -> dict[str, object]:
    return {"offset": 0, "limit": 500, "total": len(items), "items": list(items)}


def _files() -> dict[str, object]:
    """What is answered about each track's file, for each format."""
    answers: dict[str, object] = {}
    for track in _LISTED:
        for format_id in (27, 7, 6, 5):
            bought, form = _BOUGHT.get(format_id, (0, {}))
            url = f"{_FILES}?eid={track['id']}&fmt={format_id}&hmac=00ff"
            file = {"url": url, "format_id": format_id, "duration": track["duration"], **form}
            key = f"{API}/track/getFileUrl?track_id={track['id']}&format_id={format_id}"
            answers[key] = file if track["id"] == bought else _NOT_BOUGHT
    return answers


def _missing(what: str) -> Reply:
    message = f"No result matching given argument {what}"
    return Reply(status=404, body={"status": "error", "code": 404, "message": message})


def _ref(kind: oc.MediaKind, ident: object) -> oc.MediaRef:
    return oc.MediaRef("qobuz", kind, str(ident))


_ALBUM = _ref(oc.MediaKind.ALBUM, _FRAME["id"])
_TRACK = _ref(oc.MediaKind.TRACK, 8101)
_PLAYED = _ref(oc.MediaKind.PLAYLIST, 9101)
_ARTIST = _ref(oc.MediaKind.ARTIST, 501)
_LABEL = _ref(oc.MediaKind.LABEL, 601)
_ITEMS = (_ALBUM, _TRACK, _PLAYED, _ARTIST, _LABEL)

SAMPLE = ServiceSample(
    answers={
        f"{API}/album/get?album_id={_ALBUM.id}": {**_FRAME, "tracks": _page(*_LISTED)},
        **{f"{API}/track/get?track_id={each['id']}": each for each in _WHOLE},
        f"{API}/playlist/get?playlist_id=9101": {**_PLAYLIST, "tracks": _page(*_WHOLE[:2])},
        f"{API}/artist/get?artist_id=501": {**_TRIO, "albums": _page(_FRAME, _OTHER)},
        f"{API}/label/get?label_id=601": {
            "id": 601,
            "name": "Halyard Editions",
            "albums": _page(_FRAME),
        },
        f"{API}/album/search": {"albums": _page(_FRAME, _OTHER)},
        f"{API}/track/search": {"tracks": _page(*_WHOLE)},
        f"{API}/playlist/search": {"playlists": _page(_PLAYLIST)},
        f"{API}/artist/search": {"artists": _page(_TRIO)},
        **_files(),
        f"{API}/album/get?album_id=404": _missing("album_id"),
        f"{API}/track/get?track_id=404": _missing("track_id"),
    },
    links={
        **{
            f"https://{host}/{ref.kind.value}/{ref.id}": ref
            for host in ("open.qobuz.com", "play.qobuz.com")
            for ref in _ITEMS
        },
        **{
            f"https://{host}{path}": ref
            for host in ("www.qobuz.com", "qobuz.com")
            for path, ref in (
                (f"/us-en/album/weir-songs-brackwater-trio/{_ALBUM.id}", _ALBUM),
                ("/us-en/interpreter/brackwater-trio/501", _ARTIST),
                ("/nl-nl/label/halyard-editions/601", _LABEL),
                ("/nl-nl/label/halyard-editions/download-streaming-albums/601", _LABEL),
                ("/us-en/playlists/slow-water/9101", _PLAYED),
            )
        },
    },
    resolves=_ITEMS,
    downloads=(
        (_TRACK, oc.QualityWish()),
        (_ref(oc.MediaKind.TRACK, 8102), oc.QualityWish()),
        (_ref(oc.MediaKind.TRACK, 8103), oc.QualityWish()),
        (_ref(oc.MediaKind.TRACK, 8103), oc.QualityWish(wanted=oc.Quality.HIGH)),
    ),
    searches=(
        (oc.MediaKind.ALBUM, "weir songs"),
        (oc.MediaKind.TRACK, "ferry"),
        (oc.MediaKind.PLAYLIST, "slow water"),
        (oc.MediaKind.ARTIST, "brackwater"),
    ),
    unknown=(_ref(oc.MediaKind.ALBUM, 404), _ref(oc.MediaKind.TRACK, 404)),
    credentials={
        "app_id": "100000001",
        "app_secret": "fictional-secret-of-app",
        "user_auth_token": "fictional-token-of-user",
    },
)
