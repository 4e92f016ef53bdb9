"""Tags arrive in every format as other programs read them, and the audio stays as it is."""
# mypy: untyped-calls-exclude=mutagen

from __future__ import annotations

import base64
import errno
import json
import re
import shutil
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import attrs
import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mutagen import MutagenError, apev2, flac, id3, mp4, oggvorbis

from orpheus_core.delivery.audio import verify_audio
from orpheus_core.delivery.containers import mpeg
from orpheus_core.delivery.pictures import Picture, PictureType, check_picture
from orpheus_core.delivery.tags import TrackTags, read_tags, write_tags
from orpheus_core.delivery.tags.fields import FIELD_NAMES, Field
from orpheus_core.delivery.tags.text import MAX_LYRICS_BYTES, MAX_TEXT_BYTES
from orpheus_core.errors import (
    DiskFull,
    OrpheusError,
    PictureRefused,
    TagsFailed,
    TargetGone,
)
from orpheus_core.music import (
    Codec,
    PartialDate,
)

FILES = [
    ("cd.flac", Codec.FLAC),
    ("vbr.mp3", Codec.MP3),
    ("headless.mp3", Codec.MP3),
    ("aac.m4a", Codec.AAC),
    ("fragmented.m4a", Codec.AAC),
    ("alac.m4a", Codec.ALAC),
    ("vorbis.ogg", Codec.VORBIS),
    ("opus.opus", Codec.OPUS),
    ("cd.wav", Codec.WAV),
    ("cd.aiff", Codec.AIFF),
]

FULL = TrackTags(
    title="Ночь / 夜 [/b]",
    artists=("Simon, Garfunkel & Söhne", "DJ Ç"),
    album="Lanterns (Deluxe)",
    album_artists=("Various Artists",),
    track_number=3,
    track_total=12,
    disc_number=1,
    disc_total=2,
    date=PartialDate(2001, 3, 7),
    genres=("Electronic", "Pop"),
    label="Lantern Records",
    isrc="GBDUW0000059",
    upc="724384960650",
    copyright="℗ 2001 Lantern Records",
    composers=("Ada B.", "Claude D."),
    explicit=True,
    source_url="https://music.example/track/7?a=1&b=ü",
    comment="30 s preview",
    lyrics="one\r\ntwo\n\n\tthree",
)


@pytest.fixture
def full(pictures: dict[str, bytes]) -> TrackTags:
    """Every field, with a cover."""
    return attrs.evolve(FULL, cover=check_picture(pictures["JPEG"]))


@pytest.fixture
def copy(audio_folder: Path, tmp_path: Path) -> Callable[[str], Path]:
    """A function that copies one of the audio files."""

    def copied(name: str) -> Path:
        return Path(shutil.copy(audio_folder / name, tmp_path / f"copy of {name}"))

    return copied


def shown_by_ffprobe(path: Path) -> dict[str, str]:
    """What ffprobe prints: Ogg keeps its tags in the stream, the others in the file."""
    if shutil.which("ffprobe") is None:
        pytest.skip("ffprobe is not installed")
    command = ["ffprobe", "-v", "error", "-show_format", "-show_streams", "-of", "json", str(path)]
    shown = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return shown["format"].get("tags") or shown["streams"][0]["tags"]  # type: ignore[no-any-return]  # JSON


def shown_by_pyav(path: Path) -> dict[str, str]:
    """The same through the library."""
    with av.open(path) as container:
        return container.metadata or container.streams.audio[0].metadata


def folded(tags: dict[str, str]) -> dict[str, str]:
    return {name.casefold(): value for name, value in tags.items()}


# --- what arrives ----------------------------------------------------------------------


@pytest.mark.parametrize(("name", "codec"), FILES)
def test_every_field_comes_back_from_every_format(
    copy: Callable[[str], Path], full: TrackTags, name: str, codec: Codec
) -> None:
    """What was written is read, and what is written next leaves nothing of it."""
    path = copy(name)

    write_tags(path, full, codec)
    first = read_tags(path, codec)
    write_tags(path, TrackTags(title="Other", disc_total=3, explicit=False), codec)

    assert first == full
    assert read_tags(path, codec) == TrackTags(title="Other", disc_total=3, explicit=False)


