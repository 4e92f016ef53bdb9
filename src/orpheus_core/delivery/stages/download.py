"""The download stage: streams a track's file into its part, and gives it its name when whole."""

from __future__ import annotations

import attrs

from orpheus_core.brain import QualityQuestion, Verdict
from orpheus_core.delivery.item import FetchedFile, TrackItem
from orpheus_core.delivery.stage import StageContext, TrackStage
from orpheus_core.errors import CountryRestricted, QualityUnavailable
from orpheus_core.hookspecs import hookimpl
from orpheus_core.music import Quality
from orpheus_core.network import fetch_file
from orpheus_core.services import MediaFile


class Download(TrackStage):
    """Asks for the link late, resumes a part, checks size and checksum, renames once."""

    name = "download"
    after = ("resolve",)

    @hookimpl
    def orpheus_stages(self) -> list[Download]:
        """Offer this stage."""
        return [self]

    def run_track(self, item: TrackItem, context: StageContext) -> TrackItem:
        """Fetch the track's file.

        Raises:
            QualityUnavailable: it is offered below the quality that was asked for, and the
                brain would rather not have it.
            OrpheusError: the service does not hand it out, or it does not come.
        """
        if item.track.unavailable_because:
            raise CountryRestricted(
                f"{item.track.full_title!r} is not offered to this account",
                why=item.track.unavailable_because,
            )
        service = context.service(item.track.ref.service)
        client = context.client(item.track.ref.service)

        answers: list[MediaFile] = []

        def ask() -> MediaFile:
            offered = service.file(client, item.track, item.wish)
            if not answers or answers[-1].format.quality is not offered.format.quality:
                _check_quality(item, offered, context)
            answers.append(offered)
            return offered

        part = item.folder / "download.part"
        fetched = fetch_file(
            context.network,
            ask(),
            part=part,
            storage=context.storage,
            service=item.track.ref.service,
            subject=item.subject,
            cancel=context.cancel,
            refresh=ask,
        )
        media = answers[-1]  # a link that expired on the way may have been replaced by another file
        whole = item.folder / f"download{media.format.codec.extension}"
        context.storage.rename(part, whole)
        context.storage.fsync_folder(item.folder)
        file = FetchedFile(
            path=whole,
            size_bytes=fetched.size_bytes,
            sha256=fetched.sha256,
            format=media.format,
            duration_s=media.duration_s or item.track.duration_s,
            preview=media.preview,
        )
        return attrs.evolve(item, file=file)


def _check_quality(item: TrackItem, offered: MediaFile, context: StageContext) -> None:
    """Have the brain decide on a file that is below the wish, and not below the floor.

    Whoever wishes for the best there is gets that. What lies below the floor is refused when
    its bytes are looked at: a service may promise less than it sends.

    Raises:
        QualityUnavailable: it is not to be taken.
    """
    wish, quality = item.wish, offered.format.quality
    if wish.wanted is Quality.BEST or offered.preview or not wish.floor <= quality < wish.wanted:
        return
    decision = context.brain.decide(
        QualityQuestion(
            wanted=wish.wanted.value,
            floor=wish.floor.value,
            offered=quality.value,
            kind=item.kind,
            service=item.track.ref.service,
            subject=item.subject,
        )
    )
    if decision.verdict is Verdict.GIVE_UP:
        raise QualityUnavailable(
            f"{item.track.full_title!r} is offered as {offered.format} only",
            why=decision.reason,
            done="it was not fetched",
        )
