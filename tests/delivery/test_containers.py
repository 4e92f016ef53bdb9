"""The form of a file is told by its bytes, and a cut shows in its structure."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orpheus_core.delivery.containers import Container, StreamInfo, check_whole, identify
from orpheus_core.delivery.containers.mpeg import FrameHeader, end_of_id3v2
from orpheus_core.errors import DamagedAudio, NotAudio, ProtectedContent

ID3 = b"ID3\x04\x00\x00\x00\x00\x01\x00" + bytes(128)
UTF16_TEXT = "\ufeffnot music".encode("utf-16-le") * 50


def whole(content: bytes, container: Container) -> float | None:
    return check_whole(io.BytesIO(content), container)


def mp3_frames(content: bytes) -> list[bytes]:
    """The frames of an MP3 file without tags."""
    frames, at = [], 0
    while header := FrameHeader.parse(content[at : at + 4]):
        frames.append(content[at : at + header.size_bytes])
        at += header.size_bytes
    return frames


@pytest.mark.parametrize(
    ("name", "container"),
    [
        ("cd.flac", Container.FLAC),
        ("cd.wav", Container.WAV),
        ("cd.aiff", Container.AIFF),
        ("little.aifc", Container.AIFF),
        ("vbr.mp3", Container.MP3),
        ("mono.mp3", Container.MP3),
        ("headless.mp3", Container.MP3),
        ("vorbis.ogg", Container.OGG),
        ("opus.opus", Container.OGG),
        ("aac.m4a", Container.MP4),
        ("fragmented.m4a", Container.MP4),
    ],
)
def test_each_form_is_told_by_its_bytes(
    audio_folder: Path, name: str, container: Container
) -> None:
    """Before or behind an ID3 tag, under any name."""
    content = (audio_folder / name).read_bytes()

    assert identify(io.BytesIO(content)) is container
    whole(content, container)
    if container in (Container.FLAC, Container.MP3):
        assert identify(io.BytesIO(ID3 + ID3 + content)) is container


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"#EXTM3U\n#EXT-X-VERSION:3\nhttps://a.example/1.ts\n", "a playlist"),
        (b"\xef\xbb\xbf  <!DOCTYPE html>\n<html><body>Sign in</body></html>", "a web page"),
        (b"<html>403</html>", "a web page"),
        (b'{"error": {"code": 800}}', "JSON"),
        (b'<?xml version="1.0"?><Error/>', "an XML document"),
        (b"#!/bin/sh\nrm -rf ~\n", "a script"),
        (b"MZ\x90\x00\x03\x00\x00\x00", "a Windows program"),
        (b"\x7fELF\x02\x01\x01\x00", "a program"),
        (b"[Desktop Entry]\nExec=sh\n", "a desktop shortcut"),
        (b"[InternetShortcut]\nURL=file:///etc\n", "an internet shortcut"),
        (b"L\x00\x00\x00\x01\x14\x02\x00" + bytes(60), "a Windows shortcut"),
        (b"PK\x03\x04\x14\x00", "a ZIP archive"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "a JPEG picture"),
        (b"RIFF\x24\x00\x00\x00AVI LIST", "a RIFF file of kind"),
        (b"", "an empty file"),
        (bytes(4096), "a file of zeros"),
        (b"Not found.\n" * 100, "text"),
        (UTF16_TEXT, "unknown data"),
        (b"\xff\xfb\x90\x00" + b"\x55" * 4096, "unknown data"),
        (ID3, "an ID3 tag with nothing behind it"),
        (ID3 + b"<html></html>", "a web page"),
    ],
)
def test_other_things_are_refused_by_their_name(content: bytes, what: str) -> None:
    """An error page, a program or a playlist is never passed off as music."""
    with pytest.raises(NotAudio, match=what):
        identify(io.BytesIO(content))


@pytest.mark.parametrize("name", ["mp2.mp2", "adts.aac"])
def test_relatives_of_mp3_are_not_taken_for_it(audio_folder: Path, name: str) -> None:
    """Layer II and raw AAC share the sync word; no stage can file them."""
    with pytest.raises(NotAudio):
        identify(io.BytesIO((audio_folder / name).read_bytes()))


@pytest.mark.parametrize(
    ("name", "container"),
    [
        ("cd.wav", Container.WAV),
        ("cd.aiff", Container.AIFF),
        ("vbr.mp3", Container.MP3),
        ("mono.mp3", Container.MP3),
        ("vorbis.ogg", Container.OGG),
        ("opus.opus", Container.OGG),
        ("aac.m4a", Container.MP4),
        ("alac.m4a", Container.MP4),
    ],
)
@settings(max_examples=60)
@given(share=st.floats(0, 1, exclude_max=True))
def test_a_cut_at_any_byte_is_found_without_decoding(
    audio_folder: Path, name: str, container: Container, share: float
) -> None:
    """Each of these decodes without an error when it is cut; its structure does not add up."""
    content = (audio_folder / name).read_bytes()

    with pytest.raises(DamagedAudio):
        whole(content[: int(share * len(content))], container)


@pytest.mark.parametrize("name", ["vorbis.ogg", "opus.opus"])
@settings(max_examples=150)
@given(data=st.data())
def test_every_flipped_bit_of_an_ogg_file_is_found(
    audio_folder: Path, name: str, data: st.DataObject
) -> None:
    """Every page has a checksum, which decoders only use to leave the page out."""
    content = bytearray((audio_folder / name).read_bytes())
    position = data.draw(st.integers(0, len(content) * 8 - 1))
    content[position // 8] ^= 1 << position % 8

    with pytest.raises(DamagedAudio):
        whole(bytes(content), Container.OGG)


@pytest.mark.parametrize("name", ["vorbis.ogg", "opus.opus"])
def test_an_ogg_file_without_its_last_page_is_cut(audio_folder: Path, name: str) -> None:
    """Every page that is there is whole, but none says that it is the last."""
    content = (audio_folder / name).read_bytes()

    with pytest.raises(DamagedAudio, match="its end is missing"):
        whole(content[: content.rindex(b"OggS")], Container.OGG)


@pytest.mark.parametrize("name", ["vorbis.ogg", "opus.opus"])
def test_an_ogg_page_that_is_missing_is_found(audio_folder: Path, name: str) -> None:
    """Pages are numbered; decoders play on behind a gap."""
    content = (audio_folder / name).read_bytes()
    last = content.rindex(b"OggS")
    before = content.rindex(b"OggS", 0, last)

    with pytest.raises(DamagedAudio, match="lacks a page"):
        whole(content[:before] + content[last:], Container.OGG)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("fffb9000", (417, 1152, 44_100, 32)),
        ("fffb9200", (418, 1152, 44_100, 32)),
        ("fffae0c0", (1044, 1152, 44_100, 17)),
        ("fff384c0", (192, 576, 24_000, 9)),
        ("ffe318c4", (72, 576, 8_000, 9)),
        ("fff380c4", (208, 576, 22_050, 9)),
        ("fffd9000", None),  # layer II
        ("ffff9000", None),  # layer I
        ("fff15080", None),  # AAC
        ("ffeb9000", None),  # no such version
        ("fffb0000", None),  # free bitrate
        ("fffbf000", None),
        ("fffb9c00", None),  # no such rate
        ("fe7b9000", None),
        ("fffb90", None),
    ],
)
def test_mp3_frame_headers(header: str, expected: tuple[int, int, int, int] | None) -> None:
    """Length, samples, rate, and where the encoder's count would be."""
    parsed = FrameHeader.parse(bytes.fromhex(header))

    found = parsed and (
        parsed.size_bytes,
        parsed.samples,
        parsed.sample_rate_hz,
        parsed.side_info_bytes,
    )
    assert found == expected


