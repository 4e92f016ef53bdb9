"""The manifest says what is there, and notices when it is changed."""

from __future__ import annotations

import json

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orpheus_core.delivery.manifest import (
    EventEntry,
    FileEntry,
    FormatEntry,
    Manifest,
    Origin,
    TrackEntry,
    from_bytes,
    to_bytes,
)
from orpheus_core.errors import InvalidManifest

MANIFEST = Manifest(
    kind="album",
    title="Łanterns / 灯",
    artists=("A", "B"),
    date="2001-03-07",
    origin=Origin(
        ref="sandbox:album:lanterns",
        service="sandbox",
        url=None,
        quality="best",
        floor="low",
        created="2026-01-01T00:00:00+00:00",
        correlation_id="c",
        versions={"orpheus-core": "0.1.0"},
    ),
    tracks_expected=2,
    tracks=(
        TrackEntry(position=1, ref="sandbox:track:1", title="One", file="1-01 One.flac"),
        TrackEntry(
            position=2, ref="sandbox:track:2", title="Two", missing="x", missing_code="svc.down"
        ),
    ),
    files=(
        FileEntry(
            path="1-01 One.flac",
            role="audio",
            size_bytes=3,
            sha256="ab" * 32,
            format=FormatEntry(codec="flac", sample_rate_hz=44_100, bit_depth=16),
            duration_s=1.5,
            verified_by="streaminfo_md5",
        ),
    ),
    events=(EventEntry(time="t", kind="job.started", severity="info", data={"n": 1, "s": None}),),
)


def test_it_survives_being_written() -> None:
    """Every field."""
    assert from_bytes(to_bytes(MANIFEST)) == MANIFEST


@given(st.integers(min_value=0, max_value=len(to_bytes(MANIFEST)) - 1), st.integers(0, 7))
def test_any_flipped_bit_is_noticed(at: int, bit: int) -> None:
    """White space included: the file is its own checksum's only form."""
    changed = bytearray(to_bytes(MANIFEST))
    changed[at] ^= 1 << bit
    with pytest.raises(InvalidManifest):
        from_bytes(bytes(changed))


@given(st.binary() | st.recursive(st.none() | st.text(), st.lists).map(json.dumps).map(str.encode))
def test_reading_anything_else_is_one_clear_error(content: bytes) -> None:
    """Never another exception."""
    with pytest.raises(InvalidManifest):
        from_bytes(content)


def test_half_a_character_in_a_title_leaves_the_file_readable_for_anybody() -> None:
    """A hostile answer may hold one; no UTF-8 can."""
    odd = attrs.evolve(MANIFEST, title="half \ud800 a character")
    content = to_bytes(odd)
    assert json.loads(content.decode("utf-8"))["title"] == odd.title
    assert from_bytes(content) == odd


def test_a_newer_version_is_refused_as_such() -> None:
    """Not called damaged."""
    newer = to_bytes(MANIFEST).replace(b"orpheus.manifest/1", b"orpheus.manifest/9")
    with pytest.raises(InvalidManifest, match="of another version"):
        from_bytes(newer)


def test_complete_is_computed_from_the_tracks() -> None:
    """Never stored: a track that is missing or an excerpt makes it incomplete."""
    there = MANIFEST.tracks[0]
    assert not MANIFEST.complete
    assert attrs.evolve(MANIFEST, tracks=(there, there)).complete
    assert not attrs.evolve(MANIFEST, tracks=(there,)).complete
    preview = attrs.evolve(there, preview=True)
    assert not attrs.evolve(MANIFEST, tracks=(there, preview)).complete
