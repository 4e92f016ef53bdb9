"""The JSON of Qobuz's API 0.2, as far as it is read.

One class for each kind of object. Every answer fills another part of it, so nothing but
the id is required; what is not named here is ignored.

Source: Qobuz's documentation of its API 0.2, and a recorded answer.
"""

from __future__ import annotations

from typing import Generic, TypeVar

import attrs

T_co = TypeVar("T_co", covariant=True)


@attrs.frozen(kw_only=True)
class Page(Generic[T_co]):
    """A part of a list: *items* from place *offset* on, of *total*."""

    items: tuple[T_co, ...] = ()
    offset: int | None = None
    total: int | None = None


@attrs.frozen(kw_only=True)
class NameShape:
    """A label, genre or owner, of which only the name is read."""

    name: str | None = None


@attrs.frozen(kw_only=True)
class ImageShape:
    """Links to one picture in several sizes; of an album 50, 230 and 600 pixels wide."""

    thumbnail: str | None = None
    small: str | None = None
    medium: str | None = None
    large: str | None = None
    extralarge: str | None = None
    mega: str | None = None


@attrs.frozen(kw_only=True)
class ArtistShape:
    """An artist; *roles* ("main-artist", "featured-artist") where it stands at an album."""

    id: int
    name: str | None = None
    roles: tuple[str, ...] | None = None
    image: ImageShape | None = None


@attrs.frozen(kw_only=True)
class TrackShape:
    """A track. *duration* in seconds; *performers* as "Name, Role, Role - Name, Role"."""

    id: int
    title: str | None = None
    version: str | None = None
    isrc: str | None = None
    duration: float | None = None
    track_number: int | None = None
    media_number: int | None = None
    parental_warning: bool | None = None
    copyright: str | None = None
    performer: ArtistShape | None = None
    performers: str | None = None
    composer: ArtistShape | None = None
    album: AlbumShape | None = None


@attrs.frozen(kw_only=True)
class AlbumShape:
    """An album, EP, single or compilation. Its id is a text, mostly of digits."""

    id: str
    title: str | None = None
    version: str | None = None
    upc: str | None = None
    release_type: str | None = None
    product_type: str | None = None
    release_date_original: str | None = None
    tracks_count: int | None = None
    media_count: int | None = None
    parental_warning: bool | None = None
    copyright: str | None = None
    artist: ArtistShape | None = None
    artists: tuple[ArtistShape, ...] | None = None
    label: NameShape | None = None
    genre: NameShape | None = None
    genres_list: tuple[str, ...] | None = None
    image: ImageShape | None = None
    tracks: Page[TrackShape] | None = None


@attrs.frozen(kw_only=True)
class PlaylistShape:
    """A playlist. *images300* are covers of its albums, *image_rectangle* its own picture."""

    id: int
    name: str | None = None
    description: str | None = None
    owner: NameShape | None = None
    tracks_count: int | None = None
    image_rectangle: tuple[str, ...] | None = None
    images300: tuple[str, ...] | None = None
    tracks: Page[TrackShape] | None = None


@attrs.frozen(kw_only=True)
class ArtistPageShape:
    """An artist or label with its albums."""

    id: int
    name: str | None = None
    image: ImageShape | None = None
    albums: Page[AlbumShape] | None = None


@attrs.frozen(kw_only=True)
class SearchShape:
    """Results of a search: the page of the kind that was asked for."""

    albums: Page[AlbumShape] | None = None
    tracks: Page[TrackShape] | None = None
    artists: Page[ArtistShape] | None = None
    playlists: Page[PlaylistShape] | None = None


@attrs.frozen(kw_only=True)
class RestrictionShape:
    """Why a file is not handed out as it was asked for."""

    code: str | None = None


@attrs.frozen(kw_only=True)
class FileShape:
    """Where a file is. *duration* in seconds, *sampling_rate* in kHz.

    *sample* marks an excerpt of 30 s. What follows *restrictions* stands in answers that
    describe a stream in keyed segments.
    """

    url: str | None = None
    format_id: int | None = None
    mime_type: str | None = None
    sampling_rate: float | None = None
    bit_depth: int | None = None
    duration: float | None = None
    sample: bool | None = None
    restrictions: tuple[RestrictionShape, ...] | None = None
    url_template: str | None = None
    key_id: str | None = None
    key: str | None = None
    n_segments: int | None = None
