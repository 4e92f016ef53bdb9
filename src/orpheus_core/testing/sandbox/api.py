"""The sandbox's JSON API: which documents there are, and what stands in them.

Every answer is one object. Lists that may be long come in pages::

    {"offset": 0, "limit": 5, "total": 12, "next": URL or null, "items": [...]}

``offset`` and ``limit`` are asked for in the query; a page never has more than
`PAGE_LIMIT` items, whatever was asked, and ``limit`` says how many it may have.

========================================  ============================================
``/api/albums/ID``                        an album
``/api/albums/ID/tracks?offset=&limit=``  a page of its tracks, disc by disc
``/api/tracks/ID``                        a track
``/api/tracks/ID/file?quality=``          a file (``lossless`` when none is asked for)
``/api/playlists/ID``                     a playlist
``/api/playlists/ID/tracks``              a page of its tracks, in its order
``/api/artists/ID``                       an artist, with ``albums``: a list of albums
``/api/search/KIND?q=&offset=&limit=``    a page of what is found; KIND is ``albums``,
                                          ``tracks``, ``playlists`` or ``artists``
``/api/login``                            POST, with the form fields ``user`` and
                                          ``password``: ``{"token": ...}``
========================================  ============================================

An album::

    {"id", "title", "version" or null, "type": "album|ep|single|compilation",
     "artists": [{"id", "name", "link"}],
     "date": "YYYY[-MM[-DD]]", "label", "upc", "genres": [...], "copyright",
     "explicit": bool, "track_total", "disc_total", "link",
     "cover": {"url", "width", "height", "size_bytes", "sha256"},
     "qualities": ["hires", "lossless", "high"]}     what every track is offered in

A track; ``album`` is its whole album::

    {"id", "title", "version" or null,
     "artists": [{"id", "name", "link", "role": "main_artist|featured_artist"}],
     "album": {...}, "track_number", "disc_number", "track_total", "disc_total",
     "duration_s": float, "isrc", "explicit": bool, "copyright",
     "credits": [{"name", "role": "composer"}], "link",
     "qualities": ["lossless", "high"]}              best first

where ``track_number`` and ``track_total`` count on the track's own disc. A playlist::

    {"id", "title", "owner", "description", "track_total", "link"}

An artist in a search, or asked for::

    {"id", "name", "link"}

A file; ``bit_depth`` is null for MP3, ``bitrate_kbps`` for FLAC::

    {"url", "quality", "codec": "flac|mp3", "sample_rate_hz", "bit_depth",
     "bitrate_kbps", "channels", "duration_s", "size_bytes", "sha256"}

Every error, with its status (400, 401, 403, 404, 405, 416, 429, 500, 503)::

    {"error": {"status": 404, "code": "not_found", "message": "there is no album x"}}

A quality in which the track is not offered is 404 with the code ``quality_unavailable``,
a login with another password than the account's is 401 with ``wrong_password``. The token is
sent along as ``X-Sandbox-Token``; this server hands everything out without one.
"""

from __future__ import annotations

import enum
import functools
import re
from collections.abc import Callable, Mapping
from typing import Self, TypeVar
from urllib.parse import unquote, urlencode

import attrs

from orpheus_core.errors import UnknownWord
from orpheus_core.music import MediaKind
from orpheus_core.testing.sandbox.catalogue import (
    CatalogueArtist,
    CataloguePlaylist,
    CatalogueRelease,
    CatalogueTrack,
    folded,
)
from orpheus_core.testing.sandbox.documents import Documents, Json, Object, artist, playlist
from orpheus_core.testing.sandbox.faults import Place

READING = ("GET", "HEAD")
"""The methods that all but a login are asked with."""

PAGE_LIMIT = 5
"""How many items a page has at most: few, so that clients really have to turn pages."""

Query = Mapping[str, str]
_Item = TypeVar("_Item")


