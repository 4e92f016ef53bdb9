"""ID3v2.4 in UTF-8: the tags of MP3, and of WAV and AIFF in a chunk of their own.

Source: ID3 tag version 2.4.0, native frames.
"""
# mypy: untyped-calls-exclude=mutagen

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

from orpheus_core.delivery.containers import mpeg
from orpheus_core.delivery.pictures import Picture, check_picture
from orpheus_core.delivery.tags.fields import (
    FIELD_NAMES,
    IN_PAIRS,
    NUMBER_PAIRS,
    Field,
)
from orpheus_core.delivery.tags.model import TrackTags
from orpheus_core.errors import PictureRefused, TagsFailed
from orpheus_core.music import Codec

if TYPE_CHECKING:
    from mutagen import FileType
    from mutagen.id3 import ID3, Frame

_UTF8 = 3
_FRONT_COVER = 3
_VERSION = 4
_NO_ID3V1 = 0
_LANGUAGE_UNKNOWN = "XXX"
_FREE = "TXXX:"


def write_mp3(path: Path, tags: TrackTags) -> None:
    """Replace the ID3v2, ID3v1 and APE tags of an MP3 file."""
    from mutagen import apev2, id3

    with path.open("rb") as file:
        if not mpeg.starts_at(file, mpeg.end_of_id3v2(file)):
            # mutagen would put the tag before whatever the file is.
            raise TagsFailed("the tags could not be written", why="this is no MP3 file")
    apev2.delete(path)
    frames = id3.ID3()
    _fill(frames, tags)
    frames.save(path, v1=_NO_ID3V1, v2_version=_VERSION)


def write_chunk(path: Path, tags: TrackTags, codec: Codec) -> None:
    """Replace the ID3 chunk of a WAV or AIFF file; a LIST chunk of a WAV file stays."""
    frames = _open_chunk(path, codec)
    frames.delete(path)
    _fill(frames, tags)
    frames.save(path, v2_version=_VERSION)


def read_mp3(path: Path) -> TrackTags:
    """Return the tags of an MP3 file."""
    from mutagen import id3

    try:
        return _read(id3.ID3(path))
    except id3.ID3NoHeaderError:
        return TrackTags()


def read_chunk(path: Path, codec: Codec) -> TrackTags:
    """Return the tags of a WAV or AIFF file."""
    return _read(_open_chunk(path, codec))


def _open_chunk(path: Path, codec: Codec) -> ID3:
    """The frames of the ID3 chunk; none where there is no chunk yet."""
    from mutagen import aiff, wave

    file: FileType = aiff.AIFF(path) if codec is Codec.AIFF else wave.WAVE(path)
    if file.tags is None:
        file.add_tags()
    return cast("ID3", file.tags)


def _fill(frames: ID3, tags: TrackTags) -> None:
    from mutagen import id3

    values = tags.values()
    for field, texts in values.items():
        if field not in IN_PAIRS:
            frames.add(_frame(FIELD_NAMES[field].id3, texts))
    for number, total in NUMBER_PAIRS:
        pair = "/".join((*values.get(number, ("0",)), *values.get(total, ())))
        if pair != "0":
            frames.add(_frame(FIELD_NAMES[number].id3, (pair,)))
    if tags.cover:
        frames.add(
            id3.APIC(
                encoding=_UTF8,
                mime=tags.cover.type.value,
                type=_FRONT_COVER,
                desc="",
                data=tags.cover.data,
            )
        )


def _frame(name: str, texts: tuple[str, ...]) -> Frame:
    from mutagen import id3

    if name.startswith(_FREE):
        return id3.TXXX(encoding=_UTF8, desc=name.removeprefix(_FREE), text=list(texts))
    match name:
        case "WOAF":
            return id3.WOAF(url=texts[0])
        case "USLT":
            return id3.USLT(encoding=_UTF8, lang=_LANGUAGE_UNKNOWN, desc="", text=texts[0])
        case "COMM":
            return id3.COMM(encoding=_UTF8, lang=_LANGUAGE_UNKNOWN, desc="", text=list(texts))
    return id3.Frames[name](encoding=_UTF8, text=list(texts))


def _read(frames: ID3) -> TrackTags:
    values: dict[Field, tuple[str, ...]] = {}
    for field, names in FIELD_NAMES.items():
        found = frames.getall(names.id3)
        if found and field not in IN_PAIRS:
            values[field] = _texts(found[0])
    for number, total in NUMBER_PAIRS:
        for text in frames.getall(FIELD_NAMES[number].id3)[:1]:
            parts = str(text).partition("/")
            values |= {number: (parts[0],), total: (parts[2],)}
    return TrackTags.from_values(values, _front_cover(frames))


def _texts(frame: Frame) -> tuple[str, ...]:
    held: object = getattr(frame, "url", None) or getattr(frame, "text", None)
    if isinstance(held, list):
        return tuple(str(part) for part in held)
    return (str(held),) if held else ()


def _front_cover(frames: ID3) -> Picture | None:
    for frame in sorted(frames.getall("APIC"), key=lambda frame: frame.type != _FRONT_COVER):
        try:
            return check_picture(frame.data)
        except PictureRefused:
            continue
    return None
