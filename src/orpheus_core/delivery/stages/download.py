"""The download stage: streams a track's file into its part, and gives it its name when whole."""

from __future__ import annotations

import attrs

from orpheus_core.delivery.item import FetchedFile, TrackItem
from orpheus_core.delivery.stage import StageContext, TrackStage
from orpheus_core.errors import CountryRestricted
from orpheus_core.hookspecs import hookimpl
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
            answers.append(service.file(client, item.track, item.wish))
            return answers[-1]

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
