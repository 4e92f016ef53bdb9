"""The verify stage: the audio is what it claims to be, or the track is fetched again."""

from __future__ import annotations

import attrs

from orpheus_core.delivery.audio import verify_audio
from orpheus_core.delivery.item import TrackItem
from orpheus_core.delivery.stage import StageContext, TrackStage
from orpheus_core.errors import QualityUnavailable
from orpheus_core.hookspecs import hookimpl


class Verify(TrackStage):
    """Decodes the file: FLAC against the MD5 of its samples, others without error."""

    name = "verify"
    after = ("download",)
    redo_from = "download"

    @hookimpl
    def orpheus_stages(self) -> list[Verify]:
        """Offer this stage."""
        return [self]

    def run_track(self, item: TrackItem, context: StageContext) -> TrackItem:
        """Check the file, and put down the format that was found.

        Raises:
            NotAudio: something else came.
            DamagedAudio: it does not decode to what it claims.
            QualityUnavailable: it is below the floor.
        """
        if item.file is None:
            return item
        found = verify_audio(
            item.file.path,
            expected=item.file.format,
            expected_duration_s=item.file.duration_s,
            cancel=context.cancel,
        )
        if not item.file.preview and found.format.quality < item.wish.floor:
            raise QualityUnavailable(
                f"{item.track.full_title!r} came as {found.format}",
                why=f"nothing below {item.wish.floor.value} was to be taken",
            )
        file = attrs.evolve(
            item.file,
            format=found.format,
            duration_s=round(found.duration_s, 3),
            method=found.method.value,
        )
        return attrs.evolve(item, file=file)
