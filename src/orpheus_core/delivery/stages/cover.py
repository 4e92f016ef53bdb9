"""The cover stage: fetches the picture of a track's release, once for all of its tracks."""

from __future__ import annotations

import hashlib
import threading
import weakref
from collections.abc import Sequence
from pathlib import Path

import attrs

from orpheus_core.delivery.item import TrackItem
from orpheus_core.delivery.pictures import check_picture
from orpheus_core.delivery.stage import StageContext, TrackStage
from orpheus_core.delivery.workspace import Workspace
from orpheus_core.errors import Cancelled, OrpheusError, StorageError
from orpheus_core.hookspecs import hookimpl
from orpheus_core.music import Image, Release
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
        # By the stop signal, of which each run has one: a server of pictures that is down is
        # asked for each picture once a run, not once for each track.
        self._failures = weakref.WeakKeyDictionary[threading.Event, dict[Path, OrpheusError]]()

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
        image = front_image(item.release)
        if image is None:
            return item
        path = place_of_picture(image, item.folder.parent.parent)
        with self._lock:
            if not context.storage.exists(path):
                self._fetch_once(image, path, item, context)
        return attrs.evolve(item, cover=path)

    def _fetch_once(self, image: Image, path: Path, item: TrackItem, context: StageContext) -> None:
        failures = self._failures.setdefault(context.cancel, {})
        if path in failures:
            raise failures[path]
        try:
            fetch_picture(image, path, item.track.ref.service, context)
        except (StorageError, Cancelled):
            raise
        except OrpheusError as error:
            failures[path] = error
            raise


def front_image(release: Release | None) -> Image | None:
    """Return the largest picture of *release*."""
    images: Sequence[Image] = release.images if release else ()
    return max(images, key=lambda image: (image.width or 0) * (image.height or 0), default=None)


def place_of_picture(image: Image, work: Path) -> Path:
    """Return where *image* is kept in the work folder."""
    digest = hashlib.sha256(image.url.encode("utf-8", "surrogatepass")).hexdigest()
    return work / "covers" / f"{digest[:16]}.image"


def fetch_picture(image: Image, path: Path, service: str, context: StageContext) -> None:
    """Fetch *image* into *path*, which is in a folder of the work folder.

    Raises:
        PictureRefused: what came is no picture that one would want in a file.
        NetworkError, ServiceError: it did not come.
        StorageError: it cannot be written.
    """
    response = context.network.request(
        "GET", image.url, service=service, max_bytes=_LARGEST_BYTES, cancel=context.cancel
    )
    check_picture(response.content)
    Workspace(context.storage, path.parent.parent).make(path.parent)
    write_atomically(context.storage, path, response.content)
