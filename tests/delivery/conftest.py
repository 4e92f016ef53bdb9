"""Real audio files of every format, made once a run; a FLAC writer; a service without a network."""

from __future__ import annotations

import hashlib
import io
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import attrs
import av
import numpy as np
import numpy.typing as npt
import pytest
import soundfile
from av import AudioFormat, AudioStream, VideoCodecContext
from av.audio.resampler import AudioResampler

import orpheus_core as oc
from orpheus_core.testing import SimClock

Samples = npt.NDArray[np.float64]


def tone(seconds: float, rate: int, channels: int = 2) -> Samples:
    """A tone with some noise in it, different in each channel."""
    noise = np.random.default_rng(7)
    time = np.arange(int(seconds * rate)) / rate
    voices = [
        0.3 * np.sin(2 * np.pi * (330 + 110 * channel) * time)
        + 0.02 * noise.standard_normal(len(time))
        for channel in range(channels)
    ]
    return np.stack(voices, axis=1)


def encode(
    samples: Samples,
    rate: int,
    codec: str,
    container: str,
    options: dict[str, str] | None = None,
    sample_format: str | None = None,
) -> bytes:
    """Encode with FFmpeg what soundfile cannot write."""
    packed = np.ascontiguousarray((samples * 32767).astype(np.int16).reshape(1, -1))
    frame = av.AudioFrame.from_ndarray(packed, format="s16", layout="stereo")
    frame.sample_rate = rate
    frame.pts = 0
    file = io.BytesIO()
    with av.open(file, "w", format=container, options=options or {}) as out:
        stream = out.add_stream(codec, rate=rate, layout="stereo")
        assert isinstance(stream, AudioStream)
        context = stream.codec_context
        if sample_format:
            context.format = AudioFormat(sample_format)
        context.open()
        resampler = AudioResampler(
            format=context.format, layout="stereo", rate=rate, frame_size=context.frame_size
        )
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            out.mux(stream.encode(part))
        out.mux(stream.encode(None))
    return file.getvalue()


def _sound(samples: Samples, rate: int, form: str, subtype: str, endian: str = "FILE") -> bytes:
    file = io.BytesIO()
    channels = samples.shape[1]
    with soundfile.SoundFile(file, "w", rate, channels, subtype, endian, form) as out:
        for start in range(0, len(samples), 4096):  # libsndfile crashes on large Vorbis writes
            out.write(samples[start : start + 4096])
    return file.getvalue()


@pytest.fixture(scope="session")
def audio_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one file of each format; tests copy what they change."""
    folder = tmp_path_factory.mktemp("audio")
    cd = tone(1.0, 44_100)
    encrypted = {
        "encryption_scheme": "cenc-aes-ctr",
        "encryption_key": "00" * 16,
        "encryption_kid": "11" * 16,
    }
    contents = {
        "cd.flac": _sound(cd, 44_100, "FLAC", "PCM_16"),
        "hires.flac": _sound(tone(0.5, 96_000), 96_000, "FLAC", "PCM_24"),
        "cd.wav": _sound(cd, 44_100, "WAV", "PCM_16"),
        "hires.wav": _sound(tone(0.2, 96_000), 96_000, "WAV", "PCM_24"),
        "cd.aiff": _sound(cd, 44_100, "AIFF", "PCM_16"),
        "little.aifc": _sound(cd, 44_100, "AIFF", "PCM_16", "LITTLE"),
        "cd mono.mp3": _sound(cd[:, :1], 44_100, "MP3", "MPEG_LAYER_III"),
        "vbr.mp3": _sound(cd, 44_100, "MP3", "MPEG_LAYER_III"),
        "mono.mp3": _sound(tone(1.0, 22_050, 1), 22_050, "MP3", "MPEG_LAYER_III"),
        "headless.mp3": encode(
            cd, 44_100, "libmp3lame", "mp3", {"write_xing": "0", "id3v2_version": "0"}
        ),
        "vorbis.ogg": _sound(cd, 44_100, "OGG", "VORBIS"),
        "opus.opus": _sound(tone(1.0, 48_000), 48_000, "OGG", "OPUS"),
        "aac.m4a": encode(cd, 44_100, "aac", "mp4"),
        "fragmented.m4a": encode(
            cd,
            44_100,
            "aac",
            "mp4",
            {"movflags": "empty_moov+default_base_moof", "frag_duration": "200000"},
        ),
        "alac.m4a": encode(cd, 44_100, "alac", "mp4", sample_format="s16p"),
        "hires.m4a": encode(cd, 44_100, "alac", "mp4", sample_format="s32p"),
        "encrypted.m4a": encode(cd, 44_100, "aac", "mp4", encrypted),
        "flac.mp4": encode(cd, 44_100, "flac", "mp4"),
        "mp2.mp2": encode(cd, 44_100, "mp2", "mp2"),
        "adts.aac": encode(cd, 44_100, "aac", "adts"),
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return folder


def picture(codec: str, width: int, height: int, options: dict[str, str] | None = None) -> bytes:
    """A real picture from FFmpeg's encoder *codec*."""
    formats = {"mjpeg": "yuvj420p", "png": "rgb24", "libwebp": "yuv420p"}
    context = av.CodecContext.create(codec, "w")
    assert isinstance(context, VideoCodecContext)
    context.width, context.height = width, height
    context.pix_fmt = formats[codec]
    context.time_base = Fraction(1, 25)
    context.options = options or {}
    pixels = np.zeros((height, width, 3), np.uint8)
    frame = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format=formats[codec])
    return b"".join(bytes(packet) for packet in [*context.encode(frame), *context.encode(None)])


