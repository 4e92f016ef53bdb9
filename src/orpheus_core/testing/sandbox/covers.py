"""The covers: a gradient with shapes on it, computed pixel by pixel; PNG by hand, JPEG by PyAV."""

from __future__ import annotations

import io
import math
import struct
import zlib
from collections.abc import Callable, Mapping

import attrs

SIDE = 640
"""Width and height of a cover in pixels."""

Colour = tuple[int, int, int]
Shade = Callable[[float, float], float]
"""How much of a shape's colour is seen at a point (0 to 1); the sides of the cover are 1 long."""


@attrs.frozen(kw_only=True)
class CoverDesign:
    """A gradient from top to bottom, and shapes in one colour on it."""

    top: Colour
    bottom: Colour
    ink: Colour
    shade: Shade


def _edge(distance: float) -> float:
    """1 inside, 0 outside, and in one pixel between a few steps: more would swell the file."""
    return min(1.0, max(0.0, round(2 - distance * SIDE * 4) / 4))


def _lanterns(x: float, y: float) -> float:
    spots = ((0.25, 0.30, 0.10), (0.52, 0.45, 0.13), (0.78, 0.28, 0.08), (0.70, 0.72, 0.06))
    return max(_edge(math.hypot(x - cx, (y - cy) * 0.8) - size) for cx, cy, size in spots)


def _salt(x: float, y: float) -> float:
    squares = ((0.5, 0.5, 0.30), (0.22, 0.24, 0.12), (0.80, 0.80, 0.10))
    return max(_edge(abs(x - cx) + abs(y - cy) - size) for cx, cy, size in squares)


def _tides(x: float, y: float) -> float:
    wave = y - 0.5 - 0.06 * math.sin(2 * math.pi * x)
    return 0.0 if wave < -0.2 else _edge(abs((wave * 8) % 1 - 0.5) / 8 - 0.025)


def _harbour(x: float, y: float) -> float:
    tower = abs(x - 0.3) - 0.04 - 0.05 * y if y > 0.25 else 1.0
    beam = abs(y - 0.22) - (x - 0.3) * 0.18
    return max(_edge(tower), _edge(math.hypot(x - 0.3, y - 0.22) - 0.06), 0.55 * _edge(beam))


def _patience(x: float, y: float) -> float:
    return max(_edge(abs(math.hypot(x - 0.5, y - 0.5) - ring) - 0.012) for ring in _RINGS)


_JPEG_OPTIONS = {"flags": "+bitexact", "qmin": "5", "qmax": "5"}
_RINGS = (0.12, 0.24, 0.36)

DESIGNS: Mapping[str, CoverDesign] = {
    "lanterns": CoverDesign(
        top=(16, 20, 56), bottom=(96, 40, 72), ink=(255, 190, 80), shade=_lanterns
    ),
    "salt": CoverDesign(
        top=(224, 232, 236), bottom=(150, 176, 190), ink=(252, 252, 255), shade=_salt
    ),
    "tides": CoverDesign(top=(8, 60, 84), bottom=(10, 120, 130), ink=(190, 236, 224), shade=_tides),
    "harbour": CoverDesign(
        top=(30, 30, 46), bottom=(70, 84, 110), ink=(250, 224, 150), shade=_harbour
    ),
    "patience": CoverDesign(
        top=(236, 220, 190), bottom=(214, 180, 140), ink=(110, 60, 40), shade=_patience
    ),
}
"""The design of each release's cover, by the release's id."""


def pixels(design: CoverDesign, side: int = SIDE) -> bytes:
    """Return the picture, *side* pixels wide and high, as rows of red, green, blue."""
    rows = bytearray()
    for row in range(side):
        y = (row + 0.5) / side
        ground = [
            round(low + (high - low) * y)
            for low, high in zip(design.top, design.bottom, strict=True)
        ]
        for column in range(side):
            share = design.shade((column + 0.5) / side, y)
            rows += bytes(
                round(under + (ink - under) * share)
                for under, ink in zip(ground, design.ink, strict=True)
            )
    return bytes(rows)


def as_png(rgb: bytes) -> bytes:
    """Return the square picture as a PNG file (ISO/IEC 15948)."""
    side = math.isqrt(len(rgb) // 3)
    row_bytes = side * 3
    # Filter 1: each byte as the difference to the one a pixel before, mostly 0 here.
    filtered = bytearray()
    for start in range(0, len(rgb), row_bytes):
        row = rgb[start : start + row_bytes]
        before = bytes(3) + row[:-3]
        filtered.append(1)
        filtered += bytes((now - then) & 0xFF for now, then in zip(row, before, strict=True))
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", header),
            _chunk(b"IDAT", zlib.compress(bytes(filtered), 9)),
            _chunk(b"IEND", b""),
        ]
    )


def as_jpeg(rgb: bytes) -> bytes:
    """Return the square picture as a baseline JPEG file."""
    import av

    side = math.isqrt(len(rgb) // 3)
    frame = av.VideoFrame(side, side, "rgb24")
    frame.planes[0].update(rgb)
    file = io.BytesIO()
    options = {"fflags": "+bitexact"}
    with av.open(file, "w", format="mjpeg", options=options) as container:
        stream = container.add_stream("mjpeg", rate=1, options=_JPEG_OPTIONS)
        stream.width = stream.height = side
        stream.pix_fmt = "yuvj444p"
        container.mux(stream.encode(frame.reformat(format="yuvj444p")))
        container.mux(stream.encode(None))
    return file.getvalue()


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
