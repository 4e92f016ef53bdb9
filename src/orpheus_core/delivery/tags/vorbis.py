"""Vorbis comments: the tags of FLAC, Ogg Vorbis and Opus. Source: RFC 9639, 8.6 and 8.8."""
# mypy: untyped-calls-exclude=mutagen

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from typing import TYPE_CHECKING, cast

from orpheus_core.delivery.pictures import Picture, check_picture
from orpheus_core.delivery.tags.fields import FIELD_NAMES, FieldValues
from orpheus_core.delivery.tags.model import TrackTags
from orpheus_core.errors import PictureRefused
from orpheus_core.music import Codec

if TYPE_CHECKING:
    from mutagen._vorbis import VCommentDict
    from mutagen.flac import FLAC
    from mutagen.flac import Picture as PictureBlock
    from mutagen.oggopus import OggOpus
    from mutagen.oggvorbis import OggVorbis

_FRONT_COVER = 3
_BITS_PER_PIXEL = 24
_PICTURE_KEY = "METADATA_BLOCK_PICTURE"
_MAX_FLAC_COVER_BYTES = 2**24 - 1 - 256
"""A FLAC block states its length in three bytes; the fields beside the picture need a few."""


def write_flac(path: Path, tags: TrackTags) -> None:
    """Replace all metadata of a FLAC file but STREAMINFO and the seek table."""
    from mutagen import flac

    if tags.cover and len(tags.cover.data) > _MAX_FLAC_COVER_BYTES:
        raise PictureRefused(
            f"the cover was left out: {len(tags.cover.data) / 1e6:.0f} MB",
            why="a FLAC file can hold a cover of 16 MB",
            evidence={"size_bytes": len(tags.cover.data)},
        )
    file = flac.FLAC(path)
    comments = flac.VCFLACDict()
    for old in _comments(file):
        comments.vendor = old.vendor  # names the encoder
    _fill(comments, tags)
    kept = (flac.StreamInfo, flac.SeekTable)
    file.metadata_blocks = [block for block in file.metadata_blocks if isinstance(block, kept)]
    file.metadata_blocks.append(comments)
    # save() would bring it back; mutagen declares no type, and the inferred one has no None.
    file.cuesheet = None  # type: ignore[assignment]
    if tags.cover:
        file.add_picture(_block(tags.cover))
    file.save(deleteid3=True)


def write_ogg(path: Path, tags: TrackTags, codec: Codec) -> None:
    """Replace the comments of an Ogg Vorbis or Opus file."""
    file = _open_ogg(path, codec)
    comments = _ogg_comments(file)
    del comments[:]
    _fill(comments, tags)
    if tags.cover:
        comments[_PICTURE_KEY] = [base64.b64encode(_block(tags.cover).write()).decode()]
    file.save()


def read_flac(path: Path) -> TrackTags:
    """Return the tags of a FLAC file."""
    from mutagen import flac

    file = flac.FLAC(path)
    values: FieldValues = {}
    for comments in _comments(file):
        values = _values(comments)
    return TrackTags.from_values(values, _front_cover(file.pictures))


def read_ogg(path: Path, codec: Codec) -> TrackTags:
    """Return the tags of an Ogg Vorbis or Opus file."""
    from mutagen import flac

    comments = _ogg_comments(_open_ogg(path, codec))
    blocks = []
    for text in comments.get(_PICTURE_KEY, []):
        try:
            blocks.append(flac.Picture(base64.b64decode(text)))
        except (binascii.Error, flac.error):
            continue  # a broken cover of a foreign file is no cover
    return TrackTags.from_values(_values(comments), _front_cover(blocks))


def _comments(file: FLAC) -> list[VCommentDict]:
    """The comment blocks of a FLAC file, of which there may be one."""
    from mutagen import flac

    return [block for block in file.metadata_blocks if isinstance(block, flac.VCFLACDict)]


def _open_ogg(path: Path, codec: Codec) -> OggVorbis | OggOpus:
    from mutagen import oggopus, oggvorbis

    return oggopus.OggOpus(path) if codec is Codec.OPUS else oggvorbis.OggVorbis(path)


def _ogg_comments(file: OggVorbis | OggOpus) -> VCommentDict:
    # Always there once a file is open; mutagen's annotations only know it before.
    return cast("VCommentDict", file.tags)


def _fill(comments: VCommentDict, tags: TrackTags) -> None:
    for field, texts in tags.values().items():
        for name in FIELD_NAMES[field].vorbis:
            comments[name] = list(texts)


def _values(comments: VCommentDict) -> FieldValues:
    found = {}
    for field, names in FIELD_NAMES.items():
        for name in names.vorbis:
            if name in comments:
                found[field] = tuple(comments[name])
    return found


def _block(cover: Picture) -> PictureBlock:
    from mutagen import flac

    block = flac.Picture()
    block.type = _FRONT_COVER
    block.mime = cover.type.value
    block.width, block.height, block.depth = cover.width_px, cover.height_px, _BITS_PER_PIXEL
    block.data = cover.data
    return block


def _front_cover(blocks: list[PictureBlock]) -> Picture | None:
    for block in sorted(blocks, key=lambda block: block.type != _FRONT_COVER):
        try:
            return check_picture(block.data)
        except PictureRefused:
            continue
    return None
