"""Turns what Deezer says into values of `orpheus_core`.

Nothing here raises: what does not fit (a date that is none, a number beyond reason, a
link that is none) is left out, as if Deezer had not said it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import orpheus_core as oc
from orpheus_deezer.info import SERVICE, link
from orpheus_deezer.shapes import AlbumShape, ArtistShape, PlaylistShape, TrackShape

_UNTITLED = "Untitled"
_MOST_TRACKS = 100_000
_LONGEST_S = 7 * 24 * 3600

_RELEASE_TYPES = {
    "album": oc.ReleaseType.ALBUM,
    "ep": oc.ReleaseType.EP,
    "single": oc.ReleaseType.SINGLE,
    "compile": oc.ReleaseType.COMPILATION,
    "compilation": oc.ReleaseType.COMPILATION,
}
_ROLES = {
    "main": oc.CreditRole.MAIN_ARTIST,
    "featured": oc.CreditRole.FEATURED_ARTIST,
}


def release(album: AlbumShape, tracks: Iterable[TrackShape] = ()) -> oc.Release:
    """Return *album* with *tracks*; without them, the frame that a single track stands in."""
    listed = tuple(track(shape) for shape in tracks)
    discs = [found.disc_number for found in listed if found.disc_number]
    return oc.Release(
        ref=_ref(oc.MediaKind.ALBUM, album.id),
        title=_text(album.title) or _UNTITLED,
        type=_RELEASE_TYPES.get((album.record_type or "").lower(), oc.ReleaseType.ALBUM),
        artists=_artists(album.contributors, album.artist),
        date=oc.PartialDate.parse(album.release_date),
        label=_text(album.label),
        upc=_code(album.upc, r"[0-9]{8,14}"),
        genres=_genres(album),
        explicit=album.explicit_lyrics,
        images=_images(album.cover_small, album.cover_medium, album.cover_big, album.cover_xl),
        url=link(oc.MediaKind.ALBUM, album.id),
        track_total=_count(album.nb_tracks),
        disc_total=max(discs, default=None),
        tracks=listed,
    )


def track(shape: TrackShape, album: AlbumShape | None = None) -> oc.Track:
    """Return *shape* as a track of *album*, or of the album that it names itself, if any.

    Deezer's title holds the version already, in parentheses.
    """
    frame = album or shape.album
    return oc.Track(
        ref=_ref(oc.MediaKind.TRACK, shape.id),
        title=_text(shape.title) or _text(shape.title_short) or _UNTITLED,
        version=_version(shape.title_version),
        artists=_artists(shape.contributors, shape.artist),
        duration_s=seconds(shape.duration),
        track_number=_count(shape.track_position),
        disc_number=_count(shape.disk_number),
        isrc=_code(shape.isrc, "[A-Z]{2}[A-Z0-9]{3}[0-9]{7}"),
        explicit=shape.explicit_lyrics,
        credits=_credits(shape),
        url=link(oc.MediaKind.TRACK, shape.id),
        release=release(frame) if frame else None,
        unavailable_because=unavailable(shape),
    )


def playlist(shape: PlaylistShape, tracks: Iterable[TrackShape]) -> oc.Playlist:
    """Return *shape* with *tracks*, each in the frame of its own album."""
    return oc.Playlist(
        ref=_ref(oc.MediaKind.PLAYLIST, shape.id),
        title=_text(shape.title) or _UNTITLED,
        owner=_owner(shape),
        description=_text(shape.description),
        images=_images(
            shape.picture_small, shape.picture_medium, shape.picture_big, shape.picture_xl
        ),
        url=link(oc.MediaKind.PLAYLIST, shape.id),
        track_total=_count(shape.nb_tracks),
        tracks=tuple(track(each) for each in tracks),
    )


def artist(shape: ArtistShape, albums: Iterable[AlbumShape] = ()) -> oc.Artist:
    """Return *shape* with *albums* as its releases, each once."""
    releases = dict.fromkeys(_ref(oc.MediaKind.ALBUM, album.id) for album in albums)
    return oc.Artist(
        name=_text(shape.name) or _UNTITLED,
        ref=_ref(oc.MediaKind.ARTIST, shape.id),
        url=link(oc.MediaKind.ARTIST, shape.id),
        images=_images(
            shape.picture_small, shape.picture_medium, shape.picture_big, shape.picture_xl
        ),
        releases=tuple(releases),
    )


def hit(shape: AlbumShape | TrackShape | PlaylistShape | ArtistShape) -> oc.SearchHit:
    """Return *shape* as one result of a search."""
    match shape:
        case TrackShape():
            return _hit(oc.MediaKind.TRACK, shape.id, shape.title, by=_name(shape.artist))
        case AlbumShape():
            return _hit(
                oc.MediaKind.ALBUM,
                shape.id,
                shape.title,
                by=_name(shape.artist),
                tracks=shape.nb_tracks,
                date=shape.release_date,
            )
        case PlaylistShape():
            return _hit(
                oc.MediaKind.PLAYLIST,
                shape.id,
                shape.title,
                by=_owner(shape),
                tracks=shape.nb_tracks,
            )
        case ArtistShape():
            return _hit(oc.MediaKind.ARTIST, shape.id, shape.name)


def web_link(text: str | None) -> str | None:
    """Return *text* when it is a link of the web, else None."""
    if not text or not text.startswith(("https://", "http://")):
        return None
    try:
        return oc.Url.parse(text).text
    except oc.InvalidUrl:
        return None


def unavailable(shape: TrackShape) -> str | None:
    """Why *shape* cannot be had, or None when it can."""
    if shape.readable is not False:
        return None
    because = "Deezer does not offer this track in this country"
    if shape.alternative:
        because += f"; in its place: {link(oc.MediaKind.TRACK, shape.alternative.id)}"
    return because


def seconds(number: float | None) -> float | None:
    """*number* as a length in seconds, or None when it is none."""
    return number if number is not None and 0 < number <= _LONGEST_S else None


def _hit(
    kind: oc.MediaKind,
    ident: int,
    title: str | None,
    *,
    by: str | None = None,
    tracks: int | None = None,
    date: str | None = None,
) -> oc.SearchHit:
    day = oc.PartialDate.parse(date)
    return oc.SearchHit(
        ref=_ref(kind, ident),
        title=_text(title) or _UNTITLED,
        artist=by or "",
        year=day.year if day else None,
        track_total=_count(tracks),
        url=link(kind, ident),
    )


def _ref(kind: oc.MediaKind, ident: int) -> oc.MediaRef:
    return oc.MediaRef(SERVICE, kind, str(ident))


def _artists(
    contributors: tuple[ArtistShape, ...] | None, single: ArtistShape | None
) -> tuple[oc.Artist, ...]:
    """The main artists: guests are credited, and Deezer names them in the title."""
    everyone = contributors or ((single,) if single else ())
    main = [each for each in everyone if _role(each) is oc.CreditRole.MAIN_ARTIST]
    return tuple(artist(each) for each in main or everyone)


def _credits(shape: TrackShape) -> tuple[oc.Credit, ...]:
    everyone = shape.contributors or ((shape.artist,) if shape.artist else ())
    credits_ = (oc.Credit(name=_name(each) or "", role=_role(each)) for each in everyone)
    return tuple(credit for credit in credits_ if credit.name)


def _role(shape: ArtistShape) -> oc.CreditRole:
    """An artist without a role stands alone, and is the main one."""
    return _ROLES.get((shape.role or "main").lower(), oc.CreditRole.OTHER)


def _name(shape: ArtistShape | None) -> str | None:
    return _text(shape.name) if shape else None


def _owner(shape: PlaylistShape) -> str | None:
    owner = shape.creator or shape.user
    return _text(owner.name) if owner else None


def _genres(album: AlbumShape) -> tuple[str, ...]:
    names = (_text(genre.name) for genre in (album.genres.data if album.genres else ()))
    return tuple(dict.fromkeys(name for name in names if name))


def _images(
    small: str | None, medium: str | None, big: str | None, xl: str | None
) -> tuple[oc.Image, ...]:
    """The pictures, largest first, with the sizes that Deezer documents."""
    sizes = ((xl, 1000), (big, 500), (medium, 250), (small, 56))
    found = ((web_link(url), size) for url, size in sizes)
    return tuple(oc.Image(url=url, width=size, height=size) for url, size in found if url)


def _version(text: str | None) -> str | None:
    """The version without its parentheses, where they are one pair around the whole."""
    found = re.fullmatch(r"\(([^()]*)\)", _text(text) or "")
    return _text(found[1]) if found else _text(text)


def _text(text: str | None) -> str | None:
    """*text* as valid Unicode without outer white space, or None when nothing is left."""
    return (text or "").encode("utf-8", "replace").decode("utf-8").strip() or None


def _code(text: str | None, form: str) -> str | None:
    """An ISRC or UPC, or None: a wrong one would match another recording."""
    plain = re.sub(r"[\s-]", "", text or "").upper()
    return plain if re.fullmatch(form, plain) else None


def _count(number: int | None) -> int | None:
    return number if number is not None and 0 < number <= _MOST_TRACKS else None
