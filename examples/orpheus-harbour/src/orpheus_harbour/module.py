"""The service module: which request is sent for what."""

from __future__ import annotations

import re
from collections.abc import Sequence

import orpheus_core as oc

from orpheus_harbour import mapping
from orpheus_harbour.info import ID_FORM, INFO
from orpheus_harbour.shapes import (
    AlbumPageShape,
    AlbumShape,
    FileShape,
    TrackPageShape,
    TrackShape,
)


class CatalogueModule:
    """Albums, tracks, their files, and search.

    The client raises for every answer that is none: status 404 is `ItemNotFound`, 429 is
    `RateLimited`, JSON of another shape is `SchemaMismatch`, and so on. What a service says
    with status 200 and an error inside is what a `classify` is for: see `ServiceClient.get`.
    """

    @property
    def info(self) -> oc.ServiceInfo:
        """What the service is and can."""
        return INFO

    def resolve(self, client: oc.ServiceClient, ref: oc.MediaRef) -> oc.Media:
        """Return the album or track that *ref* names."""
        _check_id(ref)
        if ref.kind is oc.MediaKind.ALBUM:
            album = client.get(f"{_api(client)}/albums/{ref.id}", AlbumShape)
            return mapping.release(album, _tracks(client, ref.id))
        if ref.kind is oc.MediaKind.TRACK:
            return mapping.track(client.get(f"{_api(client)}/tracks/{ref.id}", TrackShape))
        raise _no_kind(ref.kind)

    def file(self, client: oc.ServiceClient, track: oc.Track, wish: oc.QualityWish) -> oc.MediaFile:
        """Return where *track* can be fetched.

        Raises:
            QualityUnavailable: lossless files are all there is, and not wished for.
        """
        _check_id(track.ref)
        if not wish.allows(oc.Quality.LOSSLESS):
            raise oc.QualityUnavailable(
                f"{INFO.name} has {track.full_title!r} in lossless quality only",
                next_step="ask for it with --quality lossless",
            )
        url = f"{_api(client)}/tracks/{track.ref.id}/file"
        shape = client.get(url, FileShape, params={"quality": "lossless"})
        return oc.MediaFile(
            url=shape.url,
            format=oc.AudioFormat(codec=_codec(shape.codec)),
            size_bytes=shape.size_bytes,
            duration_s=track.duration_s,
            sha256=shape.sha256,
        )

    def search(
        self, client: oc.ServiceClient, kind: oc.MediaKind, query: str, limit: int
    ) -> Sequence[oc.SearchHit]:
        """Return at most *limit* results, best first: those of the first page."""
        url = f"{_api(client)}/search/{kind.value}s"
        params: dict[str, str | int] = {"q": query, "limit": limit}
        if kind is oc.MediaKind.ALBUM:
            albums = client.get(url, AlbumPageShape, params=params).items
            return [mapping.album_hit(shape) for shape in albums[:limit]]
        if kind is oc.MediaKind.TRACK:
            tracks = client.get(url, TrackPageShape, params=params).items
            return [mapping.track_hit(shape) for shape in tracks[:limit]]
        raise _no_kind(kind)


def _api(client: oc.ServiceClient) -> str:
    """Return the address of the API, on the server that the person named.

    Raises:
        LoginNeeded: they named none.
    """
    url = client.credential("url")
    if not url:
        raise oc.LoginNeeded(
            f"nobody said where the server of {INFO.name} is",
            next_step="set ORPHEUS_HARBOUR_URL to its address",
        )
    return f"{url.rstrip('/')}/api"


def _tracks(client: oc.ServiceClient, ident: str) -> list[TrackShape]:
    """Return all tracks of the album *ident*, page after page."""
    tracks: list[TrackShape] = []
    while True:
        url = f"{_api(client)}/albums/{ident}/tracks"
        page = client.get(url, TrackPageShape, params={"offset": len(tracks)})
        tracks += page.items
        if page.next is None or not page.items:
            return tracks


def _check_id(ref: oc.MediaRef) -> None:
    """Let no id from outside become another path of the API."""
    if not re.fullmatch(ID_FORM, ref.id):
        raise oc.InvalidUrl(
            f"{ref.id!r} is no id of {INFO.name}", next_step="give the id from the link"
        )


def _no_kind(kind: oc.MediaKind) -> oc.UnknownWord:
    known = ", ".join(sorted(each.value for each in INFO.kinds))
    return oc.UnknownWord(f"{INFO.name} has no {kind.value} pages", next_step=f"one of: {known}")


def _codec(word: str) -> oc.Codec:
    try:
        return oc.Codec(word)
    except ValueError as error:
        raise oc.UnexpectedAnswer(
            f"{INFO.name} has files of a kind that is not known", why=f"it calls it {word!r}"
        ) from error
