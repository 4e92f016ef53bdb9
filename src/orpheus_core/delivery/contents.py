"""What a job's manifest says."""

from __future__ import annotations

import collections
import platform
from pathlib import Path

from orpheus_core.delivery.item import Collection, FetchedFile, JobItem, TrackItem
from orpheus_core.delivery.joblog import read_log
from orpheus_core.delivery.manifest import (
    EventEntry,
    FileEntry,
    FormatEntry,
    Manifest,
    Origin,
    TrackEntry,
)
from orpheus_core.delivery.stage import StageContext
from orpheus_core.errors import ItemNotFound
from orpheus_core.music import Playlist, Release, Track

_DECISION = "brain.decision.made"


def manifest_of(
    job: JobItem,
    root: Path,
    cover: FileEntry | None,
    earlier: Manifest | None,
    context: StageContext,
) -> Manifest:
    """Return the manifest of *job*, whose files stand below *root*.

    *earlier* is the manifest that this one replaces: its decisions and events are taken over.
    """
    media = job.media
    if media is None:
        raise ItemNotFound(f"{job.ref} was never resolved")
    release = media if isinstance(media, Release) else None
    files = [_file(item.file, root) for item in job.tracks if item.file and item.missing is None]
    log = read_log(job.work / "events.jsonl", context.storage)
    if earlier:
        log = _joined(earlier, log, job.correlation_id)
    return Manifest(
        kind=_kind(media),
        title=_title(media),
        artists=_artists(media),
        origin=_origin(job, media, context),
        date=str(release.date) if release and release.date else None,
        label=release.label if release else None,
        upc=release.upc if release else None,
        tracks_expected=_expected(media, len(job.tracks)),
        tracks=tuple(_track(item, root) for item in job.tracks),
        files=tuple(files) + ((cover,) if cover else ()),
        notes=job.notes,
        decisions=tuple(entry for entry in log if entry.kind == _DECISION),
        events=tuple(entry for entry in log if entry.kind != _DECISION),
    )


def _joined(
    earlier: Manifest, log: tuple[EventEntry, ...], correlation_id: str
) -> tuple[EventEntry, ...]:
    """Return what *earlier* has, and what *log* has more than that."""
    there = (*earlier.decisions, *earlier.events)
    if earlier.origin.correlation_id != correlation_id:
        return (*there, *log)
    # The work folder was kept: its log begins with what the manifest has already.
    known = collections.Counter(map(repr, there))
    new = []
    for entry in log:
        if known[repr(entry)]:
            known[repr(entry)] -= 1
        else:
            new.append(entry)
    return (*there, *new)


def _kind(media: Collection) -> str:
    if isinstance(media, Release):
        return media.type.value
    return "playlist" if isinstance(media, Playlist) else "track"


def _title(media: Collection) -> str:
    return media.title if isinstance(media, Playlist) else media.full_title


def _artists(media: Collection) -> tuple[str, ...]:
    if isinstance(media, Playlist):
        return (media.owner,) if media.owner else ()
    return tuple(artist.name for artist in media.artists)


def _expected(media: Collection, listed: int) -> int:
    stated = 1 if isinstance(media, Track) else media.track_total
    return max(stated or 0, listed)


def _origin(job: JobItem, media: Collection, context: StageContext) -> Origin:
    plugin = context.plugins.record(context.service(job.ref.service).plugin)
    return Origin(
        ref=str(job.ref),
        service=job.ref.service,
        url=media.url,
        quality=job.wish.wanted.value,
        floor=job.wish.floor.value,
        previews=job.wish.previews,
        created=context.clock.now().isoformat(timespec="seconds"),
        correlation_id=job.correlation_id,
        versions={
            "orpheus-core": context.version,
            "python": platform.python_version(),
            plugin.distribution or plugin.id: plugin.version,
        },
    )


def _track(item: TrackItem, root: Path) -> TrackEntry:
    track = item.track
    there = item.file is not None and item.missing is None
    return TrackEntry(
        position=item.position,
        ref=str(track.ref),
        title=track.full_title,
        artists=tuple(artist.name for artist in track.artists),
        disc_number=track.disc_number,
        track_number=track.track_number,
        isrc=track.isrc,
        url=track.url,
        file=_relative(item.file.path, root) if item.file and there else None,
        preview=bool(item.file and there and item.file.preview),
        missing=item.missing.title if item.missing else None,
        missing_code=item.missing.code if item.missing else None,
        notes=item.notes,
    )


def _file(file: FetchedFile, root: Path) -> FileEntry:
    return FileEntry(
        path=_relative(file.path, root),
        role="audio",
        size_bytes=file.size_bytes,
        sha256=file.sha256,
        format=FormatEntry.of(file.format),
        duration_s=file.duration_s,
        verified_by=file.method or None,
    )


def _relative(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()