@pytest.fixture(scope="session")
def pictures() -> dict[str, bytes]:
    """A real picture of each kind, 40 pixels wide and 24 high."""
    return {
        "JPEG": picture("mjpeg", 40, 24),
        "PNG": picture("png", 40, 24),
        "WEBP": picture("libwebp", 40, 24),
        "WEBP lossless": picture("libwebp", 40, 24, {"lossless": "1"}),
    }


# --- FLAC by our own hand: any bit depth, any number of channels -----------------------

FlacWriter = Callable[..., bytes]


def _crc(data: bytes, polynomial: int, bits: int) -> int:
    value, top, mask = 0, 1 << bits - 1, (1 << bits) - 1
    for byte in data:
        value ^= byte << bits - 8
        for _ in range(8):
            value = (value << 1 ^ polynomial if value & top else value << 1) & mask
    return value


def _flac_frame(number: int, block: Sequence[Sequence[int]], bit_depth: int) -> bytes:
    """One frame whose samples are stored as they are. Source: RFC 9639, 9.1 and 9.2."""
    head = bytes([0xFF, 0xF8, 0x70, len(block) - 1 << 4, number])
    head += (len(block[0]) - 1).to_bytes(2, "big")
    head += bytes([_crc(head, 0x07, 8)])
    bits = ""
    for channel in block:
        bits += "00000010"
        bits += "".join(f"{sample & (1 << bit_depth) - 1:0{bit_depth}b}" for sample in channel)
    bits += "0" * (-len(bits) % 8)
    frame = head + int(bits, 2).to_bytes(len(bits) // 8, "big")
    return frame + _crc(frame, 0x8005, 16).to_bytes(2, "big")


@pytest.fixture(scope="session")
def write_flac() -> FlacWriter:
    """A function of channels (lists of samples), bit_depth, rate, block, stated_total and md5."""

    def write(
        channels: Sequence[Sequence[int]],
        *,
        bit_depth: int,
        rate: int = 8000,
        block: int = 256,
        stated_total: int | None = None,
        md5: bytes | None = None,
    ) -> bytes:
        total = len(channels[0])
        width = (bit_depth + 7) // 8
        interleaved = (sample for row in zip(*channels, strict=True) for sample in row)
        raw = b"".join(sample.to_bytes(width, "little", signed=True) for sample in interleaved)
        packed = rate << 44 | len(channels) - 1 << 41 | bit_depth - 1 << 36
        packed |= total if stated_total is None else stated_total
        info = block.to_bytes(2, "big") * 2 + bytes(6) + packed.to_bytes(8, "big")
        info += hashlib.md5(raw).digest() if md5 is None else md5
        frames = b"".join(
            _flac_frame(at // block, [part[at : at + block] for part in channels], bit_depth)
            for at in range(0, total, block)
        )
        return b"fLaC\x80\x00\x00\x22" + info + frames

    return write


# --- a service that needs no network, and a pipeline that decodes nothing ---------------


class Library:
    """A service plugin whose tracks are a few bytes each, brought by a stage of its own.

    Attributes:
        media: what each reference leads to, or the error for it.
        bytes_of: what a track's file holds, by its id; its id alone where nothing is said.
        failures: what fetching a track raises, by its id.
        codecs: what a track comes as, by its id: FLAC where nothing is said.
        fetched: the ids that were fetched, in order.
    """

    info = oc.ServiceInfo(
        id="library",
        name="Library",
        kinds=frozenset(oc.MediaKind),
        features=frozenset(),
        hosts=("127.0.0.1",),
    )

    def __init__(self) -> None:
        self.media: dict[str, oc.Media | Exception] = {}
        self.bytes_of: dict[str, bytes] = {}
        self.failures: dict[str, Exception] = {}
        self.codecs: dict[str, oc.Codec] = {}
        self.fetched: list[str] = []
        self.stages: list[oc.Stage] = [_Fetch(self)]

    def track(self, ident: str, number: int = 1, **about: object) -> oc.Track:
        """A track of this service."""
        ref = oc.MediaRef("library", oc.MediaKind.TRACK, ident)
        values = {"title": f"Title {ident}", "artists": (oc.Artist(name="Artist"),), **about}
        return oc.Track(ref=ref, track_number=number, **values)  # type: ignore[arg-type] # for tests

    def add_album(self, ident: str, *tracks: oc.Track, title: str = "Album") -> oc.Release:
        """Offer an album, by default of two tracks, as ``library:album:IDENT``."""
        chosen = tracks or (self.track(f"{ident}-1", 1), self.track(f"{ident}-2", 2))
        ref = oc.MediaRef("library", oc.MediaKind.ALBUM, ident)
        artists = (oc.Artist(name="Artist"),)
        release = oc.Release(ref=ref, title=title, artists=artists, tracks=chosen)
        self.media[str(ref)] = release
        return release

    def add_playlist(self, ident: str, *tracks: oc.Track) -> oc.Playlist:
        """Offer a playlist as ``library:playlist:IDENT``."""
        ref = oc.MediaRef("library", oc.MediaKind.PLAYLIST, ident)
        playlist = oc.Playlist(ref=ref, title=ident, tracks=tracks)
        self.media[str(ref)] = playlist
        return playlist

    def resolve(self, client: oc.ServiceClient, ref: oc.MediaRef) -> oc.Media:
        """Return what was put into `media`."""
        found = self.media.get(str(ref), oc.ItemNotFound(f"there is no {ref}"))
        if isinstance(found, Exception):
            raise found
        return found

    def file(self, client: oc.ServiceClient, track: oc.Track, wish: oc.QualityWish) -> oc.MediaFile:
        """Never asked: the stage brings the bytes itself."""
        raise NotImplementedError

    def search(
        self, client: oc.ServiceClient, kind: oc.MediaKind, query: str, limit: int
    ) -> Sequence[oc.SearchHit]:
        """Find nothing."""
        return ()

    @oc.hookimpl
    def orpheus_modules(self) -> Sequence[oc.ServiceModule]:
        """Bring the service."""
        return [self]

    @oc.hookimpl
    def orpheus_stages(self) -> Sequence[oc.Stage]:
        """Bring the stage that stands for the core's download, and what a test adds."""
        return self.stages


class _Fetch(oc.TrackStage):
    name = "download"
    after = ("resolve",)

    def __init__(self, library: Library) -> None:
        self._library = library
        self._lock = threading.Lock()

    def run_track(self, item: oc.TrackItem, context: oc.StageContext) -> oc.TrackItem:
        library, ident = self._library, item.track.ref.id
        with self._lock:
            library.fetched.append(ident)
        if ident in library.failures:
            raise library.failures[ident]
        codec = library.codecs.get(ident, oc.Codec.FLAC)
        path = item.folder / f"fetched{codec.extension}"
        content = library.bytes_of.get(ident, ident.encode())
        path.write_bytes(content)
        file = oc.FetchedFile(
            path=path,
            size_bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            format=oc.AudioFormat(codec=codec),
            preview=item.wish.previews,
        )
        return attrs.evolve(item, file=file)


_WITHOUT = ("core-download", "core-verify", "core-cover", "core-tag")
OpenLibrary = Callable[..., oc.Orpheus]


@pytest.fixture
def library() -> Library:
    """The service, with nothing in it."""
    return Library()


@pytest.fixture
def open_library(library: Library, tmp_path: Path) -> Iterator[OpenLibrary]:
    """A function that opens an application with *library*; closed at the end of the test.

    It takes plugins and config as `Orpheus` does, and keep: built-in plugins that stay in.
    """
    opened: list[oc.Orpheus] = []

    def open_it(
        *,
        plugins: Mapping[str, object] | None = None,
        config: Mapping[str, object] | None = None,
        keep: Sequence[str] = (),
        **options: object,
    ) -> oc.Orpheus:
        off = [name for name in _WITHOUT if name not in keep]
        app = oc.Orpheus(
            tmp_path / "home",
            {"downloads.jobs": 2, "plugins.disabled": off, **(config or {})},
            discover=False,
            plugins={"library": library, **(plugins or {})},
            **{"clock": SimClock(), **options},  # type: ignore[arg-type] # the test's own
        )
        opened.append(app)
        return app

    yield open_it
    for app in opened:
        app.close()


@pytest.fixture
def music(tmp_path: Path) -> Path:
    """Where downloads go; not there yet."""
    return tmp_path / "music"
