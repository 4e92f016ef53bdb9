"""The service module: asks Qobuz's API with an application and an account of the user's own."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import orpheus_core as oc
from orpheus_qobuz import access, files, mapping
from orpheus_qobuz.answers import refusal
from orpheus_qobuz.info import API, INFO, is_id
from orpheus_qobuz.paging import PAGE_SIZE, items
from orpheus_qobuz.shapes import (
    AlbumShape,
    ArtistPageShape,
    ArtistShape,
    Page,
    PlaylistShape,
    SearchShape,
    TrackShape,
)

T = TypeVar("T")

_Result = AlbumShape | TrackShape | PlaylistShape | ArtistShape

_FOUND: Mapping[oc.MediaKind, Callable[[SearchShape], Page[_Result] | None]] = {
    oc.MediaKind.ALBUM: lambda found: found.albums,
    oc.MediaKind.TRACK: lambda found: found.tracks,
    oc.MediaKind.PLAYLIST: lambda found: found.playlists,
    oc.MediaKind.ARTIST: lambda found: found.artists,
}


class QobuzModule:
    """Qobuz's catalogue, search, and the files that the account may download.

    A list stands inside its item, so an album takes one request and one more for each
    further 500 tracks; playlists, artists and labels likewise. A track takes one.
    """

    @property
    def info(self) -> oc.ServiceInfo:
        """What Qobuz is and can."""
        return INFO

    def resolve(self, client: oc.ServiceClient, ref: oc.MediaRef) -> oc.Media:
        """Return the album, track, playlist, artist or label that *ref* names.

        An artist or a label comes with its releases: all that Qobuz lists for it.

        Raises:
            LoginNeeded: there is no application id, or Qobuz does not know it.
        """
        _check_id(ref)
        match ref.kind:
            case oc.MediaKind.ALBUM:
                return _album(client, ref.id)
            case oc.MediaKind.TRACK:
                return mapping.track(_get(client, "track/get", TrackShape, {"track_id": ref.id}))
            case oc.MediaKind.PLAYLIST:
                return _playlist(client, ref.id)
            case oc.MediaKind.ARTIST | oc.MediaKind.LABEL:
                return _artist_page(client, ref)

    def file(self, client: oc.ServiceClient, track: oc.Track, wish: oc.QualityWish) -> oc.MediaFile:
        """Return where *track* can be fetched: see `orpheus_qobuz.files.media_file`.

        The link expires, so it is asked for each time.
        """
        _check_id(track.ref)
        return files.media_file(client, track, wish)

    def search(
        self, client: oc.ServiceClient, kind: oc.MediaKind, query: str, limit: int
    ) -> Sequence[oc.SearchHit]:
        """Return at most *limit* results, best first.

        Raises:
            UnknownWord: Qobuz has no search for labels.
        """
        if kind not in _FOUND:
            known = ", ".join(sorted(each.value for each in _FOUND))
            raise oc.UnknownWord(
                f"Qobuz has no search for a {kind.value}", next_step=f"one of: {known}"
            )
        if limit < 1 or not query.strip():
            return []

        def page_at(offset: int) -> Page[_Result] | None:
            params = {"query": query, **_part(offset, min(limit, PAGE_SIZE))}
            return _FOUND[kind](_get(client, f"{kind.value}/search", SearchShape, params))

        hits = map(mapping.hit, items(page_at(0), page_at))
        return list(itertools.islice((hit for hit in hits if hit), limit))


def _album(client: oc.ServiceClient, ident: str) -> oc.Release:
    def part(offset: int) -> AlbumShape:
        return _get(client, "album/get", AlbumShape, {"album_id": ident, **_part(offset)})

    album = part(0)
    if not is_id(oc.MediaKind.ALBUM, album.id):
        raise oc.UnexpectedAnswer(
            "Qobuz answered with an album whose id is none", why=f"it is {album.id[:80]!r}"
        )
    return mapping.release(album, items(album.tracks, lambda offset: part(offset).tracks))


def _playlist(client: oc.ServiceClient, ident: str) -> oc.Playlist:
    def part(offset: int) -> PlaylistShape:
        params = {"playlist_id": ident, "extra": "tracks", **_part(offset)}
        return _get(client, "playlist/get", PlaylistShape, params)

    playlist = part(0)
    return mapping.playlist(playlist, items(playlist.tracks, lambda offset: part(offset).tracks))


def _artist_page(client: oc.ServiceClient, ref: oc.MediaRef) -> oc.Artist:
    kind = ref.kind.value

    def part(offset: int) -> ArtistPageShape:
        params = {f"{kind}_id": ref.id, "extra": "albums", **_part(offset)}
        return _get(client, f"{kind}/get", ArtistPageShape, params)

    page = part(0)
    albums = items(page.albums, lambda offset: part(offset).albums)
    return mapping.artist_page(ref.kind, page, albums)


def _part(offset: int, limit: int = PAGE_SIZE) -> dict[str, str | int]:
    return {"limit": limit, "offset": offset}


def _get(
    client: oc.ServiceClient, method: str, shape: type[T], params: Mapping[str, str | int]
) -> T:
    headers = access.to_catalogue(client).headers
    return client.get(f"{API}/{method}", shape, params=params, headers=headers, classify=refusal)


def _check_id(ref: oc.MediaRef) -> None:
    """Let nothing that is no id be sent."""
    if not is_id(ref.kind, ref.id):
        raise oc.InvalidUrl(
            f"{ref.id!r} is no id of a {ref.kind.value} at Qobuz",
            next_step="give what stands last in the link, as in qobuz:album:0603497941032",
        )
