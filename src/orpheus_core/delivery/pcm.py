"""Decoded samples as the bytes that a FLAC file's MD5 is made from.

The digest covers the samples of all channels in turn, each as a little-endian signed number
in as few whole bytes as its bits need. Decoders hand samples out in 16 or 32 bits with the
value in the upper ones. Source: RFC 9639, 8.2.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

_BITS_PER_BYTE = 8


def interleave(planes: Sequence[bytes], container_bytes: int) -> bytes:
    """Return the samples of *planes*, one per channel, in turn.

    >>> interleave([b"aAbB", b"cCdD"], 2)
    b'aAcCbBdD'
    """
    if len(planes) == 1:
        return planes[0]
    step = container_bytes * len(planes)
    mixed = bytearray(sum(map(len, planes)))
    for channel, plane in enumerate(planes):
        for byte in range(container_bytes):
            mixed[channel * container_bytes + byte :: step] = plane[byte::container_bytes]
    return bytes(mixed)


def pack(samples: bytes, *, container_bytes: int, bit_depth: int) -> bytes:
    """Return *samples*, which fill the upper bits of machine words, in as few bytes as they need.

    >>> pack(bytes.fromhex("00563412"), container_bytes=4, bit_depth=24).hex()
    '563412'
    """
    if sys.byteorder == "big":
        samples = b"".join(
            samples[at : at + container_bytes][::-1]
            for at in range(0, len(samples), container_bytes)
        )
    unused = container_bytes * _BITS_PER_BYTE - bit_depth
    if not unused:
        return samples
    skipped_bytes, odd_bits = divmod(unused, _BITS_PER_BYTE)
    if odd_bits:
        # All samples move at once: what falls into a word from its upper neighbour is zero,
        # because the lowest bits of each are unused.
        moved = int.from_bytes(samples, "little") >> odd_bits
        samples = moved.to_bytes(len(samples), "little")
    width = container_bytes - skipped_bytes
    packed = bytearray(len(samples) // container_bytes * width)
    for byte in range(width):
        packed[byte::width] = samples[skipped_bytes + byte :: container_bytes]
    if odd_bits:
        top_bits = _BITS_PER_BYTE - odd_bits
        packed[width - 1 :: width] = packed[width - 1 :: width].translate(_SIGNED[top_bits])
    return bytes(packed)


def _sign_extension(bits: int) -> bytes:
    """For each byte that holds a signed number of *bits* bits, the byte that means the same."""
    sign = 1 << bits - 1
    return bytes(((byte & (1 << bits) - 1 ^ sign) - sign) & 0xFF for byte in range(256))


_SIGNED = {bits: _sign_extension(bits) for bits in range(1, _BITS_PER_BYTE)}