@pytest.mark.parametrize(("name", "codec"), FILES)
def test_a_file_without_tags_reads_as_none(
    copy: Callable[[str], Path], name: str, codec: Codec
) -> None:
    """Nothing is invented: neither in what encoders write, nor after an empty write."""
    path = copy(name)
    assert read_tags(path, codec) == TrackTags()

    write_tags(path, TrackTags(), codec)

    assert read_tags(path, codec) == TrackTags()


@pytest.mark.parametrize("show", [shown_by_ffprobe, shown_by_pyav])
@pytest.mark.parametrize(("name", "codec"), FILES)
def test_another_program_reads_the_tags(
    copy: Callable[[str], Path],
    full: TrackTags,
    name: str,
    codec: Codec,
    show: Callable[[Path], dict[str, str]],
) -> None:
    """FFmpeg shares no code with the library that wrote them."""
    path = copy(name)

    write_tags(path, full, codec)
    tags = folded(show(path))

    in_pairs = codec not in (Codec.FLAC, Codec.VORBIS, Codec.OPUS)
    expected = {
        "title": full.title,
        "artist": "Simon, Garfunkel & Söhne, DJ Ç",
        "album": full.album,
        "album_artist": "Various Artists",
        "track": "3/12" if in_pairs else "3",
        "disc": "1/2" if in_pairs else "1",
        "date": "2001-03-07",
        "copyright": full.copyright,
        "comment": full.comment,
        "barcode": full.upc,
    }
    expected["tsrc" if in_pairs and codec not in (Codec.AAC, Codec.ALAC) else "isrc"] = full.isrc
    expected["publisher" if "tsrc" in expected else "label"] = full.label
    assert {key: tags.get(key) for key in expected} == expected
    assert tags["genre"].startswith("Electronic")
    assert tags["composer"].startswith("Ada B.")
    if not in_pairs:
        assert (tags["totaltracks"], tags["tracktotal"], tags["disctotal"]) == ("12", "12", "2")
        assert tags["composer"] == "Ada B.;Claude D."
        assert tags["wwwaudiofile"] == "https://music.example/track/7?a=1&b=%C3%BC"
        assert tags["lyrics"] == "one\ntwo\n\n\tthree"


@pytest.mark.parametrize(("name", "codec"), FILES)
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_another_program_shows_the_cover(
    copy: Callable[[str], Path], pictures: dict[str, bytes], name: str, codec: Codec, kind: str
) -> None:
    """FFmpeg finds one picture, byte for byte."""
    path = copy(name)

    write_tags(path, TrackTags(title="x", cover=check_picture(pictures[kind])), codec)

    with av.open(path) as container:
        (stream,) = container.streams.video
        packet = next(container.demux(stream))
        assert bytes(packet) == pictures[kind]
        assert stream.codec_context.name == {"JPEG": "mjpeg", "PNG": "png"}[kind]


def test_mp3_tags_are_id3v24_in_utf8(copy: Callable[[str], Path], full: TrackTags) -> None:
    """One version, one encoding, several values in one frame."""
    path = copy("vbr.mp3")

    write_tags(path, full, Codec.MP3)

    content = path.read_bytes()
    assert content[:5] == b"ID3\x04\x00"
    utf8 = rb"\x03"
    shown, each = (separator.join(full.artists).encode() for separator in (", ", "\0"))
    assert re.search(rb"TPE1.{6}" + utf8 + shown, content, re.DOTALL)
    assert re.search(rb"TXXX.{6}" + utf8 + b"ARTISTS\0" + each, content, re.DOTALL)
    assert re.search(rb"WOAF.{6}https://music\.example/track/7", content, re.DOTALL)
    assert content[-128:-125] != b"TAG"


def test_mp4_has_its_own_explicit_atom(copy: Callable[[str], Path], full: TrackTags) -> None:
    """Players look at `rtng`, which is a number."""
    path = copy("aac.m4a")

    write_tags(path, full, Codec.AAC)

    assert mp4.MP4(path)["rtng"] == [1]
    assert b"\x00\x00\x00\x11data\x00\x00\x00\x15\x00\x00\x00\x00\x01" in path.read_bytes()


