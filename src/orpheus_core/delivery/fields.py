"""What the fields of a file layout stand for, for one track."""

from __future__ import annotations

from orpheus_core.delivery.item import TrackItem
from orpheus_core.music import Artist, CreditRole, Playlist, QualityWish

PREVIEW_MARK = "[preview]"
"""Stands behind the title of an excerpt, in file names and tags."""


def names_of(artists: tuple[Artist, ...]) -> str:
    """Return the names, joined for a person to read."""
    return ", ".join(artist.name for artist in artists)


def known_with_the_file(wish: QualityWish) -> tuple[str, ...]:
    """Return the fields that may change when the file has come."""
    return ("codec", "quality", "title") if wish.previews else ("codec", "quality")


def field_values(item: TrackItem) -> dict[str, str]:
    """Return the value of each field for *item*; what is not known is empty."""
    track, file = item.track, item.file
    collection = item.collection
    values = {
        "artist": names_of(track.artists),
        "title": f"{track.full_title} {PREVIEW_MARK}"
        if file and file.preview
        else track.full_title,
        "composer": ", ".join(track.credited(CreditRole.COMPOSER)),
        "disc": _number(track.disc_number or 1),
        "track": _number(track.track_number or item.position),
        "position": _number(item.position),
        "isrc": track.isrc or "",
        "service": track.ref.service,
        "id": track.ref.id,
        "explicit": "explicit" if track.explicit else "",
        "codec": file.format.codec.value if file else "",
        "quality": _quality(item),
    }
    if isinstance(collection, Playlist):
        values["playlist"] = collection.title
    return {**_release_values(item), **values}


def _release_values(item: TrackItem) -> dict[str, str]:
    release = item.release
    if release is None:
        return {"albumartist": names_of(item.track.artists), "album": item.track.full_title}
    return {
        "albumartist": names_of(release.artists) or names_of(item.track.artists),
        "album": release.full_title,
        "year": str(release.date.year) if release.date else "",
        "date": str(release.date or ""),
        "disctotal": _number(release.disc_total),
        "tracktotal": _number(release.track_total),
        "genre": release.genres[0] if release.genres else "",
        "label": release.label or "",
        "type": release.type.value,
        "upc": release.upc or "",
        "albumid": release.ref.id,
    }


def _quality(item: TrackItem) -> str:
    if item.file is None:
        return ""
    audio = item.file.format
    if audio.codec.lossless and audio.bit_depth and audio.sample_rate_hz:
        return f"{audio.bit_depth}-{audio.sample_rate_hz / 1000:g}"
    return str(audio.bitrate_kbps or "")


def _number(value: int | None) -> str:
    return str(value) if value is not None and value >= 0 else ""
