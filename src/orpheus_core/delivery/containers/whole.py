"""Whether all of a file is there, by the structure of its container, without decoding."""

from __future__ import annotations

from typing import BinaryIO, assert_never

from orpheus_core.delivery.containers import iff, mp4, mpeg, ogg
from orpheus_core.delivery.containers.form import Container


def check_whole(file: BinaryIO, container: Container) -> float | None:
    """Return the duration in seconds that the structure proves, where it proves one.

    Decoders are lenient: a cut MP3, Ogg or WAV file decodes without an error, only to
    something shorter. FLAC is left to its decoder, which checks every frame and the total.

    Raises:
        DamagedAudio: something is missing or in between.
        ProtectedContent: the sound is encrypted.
    """
    match container:
        case Container.MP3:
            return mpeg.check_whole(file)
        case Container.OGG:
            ogg.check_whole(file)
        case Container.MP4:
            mp4.check_whole(file)
        case Container.WAV:
            iff.check_wav(file)
        case Container.AIFF:
            iff.check_aiff(file)
        case Container.FLAC:
            pass
        case _:
            assert_never(container)
    return None