@pytest.mark.parametrize(("kind", "number"), [("JPEG", 13), ("PNG", 14)])
def test_mp4_covers_state_their_type(
    copy: Callable[[str], Path], pictures: dict[str, bytes], kind: str, number: int
) -> None:
    """Some players believe the number before the picture."""
    path = copy("alac.m4a")

    write_tags(path, TrackTags(cover=check_picture(pictures[kind])), Codec.ALAC)

    assert b"data\0\0\0" + bytes([number, 0, 0, 0, 0]) + pictures[kind] in path.read_bytes()


def test_every_field_has_a_name_in_every_format() -> None:
    """The table is complete, and no two fields share a name but number and total."""
    assert set(FIELD_NAMES) == set(Field)
    vorbis_names = [name for names in FIELD_NAMES.values() for name in names.vorbis]
    assert len(set(vorbis_names)) == len(vorbis_names)
    id3_names = [names.id3 for names in FIELD_NAMES.values()]
    mp4_names = [names.mp4 for names in FIELD_NAMES.values()]
    for names in (id3_names, mp4_names):
        assert len(set(names)) == len(names) - 2


line = st.text(st.characters(min_codepoint=0, max_codepoint=0x10FFFF), max_size=30)
lines = st.lists(line, max_size=3)
numbers = st.one_of(st.none(), st.integers(-1, 70_000))


@pytest.mark.parametrize("name", ["cd.flac", "vbr.mp3", "aac.m4a", "opus.opus"])
@settings(max_examples=50)
@given(data=st.data())
def test_any_text_comes_back(
    audio_folder: Path, tmp_path_factory: pytest.TempPathFactory, name: str, data: st.DataObject
) -> None:
    """All of Unicode, NUL and halves of surrogate pairs: cleaned once, then kept as it is."""
    codec = dict(FILES)[name]
    path = tmp_path_factory.getbasetemp() / f"any {name}"
    shutil.copy(audio_folder / name, path)
    tags = TrackTags(
        title=data.draw(line),
        artists=data.draw(lines),
        album=data.draw(line),
        composers=data.draw(lines),
        track_number=data.draw(numbers),
        disc_total=data.draw(numbers),
        comment=data.draw(line),
        lyrics=data.draw(line),
        source_url="https://a.example/" + data.draw(line),
    )

    write_tags(path, tags, codec)

    assert read_tags(path, codec) == tags


# --- what does not change --------------------------------------------------------------


def sound_of(path: Path, codec: Codec) -> bytes:
    """The encoded sound, byte for byte, without what holds it."""
    with av.open(path) as container:
        packets = [bytes(packet) for packet in container.demux(audio=0)]
    if codec is Codec.MP3:
        with path.open("rb") as file:
            file.seek(mpeg.end_of_id3v2(file))
            return file.read()
    return b"".join(packets)


@pytest.mark.parametrize(("name", "codec"), FILES)
def test_the_audio_stays_bit_identical(
    copy: Callable[[str], Path], full: TrackTags, name: str, codec: Codec
) -> None:
    """Tagged, tagged again with less, and verified each time."""
    path = copy(name)
    sound, verified = sound_of(path, codec), verify_audio(path)

    for tags in (full, TrackTags(title="x")):
        write_tags(path, tags, codec)

        after = verify_audio(path)
        assert sound_of(path, codec) == sound
        assert (after.samples, after.md5, after.method) == (
            verified.samples,
            verified.md5,
            verified.method,
        )


def test_the_flac_reference_tool_accepts_a_tagged_file(
    copy: Callable[[str], Path], full: TrackTags
) -> None:
    """`flac --test` decodes it without a warning, and metaflac sees the cover as front cover."""
    if shutil.which("flac") is None or shutil.which("metaflac") is None:
        pytest.skip("flac is not installed")
    path = copy("hires.flac")

    write_tags(path, full, Codec.FLAC)

    subprocess.run(["flac", "--test", "--silent", "-w", str(path)], check=True)
    command = ["metaflac", "--list", "--block-type=PICTURE", str(path)]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "type: 3 (Cover (front))" in listed
    assert "image/jpeg" in listed
    assert "width: 40" in listed


