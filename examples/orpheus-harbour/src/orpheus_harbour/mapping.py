"""Turns what the service says into values of `orpheus_core`.

What does not fit (a date that is none, a negative number) is left out, as if the service had
not said it: nothing here raises.
"""

from __future__ import annotations

from collections.abc import Iterable

import orpheus_core as oc

from orpheus_harbour.info import SERVICE, page
from orpheus_harbour.shapes import AlbumShape, ArtistShape, CoverShape, TrackShape


def release(shape: AlbumShape, tracks: Iterable[TrackShape] = ()) -> oc.Release:
    """Return the album, with its tracks where they are known."""
    return oc.Release(
        ref=_ref(oc.MediaKind.ALBUM, shape.id),
        title=shape.title,
        version=shape.version,
        artists=_artists(shape.artists),
        date=oc.PartialDate.parse(shape.date),
        images=_images(shape.cover),
        url=page(oc.MediaKind.ALBUM, shape.id),
        track_total=_count(shape.track_total),
        tracks=tuple(track(each) for each in tracks),
    )


def track(shape: TrackShape) -> oc.Track:
    """Return the track, on its album."""
    seconds = shape.duration_s
    return oc.Track(
        ref=_ref(oc.MediaKind.TRACK, shape.id),
        title=shape.title,
        version=shape.version,
        artists=_artists(shape.artists),
        duration_s=seconds if seconds is not None and seconds > 0 else None,
        track_number=_count(shape.track_number),
        disc_number=_count(shape.disc_number),
        url=page(oc.MediaKind.TRACK, shape.id),
        release=release(shape.album),
    )


def album_hit(shape: AlbumShape) -> oc.SearchHit:
    """Return one album of a search's results."""
    date = oc.PartialDate.parse(shape.date)
    return oc.SearchHit(
        ref=_ref(oc.MediaKind.ALBUM, shape.id),
        title=shape.title,
        artist=_names(shape.artists),
        year=date.year if date else None,
        track_total=_count(shape.track_total),
        url=page(oc.MediaKind.ALBUM, shape.id),
    )


def track_hit(shape: TrackShape) -> oc.SearchHit:
    """Return one track of a search's results."""
    return oc.SearchHit(
        ref=_ref(oc.MediaKind.TRACK, shape.id),
        title=shape.title,
        artist=_names(shape.artists),
        url=page(oc.MediaKind.TRACK, shape.id),
    )


def _ref(kind: oc.MediaKind, ident: str) -> oc.MediaRef:
    return oc.MediaRef(SERVICE, kind, ident)


def _artists(shapes: Iterable[ArtistShape]) -> tuple[oc.Artist, ...]:
    return tuple(oc.Artist(name=shape.name) for shape in shapes)


def _names(shapes: Iterable[ArtistShape]) -> str:
    return ", ".join(shape.name for shape in shapes)


def _images(shape: CoverShape | None) -> tuple[oc.Image, ...]:
    return (oc.Image(url=shape.url, width=shape.width, height=shape.height),) if shape else ()


def _count(number: int | None) -> int | None:
    return number if number is not None and number > 0 else None
