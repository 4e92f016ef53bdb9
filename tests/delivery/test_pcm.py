"""The bytes that a FLAC MD5 is made from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orpheus_core.delivery import pcm


@given(data=st.data(), bit_depth=st.integers(4, 32))
def test_samples_are_packed_as_little_endian_numbers(data: st.DataObject, bit_depth: int) -> None:
    """What a decoder left in the upper bits becomes the same number in as few bytes as it needs."""
    limit = 1 << bit_depth - 1
    samples = data.draw(st.lists(st.integers(-limit, limit - 1), max_size=20))
    word_bytes = 2 if bit_depth <= 16 else 4
    unused = 8 * word_bytes - bit_depth
    words = b"".join((s << unused).to_bytes(word_bytes, "little", signed=True) for s in samples)

    packed = pcm.pack(words, container_bytes=word_bytes, bit_depth=bit_depth)

    width = (bit_depth + 7) // 8
    assert packed == b"".join(s.to_bytes(width, "little", signed=True) for s in samples)


@pytest.mark.parametrize("channels", [1, 2, 3, 8])
@pytest.mark.parametrize("word_bytes", [2, 4])
def test_planes_are_interleaved_sample_by_sample(channels: int, word_bytes: int) -> None:
    """Decoders that hand out one plane per channel mean the same samples in turn."""
    rows = [
        [bytes([row, channel] * 2)[:word_bytes] for channel in range(channels)] for row in b"abc"
    ]
    planes = [b"".join(row[channel] for row in rows) for channel in range(channels)]

    mixed = pcm.interleave(planes, word_bytes)

    assert mixed == b"".join(sample for row in rows for sample in row)
