"""The JSON of Deezer's public API, as far as it is read.

One class for each kind of object. Every answer fills another part of it, so nothing but
the id is required; what is not named here is ignored.

Source: developers.deezer.com/api, and recorded answers of 2019 to 2025.
"""

from __future__ import annotations

from typing import Generic, TypeVar

import attrs

T_co = TypeVar("T_co", covariant=True)


@attrs.frozen(kw_only=True)
class Page(Generic[T_co]):
    """A part of a list. *next* is the link of the part that follows, absent on the last."""

    data: tuple[T_co, ...]
    total: int | None = None
    next: str | None = None


@attrs.frozen(kw_only=True)
class GenreShape:
    """A genre."""

    name: str | None = None


@attrs.frozen(kw_only=True)
class UserShape:
    """The owner of a playlist."""

    name: str | None = None


@attrs.frozen(kw_only=True)
class ArtistShape:
    """An artist; *role* ("Main", "Featured") where it stands among contributors.

    Pictures are links to squares of 56, 250, 500 and 1000 pixels.
    """

    id: int
    name: str | None = None
    role: str | None = None
    picture_small: str | None = None
    picture_medium: str | None = None
    picture_big: str | None = None
    picture_xl: str | None = None


@attrs.frozen(kw_only=True)
class AlbumShape:
    """An album, single or EP. Covers are links to squares of 56, 250, 500 and 1000 pixels."""

    id: int
    title: str | None = None
    upc: str | None = None
    label: str | None = None
    nb_tracks: int | None = None
    release_date: str | None = None
    record_type: str | None = None
    explicit_lyrics: bool | None = None
    genres: Page[GenreShape] | None = None
    artist: ArtistShape | None = None
    contributors: tuple[ArtistShape, ...] | None = None
    cover_small: str | None = None
    cover_medium: str | None = None
    cover_big: str | None = None
    cover_xl: str | None = None


@attrs.frozen(kw_only=True)
class AlternativeShape:
    """The track that Deezer offers in the place of one that it does not."""

    id: int


@attrs.frozen(kw_only=True)
class TrackShape:
    """A track. *duration* in seconds; *preview* is a link that expires, or empty.

    *readable* is false where the track is not offered in the country that asks.
    """

    id: int
    title: str | None = None
    title_short: str | None = None
    title_version: str | None = None
    isrc: str | None = None
    duration: float | None = None
    track_position: int | None = None
    disk_number: int | None = None
    explicit_lyrics: bool | None = None
    readable: bool | None = None
    preview: str | None = None
    artist: ArtistShape | None = None
    contributors: tuple[ArtistShape, ...] | None = None
    album: AlbumShape | None = None
    alternative: AlternativeShape | None = None


@attrs.frozen(kw_only=True)
class PlaylistShape:
    """A playlist. Its owner is *creator*, or *user* in the results of a search."""

    id: int
    title: str | None = None
    description: str | None = None
    nb_tracks: int | None = None
    creator: UserShape | None = None
    user: UserShape | None = None
    tracks: Page[TrackShape] | None = None
    picture_small: str | None = None
    picture_medium: str | None = None
    picture_big: str | None = None
    picture_xl: str | None = None
