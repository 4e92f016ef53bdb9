"""Turns what Qobuz says into values of `orpheus_core`.

Nothing here raises: what does not fit (a date that is none, a number beyond reason, a
link that is none) is left out, as if Qobuz had not said it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping

import orpheus_core as oc
from orpheus_qobuz.info import SERVICE, is_id, link
from orpheus_qobuz.performers import credits_in
from orpheus_qobuz.shapes import (
    AlbumShape,
    ArtistPageShape,
    ArtistShape,
    ImageShape,
    PlaylistShape,
    TrackShape,
)

_UNTITLED = "Untitled"
_MOST_TRACKS = 100_000
_LONGEST_S = 7 * 24 * 3600
_GENRE_PATH = "\u2192"  # an arrow stands between a genre and the one below it

# Qobuz's words for "nobody in particular", where a composer would be named.
_NOBODY = frozenset({"various composers", "various artists"})

_RELEASE_TYPES: Mapping[str, oc.ReleaseType] = {
    "album": oc.ReleaseType.ALBUM,
    "ep": oc.ReleaseType.EP,
    "epmini": oc.ReleaseType.EP,
    "single": oc.ReleaseType.SINGLE,
    "live": oc.ReleaseType.LIVE,
    "compilation": oc.ReleaseType.COMPILATION,
}
_MAIN_ROLE = "main-artist"
_LARGE = "_600."
_LARGEST = "_max."  # as large as Qobuz has it, which it does not state
_COVER_WIDTHS = ((_LARGE, 600), ("_230.", 230), ("_50.", 50))


def release(album: AlbumShape, tracks: Iterable[TrackShape] = ()) -> oc.Release:
    """Return *album* with *tracks*; without them, the frame that a single track stands in."""
    return oc.Release(
        ref=_ref(oc.MediaKind.ALBUM, album.id),
        title=_text(album.title) or _UNTITLED,
        version=_text(album.version),
        type=_type(album),
        artists=_artists_of(album),
        date=oc.PartialDate.parse(album.release_date_original),
        label=_text(album.label.name) if album.label else None,
        upc=_code(album.upc, r"[0-9]{8,14}"),
        genres=_genres(album),
        copyright=_text(album.copyright),
        explicit=album.parental_warning,
        images=_covers(album.image),
        url=link(oc.MediaKind.ALBUM, album.id),
        track_total=_count(album.tracks_count),
        disc_total=_count(album.media_count),
        tracks=tuple(track(shape, album) for shape in tracks),
    )


def track(shape: TrackShape, album: AlbumShape | None = None) -> oc.Track:
    """Return *shape* as a track: on the album that it names itself, when it names one.

    *album* is the one that it was listed in, if any. Whether the account may have the track
    is not said here: only the answer about its file is to be trusted in this.
    """
    frame = shape.album if shape.album and is_id(oc.MediaKind.ALBUM, shape.album.id) else None
    credits_ = _credits(shape, frame or album)
    return oc.Track(
        ref=_ref(oc.MediaKind.TRACK, shape.id),
        title=_text(shape.title) or _UNTITLED,
        version=_text(shape.version),
        artists=_performers(shape, credits_) or _artists_of(frame or album),
        duration_s=seconds(shape.duration),
        track_number=_count(shape.track_number),
        disc_number=_count(shape.media_number),
        isrc=_code(shape.isrc, "[A-Z]{2}[A-Z0-9]{3}[0-9]{7}"),
        explicit=shape.parental_warning,
        credits=credits_,
        copyright=_text(shape.copyright),
        url=link(oc.MediaKind.TRACK, shape.id),
        release=release(frame) if frame else None,
    )


def playlist(shape: PlaylistShape, tracks: Iterable[TrackShape]) -> oc.Playlist:
    """Return *shape* with *tracks*, each in the frame of its own album."""
    pictures = (*(shape.image_rectangle or ()), *(shape.images300 or ())[:1])
    return oc.Playlist(
        ref=_ref(oc.MediaKind.PLAYLIST, shape.id),
        title=_text(shape.name) or _UNTITLED,
        owner=_text(shape.owner.name) if shape.owner else None,
        description=_text(shape.description),
        images=tuple(oc.Image(url=url) for url in map(web_link, pictures) if url),
        url=link(oc.MediaKind.PLAYLIST, shape.id),
        track_total=_count(shape.tracks_count),
        tracks=tuple(track(each) for each in tracks),
    )


def artist_page(
    kind: oc.MediaKind, shape: ArtistPageShape, albums: Iterable[AlbumShape]
) -> oc.Artist:
    """Return the artist or label *shape* with *albums* as its releases, each once."""
    idents = (album.id for album in albums if is_id(oc.MediaKind.ALBUM, album.id))
    releases = dict.fromkeys(_ref(oc.MediaKind.ALBUM, ident) for ident in idents)
    return oc.Artist(
        name=_text(shape.name) or _UNTITLED,
        ref=_ref(kind, shape.id),
        url=link(kind, shape.id),
        images=_pictures(shape.image),
        releases=tuple(releases),
    )


def hit(shape: AlbumShape | TrackShape | PlaylistShape | ArtistShape) -> oc.SearchHit | None:
    """Return *shape* as one result of a search, or None when its id is none."""
    match shape:
        case AlbumShape():
            if not is_id(oc.MediaKind.ALBUM, shape.id):
                return None
            found = release(shape)
            return oc.SearchHit(
                ref=found.ref,
                title=_titled(found.title, found.version),
                artist=_names(found.artists),
                year=found.date.year if found.date else None,
                track_total=found.track_total,
                url=found.url,
            )
        case TrackShape():
            one = track(shape)
            date = one.release.date if one.release else None
            return oc.SearchHit(
                ref=one.ref,
                title=one.full_title,
                artist=_names(one.artists),
                year=date.year if date else None,
                url=one.url,
            )
        case PlaylistShape():
            listed = playlist(shape, ())
            return oc.SearchHit(
                ref=listed.ref,
                title=listed.title,
                artist=listed.owner or "",
                track_total=listed.track_total,
                url=listed.url,
            )
        case ArtistShape():
            return oc.SearchHit(
                ref=_ref(oc.MediaKind.ARTIST, shape.id),
                title=_text(shape.name) or _UNTITLED,
                url=link(oc.MediaKind.ARTIST, shape.id),
            )


def web_link(text: str | None) -> str | None:
    """Return *text* when it is a link of the web, else None."""
    if not text or not text.startswith(("https://", "http://")):
        return None
    try:
        return oc.Url.parse(text).text
    except oc.InvalidUrl:
        return None


def seconds(number: float | None) -> float | None:
    """*number* as a length in seconds, or None when it is none."""
    if number is None or not math.isfinite(number):
        return None
    return number if 0 < number <= _LONGEST_S else None


def _ref(kind: oc.MediaKind, ident: int | str) -> oc.MediaRef:
    return oc.MediaRef(SERVICE, kind, str(ident))


def _type(album: AlbumShape) -> oc.ReleaseType:
    words = (album.release_type, album.product_type)
    found = (_RELEASE_TYPES.get((word or "").lower()) for word in words)
    return next((kind for kind in found if kind), oc.ReleaseType.ALBUM)


def _artists_of(album: AlbumShape | None) -> tuple[oc.Artist, ...]:
    """The main artists of *album*; who is named without a role is one."""
    if album is None:
        return ()
    everyone = tuple(each for each in album.artists or () if _name(each))
    main = [each for each in everyone if not each.roles or _MAIN_ROLE in each.roles]
    chosen = main or ([album.artist] if album.artist and _name(album.artist) else everyone)
    return tuple(_artist(each) for each in chosen)


def _artist(shape: ArtistShape) -> oc.Artist:
    return oc.Artist(
        name=_text(shape.name) or _UNTITLED,
        ref=_ref(oc.MediaKind.ARTIST, shape.id),
        url=link(oc.MediaKind.ARTIST, shape.id),
        images=_pictures(shape.image),
    )


def _performers(shape: TrackShape, credits_: tuple[oc.Credit, ...]) -> tuple[oc.Artist, ...]:
    """The main artists that the credits name; the one that Qobuz knows by id with its page."""
    single = _artist(shape.performer) if shape.performer and _name(shape.performer) else None
    names = [credit.name for credit in credits_ if credit.role is oc.CreditRole.MAIN_ARTIST]
    if single is None:
        return tuple(oc.Artist(name=name) for name in names)
    if single.name not in names:
        return (single,)
    return tuple(single if name == single.name else oc.Artist(name=name) for name in names)


def _credits(shape: TrackShape, album: AlbumShape | None) -> tuple[oc.Credit, ...]:
    """Who took part; *album*'s artists help to read names with a comma in them."""
    artists = (shape.performer, shape.composer, *((album.artists or ()) if album else ()))
    known = [name for name in map(_name, artists) if name]
    found = credits_in(_text(shape.performers), known)
    composer = _name(shape.composer)
    if not composer or composer.lower() in _NOBODY:
        return found
    if any(credit.role is oc.CreditRole.COMPOSER for credit in found):
        return found
    return (*found, oc.Credit(name=composer, role=oc.CreditRole.COMPOSER))


