"""What audio a file holds, and whether it is all there and undamaged.

The bytes decide: a file's name, extension and media type are never asked. FFmpeg (through
PyAV) decodes; it is handed an open file and the one reader that fits the bytes, so that
nothing in a name or in the content makes it open anything else.

Three things are compared. The structure of the container shows a cut that a decoder glosses
over; decoding shows damage, exactly so for FLAC, whose samples have an MD5; the length that
the service states shows a sample in place of the track.
"""

from __future__ import annotations

import contextlib
import enum
import hashlib
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

import attrs

from orpheus_core.delivery import pcm
from orpheus_core.delivery.containers import Container, StreamInfo, check_whole, identify
from orpheus_core.errors import (
    Cancelled,
    DamagedAudio,
    NotAudio,
    SampleInsteadOfTrack,
)
from orpheus_core.music import AudioFormat, Codec
from orpheus_core.storage import storage_error

if TYPE_CHECKING:
    from av import AudioCodecContext, AudioFrame, AudioStream
    from av.container import InputContainer

MAX_DURATION_S = 24 * 3600.0
"""Decoding stops here: a small file can decode to years of silence."""

MAX_SAMPLE_S = 95.0
"""Services' samples last 30, 60 or 90 seconds."""

_PADDING_SAMPLES = 8192
"""What encoders may add at both ends, and decoders take away again."""


class VerifyMethod(enum.Enum):
    """What showed that a file is undamaged."""

    STREAMINFO_MD5 = "streaminfo_md5"
    DECODE = "decode"


@attrs.frozen(kw_only=True)
class ProbedAudio:
    """What a file says that it holds. *duration_s* is None where the container is silent."""

    format: AudioFormat
    duration_s: float | None


@attrs.frozen(kw_only=True)
class VerifiedAudio:
    """What a file was found to hold.

    *samples* counts those of one channel; *md5* is that of all samples, for FLAC.
    """

    format: AudioFormat
    duration_s: float
    samples: int
    md5: str | None
    method: VerifyMethod


def probe(path: Path) -> ProbedAudio:
    """Return what *path* says that it holds, by its first bytes and headers, decoding nothing.

    Raises:
        NotAudio: it is something else; the title says what.
        DamagedAudio: it begins like audio, but its headers cannot be read.
        StorageError: the file cannot be read.
    """
    with _opened(path) as file, _read(file, identify(file)) as source:
        return ProbedAudio(format=source.format, duration_s=source.stated_s)


def verify_audio(
    path: Path,
    *,
    expected: AudioFormat | None = None,
    expected_duration_s: float | None = None,
    tolerance_s: float = 2.0,
    cancel: threading.Event | None = None,
) -> VerifiedAudio:
    """Return what *path* holds, after decoding all of it.

    Of *expected*, the codec has to be met. Sample rate and bit depth may differ: they are
    reported as found, and whether they are good enough is the caller's question.

    Raises:
        NotAudio: it is something else than audio, or another codec than expected.
        ProtectedContent: it is encrypted.
        DamagedAudio: it is cut, does not decode, differs from its own MD5 or length, or lasts
            more than *tolerance_s* longer or shorter than expected.
        SampleInsteadOfTrack: it is whole, but a short excerpt of what was expected.
        StorageError: the file cannot be read.
        Cancelled: *cancel* was set meanwhile.
    """
    with _opened(path) as file:
        container = identify(file)
        proven_s = check_whole(file, container)
        with _read(file, container) as source:
            if expected is not None:
                _check_codec(source.format, expected)
            limit_s = _limit_s(expected_duration_s, tolerance_s)
            decoded = _decode(source, limit_s, cancel or threading.Event())
            stated_s = source.stated_s if proven_s is None else proven_s
            verified = _compare_with_itself(source, decoded, stated_s)
    if expected_duration_s is not None:
        _check_duration(verified.duration_s, expected_duration_s, tolerance_s)
    return verified


# --- reading ---------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class _Source:
    """An open file, and what its headers state."""

    container: InputContainer
    stream: AudioStream
    format: AudioFormat
    sample_rate_hz: int
    stream_info: StreamInfo | None
    stated_s: float | None


@attrs.frozen(kw_only=True)
class _Decoded:
    samples: int
    md5: str | None
    stopped_early: bool


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise storage_error(error, path) from error


