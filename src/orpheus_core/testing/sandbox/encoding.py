"""From samples to FLAC and MP3 files without a single tag, by way of PyAV."""

from __future__ import annotations

import array
import io
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from orpheus_core.music import AudioFormat, Codec

if TYPE_CHECKING:
    from av import AudioFrame
    from av.audio.codeccontext import AudioCodecContext

_BITEXACT = {"fflags": "+bitexact"}  # no name and version of the encoder in the file
_CONTAINER_OPTIONS = {
    Codec.FLAC: _BITEXACT | {"metadata_header_padding": "0"},
    Codec.MP3: _BITEXACT | {"id3v2_version": "0"},
}
_ENCODERS = {Codec.FLAC: "flac", Codec.MP3: "libmp3lame"}
_ENCODER_OPTIONS: dict[Codec, dict[str, str]] = {
    # Slow and small: the files travel in the wheel.
    Codec.FLAC: {"compression_level": "12", "lpc_type": "cholesky", "lpc_passes": "4"},
    Codec.MP3: {},
}


def encode(samples: Sequence[float], form: AudioFormat) -> bytes:
    """Return a stereo file of *form* that holds the one channel *samples* on both sides.

    Two equal channels cost FLAC next to nothing: their difference is all zeros.
    """
    import av

    assert form.sample_rate_hz  # noqa: S101  every format that is made here states it
    file = io.BytesIO()
    with av.open(
        file, "w", format=form.codec.value, options=_CONTAINER_OPTIONS[form.codec]
    ) as container:
        stream = container.add_stream(
            _ENCODERS[form.codec], rate=form.sample_rate_hz, options=_ENCODER_OPTIONS[form.codec]
        )
        assert isinstance(stream, av.AudioStream)  # noqa: S101  both encoders are audio
        stream.layout = "stereo"
        stream.format = _sample_format(form)
        if form.bitrate_kbps:
            stream.bit_rate = form.bitrate_kbps * 1000
        context = stream.codec_context
        context.open()
        for frame in _frames(_whole_numbers(samples, form), context):
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()


def _sample_format(form: AudioFormat) -> str:
    if form.codec is Codec.MP3:
        return "s16p"
    return "s16" if form.bit_depth == 16 else "s32"


def _whole_numbers(samples: Sequence[float], form: AudioFormat) -> array.array[int]:
    if form.bit_depth == 24:
        # 24 bits stand in the upper part of 32.
        return array.array("i", [round(sample * 0x7FFFFF) << 8 for sample in samples])
    return array.array("h", [round(sample * 0x7FFF) for sample in samples])


def _frames(numbers: array.array[int], context: AudioCodecContext) -> Iterator[AudioFrame]:
    import av

    for start in range(0, len(numbers), context.frame_size):
        part = numbers[start : start + context.frame_size]
        frame = av.AudioFrame(format=context.format, layout="stereo", samples=len(part))
        frame.sample_rate = context.sample_rate
        frame.pts = start
        data = part.tobytes() if context.format.is_planar else _interleaved(part).tobytes()
        for plane in frame.planes:
            plane.update(data.ljust(plane.buffer_size, b"\0"))
        yield frame


def _interleaved(part: array.array[int]) -> array.array[int]:
    both = array.array(part.typecode, bytes(2 * len(part) * part.itemsize))
    both[0::2] = part
    both[1::2] = part
    return both
