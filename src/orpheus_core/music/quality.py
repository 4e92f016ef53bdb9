"""What a file sounds like, and what a person asks for."""

from __future__ import annotations

import enum
from typing import Self

import attrs

from orpheus_core.errors import UnknownWord


class Codec(enum.Enum):
    """How the sound is coded. `extension` is the one that the finished file gets."""

    FLAC = "flac"
    ALAC = "alac"
    WAV = "wav"
    AIFF = "aiff"
    MP3 = "mp3"
    AAC = "aac"
    VORBIS = "vorbis"
    OPUS = "opus"

    @property
    def lossless(self) -> bool:
        """Whether the decoded samples are exactly those of the master."""
        return self in (Codec.FLAC, Codec.ALAC, Codec.WAV, Codec.AIFF)

    @property
    def extension(self) -> str:
        """The file name extension, with its dot."""
        return _EXTENSIONS[self]


_EXTENSIONS = {
    Codec.FLAC: ".flac",
    Codec.ALAC: ".m4a",
    Codec.WAV: ".wav",
    Codec.AIFF: ".aiff",
    Codec.MP3: ".mp3",
    Codec.AAC: ".m4a",
    Codec.VORBIS: ".ogg",
    Codec.OPUS: ".opus",
}


class Quality(enum.Enum):
    """The steps a person chooses from, lowest first. Compare them with ``<`` and friends."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    LOSSLESS = "lossless"
    HIRES = "hires"
    BEST = "best"

    @property
    def rank(self) -> int:
        """0 for the lowest."""
        return list(Quality).index(self)

    def __lt__(self, other: Quality) -> bool:
        return self.rank < other.rank

    def __le__(self, other: Quality) -> bool:
        return self.rank <= other.rank

    def __gt__(self, other: Quality) -> bool:
        return self.rank > other.rank

    def __ge__(self, other: Quality) -> bool:
        return self.rank >= other.rank

    @classmethod
    def parse(cls, word: str) -> Quality:
        """Return the quality that *word* names.

        Raises:
            UnknownWord: it names none.
        """
        try:
            return cls(word.strip().lower())
        except ValueError:
            known = ", ".join(quality.value for quality in reversed(cls))
            raise UnknownWord(
                f"there is no quality {word!r}", next_step=f"choose one of: {known}"
            ) from None


@attrs.frozen(kw_only=True)
class AudioFormat:
    """How a file is coded. None where it is not known (yet)."""

    codec: Codec
    sample_rate_hz: int | None = None
    bit_depth: int | None = None
    bitrate_kbps: int | None = None
    channels: int | None = None

    @property
    def quality(self) -> Quality:
        """The step that this format belongs to."""
        if self.codec.lossless:
            fine = (self.bit_depth or 16) > 16 or (self.sample_rate_hz or 44_100) > 48_000
            return Quality.HIRES if fine else Quality.LOSSLESS
        if self.bitrate_kbps is None or self.bitrate_kbps >= 256:
            return Quality.HIGH
        return Quality.MEDIUM if self.bitrate_kbps >= 128 else Quality.LOW

    def __str__(self) -> str:
        parts = [self.codec.value.upper()]
        if self.codec.lossless and self.bit_depth and self.sample_rate_hz:
            parts.append(f"{self.bit_depth}/{self.sample_rate_hz / 1000:g}")
        elif self.bitrate_kbps:
            parts.append(f"{self.bitrate_kbps} kbit/s")
        return " ".join(parts)


@attrs.frozen(kw_only=True)
class QualityWish:
    """What to ask a service for: the best up to *wanted*, and nothing below *floor*.

    *previews*: excerpts are asked for, in place of whole tracks.
    """

    wanted: Quality = Quality.BEST
    floor: Quality = Quality.LOW
    previews: bool = False

    def allows(self, quality: Quality) -> bool:
        """Whether *quality* lies between floor and wish."""
        return self.floor <= quality <= self.wanted

    @classmethod
    def parse(cls, wanted: str, floor: str = "low") -> Self:
        """Return the wish that two words name.

        Raises:
            UnknownWord: a word names no quality.
        """
        return cls(wanted=Quality.parse(wanted), floor=Quality.parse(floor))