class Endpoint(enum.Enum):
    """The paths that lead somewhere; ``{}`` stands for an id, a name or a kind, if any."""

    ALBUM = "/api/albums/{}"
    ALBUM_TRACKS = "/api/albums/{}/tracks"
    TRACK = "/api/tracks/{}"
    TRACK_FILE = "/api/tracks/{}/file"
    PLAYLIST = "/api/playlists/{}"
    PLAYLIST_TRACKS = "/api/playlists/{}/tracks"
    ARTIST = "/api/artists/{}"
    SEARCH = "/api/search/{}"
    LOGIN = "/api/login"
    FILE = "/files/{}"
    COVER = "/covers/{}"

    @property
    def place(self) -> Place:
        """What faults know it as."""
        return _PLACES.get(self, Place.API)

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods that it answers."""
        return ("POST",) if self is Endpoint.LOGIN else READING

    @property
    def subject(self) -> str:
        """What the path names: album, track, ..."""
        return self.name.partition("_")[0].lower()


_PLACES = {
    Endpoint.TRACK_FILE: Place.FILE_URL,
    Endpoint.FILE: Place.FILE,
    Endpoint.COVER: Place.COVER,
}


@attrs.frozen
class Route:
    """An endpoint, and what stood in its path for ``{}``; empty where that has none."""

    endpoint: Endpoint
    name: str


@attrs.frozen
class ApiAnswer:
    """A status and the object that is sent with it."""

    status: int
    document: Json


def route(path: str) -> Route | None:
    """Return where *path* (without a query) leads, or None for nowhere."""
    for endpoint in Endpoint:
        found = re.fullmatch(endpoint.value.replace("{}", "([^/]+)"), path)
        if found:
            return Route(endpoint, unquote("".join(found.groups())))
    return None


def problem(status: int, code: str, message: str) -> ApiAnswer:
    """Return an error as every error of the sandbox looks."""
    return ApiAnswer(status, {"error": {"status": status, "code": code, "message": message}})


class Api:
    """Answers every endpoint but those that are about files."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._catalogue = documents.catalogue

    def answer(self, route: Route, query: Query) -> ApiAnswer:
        """Return the document that *route* asks for, or what is wrong."""
        window = _Window.parse(query)
        if window is None:
            return problem(400, "bad_request", "offset and limit are whole numbers")
        match route.endpoint:
            case Endpoint.SEARCH:
                return self._search(route.name, query.get("q", ""), window)
            case Endpoint.ALBUM_TRACKS | Endpoint.PLAYLIST_TRACKS:
                found = self._tracks(route, window)
            case _:
                found = self._item(route)
        if found is None:
            return problem(404, "not_found", f"there is no {route.endpoint.subject} {route.name}")
        return ApiAnswer(200, found)

    def _item(self, route: Route) -> Object | None:
        match route.endpoint:
            case Endpoint.ALBUM:
                return _of(self._catalogue.release_by_id.get(route.name), self._documents.album)
            case Endpoint.TRACK:
                return _of(self._catalogue.track_by_id.get(route.name), self._documents.track)
            case Endpoint.PLAYLIST:
                return _of(self._catalogue.playlist_by_id.get(route.name), playlist)
            case _:
                return _of(self._catalogue.artist_by_id.get(route.name), self._whole_artist)

    def _whole_artist(self, item: CatalogueArtist) -> Object:
        releases = self._catalogue.releases_with(item)
        return artist(item) | {"albums": [self._documents.album(one) for one in releases]}

    def _tracks(self, route: Route, window: _Window) -> Object | None:
        tracks: tuple[CatalogueTrack, ...]
        if route.endpoint is Endpoint.ALBUM_TRACKS:
            release = self._catalogue.release_by_id.get(route.name)
            if release is None:
                return None
            tracks = release.tracks
        else:
            found = self._catalogue.playlist_by_id.get(route.name)
            if found is None:
                return None
            tracks = tuple(self._catalogue.track_by_id[ident] for ident in found.track_ids)
        url = self._documents.base_url + route.endpoint.value.format(route.name)
        return window.page(url, {}, [functools.partial(self._documents.track, t) for t in tracks])

    def _search(self, kind_word: str, text: str, window: _Window) -> ApiAnswer:
        wanted = folded(text).split()
        if not wanted:
            return problem(400, "bad_request", "q says what to look for")
        try:
            kind = MediaKind.parse(kind_word)
        except UnknownWord:
            return problem(404, "not_found", f"there is no search for {kind_word}")
        hits = [write for words, write in self._candidates(kind) if all(w in words for w in wanted)]
        url = self._documents.base_url + Endpoint.SEARCH.value.format(f"{kind.value}s")
        return ApiAnswer(200, window.page(url, {"q": text}, hits))

    def _candidates(self, kind: MediaKind) -> list[tuple[str, Callable[[], Object]]]:
        """Return what may be found: the words that are looked at, and how to write it."""
        catalogue, documents = self._catalogue, self._documents
        if kind is MediaKind.ALBUM:
            return [
                (_words(one), functools.partial(documents.album, one)) for one in catalogue.releases
            ]
        if kind is MediaKind.TRACK:
            return [
                (_words(one), functools.partial(documents.track, one))
                for one in catalogue.track_by_id.values()
            ]
        if kind is MediaKind.PLAYLIST:
            return [(_words(one), functools.partial(playlist, one)) for one in catalogue.playlists]
        if kind is MediaKind.ARTIST:
            return [
                (_words(one), functools.partial(artist, one))
                for one in catalogue.artist_by_id.values()
            ]
        return []


@attrs.frozen
class _Window:
    """Which part of a list is asked for."""

    offset: int
    limit: int

    @classmethod
    def parse(cls, query: Query) -> Self | None:
        """Return what *query* asks for, or None when it is not made of numbers."""
        words = query.get("offset", "0"), query.get("limit", str(PAGE_LIMIT))
        if not all(word.isascii() and word.isdecimal() and len(word) < 10 for word in words):
            return None
        offset, limit = map(int, words)
        return cls(offset, min(limit, PAGE_LIMIT))

    def page(self, url: str, query: Query, items: list[Callable[[], Object]]) -> Object:
        """Return this part of *items*; *url* with *query* is that of the list."""
        end = self.offset + self.limit
        following = {**query, "offset": str(end), "limit": str(self.limit)}
        more = end < len(items) and self.limit > 0
        return {
            "offset": self.offset,
            "limit": self.limit,
            "total": len(items),
            "next": f"{url}?{urlencode(following)}" if more else None,
            "items": [write() for write in items[self.offset : end]],
        }


def _of(item: _Item | None, write: Callable[[_Item], Object]) -> Object | None:
    return None if item is None else write(item)


def _words(
    item: CatalogueRelease | CatalogueTrack | CataloguePlaylist | CatalogueArtist,
) -> str:
    """Return what a search looks at: titles and names."""
    match item:
        case CatalogueRelease():
            return folded(" ".join([item.title, *(one.name for one in item.artists)]))
        case CatalogueTrack():
            names = (part.artist.name for part in item.parts)
            return folded(" ".join([item.title, item.version or "", *names]))
        case CataloguePlaylist():
            return folded(item.title)
        case CatalogueArtist():
            return folded(item.name)
