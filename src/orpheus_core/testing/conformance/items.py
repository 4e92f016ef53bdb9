"""Items for stages, with real files: fictional music, and audio that is free of rights."""

from __future__ import annotations

import hashlib
from pathlib import Path

import attrs

from orpheus_core.delivery import FetchedFile, JobItem, TrackItem
from orpheus_core.music import (
    Artist,
    Credit,
    CreditRole,
    MediaKind,
    MediaRef,
    PartialDate,
    QualityWish,
    Release,
    Track,
)

_AUDIO = "lanterns-01"
_ARTIST = Artist(name="The Paper Kites of Nowhere")
_ISRC = "QZK0X26{:05}"


def sample_release(tracks: int = 2) -> Release:
    """Return a fictional release with that many tracks."""
    ref = MediaRef("conformance", MediaKind.ALBUM, "1")
    frame = Release(
        ref=ref,
        title="Signals",
        artists=(_ARTIST,),
        date=PartialDate(2026, 1, 1),
        label="Nobody's Records",
        upc="0000000000017",
        genres=("Ambient",),
        track_total=tracks,
        disc_total=1,
    )
    return attrs.evolve(
        frame, tracks=tuple(sample_track(number, frame) for number in range(1, tracks + 1))
    )


def sample_track(number: int = 1, release: Release | None = None) -> Track:
    """Return a fictional track."""
    return Track(
        ref=MediaRef("conformance", MediaKind.TRACK, str(number)),
        title=f"Signal {number}",
        artists=(_ARTIST,),
        duration_s=_audio_s(),
        track_number=number,
        disc_number=1,
        isrc=_ISRC.format(number),
        credits=(Credit(name="Nobody in Particular", role=CreditRole.COMPOSER),),
        release=release,
    )


def track_item(folder: Path, track: Track | None = None, *, position: int = 1) -> TrackItem:
    """Return a track on its way, with a real FLAC file in *folder*, verified but not tagged."""
    release = sample_release()
    wanted = track or release.tracks[position - 1]
    folder.mkdir(parents=True, exist_ok=True)
    return TrackItem(
        track=wanted,
        collection=release,
        position=position,
        wish=QualityWish(),
        folder=folder,
        file=_fetched(folder / "audio.flac"),
    )


def job_item(folder: Path) -> JobItem:
    """Return a job of two tracks below *folder*, each with a real file."""
    release = sample_release()
    work = folder / "work"
    tracks = tuple(
        track_item(work / f"tracks/{number:03}", track, position=number)
        for number, track in enumerate(release.tracks, start=1)
    )
    target = folder / "music"
    target.mkdir(parents=True, exist_ok=True)
    return JobItem(
        ref=release.ref,
        wish=QualityWish(),
        target=target,
        work=work,
        correlation_id="00000000-0000-7000-8000-000000000001",
        media=release,
        tracks=tracks,
    )


def _fetched(path: Path) -> FetchedFile:
    from orpheus_core.testing.sandbox.files import file_index

    audio = next(file for file in file_index().audio if file.name == f"{_AUDIO}.flac")
    content = audio.content()
    path.write_bytes(content)
    return FetchedFile(
        path=path,
        size_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        format=audio.format,
        duration_s=audio.duration_s,
        method="decoded",
    )


def _audio_s() -> float:
    from orpheus_core.testing.sandbox.files import file_index

    return next(file.duration_s for file in file_index().audio if file.name == f"{_AUDIO}.flac")
