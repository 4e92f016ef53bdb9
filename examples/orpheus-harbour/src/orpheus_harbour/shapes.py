"""The JSON of the service's API, as far as it is read.

What is not named here is ignored; what has no default must be there.
"""

from __future__ import annotations

import attrs


@attrs.frozen
class ArtistShape:
    """Somebody on an album or a track."""

    name: str


@attrs.frozen(kw_only=True)
class CoverShape:
    """The picture of an album. Its size is in pixels."""

    url: str
    width: int | None = None
    height: int | None = None


@attrs.frozen(kw_only=True)
class AlbumShape:
    """An album. Its tracks are asked for one page after the other."""

    id: str
    title: str
    version: str | None = None
    artists: tuple[ArtistShape, ...]
    date: str | None = None
    track_total: int | None = None
    cover: CoverShape | None = None


@attrs.frozen(kw_only=True)
class TrackShape:
    """A track, and the whole album that it is on. *track_number* counts on its own disc."""

    id: str
    title: str
    version: str | None = None
    artists: tuple[ArtistShape, ...]
    album: AlbumShape
    track_number: int | None = None
    disc_number: int | None = None
    duration_s: float | None = None


@attrs.frozen(kw_only=True)
class FileShape:
    """Where a track can be fetched."""

    url: str
    codec: str
    size_bytes: int | None = None
    sha256: str | None = None


@attrs.frozen(kw_only=True)
class AlbumPageShape:
    """A page of a list of albums."""

    items: tuple[AlbumShape, ...]


@attrs.frozen(kw_only=True)
class TrackPageShape:
    """A page of a list of tracks. *next* is where the one behind it is, if there is one."""

    items: tuple[TrackShape, ...]
    next: str | None = None