# --- what was there before -------------------------------------------------------------


class Application(flac.MetadataBlock):
    """A block that some program keeps its own data in."""

    code = 2

    def __init__(self, data: bytes) -> None:
        self.data = data


def test_foreign_tags_of_a_flac_file_are_removed(copy: Callable[[str], Path]) -> None:
    """Comments, pictures, application data, an ID3 tag in front: all but the seek table."""
    path = copy("cd.flac")
    file = flac.FLAC(path)
    file["PRIVATE"] = ["account 4711"]
    picture = flac.Picture()
    picture.data = b"secret"
    file.add_picture(picture)
    file.metadata_blocks.append(Application(b"APPLsecret"))
    file.metadata_blocks.append(flac.SeekTable(bytes(18)))
    file.save()
    path.write_bytes(b"ID3\x04\x00\x00\x00\x00\x00\x10TIT2secret" + bytes(6) + path.read_bytes())

    write_tags(path, TrackTags(title="clean"), Codec.FLAC)

    content = path.read_bytes()
    assert content.startswith(b"fLaC")
    assert b"secret" not in content
    assert b"4711" not in content
    kinds = [block.code for block in flac.FLAC(path).metadata_blocks]
    assert sorted(kinds) == [0, 1, 3, 4]


def test_foreign_tags_of_an_mp3_file_are_removed(copy: Callable[[str], Path]) -> None:
    """ID3v2.3 in front, APE and ID3v1 behind."""
    path = copy("vbr.mp3")
    sound = path.read_bytes()
    frames = id3.ID3()
    frames.add(id3.PRIV(owner="shop", data=b"account 4711"))
    frames.add(id3.TIT2(encoding=0, text=["old"]))
    frames.save(path, v1=2, v2_version=3)
    ape = apev2.APEv2()
    ape["Account"] = "4711"
    ape.save(path)
    assert path.read_bytes().count(b"4711") == 2

    write_tags(path, TrackTags(title="clean"), Codec.MP3)

    content = path.read_bytes()
    assert b"4711" not in content
    assert content.endswith(sound[-1000:])


def test_foreign_tags_of_an_mp4_file_are_removed(copy: Callable[[str], Path]) -> None:
    """Shops write the buyer's name there."""
    path = copy("aac.m4a")
    file = mp4.MP4(path)
    file["ownr"] = "account 4711"
    file["----:com.shop:buyer"] = [b"account 4711"]
    file.save()

    write_tags(path, TrackTags(title="clean"), Codec.AAC)

    assert b"4711" not in path.read_bytes()


def test_foreign_tags_of_an_ogg_file_are_removed(
    copy: Callable[[str], Path], pictures: dict[str, bytes]
) -> None:
    """Comments and pictures alike."""
    path = copy("vorbis.ogg")
    file = oggvorbis.OggVorbis(path)
    file["BUYER"] = ["account 4711"]
    file["METADATA_BLOCK_PICTURE"] = [base64.b64encode(b"4711").decode(), "no base64"]
    file.save()
    assert read_tags(path, Codec.VORBIS) == TrackTags()

    write_tags(path, TrackTags(title="clean"), Codec.VORBIS)

    assert b"4711" not in path.read_bytes()
    assert b"METADATA_BLOCK_PICTURE" not in path.read_bytes()


# --- hostile values --------------------------------------------------------------------


def test_huge_texts_are_cut_to_size(copy: Callable[[str], Path]) -> None:
    """A comment or lyrics of 50 MB do not end up in every file."""
    path = copy("cd.flac")
    size_bytes = path.stat().st_size
    huge = "ü" * 25_000_000

    tags = TrackTags(comment=huge, lyrics=huge, source_url=f"https://a.example/{huge}")
    write_tags(path, tags, Codec.FLAC)

    assert len((tags.comment or "").encode()) == MAX_TEXT_BYTES
    assert len((tags.lyrics or "").encode()) == MAX_LYRICS_BYTES
    assert tags.source_url is None
    assert path.stat().st_size < size_bytes + MAX_LYRICS_BYTES + 20_000
    assert read_tags(path, Codec.FLAC) == tags


