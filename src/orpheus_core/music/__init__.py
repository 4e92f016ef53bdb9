"""What is collected: tracks, releases, qualities, links."""

from orpheus_core.music.links import SERVICE_ID, LinkPattern, MediaKind, MediaRef, Url
from orpheus_core.music.model import (
    Artist,
    Credit,
    CreditRole,
    Image,
    Lyrics,
    Media,
    PartialDate,
    Playlist,
    Release,
    ReleaseType,
    Track,
)
from orpheus_core.music.quality import AudioFormat, Codec, Quality, QualityWish

__all__ = [
    "SERVICE_ID",
    "Artist",
    "AudioFormat",
    "Codec",
    "Credit",
    "CreditRole",
    "Image",
    "LinkPattern",
    "Lyrics",
    "Media",
    "MediaKind",
    "MediaRef",
    "PartialDate",
    "Playlist",
    "Quality",
    "QualityWish",
    "Release",
    "ReleaseType",
    "Track",
    "Url",
]