@contextlib.contextmanager
def _read(file: BinaryIO, container: Container) -> Iterator[_Source]:
    """Hand out *file* as an audio source; what FFmpeg raises meanwhile becomes our error."""
    import av

    file.seek(0)
    try:
        with av.open(
            file,
            mode="r",
            format=container.value,
            # No reader may open anything but the file that it was given.
            options={"protocol_whitelist": "none"},
            metadata_errors="replace",
        ) as opened:
            yield _source(opened, container)
    except av.error.FFmpegError as error:
        raise DamagedAudio(
            "the audio does not decode",
            why=f"the decoder says: {error.strerror}",
            evidence={"container": container.name},
        ) from error


def _source(opened: InputContainer, container: Container) -> _Source:
    if not opened.streams.audio:
        raise NotAudio("this file holds no sound", evidence={"container": container.name})
    stream = opened.streams.audio[0]
    # None, whatever the stubs say, for a codec that FFmpeg has no decoder for.
    context = cast("AudioCodecContext | None", stream.codec_context)
    if context is None:
        raise NotAudio(
            "this file's codec is not one of music", evidence={"container": container.name}
        )
    extradata = context.extradata or b""
    codec = _codec(container, context.codec.canonical_name)
    stream_info = StreamInfo.parse(extradata) if codec is Codec.FLAC else None
    if not context.sample_rate or (codec is Codec.FLAC and stream_info is None):
        raise DamagedAudio(
            "the audio's header cannot be read", evidence={"container": container.name}
        )
    # A frame that differs from its checksum is an error, and an error ends the decoding.
    context.options = {"err_detect": "crccheck+explode"}
    return _Source(
        container=opened,
        stream=stream,
        format=AudioFormat(
            codec=codec,
            sample_rate_hz=context.sample_rate,
            bit_depth=_bit_depth(codec, context.name, extradata, stream_info),
            bitrate_kbps=None if codec.lossless else _bitrate_kbps(opened, stream),
            channels=context.layout.nb_channels,
        ),
        sample_rate_hz=context.sample_rate,
        stream_info=stream_info,
        stated_s=_stated_duration_s(opened, stream),
    )


_CODECS = {
    (Container.FLAC, "flac"): Codec.FLAC,
    (Container.MP3, "mp3"): Codec.MP3,
    (Container.MP4, "aac"): Codec.AAC,
    (Container.MP4, "alac"): Codec.ALAC,
    (Container.OGG, "vorbis"): Codec.VORBIS,
    (Container.OGG, "opus"): Codec.OPUS,
}
_PCM_CONTAINERS = {Container.WAV: Codec.WAV, Container.AIFF: Codec.AIFF}
_PCM_NAME = re.compile(r"pcm_[sfu](\d+)(?:le|be)?")


def _codec(container: Container, name: str) -> Codec:
    codec = _CODECS.get((container, name))
    if codec is None and _PCM_NAME.fullmatch(name):
        codec = _PCM_CONTAINERS.get(container)
    if codec is None:
        raise NotAudio(
            f"this is {name} in the form of {container.name}, which cannot be filed as music",
            evidence={"codec": name, "container": container.name},
        )
    return codec


def _bit_depth(
    codec: Codec, name: str, extradata: bytes, stream_info: StreamInfo | None
) -> int | None:
    if stream_info is not None:
        return stream_info.bit_depth
    if codec is Codec.ALAC and len(extradata) >= 18:
        return extradata[17]  # behind size, 'alac', version, frame length, compatible version
    pcm_name = _PCM_NAME.fullmatch(name)
    return int(pcm_name[1]) if pcm_name else None


def _bitrate_kbps(opened: InputContainer, stream: AudioStream) -> int | None:
    bits_per_s = stream.codec_context.bit_rate or opened.bit_rate
    return round(bits_per_s / 1000) if bits_per_s else None


def _stated_duration_s(opened: InputContainer, stream: AudioStream) -> float | None:
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    return opened.duration / 1e6 if opened.duration else None


# --- decoding --------------------------------------------------------------------------


def _limit_s(expected_s: float | None, tolerance_s: float) -> float:
    return MAX_DURATION_S if expected_s is None else min(expected_s + tolerance_s, MAX_DURATION_S)


