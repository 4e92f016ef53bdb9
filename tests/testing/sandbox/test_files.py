"""The files that travel with the sandbox are what their index says."""

from __future__ import annotations

import array
import hashlib
import io
import re

import pytest

from orpheus_core.music import Codec, Quality
from orpheus_core.testing.sandbox.files import (
    INDEX_NAME,
    AudioFile,
    CoverFile,
    file_index,
    folder,
    index_text,
)
from orpheus_core.testing.sandbox.releases import CATALOGUE

INDEX = file_index()
FLACS = [file for file in INDEX.audio if file.format.codec is Codec.FLAC]
MP3S = [file for file in INDEX.audio if file.format.codec is Codec.MP3]


def decoded(content: bytes) -> tuple[int, bytes]:
    """Return how many samples a channel has, and all samples as FLAC's MD5 counts them."""
    import av

    count, data = 0, bytearray()
    with av.open(io.BytesIO(content), "r") as container:
        for frame in container.decode(audio=0):
            count += frame.samples
            if frame.format.name == "s16":
                data += bytes(frame.planes[0])[: frame.samples * 2 * 2]
            elif frame.format.name == "s32":
                # 24 bits stand in the upper three bytes of four.
                wide = bytes(frame.planes[0])[: frame.samples * 2 * 4]
                narrow = bytearray(len(wide) // 4 * 3)
                for place in range(3):
                    narrow[place::3] = wide[place + 1 :: 4]
                data += narrow
    return count, bytes(data)


def test_folder_holds_the_listed_files_and_nothing_else() -> None:
    """Neither a file without an entry nor an entry without a file."""
    listed = {file.name for file in (*INDEX.audio, *INDEX.covers)} | {INDEX_NAME}
    assert {entry.name for entry in folder().iterdir()} == listed


@pytest.mark.parametrize("file", [*INDEX.audio, *INDEX.covers], ids=lambda file: file.name)
def test_size_and_checksum_fit(file: AudioFile | CoverFile) -> None:
    """The index states the very bytes."""
    content = file.content()
    assert len(content) == file.size_bytes
    assert hashlib.sha256(content).hexdigest() == file.sha256


def test_every_file_differs() -> None:
    """A mix-up of two tracks shows."""
    files = (*INDEX.audio, *INDEX.covers)
    assert len({file.sha256 for file in files}) == len(files) == 50


def test_all_files_together_stay_small() -> None:
    """The wheel has to stay under 2 MB."""
    assert sum(file.size_bytes for file in (*INDEX.audio, *INDEX.covers)) < 1_600_000


def test_every_track_is_offered_lossless_the_album_in_high_and_the_ep_in_hires() -> None:
    """What can be asked for, release by release."""
    offers = {
        release.id: {
            tuple(file.quality for file in INDEX.of_track(track.id)) for track in release.tracks
        }
        for release in CATALOGUE.releases
    }
    assert offers == {
        "lanterns": {(Quality.LOSSLESS, Quality.HIGH)},
        "salt": {(Quality.HIRES, Quality.LOSSLESS)},
        "tides": {(Quality.LOSSLESS,)},
        "harbour": {(Quality.LOSSLESS,)},
        "patience": {(Quality.LOSSLESS,)},
    }


@pytest.mark.parametrize("file", FLACS, ids=lambda file: file.name)
def test_flac_decodes_to_its_md5_and_format(file: AudioFile) -> None:
    """RFC 9639, 8.2: STREAMINFO states format, length and the MD5 of the samples."""
    content = file.content()
    assert content[:4] == b"fLaC"
    info = content[8:42]
    packed = int.from_bytes(info[10:18], "big")
    rate_hz, channels, depth = packed >> 44, (packed >> 41 & 7) + 1, (packed >> 36 & 31) + 1

    count, samples = decoded(content)

    assert (rate_hz, channels, depth) == (
        file.format.sample_rate_hz,
        file.format.channels,
        file.format.bit_depth,
    )
    assert packed & (2**36 - 1) == count
    assert count == pytest.approx(file.duration_s * rate_hz, abs=1)
    assert hashlib.md5(samples).digest() == info[18:34]


@pytest.mark.parametrize("file", MP3S, ids=lambda file: file.name)
def test_mp3_decodes_at_its_length(file: AudioFile) -> None:
    """A whole file, of about the length that is stated (frames of 1152 samples)."""
    count, _ = decoded(file.content())
    assert count / 44_100 == pytest.approx(file.duration_s, abs=0.1)


def test_no_file_has_tags() -> None:
    """Whatever tags a finished file has, the tagging wrote."""
    for file in MP3S:
        content = file.content()
        assert content[:3] != b"ID3"
        assert content[-128:-125] != b"TAG"
    for file in FLACS:
        head = file.content()[42:200]
        assert head[0] == 0x84, "the last block of metadata is an empty Vorbis comment"
        assert re.match(rb"\x84\x00\x00.\x06\x00\x00\x00ffmpeg\x00{4}", head, re.DOTALL)


def test_audio_can_be_heard() -> None:
    """Not silence, and not clipped."""
    import av

    for file in FLACS[::7]:
        with av.open(io.BytesIO(file.content()), "r") as container:
            frames = [bytes(frame.planes[0]) for frame in container.decode(audio=0)]
        kind, full = ("h", 2**15) if file.format.bit_depth == 16 else ("i", 2**31)
        peak = max(map(abs, array.array(kind, b"".join(frames)))) / full
        assert 0.1 < peak < 0.9


@pytest.mark.parametrize("cover", INDEX.covers, ids=lambda cover: cover.name)
def test_cover_is_a_picture_of_its_size(cover: CoverFile) -> None:
    """A real JPEG or PNG that opens."""
    import av

    content = cover.content()
    assert content[:3] == (b"\xff\xd8\xff" if cover.name.endswith(".jpg") else b"\x89PN")
    with av.open(io.BytesIO(content), "r") as container:
        (frame,) = container.decode(video=0)
    assert (frame.width, frame.height) == (cover.width, cover.height)
    assert cover.width >= 600
    assert cover.height >= 600


def test_every_release_has_a_cover() -> None:
    """One each."""
    assert set(INDEX.cover_of) == set(CATALOGUE.release_by_id)


def test_index_is_written_as_it_is_read() -> None:
    """`make_audio` writes what the sandbox reads."""
    assert index_text(INDEX) == folder().joinpath(INDEX_NAME).read_text(encoding="utf-8")
