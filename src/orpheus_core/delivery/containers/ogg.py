"""Ogg: a row of pages, each with a checksum; the last one of a stream says so.

Decoders leave a damaged page out and go on behind it, and take the end of the file for the
end of the stream, so both are checked here. Source: RFC 3533, 6.
"""

from __future__ import annotations

import struct
import zlib
from typing import BinaryIO

from orpheus_core.errors import DamagedAudio

_HEADER = struct.Struct("<4sBBqIIIB")
_FIRST_PAGE, _LAST_PAGE = 2, 4
_REVERSED_BITS = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def checksum(page: bytes) -> int:
    """Return the CRC of a page, whose own checksum field is zero.

    It is the mirror image of zlib's: that one takes the lowest bit of each byte first, and
    begins and ends with all bits turned over.
    """
    mirrored = zlib.crc32(page.translate(_REVERSED_BITS), 0xFFFF_FFFF) ^ 0xFFFF_FFFF
    return int.from_bytes(mirrored.to_bytes(4, "little").translate(_REVERSED_BITS), "big")


def check_whole(file: BinaryIO) -> None:
    """Return when every page of *file* is whole and every stream in it ends.

    Raises:
        DamagedAudio: otherwise.
    """
    file.seek(0)
    at = 0
    # By stream: the number of the page that has to come next, until its last one came.
    unfinished: dict[int, int] = {}
    while fixed := file.read(_HEADER.size):
        page = _read_page(file, fixed, at)
        _, _, flags, _, serial, number, stated, _ = _HEADER.unpack(fixed)
        if checksum(page[:22] + bytes(4) + page[26:]) != stated:
            raise DamagedAudio("the Ogg file is damaged: a page differs", evidence={"offset": at})
        if number != (0 if flags & _FIRST_PAGE else unfinished.get(serial)):
            raise DamagedAudio("the Ogg file lacks a page", evidence={"offset": at})
        unfinished[serial] = number + 1
        if flags & _LAST_PAGE:
            del unfinished[serial]
        at += len(page)
    if unfinished or not at:
        raise DamagedAudio("the Ogg file was cut: its end is missing", evidence={"size_bytes": at})


def _read_page(file: BinaryIO, fixed: bytes, at: int) -> bytes:
    if not fixed.startswith(b"OggS"[: len(fixed)]):
        raise DamagedAudio(
            "the Ogg file is damaged: something else stands between its pages",
            evidence={"offset": at},
        )
    segments = file.read(fixed[-1]) if len(fixed) == _HEADER.size else b""
    body = file.read(sum(segments))
    if len(fixed) < _HEADER.size or len(segments) < fixed[-1] or len(body) < sum(segments):
        raise DamagedAudio("the Ogg file was cut inside a page", evidence={"offset": at})
    return fixed + segments + body
