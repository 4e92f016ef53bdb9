"""Makes the sandbox's files anew: ``python -m orpheus_core.testing.sandbox.make_audio``.

Melodies and covers are computed (`synthesis`, `covers`) and encoded with PyAV
(`encoding`). What comes out is free of rights (CC0). The files are part of the source;
this is run only to change them: another version of the encoders gives other bytes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from orpheus_core.music import AudioFormat, Codec, ReleaseType
from orpheus_core.testing.sandbox.catalogue import CatalogueRelease
from orpheus_core.testing.sandbox.covers import DESIGNS, SIDE, as_jpeg, as_png, pixels
from orpheus_core.testing.sandbox.encoding import encode
from orpheus_core.testing.sandbox.files import (
    INDEX_NAME,
    AudioFile,
    CoverFile,
    FileIndex,
    index_text,
    sha256_hex,
)
from orpheus_core.testing.sandbox.releases import CATALOGUE, LANTERNS
from orpheus_core.testing.sandbox.synthesis import melody_for

CD = AudioFormat(codec=Codec.FLAC, sample_rate_hz=44_100, bit_depth=16, channels=2)
STUDIO = AudioFormat(codec=Codec.FLAC, sample_rate_hz=96_000, bit_depth=24, channels=2)
MP3 = AudioFormat(codec=Codec.MP3, sample_rate_hz=44_100, bitrate_kbps=256, channels=2)


def formats_of(release: CatalogueRelease) -> dict[str, AudioFormat]:
    """Return what *release* is offered in, by the end of the file's name.

    Everything as on a CD; the EP as from the studio, too, and the first album as MP3.
    """
    formats = {".flac": CD}
    if release.type is ReleaseType.EP:
        formats[".studio.flac"] = STUDIO
    if release is LANTERNS:
        formats[".mp3"] = MP3
    return formats


def make_audio(release: CatalogueRelease, folder: Path) -> Iterator[AudioFile]:
    """Write the audio of *release* into *folder*, and yield what was written."""
    for track in release.tracks:
        melody = melody_for(release.id, track.id)
        for ending, form in formats_of(release).items():
            content = encode(melody.samples(form.sample_rate_hz or 0), form)
            name = track.id + ending
            (folder / name).write_bytes(content)
            yield AudioFile(
                name=name,
                size_bytes=len(content),
                sha256=sha256_hex(content),
                track_id=track.id,
                quality=form.quality,
                format=form,
                duration_s=melody.duration_s,
            )


def make_cover(release: CatalogueRelease, folder: Path) -> CoverFile:
    """Write the cover of *release* into *folder*: a JPEG for the first album, else a PNG."""
    rgb = pixels(DESIGNS[release.id])
    name, content = (
        (f"{release.id}.jpg", as_jpeg(rgb))
        if release is LANTERNS
        else (f"{release.id}.png", as_png(rgb))
    )
    (folder / name).write_bytes(content)
    return CoverFile(
        name=name,
        size_bytes=len(content),
        sha256=sha256_hex(content),
        release_id=release.id,
        width=SIDE,
        height=SIDE,
    )


def make_all(folder: Path) -> FileIndex:
    """Write every file and the index into *folder*, and return the index."""
    folder.mkdir(parents=True, exist_ok=True)
    index = FileIndex(
        audio=tuple(file for release in CATALOGUE.releases for file in make_audio(release, folder)),
        covers=tuple(make_cover(release, folder) for release in CATALOGUE.releases),
    )
    (folder / INDEX_NAME).write_text(index_text(index), encoding="utf-8")
    return index


def main() -> int:
    """Write everything to where the sandbox reads it, and say how much it is."""
    index = make_all(Path(__file__).parent / "audio")
    total = sum(file.size_bytes for file in (*index.audio, *index.covers))
    sys.stdout.write(f"{len(index.audio)} audio files and {len(index.covers)} covers, {total} B\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
