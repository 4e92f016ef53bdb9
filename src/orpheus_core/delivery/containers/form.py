"""Which form a file has, by its bytes: names, extensions and media types are not asked."""

from __future__ import annotations

import enum
from typing import BinaryIO

from orpheus_core.delivery.containers import mpeg
from orpheus_core.delivery.first_bytes import HEAD_BYTES, describe
from orpheus_core.errors import NotAudio


class Container(enum.Enum):
    """The forms that are read; the value is the name of FFmpeg's reader for it."""

    FLAC = "flac"
    MP3 = "mp3"
    MP4 = "mov"
    OGG = "ogg"
    WAV = "wav"
    AIFF = "aiff"


def identify(file: BinaryIO) -> Container:
    """Return the form of *file*, which is left at any position.

    Raises:
        NotAudio: it has none of them; the title says what came instead.
    """
    start = mpeg.end_of_id3v2(file)
    file.seek(start)
    head = file.read(HEAD_BYTES)
    container = _by_magic(head)
    if container is None and mpeg.starts_at(file, start):
        container = Container.MP3
    if container is None:
        what = describe(head) if head or not start else "an ID3 tag with nothing behind it"
        raise NotAudio(
            f"this is {what}, not audio",
            evidence={"first_bytes": head[:16].hex(), "offset": start},
        )
    return container


def _by_magic(head: bytes) -> Container | None:
    if head.startswith(b"fLaC"):
        return Container.FLAC
    if head.startswith(b"OggS"):
        return Container.OGG
    if head[4:8] == b"ftyp":
        return Container.MP4
    if head.startswith(b"RIFF") and head[8:12] == b"WAVE":
        return Container.WAV
    if head.startswith(b"FORM") and head[8:12] in (b"AIFF", b"AIFC"):
        return Container.AIFF
    return None
