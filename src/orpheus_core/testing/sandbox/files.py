"""The sandbox's files, made by `make_audio`: audio and covers with sizes and checksums."""

from __future__ import annotations

import functools
import hashlib
import json
from importlib import resources
from importlib.resources.abc import Traversable

import attrs

from orpheus_core.music import AudioFormat, Codec, Quality

INDEX_NAME = "index.json"

_MEDIA_TYPES = {
    ".flac": "audio/flac",
    ".mp3": "audio/mpeg",
    ".jpg": "image/jpeg",
    ".png": "image/png",
}


@attrs.frozen(kw_only=True)
class StoredFile:
    """A file in the folder ``audio``."""

    name: str
    size_bytes: int
    sha256: str

    @property
    def media_type(self) -> str:
        """What Content-Type says."""
        return _MEDIA_TYPES["." + self.name.rpartition(".")[2]]

    @property
    def etag(self) -> str:
        """A strong validator: other bytes, another one."""
        return f'"{self.sha256[:32]}"'

    def content(self) -> bytes:
        """The bytes."""
        return folder().joinpath(self.name).read_bytes()


@attrs.frozen(kw_only=True)
class AudioFile(StoredFile):
    """A track in one quality."""

    track_id: str
    quality: Quality
    format: AudioFormat
    duration_s: float


@attrs.frozen(kw_only=True)
class CoverFile(StoredFile):
    """The picture of a release. Sides in pixels."""

    release_id: str
    width: int
    height: int


@attrs.frozen
class FileIndex:
    """All files, as ``audio/index.json`` lists them."""

    audio: tuple[AudioFile, ...]
    covers: tuple[CoverFile, ...]

    @functools.cached_property
    def audio_by_name(self) -> dict[str, AudioFile]:
        """The audio files by name."""
        return {file.name: file for file in self.audio}

    @functools.cached_property
    def cover_by_name(self) -> dict[str, CoverFile]:
        """The covers by name."""
        return {file.name: file for file in self.covers}

    @functools.cached_property
    def cover_of(self) -> dict[str, CoverFile]:
        """The cover of each release, named by its id."""
        return {file.release_id: file for file in self.covers}

    def of_track(self, track_id: str) -> tuple[AudioFile, ...]:
        """What a track is offered in, best first."""
        found = [file for file in self.audio if file.track_id == track_id]
        return tuple(sorted(found, key=lambda file: file.quality.rank, reverse=True))


def folder() -> Traversable:
    """Return the folder that holds the files and their index."""
    return resources.files(__package__).joinpath("audio")


@functools.cache
def file_index() -> FileIndex:
    """Return the index of all files."""
    data = json.loads(folder().joinpath(INDEX_NAME).read_text(encoding="utf-8"))
    return FileIndex(
        audio=tuple(
            AudioFile(
                name=entry["name"],
                size_bytes=entry["size_bytes"],
                sha256=entry["sha256"],
                track_id=entry["track_id"],
                quality=Quality(entry["quality"]),
                format=AudioFormat(
                    codec=Codec(entry["codec"]),
                    sample_rate_hz=entry["sample_rate_hz"],
                    bit_depth=entry["bit_depth"],
                    bitrate_kbps=entry["bitrate_kbps"],
                    channels=entry["channels"],
                ),
                duration_s=entry["duration_s"],
            )
            for entry in data["audio"]
        ),
        covers=tuple(CoverFile(**entry) for entry in data["covers"]),
    )


def index_text(index: FileIndex) -> str:
    """Return *index* as the text of ``index.json``."""
    audio = [
        {
            "name": file.name,
            "track_id": file.track_id,
            "quality": file.quality.value,
            "codec": file.format.codec.value,
            "sample_rate_hz": file.format.sample_rate_hz,
            "bit_depth": file.format.bit_depth,
            "bitrate_kbps": file.format.bitrate_kbps,
            "channels": file.format.channels,
            "duration_s": file.duration_s,
            "size_bytes": file.size_bytes,
            "sha256": file.sha256,
        }
        for file in index.audio
    ]
    covers = [attrs.asdict(file) for file in index.covers]
    return json.dumps({"audio": audio, "covers": covers}, indent=1) + "\n"


def sha256_hex(content: bytes) -> str:
    """Return the SHA-256 of *content* in hex."""
    return hashlib.sha256(content).hexdigest()