def _decode(source: _Source, limit_s: float, cancel: threading.Event) -> _Decoded:
    """Decode frame by frame, holding one at a time, to the end or a bit beyond *limit_s*."""
    digest = hashlib.md5(usedforsecurity=False) if source.stream_info else None
    limit = int(limit_s * source.sample_rate_hz) + _PADDING_SAMPLES
    samples = 0
    for frame in source.container.decode(source.stream):
        if cancel.is_set():
            raise Cancelled("stopped on request")
        samples += frame.samples
        if digest is not None and source.stream_info is not None:
            digest.update(_packed(frame, source.stream_info.bit_depth))
        if samples > limit:
            return _Decoded(samples=samples, md5=None, stopped_early=True)
    if not samples:
        raise DamagedAudio("the file holds no sound", evidence={"samples": 0})
    return _Decoded(
        samples=samples, md5=digest.hexdigest() if digest else None, stopped_early=False
    )


def _packed(frame: AudioFrame, bit_depth: int) -> bytes:
    container_bytes = frame.format.bytes
    channels = 1 if frame.format.is_planar else frame.layout.nb_channels
    # Planes end in padding.
    used = frame.samples * channels * container_bytes
    planes = [bytes(plane)[:used] for plane in frame.planes]
    return pcm.pack(
        pcm.interleave(planes, container_bytes),
        container_bytes=container_bytes,
        bit_depth=bit_depth,
    )


# --- comparing -------------------------------------------------------------------------


def _check_codec(found: AudioFormat, expected: AudioFormat) -> None:
    if found.codec is expected.codec:
        return
    lossy = expected.codec.lossless and not found.codec.lossless
    raise NotAudio(
        f"this is {found}, not the {expected} that was promised",
        why="a lossy copy came in place of the lossless file" if lossy else "",
        evidence={"codec": found.codec.value, "codec_expected": expected.codec.value},
    )


def _compare_with_itself(
    source: _Source, decoded: _Decoded, stated_s: float | None
) -> VerifiedAudio:
    """Compare what was decoded with what the file states about itself."""
    info = source.stream_info
    method = VerifyMethod.DECODE
    if not decoded.stopped_early:
        if info is not None:
            method = _compare_with_stream_info(info, decoded)
        elif stated_s is not None:
            _check_not_short(decoded.samples, stated_s, source.sample_rate_hz)
    return VerifiedAudio(
        format=source.format,
        duration_s=decoded.samples / source.sample_rate_hz,
        samples=decoded.samples,
        md5=decoded.md5,
        method=method,
    )


def _compare_with_stream_info(info: StreamInfo, decoded: _Decoded) -> VerifyMethod:
    if info.total_samples not in (None, decoded.samples):
        raise DamagedAudio(
            "the FLAC file does not hold the samples that it states",
            why=f"{info.total_samples} are stated, {decoded.samples} are there",
            evidence={"samples_stated": info.total_samples, "samples_found": decoded.samples},
        )
    if info.md5 is None:
        # Some shops leave it out; each frame's checksum and the total held.
        return VerifyMethod.DECODE
    if info.md5 != decoded.md5:
        raise DamagedAudio(
            "the FLAC file decodes to other samples than those it was made from",
            why="the MD5 of its samples differs from the one in its header",
            evidence={"md5_stated": info.md5, "md5_found": decoded.md5},
        )
    return VerifyMethod.STREAMINFO_MD5


def _check_not_short(samples: int, stated_s: float, sample_rate_hz: int) -> None:
    stated = round(stated_s * sample_rate_hz)
    if samples < stated - _PADDING_SAMPLES:
        raise DamagedAudio(
            "the file does not hold the sound that it states",
            why=f"{stated_s:.1f} s are stated, {samples / sample_rate_hz:.1f} s are there",
            evidence={"samples_stated": stated, "samples_found": samples},
        )


def _check_duration(found_s: float, expected_s: float, tolerance_s: float) -> None:
    if abs(found_s - expected_s) <= tolerance_s:
        return
    evidence = {"duration_s": round(found_s, 3), "duration_expected_s": expected_s}
    if found_s <= min(MAX_SAMPLE_S, expected_s / 2):
        raise SampleInsteadOfTrack(
            f"this is a sample of {found_s:.0f} s, not the track of {expected_s:.0f} s",
            evidence=evidence,
        )
    much = "at least " if found_s > expected_s else ""
    raise DamagedAudio(
        f"the audio lasts {much}{found_s:.1f} s, but {expected_s:.1f} s were stated",
        evidence=evidence,
    )