def test_a_cover_that_the_format_cannot_hold_leaves_the_file_untouched(
    copy: Callable[[str], Path], pictures: dict[str, bytes]
) -> None:
    """WebP in MP4, 16 MB in FLAC: refused before anything is written."""
    webp = check_picture(pictures["WEBP"])
    large = Picture(data=bytes(2**24), type=PictureType.JPEG, width_px=1, height_px=1)
    for name, codec, cover in (("aac.m4a", Codec.AAC, webp), ("cd.flac", Codec.FLAC, large)):
        path = copy(name)
        before = path.read_bytes()

        with pytest.raises(PictureRefused):
            write_tags(path, attrs.evolve(FULL, cover=cover), codec)

        assert path.read_bytes() == before


# --- when the library fails ------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        (name, codec)
        for name, right in FILES
        for codec in (Codec.FLAC, Codec.MP3, Codec.AAC, Codec.VORBIS, Codec.OPUS, Codec.WAV)
        if codec is not right and {codec, right} != {Codec.AAC, Codec.ALAC}
    ],
)
def test_a_file_of_another_format_is_left_untouched(
    copy: Callable[[str], Path], name: str, codec: Codec
) -> None:
    """Tags of the wrong kind would damage it."""
    path = copy(name)
    before = path.read_bytes()

    with pytest.raises(TagsFailed):
        write_tags(path, FULL, codec)

    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (struct.error("unpack requires a buffer of 4 bytes"), TagsFailed),
        (RecursionError("too deep"), TagsFailed),
        (MutagenError("no"), TagsFailed),
        (MutagenError(OSError(errno.ENOSPC, "No space left on device")), DiskFull),
        (OSError(errno.ENOSPC, "No space left on device"), DiskFull),
    ],
)
def test_whatever_mutagen_raises_becomes_one_of_our_errors(
    copy: Callable[[str], Path],
    monkeypatch: pytest.MonkeyPatch,
    raised: Exception,
    expected: type[OrpheusError],
) -> None:
    """Bad files have made it raise bare struct errors; a full disk is not the tags' fault."""

    def fail(*_: object, **__: object) -> None:
        raise raised

    monkeypatch.setattr(flac.FLAC, "save", fail)
    monkeypatch.setattr(flac.FLAC, "load", fail)

    with pytest.raises(expected) as failed:
        write_tags(copy("cd.flac"), FULL, Codec.FLAC)
    with pytest.raises(expected):
        read_tags(copy("cd.flac"), Codec.FLAC)

    assert failed.value.__cause__ is raised


@pytest.mark.parametrize("codec", list(Codec))
def test_a_missing_file_is_an_error_of_the_disk(tmp_path: Path, codec: Codec) -> None:
    """For every library class behind it."""
    for call in (
        lambda: write_tags(tmp_path / "gone", FULL, codec),
        lambda: read_tags(tmp_path / "gone", codec),
    ):
        with pytest.raises(TargetGone):
            call()


@pytest.mark.parametrize("codec", list(Codec))
@settings(max_examples=40)
@given(
    magic=st.sampled_from(
        [
            b"fLaC\x00\x00\x00\x22",
            b"ID3\x04\x00\x00\x00\x00\x00\x20",
            b"OggS\x00\x02" + bytes(20) + b"\x01\x1e\x01vorbis",
            b"\x00\x00\x00\x10ftypM4A 1234\x00\x00\x01\x00moov",
            b"RIFF\xff\x00\x00\x00WAVEfmt ",
            b"FORM\x00\x00\x00\xffAIFFCOMM",
        ]
    ),
    rest=st.binary(max_size=200),
)
def test_no_bytes_raise_anything_but_our_errors(
    tmp_path_factory: pytest.TempPathFactory, codec: Codec, magic: bytes, rest: bytes
) -> None:
    """A parser of many formats meets bytes from anywhere."""
    path = tmp_path_factory.getbasetemp() / "bytes"
    for call in (
        lambda: read_tags(path, codec),
        lambda: write_tags(path, TrackTags(title="x"), codec),
    ):
        path.write_bytes(magic + rest)
        try:
            call()
        except OrpheusError:
            continue
