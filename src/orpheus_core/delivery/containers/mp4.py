"""MP4: boxes in boxes, each of which states its length. Source: ISO/IEC 14496-12, 4.2."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import BinaryIO

import attrs

from orpheus_core.errors import DamagedAudio, ProtectedContent

_SAMPLE_ENTRIES = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd")
_STSD_FIELDS_BYTES = 8
# Common encryption of audio, and Apple's older schemes.
_PROTECTED = frozenset({b"enca", b"drms", b"p608"})


@attrs.frozen(kw_only=True)
class _Box:
    kind: bytes
    start: int
    end: int


def check_whole(file: BinaryIO) -> None:
    """Return when the boxes of *file* fill it to its last byte and none is protected.

    A file in fragments that ends between two of them looks whole from here: only the length
    that the service states shows the cut.

    Raises:
        DamagedAudio: a box is cut, or one that is needed is missing.
        ProtectedContent: the sound is encrypted.
    """
    size = file.seek(0, os.SEEK_END)
    missing = {b"moov", b"mdat"}
    for box in _boxes(file, 0, size):
        missing.discard(box.kind)
        for entry in _below(file, box, _SAMPLE_ENTRIES):
            _check_readable(entry)
    if missing:
        names = " and ".join(sorted(kind.decode() for kind in missing))
        raise DamagedAudio(
            f"the MP4 file is not whole: it has no {names} box", evidence={"size_bytes": size}
        )


def _check_readable(entry: _Box) -> None:
    if entry.kind in _PROTECTED:
        raise ProtectedContent(
            "this file is encrypted",
            why=f"its sound is stored as {entry.kind.decode()}",
            evidence={"sample_entry": entry.kind.decode()},
        )


def _boxes(file: BinaryIO, start: int, end: int) -> Iterator[_Box]:
    """The boxes between two offsets, in order."""
    while start < end:
        file.seek(start)
        header = file.read(min(16, end - start))
        size, kind, used = int.from_bytes(header[:4], "big"), header[4:8], 8
        if size == 1:
            size, used = int.from_bytes(header[8:16], "big"), 16
        elif size == 0:
            size = end - start
        if len(header) < used or size < used or start + size > end:
            raise DamagedAudio(
                "the MP4 file is not whole: a box reaches beyond its end",
                evidence={"offset": start, "box_bytes": size, "end": end},
            )
        yield _Box(kind=kind, start=start + used, end=start + size)
        start += size


def _below(file: BinaryIO, box: _Box, path: tuple[bytes, ...]) -> Iterator[_Box]:
    """What lies in *box*, and in the boxes that *path* names further down, when it leads there."""
    if box.kind != path[0]:
        return
    fields = _STSD_FIELDS_BYTES if box.kind == b"stsd" else 0
    for inside in _boxes(file, box.start + fields, box.end):
        if len(path) == 1:
            yield inside
        else:
            yield from _below(file, inside, path[1:])
