"""The manifest: what an artefact is, where it came from, and the checksum of every file.

``manifest.json`` is written last. It carries a checksum of itself, so that any changed
byte in the folder is found, years later, by `orpheus verify`.
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
from typing import TYPE_CHECKING

import attrs

from orpheus_core.brain import Scalar
from orpheus_core.errors import InvalidManifest
from orpheus_core.music import AudioFormat, Codec

if TYPE_CHECKING:
    import cattrs

FILE_NAME = "manifest.json"
SCHEMA = "orpheus.manifest/1"

_SURROGATE = re.compile("[\ud800-\udfff]")


@attrs.frozen(kw_only=True)
class FormatEntry:
    """The audio format that was found in a file. Rates in Hz and kbit/s."""

    codec: str
    sample_rate_hz: int | None = None
    bit_depth: int | None = None
    bitrate_kbps: int | None = None
    channels: int | None = None

    @classmethod
    def of(cls, audio: AudioFormat) -> FormatEntry:
        """Return the entry for *audio*."""
        values = attrs.asdict(audio, recurse=False)
        return cls(**{**values, "codec": audio.codec.value})

    def audio(self) -> AudioFormat:
        """Return the format that the entry stands for.

        Raises:
            ValueError: no such codec.
        """
        values = attrs.asdict(self, recurse=False)
        return AudioFormat(**{**values, "codec": Codec(self.codec)})


@attrs.frozen(kw_only=True)
class FileEntry:
    """A file of the artefact. *path* is relative, with ``/``; *role* is audio or cover.

    *verified_by* says how the audio was checked: by the MD5 of its samples that a FLAC
    file carries, or by decoding it without error.
    """

    path: str
    role: str
    size_bytes: int
    sha256: str
    format: FormatEntry | None = None
    duration_s: float | None = None
    verified_by: str | None = None


@attrs.frozen(kw_only=True)
class TrackEntry:
    """A track of the artefact. *file* is None, and *missing* says why, where it is not there."""

    position: int
    ref: str
    title: str
    artists: tuple[str, ...] = ()
    disc_number: int | None = None
    track_number: int | None = None
    isrc: str | None = None
    url: str | None = None
    file: str | None = None
    preview: bool = False
    missing: str | None = None
    missing_code: str | None = None
    notes: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class EventEntry:
    """An event of the job, as its log keeps it."""

    time: str
    kind: str
    severity: str
    subject: str | None = None
    error_type: str | None = None
    data: dict[str, Scalar] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class Origin:
    """Where the artefact came from, and what made it."""

    ref: str
    service: str
    url: str | None
    quality: str
    floor: str
    previews: bool = False
    created: str
    correlation_id: str
    versions: dict[str, str]


@attrs.frozen(kw_only=True)
class Manifest:
    """What an artefact is. *kind* is a release type, ``playlist`` or ``track``."""

    kind: str
    title: str
    artists: tuple[str, ...]
    origin: Origin
    date: str | None = None
    label: str | None = None
    upc: str | None = None
    tracks_expected: int
    tracks: tuple[TrackEntry, ...]
    files: tuple[FileEntry, ...]
    notes: tuple[str, ...] = ()
    decisions: tuple[EventEntry, ...] = ()
    events: tuple[EventEntry, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every track that the service states is there, and none is an excerpt."""
        whole = [track for track in self.tracks if track.file and not track.preview]
        return len(whole) >= max(self.tracks_expected, len(self.tracks))

    @property
    def size_bytes(self) -> int:
        """The size of all files together."""
        return sum(entry.size_bytes for entry in self.files)

    def file(self, path: str) -> FileEntry | None:
        """Return the entry of the file at *path*."""
        return next((entry for entry in self.files if entry.path == path), None)


def to_bytes(manifest: Manifest) -> bytes:
    """Return the content of ``manifest.json``."""
    body = {"schema": SCHEMA, **_converter().unstructure(manifest)}
    return _sealed({**body, "checksum": _checksum(body)})


def from_bytes(content: bytes) -> Manifest:
    """Return the manifest that *content* holds.

    Raises:
        InvalidManifest: it is no manifest, of another version, or was changed.
    """
    import cattrs

    try:
        body = json.loads(content)
        schema = body.pop("schema")
        checksum = body.pop("checksum")
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
        raise InvalidManifest("the manifest is damaged", why=f"{FILE_NAME}: {error}") from error
    if schema != SCHEMA:
        raise InvalidManifest(
            "the manifest is of another version", why=f"{schema!r} where {SCHEMA!r} was due"
        )
    sealed = {"schema": schema, **body}
    if checksum != _checksum(sealed) or content != _sealed({**sealed, "checksum": checksum}):
        raise InvalidManifest(
            "the manifest was changed after it was written",
            why=f"{FILE_NAME} does not fit its own checksum",
        )
    try:
        return _converter().structure(body, Manifest)
    except (cattrs.BaseValidationError, TypeError, ValueError) as error:
        raise InvalidManifest("the manifest is damaged", why=f"{FILE_NAME}: {error}") from error


def event_entry(line: bytes) -> EventEntry:
    """Return the event that *line* of a job's log holds.

    Raises:
        ValueError: it holds none.
    """
    import cattrs

    try:
        return _converter().structure(json.loads(line), EventEntry)
    except (cattrs.BaseValidationError, AttributeError, TypeError, RecursionError) as error:
        raise ValueError("no event") from error


def _checksum(body: dict[str, object]) -> str:
    plain = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()


def _sealed(body: dict[str, object]) -> bytes:
    text = json.dumps(body, ensure_ascii=False, indent=1)
    # Half a character, as a hostile title may hold, is no UTF-8; any reader takes its escape.
    return _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text).encode() + b"\n"


@functools.cache
def _converter() -> cattrs.Converter:
    import cattrs

    converter = cattrs.Converter(forbid_extra_keys=True)
    converter.register_structure_hook_func(
        lambda kind: kind == Scalar, lambda value, _: _scalar(value)
    )
    return converter


def _scalar(value: object) -> Scalar:
    if value is None or isinstance(value, Scalar):
        return value
    raise TypeError(f"an event holds no {type(value).__name__}")
