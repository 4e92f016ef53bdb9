"""What stages work on: a job for one link, and one track of it."""

from __future__ import annotations

from pathlib import Path

import attrs

from orpheus_core.delivery.manifest import Manifest
from orpheus_core.errors import OrpheusError
from orpheus_core.music import (
    AudioFormat,
    MediaRef,
    Playlist,
    Quality,
    QualityWish,
    Release,
    Track,
)

Collection = Release | Playlist | Track
"""What one folder is made of."""


@attrs.frozen(kw_only=True)
class FetchedFile:
    """An audio file in the work folder, as far as the stages have come with it.

    *preview*: it is an excerpt, and says so wherever it goes. *format* and *duration_s*
    are what the service promises until the verify stage puts what it found. *method* says
    how that was found.
    """

    path: Path
    size_bytes: int
    sha256: str
    format: AudioFormat
    duration_s: float | None = None
    preview: bool = False
    method: str = ""


@attrs.frozen(kw_only=True)
class TrackItem:
    """One track on its way. A stage returns it changed; nothing else changes it.

    *folder* is the track's own place in the work folder, made before its first stage;
    *position* counts from 1 in the release or playlist. *missing* is the error of a track
    that could not be had; *present* says that an earlier run has already put its file in
    its final place.
    """

    track: Track
    collection: Collection
    position: int
    wish: QualityWish
    folder: Path
    file: FetchedFile | None = None
    cover: Path | None = None
    notes: tuple[str, ...] = ()
    missing: OrpheusError | None = None
    present: bool = False

    @property
    def release(self) -> Release | None:
        """The release that the track is on, whatever it was asked for with."""
        return self.collection if isinstance(self.collection, Release) else self.track.release

    @property
    def kind(self) -> str:
        """What its job collects: album, playlist, track."""
        return self.collection.ref.kind.value

    @property
    def subject(self) -> str:
        """How events name it."""
        return f"track/{self.track.ref}"

    def noted(self, note: str) -> TrackItem:
        """Return the item with a note for the manifest."""
        return attrs.evolve(self, notes=(*self.notes, note))


@attrs.frozen(kw_only=True)
class Artifact:
    """A finished folder with its manifest."""

    path: Path
    manifest: Manifest


@attrs.frozen(kw_only=True)
class JobItem:
    """One link on its way to one folder.

    *completes* is the finished folder of an earlier run, where this one adds what is missing.
    """

    ref: MediaRef
    wish: QualityWish
    target: Path
    work: Path
    correlation_id: str
    media: Collection | None = None
    tracks: tuple[TrackItem, ...] = ()
    completes: Path | None = None
    artifact: Artifact | None = None
    notes: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """What it collects: album, playlist, track."""
        return (self.media or self).ref.kind.value

    @property
    def quality(self) -> Quality | None:
        """The lowest quality among its files; None when none is there but excerpts."""
        files = [item.file for item in self.tracks if item.file and item.missing is None]
        return min((file.format.quality for file in files if not file.preview), default=None)

    @property
    def subject(self) -> str:
        """How events name it."""
        return f"job/{self.ref}"

    def noted(self, note: str) -> JobItem:
        """Return the item with a note for the manifest."""
        return attrs.evolve(self, notes=(*self.notes, note))

    @property
    def missing(self) -> tuple[TrackItem, ...]:
        """The tracks that could not be had."""
        return tuple(item for item in self.tracks if item.missing is not None)

    @property
    def resumable(self) -> bool:
        """Whether another run could go on where this one stopped."""
        return self.artifact is None or bool(self.missing)


Item = JobItem | TrackItem
"""What a stage is given, by its scope."""
