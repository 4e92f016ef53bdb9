"""Covers are judged by their own header, before anything unpacks them."""

from __future__ import annotations

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orpheus_core.delivery.pictures import (
    MAX_PICTURE_BYTES,
    PictureType,
    check_picture,
)
from orpheus_core.errors import PictureRefused


def png_header(width: int, height: int) -> bytes:
    """The beginning of a PNG file that states this size."""
    chunk = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0d" + chunk + struct.pack(">I", zlib.crc32(chunk))


def jpeg_header(width: int, height: int, before: bytes = b"") -> bytes:
    """The beginning of a JPEG file that states this size."""
    frame = b"\xff\xc0\x00\x11\x08" + struct.pack(">HH", height, width)
    return b"\xff\xd8" + (before or b"\xff\xe0\x00\x04ab") + frame + b"\x03" * 10


def webp_header(kind: bytes, body: bytes) -> bytes:
    """The beginning of a WebP file with one chunk."""
    return b"RIFF\x24\x00\x00\x00WEBP" + kind + struct.pack("<I", len(body)) + body


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("JPEG", PictureType.JPEG),
        ("PNG", PictureType.PNG),
        ("WEBP", PictureType.WEBP),
        ("WEBP lossless", PictureType.WEBP),
    ],
)
def test_real_pictures_are_recognised_with_their_size(
    pictures: dict[str, bytes], name: str, kind: PictureType
) -> None:
    """What an encoder wrote passes, whole and unchanged, with the size it was made in."""
    checked = check_picture(pictures[name])

    assert (checked.type, checked.width_px, checked.height_px) == (kind, 40, 24)
    assert checked.data == pictures[name]


def test_size_of_an_extended_webp_is_that_of_its_canvas() -> None:
    """VP8X keeps width and height less one in three bytes each."""
    body = bytes(4) + (1199).to_bytes(3, "little") + (799).to_bytes(3, "little")

    checked = check_picture(webp_header(b"VP8X", body))

    assert (checked.width_px, checked.height_px) == (1200, 800)


def test_scaling_bits_of_a_lossy_webp_are_no_part_of_its_size() -> None:
    """VP8 keeps a hint in the two upper bits of each side."""
    body = b"\x00\x00\x00\x9d\x01\x2a" + struct.pack("<HH", 640 | 0x8000, 480 | 0x4000)

    checked = check_picture(webp_header(b"VP8 ", body))

    assert (checked.width_px, checked.height_px) == (640, 480)


def test_segments_and_fill_bytes_before_the_jpeg_frame_are_passed_over() -> None:
    """A thumbnail in an APP segment has a frame header of its own: it is not the picture's."""
    thumbnail = jpeg_header(160, 120)
    exif = b"\xff\xe1" + struct.pack(">H", len(thumbnail) + 2) + thumbnail

    checked = check_picture(jpeg_header(640, 480, before=exif + b"\xff\xff\xff\xfe\x00\x02"))

    assert (checked.width_px, checked.height_px) == (640, 480)


@pytest.mark.parametrize("make", [png_header, jpeg_header])
def test_400_megapixels_are_refused_by_the_header_alone(make: object) -> None:
    """A few kilobytes may state a size that would unpack to gigabytes."""
    data = png_header(20_000, 20_000) if make is png_header else jpeg_header(20_000, 20_000)

    with pytest.raises(PictureRefused, match="400 megapixels") as refused:
        check_picture(data)

    assert refused.value.evidence["width_px"] == 20_000


def test_25_megapixels_are_the_limit() -> None:
    """5000 x 5000 fits, one more row does not."""
    assert check_picture(png_header(5000, 5000)).width_px == 5000
    with pytest.raises(PictureRefused):
        check_picture(png_header(5000, 5001))


def test_more_than_25_mb_are_refused() -> None:
    """The limit is on the bytes, too."""
    fits = png_header(10, 10).ljust(MAX_PICTURE_BYTES, b"\x00")

    assert check_picture(fits).width_px == 10
    with pytest.raises(PictureRefused, match="25 MB"):
        check_picture(fits + b"\x00")


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG picture"),
        (b"\xef\xbb\xbf\n<!DOCTYPE html><title>sorry</title>", "a web page"),
        (b'{"error": "not found"}', "JSON"),
        (b"GIF89a\x01\x00\x01\x00", "a GIF picture"),
        (b"", "an empty file"),
    ],
)
def test_other_things_are_refused_by_their_name(data: bytes, what: str) -> None:
    """Only JPEG, PNG and WebP are covers; the message says what came instead."""
    with pytest.raises(PictureRefused, match=what):
        check_picture(data)


@pytest.mark.parametrize(
    "data",
    [
        png_header(0, 10),
        png_header(10, 10)[:-1],
        png_header(10, 10)[:-4] + b"\x00\x00\x00\x00",
        jpeg_header(0, 10),
        jpeg_header(10, 10)[:12],
        b"\xff\xd8\xff\xe0\x00\x00" + b"\xff\xc0" * 40,
        b"\xff\xd8\xff\xd9" + jpeg_header(10, 10),
        webp_header(b"VP8 ", b"\x00\x00\x00\x9d\x01\x2b\x10\x00\x10\x00"),
        webp_header(b"VP8L", b"\x2e\x00\x00\x00\x00"),
        webp_header(b"ALPH", bytes(10)),
        webp_header(b"VP8X", bytes(9)),
    ],
)
def test_broken_headers_are_refused(data: bytes) -> None:
    """A header that is cut, states nothing, or fails its checksum is no cover."""
    with pytest.raises(PictureRefused, match="header is broken"):
        check_picture(data)


@given(
    magic=st.sampled_from(
        [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR", b"RIFF1234WEBPVP8"]
    ),
    rest=st.binary(max_size=200),
)
def test_no_bytes_raise_anything_but_a_refusal(magic: bytes, rest: bytes) -> None:
    """Whatever comes, it is a picture within the limits or a PictureRefused."""
    try:
        checked = check_picture(magic + rest)
    except PictureRefused:
        return
    assert 0 < checked.width_px * checked.height_px <= 25_000_000