def test_one_header_that_another_kind_follows_is_no_mp3() -> None:
    """Two bytes of sync are soon found in anything."""
    content = bytes.fromhex("fffb9000").ljust(417, b"\x00") + bytes.fromhex("fffb9400").ljust(400)

    with pytest.raises(NotAudio):
        identify(io.BytesIO(content))


@pytest.mark.parametrize("name", ["vbr.mp3", "mono.mp3", "cd mono.mp3"])
@pytest.mark.parametrize("missing", [slice(10, 13), slice(-1, None), slice(-3, None)])
def test_an_mp3_frame_that_is_missing_is_found(
    audio_folder: Path, name: str, missing: slice
) -> None:
    """The encoder counted frames and bytes."""
    frames = mp3_frames((audio_folder / name).read_bytes())
    del frames[missing]

    with pytest.raises(DamagedAudio, match="frames are missing"):
        whole(b"".join(frames), Container.MP3)


def test_an_mp3_that_is_cut_inside_its_last_frame_is_named_so(audio_folder: Path) -> None:
    """Without a count of the encoder, too."""
    content = (audio_folder / "headless.mp3").read_bytes()

    with pytest.raises(DamagedAudio, match="inside its last frame"):
        whole(content[:-1], Container.MP3)


@pytest.mark.parametrize("between", [b"\x00" * 4096, b"<html>", b"ID3 or so", b"TAH"])
@pytest.mark.parametrize("at", [10, None])
def test_anything_else_between_or_behind_mp3_frames_is_damage(
    audio_folder: Path, between: bytes, at: int | None
) -> None:
    """A hole of zeros or an error page in the body: decoders skip it."""
    frames = mp3_frames((audio_folder / "headless.mp3").read_bytes())
    content = b"".join(frames[:at]) + between + b"".join(frames[at:] if at else [])

    with pytest.raises(DamagedAudio, match="something else"):
        whole(content, Container.MP3)


