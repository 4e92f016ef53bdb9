"""STREAMINFO: what a FLAC file states about its own samples."""

from __future__ import annotations

from typing import Self

import attrs

STREAMINFO_BYTES = 34


@attrs.frozen(kw_only=True)
class StreamInfo:
    """The block that every FLAC stream begins with. Source: RFC 9639, 8.2.

    *total_samples* (of one channel) and *md5* (hexadecimal, of all decoded samples) are
    None where the encoder left them open.
    """

    sample_rate_hz: int
    channels: int
    bit_depth: int
    total_samples: int | None
    md5: str | None

    @classmethod
    def parse(cls, block: bytes) -> Self | None:
        """Return what the 34 bytes of *block* state, or None when they cannot be one."""
        if len(block) != STREAMINFO_BYTES:
            return None
        packed = int.from_bytes(block[10:18], "big")
        rate = packed >> 44
        digest = block[18:]
        if not rate:
            return None
        return cls(
            sample_rate_hz=rate,
            channels=(packed >> 41 & 0x7) + 1,
            bit_depth=(packed >> 36 & 0x1F) + 1,
            total_samples=(packed & 0xF_FFFF_FFFF) or None,
            md5=digest.hex() if any(digest) else None,
        )
