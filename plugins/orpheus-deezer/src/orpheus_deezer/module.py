"""The service module: asks Deezer's public API, which needs no key and no login."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence

import orpheus_core as oc
from orpheus_deezer import mapping
from orpheus_deezer.answers import refusal
from orpheus_deezer.info import API, INFO, link
from orpheus_deezer.paging import items
from orpheus_deezer.shapes import AlbumShape, ArtistShape, Page, PlaylistShape, TrackShape

PREVIEW_FORMAT = oc.AudioFormat(codec=oc.Codec.MP3, bitrate_kbps=128)
PREVIEW_S = 30.0

_EMBEDDED_TRACKS = 400
"""``playlist/ID`` holds the tracks at the first 400 places; more come by pages only."""

_PAGE_SIZE = 100
_ID_FORMS = {
    oc.MediaKind.TRACK: r"[0-9]{1,19}|isrc:[A-Za-z0-9]{12}",
    oc.MediaKind.ALBUM: r"[0-9]{1,19}|upc:[0-9]{8,14}",
}
_PLAIN_ID_FORM = r"[0-9]{1,19}"

_Result = AlbumShape | TrackShape | PlaylistShape | ArtistShape

_SEARCHED: Mapping[oc.MediaKind, type[Page[_Result]]] = {
    oc.MediaKind.ALBUM: Page[AlbumShape],
    oc.MediaKind.TRACK: Page[TrackShape],
    oc.MediaKind.PLAYLIST: Page[PlaylistShape],
    oc.MediaKind.ARTIST: Page[ArtistShape],
}


class DeezerModule:
    """Deezer's catalogue: albums, tracks, playlists, artists, search, previews.

    Few requests, because 50 in 5 s is all an address may make: an album takes two (and one
    for each further 25 tracks), a track two, a playlist of up to 400 tracks one. No track of
    an album or playlist is asked for by itself: that would add guests, bpm and gain to what
    is known, and cost a request each.
    """

    @property
    def info(self) -> oc.ServiceInfo:
        """What Deezer is and can."""
        return INFO

    def resolve(self, client: oc.ServiceClient, ref: oc.MediaRef) -> oc.Media:
        """Return the album, track, playlist or artist that *ref* names.

        ``deezer:track:isrc:GBDUW0000053`` and ``deezer:album:upc:724384960650`` work too.
        """
        _check_id(ref)
        match ref.kind:
            case oc.MediaKind.ALBUM:
                return _album(client, ref.id)
            case oc.MediaKind.TRACK:
                return _track(client, ref.id)
            case oc.MediaKind.PLAYLIST:
                return _playlist(client, ref.id)
            case oc.MediaKind.ARTIST:
                return _artist(client, ref.id)
        raise _no_kind(ref.kind)

    def file(self, client: oc.ServiceClient, track: oc.Track, wish: oc.QualityWish) -> oc.MediaFile:
        """Return the track's 30-second preview, where previews are wished for.

        There is one quality of previews: who asks for them gets it, whatever else is wished
        for. The link expires, so it is asked for each time.

        Raises:
            ProtectedContent: the whole track is wished for.
            CountryRestricted: the track is not offered in this country.
            QualityUnavailable: the track has no preview.
        """
        _check_id(track.ref)
        if not wish.previews:
            raise _protected(track)
        shape = client.get(f"{API}/track/{track.ref.id}", TrackShape, classify=refusal)
        return _preview(shape, track)

    def search(
        self, client: oc.ServiceClient, kind: oc.MediaKind, query: str, limit: int
    ) -> Sequence[oc.SearchHit]:
        """Return at most *limit* results, best first.

        Deezer's own words work: ``artist:"daft punk" album:"discovery"``.
        """
        shapes = _SEARCHED.get(kind)
        if shapes is None:
            raise _no_kind(kind)
        if limit < 1 or not query.strip():
            return []
        found = items(
            client,
            f"{API}/search/{kind.value}",
            shapes,
            {"q": query, "limit": min(limit, _PAGE_SIZE)},
        )
        return [mapping.hit(shape) for shape in itertools.islice(found, limit)]


def _album(client: oc.ServiceClient, ident: str) -> oc.Release:
    """The tracks inside ``album/ID`` lack ISRC and position, so the list itself is read."""
    album = client.get(f"{API}/album/{ident}", AlbumShape, classify=refusal)
    return mapping.release(album, items(client, f"{API}/album/{album.id}/tracks", Page[TrackShape]))


def _track(client: oc.ServiceClient, ident: str) -> oc.Track:
    """The album inside ``track/ID`` lacks UPC, label, genres and number of tracks."""
    track = client.get(f"{API}/track/{ident}", TrackShape, classify=refusal)
    if track.album is None:
        return mapping.track(track)
    try:
        album = client.get(f"{API}/album/{track.album.id}", AlbumShape, classify=refusal)
    except oc.ItemNotFound:  # withdrawn; what the track says of it is still true
        return mapping.track(track)
    return mapping.track(track, album)


def _playlist(client: oc.ServiceClient, ident: str) -> oc.Playlist:
    playlist = client.get(f"{API}/playlist/{ident}", PlaylistShape, classify=refusal)
    stated = playlist.nb_tracks
    if playlist.tracks and stated is not None and stated <= _EMBEDDED_TRACKS:
        return mapping.playlist(playlist, playlist.tracks.data)
    pages = items(
        client, f"{API}/playlist/{playlist.id}/tracks", Page[TrackShape], {"limit": _PAGE_SIZE}
    )
    return mapping.playlist(playlist, pages)


def _artist(client: oc.ServiceClient, ident: str) -> oc.Artist:
    artist = client.get(f"{API}/artist/{ident}", ArtistShape, classify=refusal)
    return mapping.artist(
        artist, items(client, f"{API}/artist/{artist.id}/albums", Page[AlbumShape])
    )


def _preview(shape: TrackShape, track: oc.Track) -> oc.MediaFile:
    title = track.full_title
    if shape.readable is False:
        raise oc.CountryRestricted(
            f"Deezer does not offer {title!r} in this country",
            why=mapping.unavailable(shape) or "",
        )
    if not shape.preview:
        raise oc.QualityUnavailable(
            f"Deezer has no preview of {title!r}",
            next_step="look for it at another service of yours",
        )
    url = mapping.web_link(shape.preview)
    if url is None:
        raise oc.UnexpectedAnswer(
            f"Deezer's preview of {title!r} is no link", why=f"it is {shape.preview[:80]!r}"
        )
    return oc.MediaFile(
        url=url,
        format=PREVIEW_FORMAT,
        duration_s=min(PREVIEW_S, mapping.seconds(shape.duration) or PREVIEW_S),
        preview=True,
        # Host and query change from one asking to the next, the path holds the file's digest.
        stable_id=f"preview:{oc.Url.parse(url).path}",
    )


def _protected(track: oc.Track) -> oc.ProtectedContent:
    url = link(oc.MediaKind.TRACK, track.ref.id)
    return oc.ProtectedContent(
        f"Deezer hands out {track.full_title!r} only as a protected stream",
        why="what Deezer gives away in the clear is a 30-second preview; for the whole track, "
        "buy it where files are sold, or look for it at another service of yours",
        done="nothing was downloaded",
        next_step=f"orpheus download --previews {url}     takes the preview",
    )


def _no_kind(kind: oc.MediaKind) -> oc.UnknownWord:
    known = ", ".join(sorted(each.value for each in INFO.kinds))
    return oc.UnknownWord(f"Deezer has no {kind.value} pages", next_step=f"one of: {known}")


def _check_id(ref: oc.MediaRef) -> None:
    """Let no id from outside become another path of the API."""
    form = _ID_FORMS.get(ref.kind, _PLAIN_ID_FORM)
    if not re.fullmatch(form, ref.id):
        raise oc.InvalidUrl(
            f"{ref.id!r} is no id of a {ref.kind.value} at Deezer",
            next_step="give the number from the link, as in deezer:album:302127",
        )
