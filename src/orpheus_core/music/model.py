"""What is collected: tracks, releases, playlists, artists. Values, nothing else."""

from __future__ import annotations

import datetime
import enum
import re
from typing import Self

import attrs

from orpheus_core.music.links import MediaRef


class ReleaseType(enum.Enum):
    """What a release calls itself."""

    ALBUM = "album"
    EP = "ep"
    SINGLE = "single"
    LIVE = "live"
    COMPILATION = "compilation"


class CreditRole(enum.Enum):
    """What someone did for a recording."""

    MAIN_ARTIST = "main_artist"
    FEATURED_ARTIST = "featured_artist"
    COMPOSER = "composer"
    LYRICIST = "lyricist"
    PRODUCER = "producer"
    PERFORMER = "performer"
    ENGINEER = "engineer"
    OTHER = "other"


@attrs.frozen
class PartialDate:
    """A date of which at least the year is known.

    Raises:
        ValueError: there is no such date.

    >>> str(PartialDate.parse("2001-03-07")), str(PartialDate.parse("2001"))
    ('2001-03-07', '2001')
    """

    year: int
    month: int | None = None
    day: int | None = None

    def __attrs_post_init__(self) -> None:
        if self.day is not None and self.month is None:
            raise ValueError("a day without its month is no date")
        month, day = (1 if part is None else part for part in (self.month, self.day))
        datetime.date(self.year, month, day)

    def __str__(self) -> str:
        parts = [f"{self.year:04}"]
        parts += [f"{part:02}" for part in (self.month, self.day) if part is not None]
        return "-".join(parts)

    @classmethod
    def parse(cls, text: str | None) -> Self | None:
        """Return the date in *text* (ISO 8601, may end after year or month), else None.

        Services write 0000-00-00 for a date they do not know: that is None too.
        """
        found = re.match(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?(?!\d)", text or "")
        if not found:
            return None
        year, month, day = (int(part) if part else None for part in found.groups())
        if not year:
            return None
        try:
            return cls(year, month or None, (day or None) if month else None)
        except ValueError:
            return None


@attrs.frozen(kw_only=True)
class Image:
    """A picture at the service. Sizes in pixels, None where unknown."""

    url: str
    width: int | None = None
    height: int | None = None


@attrs.frozen(kw_only=True)
class Lyrics:
    """The words of a track; *synced* in LRC form when there are times."""

    text: str
    synced: str | None = None
    language: str | None = None


@attrs.frozen(kw_only=True)
class Credit:
    """Someone who took part, and how."""

    name: str
    role: CreditRole


@attrs.frozen(kw_only=True)
class Artist:
    """A person or group. *releases* is filled when the artist itself was asked for."""

    name: str
    ref: MediaRef | None = None
    url: str | None = None
    images: tuple[Image, ...] = ()
    releases: tuple[MediaRef, ...] = ()


def _with_version(title: str, version: str | None) -> str:
    version = re.sub(r"^\(([^()]*)\)$", r"\1", (version or "").strip()).strip()
    words = rf"(?<!\w){re.escape(version.casefold())}(?!\w)"
    if not version or re.search(words, title.casefold()):
        return title
    return f"{title} ({version})"


@attrs.frozen(kw_only=True)
class Release:
    """An album, EP, single, live album or compilation.

    *tracks* is in order, disc by disc; empty where only the frame of the release is
    known (the release of a single track). *track_total* is what the service states,
    so that a missing track is noticed.
    """

    ref: MediaRef
    title: str
    version: str | None = None
    type: ReleaseType = ReleaseType.ALBUM
    artists: tuple[Artist, ...] = ()
    date: PartialDate | None = None
    label: str | None = None
    upc: str | None = None
    genres: tuple[str, ...] = ()
    copyright: str | None = None
    explicit: bool | None = None
    images: tuple[Image, ...] = ()
    url: str | None = None
    track_total: int | None = None
    disc_total: int | None = None
    tracks: tuple[Track, ...] = ()

    @property
    def full_title(self) -> str:
        """The title with its version in parentheses, unless the title has it already."""
        return _with_version(self.title, self.version)


@attrs.frozen(kw_only=True)
class Track:
    """One recording at its place on a release. Duration in seconds."""

    ref: MediaRef
    title: str
    version: str | None = None
    artists: tuple[Artist, ...] = ()
    duration_s: float | None = None
    track_number: int | None = None
    disc_number: int | None = None
    isrc: str | None = None
    explicit: bool | None = None
    credits: tuple[Credit, ...] = ()
    copyright: str | None = None
    lyrics: Lyrics | None = None
    url: str | None = None
    release: Release | None = None
    unavailable_because: str | None = None

    @property
    def full_title(self) -> str:
        """The title with its version in parentheses, unless the title has it already."""
        return _with_version(self.title, self.version)

    def credited(self, role: CreditRole) -> tuple[str, ...]:
        """The names that have *role*, in order."""
        return tuple(credit.name for credit in self.credits if credit.role is role)


@attrs.frozen(kw_only=True)
class Playlist:
    """Tracks of any releases, in the order that someone gave them."""

    ref: MediaRef
    title: str
    owner: str | None = None
    description: str | None = None
    images: tuple[Image, ...] = ()
    url: str | None = None
    track_total: int | None = None
    tracks: tuple[Track, ...] = ()


Media = Track | Release | Playlist | Artist
"""What a service can resolve a link to."""
