"""What the sandbox service offers: the shapes of its items, and looking them up by id.

The items themselves stand in `releases`, their files in `files`. Every name is made
up; the audio is made for this project and free of rights (CC0).
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Mapping

import attrs

from orpheus_core.music import CreditRole, ReleaseType

SITE = "https://sandbox.example"
"""Where the items' links lead. No such host exists (RFC 2606)."""


@attrs.frozen
class CatalogueArtist:
    """Someone with an id and a name."""

    id: str
    name: str

    @property
    def link(self) -> str:
        """The artist's page."""
        return f"{SITE}/artist/{self.id}"


@attrs.frozen
class Part:
    """An artist and what they did on a track."""

    artist: CatalogueArtist
    role: CreditRole = CreditRole.MAIN_ARTIST


@attrs.frozen(kw_only=True)
class CatalogueTrack:
    """One track. *number* counts within its disc."""

    id: str
    title: str
    version: str | None
    parts: tuple[Part, ...]
    composers: tuple[str, ...]
    disc: int
    number: int
    isrc: str
    explicit: bool

    @property
    def link(self) -> str:
        """The track's page."""
        return f"{SITE}/track/{self.id}"


@attrs.frozen(kw_only=True)
class CatalogueRelease:
    """An album, EP, single or compilation with its tracks, disc by disc."""

    id: str
    title: str
    version: str | None
    type: ReleaseType
    artists: tuple[CatalogueArtist, ...]
    date: str
    label: str
    upc: str
    genres: tuple[str, ...]
    tracks: tuple[CatalogueTrack, ...]

    @property
    def link(self) -> str:
        """The release's page."""
        return f"{SITE}/album/{self.id}"

    @property
    def copyright(self) -> str:
        """The line that the label prints; it names what is really so."""
        return f"℗ {self.date[:4]} {self.label} (fictional; the audio is CC0)"

    @property
    def disc_total(self) -> int:
        """How many discs there are."""
        return max(track.disc for track in self.tracks)

    def tracks_on(self, disc: int) -> int:
        """How many tracks *disc* has."""
        return sum(track.disc == disc for track in self.tracks)


@attrs.frozen(kw_only=True)
class CataloguePlaylist:
    """Tracks of several releases in an order of their own."""

    id: str
    title: str
    owner: str
    description: str
    track_ids: tuple[str, ...]

    @property
    def link(self) -> str:
        """The playlist's page."""
        return f"{SITE}/playlist/{self.id}"


@attrs.frozen
class Catalogue:
    """Everything on offer."""

    releases: tuple[CatalogueRelease, ...]
    playlists: tuple[CataloguePlaylist, ...]

    @functools.cached_property
    def release_by_id(self) -> Mapping[str, CatalogueRelease]:
        """The releases by their ids."""
        return {release.id: release for release in self.releases}

    @functools.cached_property
    def release_of(self) -> Mapping[str, CatalogueRelease]:
        """The release that each track, named by its id, is on."""
        return {track.id: release for release in self.releases for track in release.tracks}

    @functools.cached_property
    def track_by_id(self) -> Mapping[str, CatalogueTrack]:
        """The tracks by their ids."""
        return {track.id: track for release in self.releases for track in release.tracks}

    @functools.cached_property
    def playlist_by_id(self) -> Mapping[str, CataloguePlaylist]:
        """The playlists by their ids."""
        return {playlist.id: playlist for playlist in self.playlists}

    @functools.cached_property
    def artist_by_id(self) -> Mapping[str, CatalogueArtist]:
        """Everyone who has a release or takes part in a track, by id."""
        found = {}
        for release in self.releases:
            for artist in release.artists:
                found[artist.id] = artist
            for track in release.tracks:
                found |= {part.artist.id: part.artist for part in track.parts}
        return found

    def releases_with(self, artist: CatalogueArtist) -> tuple[CatalogueRelease, ...]:
        """The releases that are by *artist* or have a track with them."""
        return tuple(
            release
            for release in self.releases
            if artist in release.artists
            or any(part.artist == artist for track in release.tracks for part in track.parts)
        )


def folded(text: str) -> str:
    """Return *text* as searches compare it: without case, in one form of Unicode."""
    return unicodedata.normalize("NFKC", text).casefold()