@pytest.mark.parametrize("tag", [b"TAG" + bytes(125), b"APETAGEX" + bytes(24)])
def test_tags_at_the_end_of_an_mp3_file_are_no_damage(audio_folder: Path, tag: bytes) -> None:
    """Older taggers put theirs there."""
    content = (audio_folder / "vbr.mp3").read_bytes()

    assert whole(content + tag, Container.MP3) == whole(content, Container.MP3)


def test_an_mp3_excerpt_from_the_middle_is_whole(audio_folder: Path) -> None:
    """Services cut samples out of the track: no header, and a first frame that refers back."""
    frames = mp3_frames((audio_folder / "headless.mp3").read_bytes())[10:30]

    assert whole(b"".join(frames), Container.MP3) == pytest.approx(20 * 1152 / 44_100)


def test_an_id3_tag_is_measured_with_its_footer() -> None:
    """The footer's ten bytes are not in the stated size."""
    with_footer = ID3[:5] + b"\x10" + ID3[6:] + bytes(10)

    assert end_of_id3v2(io.BytesIO(with_footer + b"\xff")) == len(ID3) + 10


def test_an_encrypted_mp4_is_protected_not_damaged(audio_folder: Path) -> None:
    """Fetching it again would not help, and we do not break it."""
    content = (audio_folder / "encrypted.m4a").read_bytes()

    with pytest.raises(ProtectedContent):
        whole(content, Container.MP4)


def test_an_mp4_without_its_index_is_damaged() -> None:
    """The boxes add up, but the one that says where the sound is never came."""
    boxes = b"\x00\x00\x00\x10ftypM4A \x00\x00\x00\x00" + b"\x00\x00\x00\x0cmdat1234"

    with pytest.raises(DamagedAudio, match="no moov box"):
        whole(boxes, Container.MP4)


def test_mp4_boxes_may_state_their_length_in_eight_bytes_or_not_at_all() -> None:
    """Length 1: the real one follows. Length 0: to the end of the file."""
    start = b"\x00\x00\x00\x10ftypM4A \x00\x00\x00\x00" + b"\x00\x00\x00\x08moov"
    long_box = b"\x00\x00\x00\x01mdat" + (20).to_bytes(8, "big") + b"1234"
    open_box = b"\x00\x00\x00\x00mdat" + bytes(100)

    whole(start + long_box, Container.MP4)
    whole(start + open_box, Container.MP4)
    with pytest.raises(DamagedAudio, match="beyond its end"):
        whole(start + long_box[:-1], Container.MP4)


def test_chunks_of_odd_length_are_padded() -> None:
    """The byte behind them belongs to nothing."""
    odd = b"LIST\x03\x00\x00\x00abc\x00"
    content = b"RIFF\x00\x00\x00\x00WAVE" + odd + b"data\x04\x00\x00\x00" + bytes(4)

    whole(content, Container.WAV)
    with pytest.raises(DamagedAudio, match="was cut"):
        whole(content[:-1], Container.WAV)


@settings(max_examples=200)
@given(
    container=st.sampled_from(list(Container)),
    magic=st.sampled_from(
        [
            b"",
            ID3,
            b"fLaC",
            b"OggS\x00\x02",
            b"RIFF\xff\xff\xff\xffWAVE",
            b"FORM\x00\x00\x00\x20AIFF",
            b"\x00\x00\x00\x10ftypM4A 1234\x00\x00\x00\x08moov",
            b"\xff\xfb\x90\x00",
        ]
    ),
    rest=st.binary(max_size=300),
)
def test_no_bytes_raise_anything_else(container: Container, magic: bytes, rest: bytes) -> None:
    """Whatever comes, the answer is a form, or one of our errors."""
    content = magic + rest
    with contextlib.suppress(NotAudio):
        identify(io.BytesIO(content))
    with contextlib.suppress(DamagedAudio, ProtectedContent):
        whole(content, container)


def test_stream_info_reads_what_is_packed_across_bytes() -> None:
    """20 bits of rate, 3 of channels, 5 of depth, 36 of samples."""
    packed = 192_000 << 44 | (6 - 1) << 41 | (24 - 1) << 36 | 0xF_1234_5678
    block = bytes(10) + packed.to_bytes(8, "big") + bytes(range(16))

    info = StreamInfo.parse(block)

    assert info == StreamInfo(
        sample_rate_hz=192_000,
        channels=6,
        bit_depth=24,
        total_samples=0xF_1234_5678,
        md5=bytes(range(16)).hex(),
    )
    assert StreamInfo.parse(block[:-1]) is None
    assert StreamInfo.parse(bytes(34)) is None


def test_what_an_encoder_left_open_is_none() -> None:
    """Zero means unknown, for the total and for the MD5."""
    info = StreamInfo.parse(bytes(10) + (44_100 << 44).to_bytes(8, "big") + bytes(16))

    assert info is not None
    assert (info.total_samples, info.md5) == (None, None)