def _name(shape: ArtistShape | None) -> str | None:
    return _text(shape.name) if shape else None


def _names(artists: tuple[oc.Artist, ...]) -> str:
    return ", ".join(artist.name for artist in artists)


def _titled(title: str, version: str | None) -> str:
    if version and version.casefold() not in title.casefold():
        return f"{title} ({version})"
    return title


def _genres(album: AlbumShape) -> tuple[str, ...]:
    """The genres, each by its own name: ``Pop/Rock→Rock`` is Rock, below Pop/Rock."""
    paths = [*(album.genres_list or ()), *([album.genre.name] if album.genre else [])]
    names = (_text((path or "").rpartition(_GENRE_PATH)[2]) for path in paths)
    return tuple(dict.fromkeys(name for name in names if name))


def _covers(image: ImageShape | None) -> tuple[oc.Image, ...]:
    """The covers, largest first; they are squares, with their width at the end of the link."""
    if image is None:
        return ()
    large = image.large or ""
    larger = large.replace(_LARGE, _LARGEST) if _LARGE in large else None
    sizes = (larger, large, image.small, image.thumbnail)
    links = [url for url in map(web_link, sizes) if url]
    return tuple(oc.Image(url=url, width=_width(url), height=_width(url)) for url in links)


def _width(url: str) -> int | None:
    return next((width for ending, width in _COVER_WIDTHS if ending in url), None)


def _pictures(image: ImageShape | None) -> tuple[oc.Image, ...]:
    """The pictures of an artist, largest first; Qobuz does not say how large they are."""
    if image is None:
        return ()
    sizes = (image.mega, image.extralarge, image.large, image.medium, image.small)
    return tuple(oc.Image(url=url) for url in map(web_link, sizes) if url)


def _text(text: str | None) -> str | None:
    """*text* as valid Unicode without outer white space, or None when nothing is left."""
    return (text or "").encode("utf-8", "replace").decode("utf-8").strip() or None


def _code(text: str | None, form: str) -> str | None:
    """An ISRC or UPC, or None: a wrong one would match another recording."""
    plain = re.sub(r"[\s-]", "", text or "").upper()
    return plain if re.fullmatch(form, plain) else None


def _count(number: int | None) -> int | None:
    return number if number is not None and 0 < number <= _MOST_TRACKS else None
