"""The cover stage: fetches the picture of a track's release, once for all of its tracks."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from pathlib import Path

import attrs

from orpheus_core.delivery.item import TrackItem
from orpheus_core.delivery.pictures import check_picture
from orpheus_core.delivery.stage import StageContext, TrackStage
from orpheus_core.hookspecs import hookimpl
from orpheus_core.music import Image
from orpheus_core.storage import write_atomically

_LARGEST_BYTES = 25_000_000


class Cover(TrackStage):
    """Brings the front cover; the job goes on without it."""

    name = "cover"
    after = ("verify",)
    before = ("tag",)
    optional = True

    def __init__(self) -> None:
        self._lock = threading.Lock()

    @hookimpl
    def orpheus_stages(self) -> list[Cover]:
        """Offer this stage."""
        return [self]

    def run_track(self, item: TrackItem, context: StageContext) -> TrackItem:
        """Fetch the largest picture, unless another track of the job has.

        Raises:
            PictureRefused: what came is no picture that one would want in a file.
            NetworkError, ServiceError: it did not come.
        """
        release = item.release
        image = _largest(release.images if release else ())
        if image is None:
            return item
        digest = hashlib.sha256(image.url.encode("utf-8", "surrogatepass")).hexdigest()
        covers = item.folder.parent.parent / "covers"
        path = covers / f"{digest[:16]}.image"
        with self._lock:
            if not context.storage.exists(path):
                self._fetch(image, path, item, context)
        return attrs.evolve(item, cover=path)

    def _fetch(self, image: Image, path: Path, item: TrackItem, context: StageContext) -> None:
        response = context.network.request(
            "GET",
            image.url,
            service=item.track.ref.service,
            max_bytes=_LARGEST_BYTES,
            cancel=context.cancel,
        )
        check_picture(response.content)
        context.storage.make_folders(path.parent)
        write_atomically(context.storage, path, response.content)


def _largest(images: Sequence[Image]) -> Image | None:
    return max(images, key=lambda image: (image.width or 0) * (image.height or 0), default=None)
