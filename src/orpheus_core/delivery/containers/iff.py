"""WAV and AIFF: chunks that state their length. Sources: RIFF 1991, AIFF-C 1991."""

from __future__ import annotations

import os
from typing import BinaryIO, Literal

from orpheus_core.errors import DamagedAudio


def check_wav(file: BinaryIO) -> None:
    """Return when the data chunk of a WAV file is all there.

    Raises:
        DamagedAudio: it is cut, missing, or states no length.
    """
    _check_chunk(file, b"data", "little")


def check_aiff(file: BinaryIO) -> None:
    """Return when the SSND chunk of an AIFF file is all there.

    Raises:
        DamagedAudio: it is cut or missing.
    """
    _check_chunk(file, b"SSND", "big")


def _check_chunk(file: BinaryIO, wanted: bytes, order: Literal["big", "little"]) -> None:
    size = file.seek(0, os.SEEK_END)
    at = 12
    while at + 8 <= size:
        file.seek(at)
        header = file.read(8)
        end = at + 8 + int.from_bytes(header[4:], order)
        if header[:4] == wanted:
            if end > size:
                raise DamagedAudio(
                    "the file was cut: sound is missing at its end",
                    evidence={"end_stated": end, "size_bytes": size},
                )
            return
        at = end + (end - at) % 2
    raise DamagedAudio("the file holds no sound", evidence={"size_bytes": size})
