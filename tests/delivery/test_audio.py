"""A file is what it says: type, length, duration and the decoder's word."""

from __future__ import annotations

import errno
import hashlib
import io
import re
import shutil
import struct
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from orpheus_core.delivery.audio import ProbedAudio, VerifyMethod, probe, verify_audio
from orpheus_core.errors import (
    Cancelled,
    DamagedAudio,
    DiskFailing,
    ExitStatus,
    IntegrityError,
    NoPermission,
    NotAudio,
    OrpheusError,
    ProtectedContent,
    SampleInsteadOfTrack,
    TargetGone,
)
from orpheus_core.music import AudioFormat, Codec

FlacWriter = Callable[..., bytes]

FORMATS = [
    ("cd.flac", Codec.FLAC, 44_100, 16, 2, 1.0),
    ("hires.flac", Codec.FLAC, 96_000, 24, 2, 0.5),
    ("cd.wav", Codec.WAV, 44_100, 16, 2, 1.0),
    ("hires.wav", Codec.WAV, 96_000, 24, 2, 0.2),
    ("cd.aiff", Codec.AIFF, 44_100, 16, 2, 1.0),
    ("little.aifc", Codec.AIFF, 44_100, 16, 2, 1.0),
    ("alac.m4a", Codec.ALAC, 44_100, 16, 2, 1.0),
    ("hires.m4a", Codec.ALAC, 44_100, 24, 2, 1.0),
    ("vbr.mp3", Codec.MP3, 44_100, None, 2, 1.0),
    ("mono.mp3", Codec.MP3, 22_050, None, 1, 1.0),
    ("headless.mp3", Codec.MP3, 44_100, None, 2, 1.0),
    ("vorbis.ogg", Codec.VORBIS, 44_100, None, 2, 1.0),
    ("opus.opus", Codec.OPUS, 48_000, None, 2, 1.0),
    ("aac.m4a", Codec.AAC, 44_100, None, 2, 1.0),
    ("fragmented.m4a", Codec.AAC, 44_100, None, 2, 1.0),
]
STREAMINFO_END = 42


@pytest.fixture(scope="session")
def small_flac(write_flac: FlacWriter) -> bytes:
    """Stereo, 16 bits, 8 frames."""
    left = [(at * 7919) % 65_536 - 32_768 for at in range(512)]
    return write_flac([left, left[::-1]], bit_depth=16, block=64)


@pytest.fixture(scope="session")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Callable[[bytes], Path]:
    """A function that puts bytes into one file, over and over."""
    path = tmp_path_factory.mktemp("scratch") / "file"

    def put(content: bytes) -> Path:
        path.write_bytes(content)
        return path

    return put


def tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


@pytest.mark.parametrize(("name", "codec", "rate", "bits", "channels", "duration_s"), FORMATS)
def test_every_format_is_probed_and_verified_by_its_bytes(
    audio_folder: Path,
    tmp_path: Path,
    name: str,
    codec: Codec,
    rate: int,
    bits: int | None,
    channels: int,
    duration_s: float,
) -> None:
    """Format and length are found under a name that says nothing."""
    path = tmp_path / "download.bin"
    shutil.copy(audio_folder / name, path)

    probed = probe(path)
    verified = verify_audio(path, expected=AudioFormat(codec=codec), expected_duration_s=duration_s)

    found = verified.format
    assert (found.codec, found.sample_rate_hz, found.bit_depth, found.channels) == (
        codec,
        rate,
        bits,
        channels,
    )
    assert (found.bitrate_kbps is None) == codec.lossless
    assert probed.format == verified.format
    assert probed.duration_s == pytest.approx(duration_s, abs=0.1)
    assert verified.duration_s == pytest.approx(duration_s, abs=0.1)
    assert verified.samples == pytest.approx(duration_s * rate, abs=0.1 * rate)
    flac = codec is Codec.FLAC
    assert verified.method is (VerifyMethod.STREAMINFO_MD5 if flac else VerifyMethod.DECODE)
    assert (verified.md5 is not None) == flac


# --- the MD5 of FLAC -------------------------------------------------------------------


