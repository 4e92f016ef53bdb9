"""The sandbox's items as JSON: the shapes that the docstring of `api` lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote

import attrs

from orpheus_core.music import CreditRole, Quality
from orpheus_core.testing.sandbox.catalogue import (
    Catalogue,
    CatalogueArtist,
    CataloguePlaylist,
    CatalogueRelease,
    CatalogueTrack,
)
from orpheus_core.testing.sandbox.files import AudioFile, FileIndex

Json = str | int | float | bool | None | Sequence["Json"] | Mapping[str, "Json"]
Object = dict[str, Json]


@attrs.frozen
class Documents:
    """Writes items as JSON. *base_url* is that of the server itself."""

    catalogue: Catalogue
    files: FileIndex
    base_url: str

    def album(self, release: CatalogueRelease) -> Object:
        """Return an album."""
        cover = self.files.cover_of[release.id]
        offered = [set(self._qualities(track)) for track in release.tracks]
        return {
            "id": release.id,
            "title": release.title,
            "version": release.version,
            "type": release.type.value,
            "artists": [artist(one) for one in release.artists],
            "date": release.date,
            "label": release.label,
            "upc": release.upc,
            "genres": release.genres,
            "copyright": release.copyright,
            "explicit": any(track.explicit for track in release.tracks),
            "track_total": len(release.tracks),
            "disc_total": release.disc_total,
            "link": release.link,
            "cover": {
                "url": f"{self.base_url}/covers/{quote(cover.name)}",
                "width": cover.width,
                "height": cover.height,
                "size_bytes": cover.size_bytes,
                "sha256": cover.sha256,
            },
            "qualities": _words(set.intersection(*offered)),
        }

    def track(self, track: CatalogueTrack) -> Object:
        """Return a track, with its whole album."""
        release = self.catalogue.release_of[track.id]
        return {
            "id": track.id,
            "title": track.title,
            "version": track.version,
            "artists": [artist(part.artist) | {"role": part.role.value} for part in track.parts],
            "album": self.album(release),
            "track_number": track.number,
            "disc_number": track.disc,
            "track_total": release.tracks_on(track.disc),
            "disc_total": release.disc_total,
            "duration_s": self.files.of_track(track.id)[0].duration_s,
            "isrc": track.isrc,
            "explicit": track.explicit,
            "copyright": release.copyright,
            "credits": [
                {"name": name, "role": CreditRole.COMPOSER.value} for name in track.composers
            ],
            "link": track.link,
            "qualities": _words(self._qualities(track)),
        }

    def _qualities(self, track: CatalogueTrack) -> list[Quality]:
        return [file.quality for file in self.files.of_track(track.id)]


def artist(item: CatalogueArtist) -> Object:
    """Return an artist."""
    return {"id": item.id, "name": item.name, "link": item.link}


def playlist(item: CataloguePlaylist) -> Object:
    """Return a playlist, without its tracks."""
    return {
        "id": item.id,
        "title": item.title,
        "owner": item.owner,
        "description": item.description,
        "track_total": len(item.track_ids),
        "link": item.link,
    }


def file(item: AudioFile, base_url: str) -> Object:
    """Return a file that is fetched at *base_url*."""
    return {
        "url": f"{base_url}/files/{quote(item.name)}",
        "quality": item.quality.value,
        "codec": item.format.codec.value,
        "sample_rate_hz": item.format.sample_rate_hz,
        "bit_depth": item.format.bit_depth,
        "bitrate_kbps": item.format.bitrate_kbps,
        "channels": item.format.channels,
        "duration_s": item.duration_s,
        "size_bytes": item.size_bytes,
        "sha256": item.sha256,
    }


def _words(qualities: set[Quality] | list[Quality]) -> list[str]:
    return [one.value for one in sorted(qualities, key=lambda one: one.rank, reverse=True)]
