"""Tags in files of every format, with a guard around the library that reads and writes them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import assert_never

from orpheus_core.delivery.tags import id3, mp4, vorbis
from orpheus_core.delivery.tags.model import TrackTags
from orpheus_core.errors import OrpheusError, TagsFailed
from orpheus_core.music import Codec
from orpheus_core.storage import storage_error


def write_tags(path: Path, tags: TrackTags, codec: Codec) -> None:
    """Replace the tags of *path*, an audio file in *codec*, with *tags*; the audio stays as it is.

    The file is changed in place: hand in a copy that may be thrown away.

    Raises:
        PictureRefused: the cover does not fit this kind of file, which was not touched; without
            the cover, the rest can be written.
        TagsFailed: the library that writes tags could not; the file may be half written.
        StorageError: the disk refused; the file may be half written.
    """
    with _guarded(path, "written"):
        match codec:
            case Codec.FLAC:
                vorbis.write_flac(path, tags)
            case Codec.VORBIS | Codec.OPUS:
                vorbis.write_ogg(path, tags, codec)
            case Codec.MP3:
                id3.write_mp3(path, tags)
            case Codec.WAV | Codec.AIFF:
                id3.write_chunk(path, tags, codec)
            case Codec.AAC | Codec.ALAC:
                mp4.write_mp4(path, tags)
            case _:
                assert_never(codec)


def read_tags(path: Path, codec: Codec) -> TrackTags:
    """Return the tags of *path*, an audio file in *codec*; what is not in our model is left out.

    Raises:
        TagsFailed: the library that reads tags could not.
        StorageError: the file cannot be read.
    """
    with _guarded(path, "read"):
        match codec:
            case Codec.FLAC:
                return vorbis.read_flac(path)
            case Codec.VORBIS | Codec.OPUS:
                return vorbis.read_ogg(path, codec)
            case Codec.MP3:
                return id3.read_mp3(path)
            case Codec.WAV | Codec.AIFF:
                return id3.read_chunk(path, codec)
            case Codec.AAC | Codec.ALAC:
                return mp4.read_mp4(path)
            case _:
                assert_never(codec)


@contextlib.contextmanager
def _guarded(path: Path, what: str) -> Iterator[None]:
    """The border to mutagen: bad files have made it raise far more than its own errors."""
    try:
        yield
    except OrpheusError:
        raise
    except Exception as error:
        from_disk = _from_disk(error)
        if from_disk is not None:
            raise storage_error(from_disk, path) from error
        raise TagsFailed(
            f"the tags could not be {what}",
            why=f"mutagen says: {type(error).__name__}: {error}"[:300],
            evidence={"exception": type(error).__name__},
        ) from error


def _from_disk(error: Exception) -> OSError | None:
    """The system's refusal behind *error*: mutagen puts it into the first argument of its own."""
    for cause in (error, *error.args):
        if isinstance(cause, OSError) and cause.errno:
            return cause
    return None