@pytest.mark.parametrize(("name", "width"), [("cd.flac", 2), ("hires.flac", 3)])
def test_the_md5_is_that_of_another_decoder(audio_folder: Path, name: str, width: int) -> None:
    """libsndfile decodes the same file to samples with the same digest."""
    samples, _ = soundfile.read(audio_folder / name, dtype="int32")
    raw = samples.astype("<i4").tobytes()
    # 16 and 24 bits fill the upper bytes of libsndfile's 32.
    packed = b"".join(raw[at + 4 - width : at + 4] for at in range(0, len(raw), 4))

    assert verify_audio(audio_folder / name).md5 == hashlib.md5(packed).hexdigest()


@pytest.mark.parametrize("name", ["cd.flac", "hires.flac"])
def test_the_md5_is_that_of_the_reference_tools(audio_folder: Path, name: str) -> None:
    """What metaflac prints."""
    command = [tool("metaflac"), "--show-md5sum", str(audio_folder / name)]

    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    assert verify_audio(audio_folder / name).md5 == shown


@pytest.mark.parametrize("channels", [1, 2, 8])
@pytest.mark.parametrize("bit_depth", [8, 12, 16, 20, 24, 32])
def test_the_md5_holds_for_every_bit_depth(
    write_flac: FlacWriter, tmp_path: Path, bit_depth: int, channels: int
) -> None:
    """Samples at both ends of the range, one to eight channels, as libFLAC would count them."""
    top = (1 << bit_depth - 1) - 1
    voice = [top, -top - 1, 0, 1, -1, top // 3, -top // 5] * 40
    path = tmp_path / "made.flac"
    path.write_bytes(
        write_flac([voice[at:] + voice[:at] for at in range(channels)], bit_depth=bit_depth)
    )

    verified = verify_audio(path)

    assert verified.method is VerifyMethod.STREAMINFO_MD5
    assert (verified.format.bit_depth, verified.format.channels) == (bit_depth, channels)
    assert verified.samples == len(voice)
    if shutil.which("flac"):
        subprocess.run(["flac", "--test", "--silent", str(path)], check=True)


@settings(max_examples=200)
@given(data=st.data())
def test_every_flipped_bit_in_the_frames_of_a_flac_file_is_found(
    small_flac: bytes, scratch: Callable[[bytes], Path], data: st.DataObject
) -> None:
    """Samples, headers and checksums: with the MD5, and without one."""
    content = bytearray(small_flac)
    if data.draw(st.booleans(), label="without MD5"):
        content[STREAMINFO_END - 16 : STREAMINFO_END] = bytes(16)
    first, last = STREAMINFO_END * 8, len(content) * 8 - 1
    position = data.draw(st.one_of(st.integers(first, last), st.integers(last - 16, last)))
    content[position // 8] ^= 1 << position % 8

    with pytest.raises(DamagedAudio):
        verify_audio(scratch(bytes(content)))


@settings(max_examples=100)
@given(share=st.floats(0, 1, exclude_max=True))
def test_a_flac_file_that_is_cut_anywhere_is_found(
    small_flac: bytes, scratch: Callable[[bytes], Path], share: float
) -> None:
    """At the end of a frame as well as inside one."""
    with pytest.raises(IntegrityError):
        verify_audio(scratch(small_flac[: int(share * len(small_flac))]))


def test_another_md5_in_the_header_is_damage(
    small_flac: bytes, scratch: Callable[[bytes], Path]
) -> None:
    """Every frame is in order, but they are not the ones that the header speaks of."""
    content = bytearray(small_flac)
    content[STREAMINFO_END - 1] ^= 1

    with pytest.raises(DamagedAudio, match="other samples"):
        verify_audio(scratch(bytes(content)))


def test_an_all_zero_md5_is_not_bad(small_flac: bytes, scratch: Callable[[bytes], Path]) -> None:
    """Some shops leave it out: the frames' checksums and the total stand for it."""
    content = bytearray(small_flac)
    content[STREAMINFO_END - 16 : STREAMINFO_END] = bytes(16)

    verified = verify_audio(scratch(bytes(content)))

    assert verified.method is VerifyMethod.DECODE
    assert verified.md5 == small_flac[STREAMINFO_END - 16 : STREAMINFO_END].hex()


@pytest.mark.parametrize("md5", [None, bytes(16)])
@pytest.mark.parametrize("stated", [511, 513])
def test_another_number_of_samples_than_stated_is_damage(
    write_flac: FlacWriter, scratch: Callable[[bytes], Path], stated: int, md5: bytes | None
) -> None:
    """One frame less, or one from somewhere else, decodes without an error."""
    content = write_flac([[1, -1] * 256], bit_depth=16, stated_total=stated, md5=md5)

    with pytest.raises(DamagedAudio, match="does not hold the samples"):
        verify_audio(scratch(content))


def test_a_flac_file_behind_an_id3_tag_is_verified(
    small_flac: bytes, scratch: Callable[[bytes], Path]
) -> None:
    """Some taggers put one there."""
    content = b"ID3\x04\x00\x00\x00\x00\x01\x00" + bytes(128) + small_flac

    assert verify_audio(scratch(content)).method is VerifyMethod.STREAMINFO_MD5


# --- other formats, and what is none ---------------------------------------------------


# Not the MP3 without its encoder's count: cut between two frames, it looks whole (see below).
@pytest.mark.parametrize("name", [name for name, *_ in FORMATS if name != "headless.mp3"])
@pytest.mark.parametrize("share", [0.01, 0.5, 0.9, 0.999])
def test_a_file_that_is_cut_is_found_in_every_format(
    audio_folder: Path, scratch: Callable[[bytes], Path], name: str, share: float
) -> None:
    """An MP3 cut in the middle decodes without an error; it is still not whole."""
    content = (audio_folder / name).read_bytes()

    with pytest.raises(IntegrityError):
        verify_audio(scratch(content[: int(share * len(content))]))


@pytest.mark.parametrize("name", [name for name, *_ in FORMATS])
@settings(max_examples=40)
@given(data=st.data())
def test_damage_never_raises_anything_but_our_errors(
    audio_folder: Path, scratch: Callable[[bytes], Path], name: str, data: st.DataObject
) -> None:
    """Bytes changed anywhere: the answer is a result or one of ours, never FFmpeg's own."""
    content = bytearray((audio_folder / name).read_bytes())
    places = st.one_of(st.integers(0, min(600, len(content) - 1)), st.integers(0, len(content) - 1))
    for place in data.draw(st.lists(places, min_size=1, max_size=6)):
        content[place] = data.draw(st.integers(0, 255))
    path = scratch(bytes(content))

    for look in (probe, verify_audio):
        try:
            look(path)
        except OrpheusError:
            continue


@settings(max_examples=60)
@given(
    magic=st.sampled_from([b"fLaC\x80\x00\x00\x22", b"OggS", b"RIFF1234WAVEfmt ", b"FORM1234AIFF"]),
    rest=st.binary(max_size=400),
)
def test_random_bytes_behind_a_magic_are_no_audio(
    scratch: Callable[[bytes], Path], magic: bytes, rest: bytes
) -> None:
    """FFmpeg recognises almost anything as something; without frames it is nothing."""
    path = scratch(magic + rest)

    with pytest.raises(IntegrityError):
        verify_audio(path)


def test_an_mp4_that_lacks_a_fragment_is_found_by_decoding(
    audio_folder: Path, scratch: Callable[[bytes], Path]
) -> None:
    """The boxes add up and every frame decodes, but the sound is shorter than the last stamp."""
    content = (audio_folder / "fragmented.m4a").read_bytes()
    starts = [found.start() - 4 for found in re.finditer(b"moof", content)]

    with pytest.raises(DamagedAudio, match="does not hold the sound that it states"):
        verify_audio(scratch(content[: starts[1]] + content[starts[3] :]))


@pytest.mark.parametrize(
    ("rate", "sound", "what"),
    [(8000, b"", "no sound"), (0, bytes(800), "header cannot be read|does not decode")],
)
def test_a_wav_file_without_sound_or_rate_is_damaged(
    scratch: Callable[[bytes], Path], rate: int, sound: bytes, what: str
) -> None:
    """The structure is in order, and nothing can be heard."""
    form = struct.pack("<HHIIHH", 1, 1, rate, rate * 2, 2, 16)
    chunks = b"fmt \x10\x00\x00\x00" + form + b"data" + struct.pack("<I", len(sound)) + sound
    content = b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"WAVE" + chunks

    with pytest.raises(DamagedAudio, match=what):
        verify_audio(scratch(content))


@pytest.mark.parametrize(
    "content", [b"#EXTM3U\nfile:///etc/passwd\n", b"<html>403</html>", b"plain text\n" * 999, b""]
)
@pytest.mark.parametrize("look", [probe, verify_audio])
def test_something_else_under_the_name_of_a_flac_file_is_not_audio(
    tmp_path: Path, content: bytes, look: Callable[[Path], object]
) -> None:
    """The extension is not asked."""
    path = tmp_path / "song.flac"
    path.write_bytes(content)

    with pytest.raises(NotAudio):
        look(path)


def test_a_codec_that_no_stage_can_file_is_not_audio(audio_folder: Path) -> None:
    """FLAC in MP4 would get the wrong extension and the wrong tags."""
    with pytest.raises(NotAudio, match="flac in the form of MP4"):
        probe(audio_folder / "flac.mp4")


def test_an_encrypted_file_is_protected(audio_folder: Path) -> None:
    """It is whole, and nothing that we may open."""
    with pytest.raises(ProtectedContent):
        verify_audio(audio_folder / "encrypted.m4a")


def test_an_mp3_named_flac_is_not_what_was_promised(audio_folder: Path, tmp_path: Path) -> None:
    """A lossy copy is never passed off as the lossless file."""
    path = tmp_path / "song.flac"
    shutil.copy(audio_folder / "vbr.mp3", path)

    with pytest.raises(NotAudio, match="this is MP3") as refused:
        verify_audio(path, expected=AudioFormat(codec=Codec.FLAC, bit_depth=16))

    assert refused.value.evidence == {"codec": "mp3", "codec_expected": "flac"}
    assert "lossy" in refused.value.why


def test_another_resolution_than_expected_is_reported_not_refused(audio_folder: Path) -> None:
    """ "Up to 24/192" is what services state; the floor is the caller's question."""
    expected = AudioFormat(codec=Codec.FLAC, bit_depth=24, sample_rate_hz=192_000)

    verified = verify_audio(audio_folder / "cd.flac", expected=expected)

    assert (verified.format.bit_depth, verified.format.sample_rate_hz) == (16, 44_100)


@pytest.mark.skipif(sys.platform == "win32", reason="no such names on Windows")
@pytest.mark.parametrize("name", ["-rf.flac", "concat:a|b.flac", "file:x", "pipe:0", "$(id).flac"])
def test_a_file_name_is_never_an_option_or_a_protocol(
    small_flac: bytes, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FFmpeg is handed an open file; it never sees the name."""
    (tmp_path / name).write_bytes(small_flac)
    monkeypatch.chdir(tmp_path)

    assert verify_audio(Path(name)).method is VerifyMethod.STREAMINFO_MD5


# --- duration --------------------------------------------------------------------------


@pytest.fixture
def thirty_seconds(write_flac: FlacWriter, tmp_path: Path) -> Path:
    """A whole file of 30 s."""
    path = tmp_path / "excerpt.flac"
    path.write_bytes(write_flac([[0, 5] * 1500], bit_depth=8, rate=100))
    return path


def test_a_sample_in_place_of_the_track_is_named_so(thirty_seconds: Path) -> None:
    """Whole and undamaged, but 30 s where a track of four minutes was due."""
    with pytest.raises(SampleInsteadOfTrack) as refused:
        verify_audio(thirty_seconds, expected_duration_s=240)

    assert refused.value.evidence == {"duration_s": 30.0, "duration_expected_s": 240}
    assert refused.value.exit_status is ExitStatus.NOT_AVAILABLE


@pytest.mark.parametrize("expected_s", [28.0, 28.1, 31.9, 32.0])
def test_a_duration_within_the_tolerance_is_accepted(
    thirty_seconds: Path, expected_s: float
) -> None:
    """Services round their durations."""
    assert verify_audio(thirty_seconds, expected_duration_s=expected_s).duration_s == 30.0


@pytest.mark.parametrize("expected_s", [32.1, 59.0])
def test_a_shorter_file_is_damaged(thirty_seconds: Path, expected_s: float) -> None:
    """An MP3 that was cut between two frames shows it nowhere else."""
    with pytest.raises(DamagedAudio, match=r"30\.0 s"):
        verify_audio(thirty_seconds, expected_duration_s=expected_s)


def test_a_longer_file_is_not_decoded_to_its_end(
    write_flac: FlacWriter, scratch: Callable[[bytes], Path]
) -> None:
    """A small file may decode to years of silence: decoding ends soon behind what is expected."""
    content = write_flac([[0] * 40_000], bit_depth=8, rate=1000, stated_total=0)

    with pytest.raises(DamagedAudio, match="at least") as refused:
        verify_audio(scratch(content), expected_duration_s=3)

    assert 5 < float(refused.value.evidence["duration_s"] or 0) < 15


def test_an_mp3_that_is_cut_between_frames_without_a_header_is_found_by_its_duration(
    audio_folder: Path, scratch: Callable[[bytes], Path]
) -> None:
    """Nothing in the file says how long it should be; the service does."""
    content = (audio_folder / "headless.mp3").read_bytes()
    frame_bytes = 417
    half = content[: content.index(b"\xff\xfb", len(content) // 2 - frame_bytes)]

    assert verify_audio(scratch(half)).duration_s < 0.6
    with pytest.raises(IntegrityError):
        verify_audio(scratch(half), expected_duration_s=1.0, tolerance_s=0.2)


# --- the disk --------------------------------------------------------------------------


@pytest.mark.parametrize("look", [probe, verify_audio])
def test_a_missing_file_is_an_error_of_the_disk(
    tmp_path: Path, look: Callable[[Path], object]
) -> None:
    """Not one of the audio."""
    with pytest.raises(TargetGone):
        look(tmp_path / "gone.flac")


def test_a_folder_is_an_error_of_the_disk(tmp_path: Path) -> None:
    """Named like an album, say."""
    with pytest.raises(NoPermission):
        probe(tmp_path)


def test_a_disk_that_fails_while_the_decoder_reads_is_not_damage(
    audio_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fetching the file again would be the wrong advice."""
    content = (audio_folder / "hires.flac").read_bytes()

    class FailingFile(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell() > len(content) // 2:
                raise OSError(errno.EIO, "Input/output error")
            return super().read(size)

    monkeypatch.setattr(Path, "open", lambda path, mode: FailingFile(content))

    with pytest.raises(DiskFailing):
        verify_audio(Path("song.flac"))


def test_the_decoder_is_not_imported_before_it_is_needed() -> None:
    """Starting up stays light."""
    code = (
        "import sys, orpheus_core.delivery.audio, orpheus_core.delivery.tags;"
        "print([name for name in ('av', 'mutagen', 'numpy') if name in sys.modules])"
    )

    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert shown.stdout.strip() == "[]"


def test_probing_reads_headers_only(small_flac: bytes, scratch: Callable[[bytes], Path]) -> None:
    """What the header states is told, be the rest as it may."""
    probed = probe(scratch(small_flac[: len(small_flac) // 2]))

    assert probed == ProbedAudio(
        format=AudioFormat(codec=Codec.FLAC, sample_rate_hz=8000, bit_depth=16, channels=2),
        duration_s=512 / 8000,
    )


def test_a_check_that_is_cancelled_ends_at_the_next_frame(thirty_seconds: Path) -> None:
    """Nobody waits for the end of an hour of sound after Ctrl-C."""
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        verify_audio(thirty_seconds, cancel=cancel)
