"""Covers: what a picture is and how large, read from its own header.

Nothing is decoded. A few kilobytes can unpack to gigabytes, so a picture is judged by the
size that its header states, before anything that would unpack it sees it.
"""

from __future__ import annotations

import enum
import struct
import zlib

import attrs

from orpheus_core.delivery.first_bytes import HEAD_BYTES, describe
from orpheus_core.errors import PictureRefused

MAX_PICTURE_BYTES = 25_000_000
MAX_PICTURE_PIXELS = 25_000_000


class PictureType(enum.Enum):
    """The kinds of picture that players show; the value is the media type."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"

    @property
    def extension(self) -> str:
        """The file name extension, with its dot."""
        return {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp"}[self.value]


@attrs.frozen(kw_only=True)
class Picture:
    """A picture that `check_picture` has seen. Its bytes are left out of the repr."""

    data: bytes = attrs.field(repr=False)
    type: PictureType
    width_px: int
    height_px: int


def check_picture(data: bytes) -> Picture:
    """Return what *data* is, by its own header.

    Raises:
        PictureRefused: no JPEG, PNG or WebP, a broken header, more than 25 MB, or more than
            25 megapixels. The cover is left out; nothing else suffers.
    """
    if len(data) > MAX_PICTURE_BYTES:
        raise PictureRefused(
            f"the cover was left out: {len(data) / 1e6:.0f} MB",
            why=f"a cover may have {MAX_PICTURE_BYTES / 1e6:.0f} MB",
            evidence={"size_bytes": len(data)},
        )
    kind = _type_of(data)
    size = _SIZE_READERS[kind](data)
    if size is None or 0 in size:
        raise PictureRefused(
            f"the cover was left out: its {kind.name} header is broken",
            evidence={"type": kind.value, "size_bytes": len(data)},
        )
    width, height = size
    if width * height > MAX_PICTURE_PIXELS:
        raise PictureRefused(
            f"the cover was left out: {width * height / 1e6:.0f} megapixels",
            why=f"it is {width} x {height}; a cover may have {MAX_PICTURE_PIXELS // 1_000_000} "
            "megapixels",
            evidence={"width_px": width, "height_px": height, "size_bytes": len(data)},
        )
    return Picture(data=data, type=kind, width_px=width, height_px=height)


def _type_of(data: bytes) -> PictureType:
    if data.startswith(b"\xff\xd8\xff"):
        return PictureType.JPEG
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return PictureType.PNG
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return PictureType.WEBP
    what = describe(data[:HEAD_BYTES])
    raise PictureRefused(
        f"the cover was left out: it is {what}",
        why="a cover is a JPEG, PNG or WebP picture",
        evidence={"size_bytes": len(data)},
    )


_JPEG_STANDALONE = frozenset({0x01, *range(0xD0, 0xD8)})
_JPEG_NO_FRAME_HEADER = frozenset({0xC4, 0xC8, 0xCC})


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Width and height from the first frame header. Source: ITU-T T.81, B.1 and B.2.2."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
        elif marker in _JPEG_STANDALONE:
            at += 2
        elif marker in (0xD8, 0xD9, 0xDA, 0x00):  # image start or end, or samples: too late
            return None
        elif 0xC0 <= marker <= 0xCF and marker not in _JPEG_NO_FRAME_HEADER:
            if len(data) < at + 9:
                return None
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return None


def _png_size(data: bytes) -> tuple[int, int] | None:
    """Width and height from IHDR, whose checksum must hold. Source: PNG, 11.2.1."""
    if len(data) < 33 or data[8:16] != b"\x00\x00\x00\x0dIHDR":
        return None
    width, height = struct.unpack_from(">II", data, 16)
    (stated,) = struct.unpack_from(">I", data, 29)
    return (width, height) if zlib.crc32(data[12:29]) == stated else None


def _webp_size(data: bytes) -> tuple[int, int] | None:
    """Width and height of frame or canvas. Source: RFC 9649, 2 and 3; RFC 6386, 9.1."""
    kind, body = data[12:16], data[20:30]
    if kind == b"VP8L" and len(body) >= 5 and body[0] == 0x2F:
        bits = int.from_bytes(body[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if len(body) < 10:
        return None
    if kind == b"VP8 " and body[3:6] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", body, 6)
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8X":
        width = int.from_bytes(body[4:7], "little") + 1
        return width, int.from_bytes(body[7:10], "little") + 1
    return None


_SIZE_READERS = {
    PictureType.JPEG: _jpeg_size,
    PictureType.PNG: _png_size,
    PictureType.WEBP: _webp_size,
}
