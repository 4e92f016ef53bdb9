"""MP3: a run of frames, each of which states its own length.

A decoder skips what it cannot read and stops quietly where the bytes end, so that a cut
file decodes without an error. The run of frames shows the cut: it has to reach from the
first frame to the end of the file, or to a tag there, and to hold as many frames as the
encoder counted. Sources: ISO/IEC 11172-3, 2.4.1; ISO/IEC 13818-3, 2.4.2; ID3v2.4, 3.
"""

from __future__ import annotations

import os
import struct
from typing import BinaryIO

import attrs

from orpheus_core.errors import DamagedAudio

_HEADER_BYTES = 4
_TAGS_AT_THE_END = (b"TAG", b"APETAGEX", b"LYRICSBEGIN")
_BITRATES_KBPS = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_LOW_RATE_BITRATES_KBPS = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
# By the two bits of the version: MPEG 2.5, reserved, MPEG 2, MPEG 1.
_SAMPLE_RATES_HZ = (
    (11_025, 12_000, 8_000),
    (),
    (22_050, 24_000, 16_000),
    (44_100, 48_000, 32_000),
)
_MPEG1 = 3
_LAYER_III = 1
_MONO = 3


@attrs.frozen(kw_only=True)
class FrameHeader:
    """One frame: its length in the file, and the samples of each channel that it decodes to."""

    size_bytes: int
    samples: int
    sample_rate_hz: int
    side_info_bytes: int

    @classmethod
    def parse(cls, header: bytes) -> FrameHeader | None:
        """Return what the four bytes of *header* state, or None when no layer III frame starts."""
        if len(header) < _HEADER_BYTES:
            return None
        bits = int.from_bytes(header[:_HEADER_BYTES], "big")
        version, layer = bits >> 19 & 3, bits >> 17 & 3
        bitrate, rate, padding = bits >> 12 & 15, bits >> 10 & 3, bits >> 9 & 1
        # Bitrate 0 ("free") states no length; 15 and rate 3 are forbidden.
        if bits >> 21 != 0x7FF or layer != _LAYER_III or version == 1:
            return None
        if bitrate in (0, 15) or rate == 3:
            return None
        first = version == _MPEG1
        kbps = (_BITRATES_KBPS if first else _LOW_RATE_BITRATES_KBPS)[bitrate]
        rate_hz = _SAMPLE_RATES_HZ[version][rate]
        mono = bits >> 6 & 3 == _MONO
        return cls(
            size_bytes=(144_000 if first else 72_000) * kbps // rate_hz + padding,
            samples=1152 if first else 576,
            sample_rate_hz=rate_hz,
            side_info_bytes=(17 if mono else 32) if first else (9 if mono else 17),
        )


def end_of_id3v2(file: BinaryIO) -> int:
    """Return the offset behind the ID3v2 tags that *file* begins with; 0 without any."""
    end = 0
    while True:
        file.seek(end)
        header = file.read(10)
        if len(header) < 10 or header[:3] != b"ID3" or max(header[6:]) > 0x7F:
            return end
        size = 0
        for seven_bits in header[6:]:
            size = size << 7 | seven_bits
        footer = 10 if header[5] & 0x10 else 0
        end += 10 + size + footer


def starts_at(file: BinaryIO, offset: int) -> bool:
    """Whether a run of frames starts at *offset*: two of a kind, or one that ends the file."""
    first = _header_at(file, offset)
    if first is None:
        return False
    second = _header_at(file, offset + first.size_bytes)
    if second is None:
        return offset + first.size_bytes == _size_of(file)
    return second.sample_rate_hz == first.sample_rate_hz


def check_whole(file: BinaryIO) -> float:
    """Return the duration of *file* in seconds, by its frames, encoder padding included.

    Raises:
        DamagedAudio: the run of frames breaks off, or is shorter than the encoder counted.
    """
    start = at = end_of_id3v2(file)
    size = _size_of(file)
    first = header = _header_at(file, at)
    if first is None:
        raise DamagedAudio("no MP3 frame is where the first one belongs", evidence={"offset": at})
    frames = 0
    while header is not None and header.sample_rate_hz == first.sample_rate_hz:
        at += header.size_bytes
        frames += 1
        header = _header_at(file, at)
    _check_end(file, at, size, frames)
    counted = _read_encoder_count(file, start, first)
    if counted is not None:
        frames -= 1  # the one that holds the count is silent
        _check_count(counted, frames, size - start)
    return frames * first.samples / first.sample_rate_hz


@attrs.frozen(kw_only=True)
class _EncoderCount:
    frames: int
    size_bytes: int


def _read_encoder_count(file: BinaryIO, start: int, first: FrameHeader) -> _EncoderCount | None:
    """The frames and bytes that a Xing, Info or VBRI header in the first frame counts."""
    file.seek(start)
    frame = file.read(first.size_bytes)
    at = _HEADER_BYTES + first.side_info_bytes
    if frame[at : at + 4] in (b"Xing", b"Info") and len(frame) >= at + 16:
        flags, *fields = struct.unpack_from(">III", frame, at + 4)
        # Frames and bytes are there by the flags 1 and 2, in this order.
        frames = fields.pop(0) if flags & 1 else 0
        return _EncoderCount(frames=frames, size_bytes=fields.pop(0) if flags & 2 else 0)
    if frame[36:40] == b"VBRI" and len(frame) >= 54:
        size_bytes, frames = struct.unpack_from(">II", frame, 46)
        return _EncoderCount(frames=frames, size_bytes=size_bytes)
    return None


def _check_count(counted: _EncoderCount, frames: int, size_bytes: int) -> None:
    # Some encoders count the frame that holds the count, too.
    if counted.frames > frames + 1 or counted.size_bytes > size_bytes:
        raise DamagedAudio(
            "the MP3 file was cut: frames are missing at its end",
            why=f"its encoder counted {counted.frames} frames in {counted.size_bytes} bytes; "
            f"{frames} frames in {size_bytes} bytes are there",
            evidence={"frames_stated": counted.frames, "frames_found": frames},
        )


def _check_end(file: BinaryIO, at: int, size: int, frames: int) -> None:
    if at == size:
        return
    evidence = {"offset": min(at, size), "size_bytes": size, "frames_found": frames}
    if at > size:
        raise DamagedAudio("the MP3 file was cut inside its last frame", evidence=evidence)
    file.seek(at)
    if not file.read(16).startswith(_TAGS_AT_THE_END):
        raise DamagedAudio(
            "the MP3 file is damaged: something else stands between its frames",
            why=f"the run of frames breaks off at byte {at} of {size}",
            evidence=evidence,
        )


def _header_at(file: BinaryIO, offset: int) -> FrameHeader | None:
    file.seek(offset)
    return FrameHeader.parse(file.read(_HEADER_BYTES))


def _size_of(file: BinaryIO) -> int:
    return file.seek(0, os.SEEK_END)
