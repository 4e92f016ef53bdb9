"""The tag stage: writes what is known of the track into a copy of its file."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import attrs

from orpheus_core.delivery.fields import PREVIEW_MARK
from orpheus_core.delivery.item import TrackItem
from orpheus_core.delivery.pictures import check_picture
from orpheus_core.delivery.plain_file import chunks, digest_of
from orpheus_core.delivery.stage import StageContext, TrackStage
from orpheus_core.delivery.tags import TrackTags, tags_for, write_tags
from orpheus_core.errors import PictureRefused
from orpheus_core.hookspecs import hookimpl
from orpheus_core.storage import Storage


class Tag(TrackStage):
    """Tags a copy, so that the verified file is there until the copy is whole.

    Optional: a file whose tags cannot be written is still the music, and the manifest
    says that it has none.
    """

    name = "tag"
    after = ("verify",)
    before = ("package",)
    optional = True

    @hookimpl
    def orpheus_stages(self) -> list[Tag]:
        """Offer this stage."""
        return [self]

    def run_track(self, item: TrackItem, context: StageContext) -> TrackItem:
        """Write title, artists, numbers, codes and cover.

        Raises:
            TagsFailed: the container takes no tags.
            StorageError: the copy could not be written.
        """
        if item.file is None:
            return item
        fetched, source = item.file, item.file.path
        tagged = item.folder / f"tagged{source.suffix}"
        with copied(source, tagged, context.storage) as copy:
            tags = context.plugins.fold("orpheus_tags", "tags", _tags(item, context), item=item)
            try:
                write_tags(copy, tags, fetched.format.codec)
            except PictureRefused as error:
                # This container takes no such picture; the file is as it was.
                write_tags(copy, attrs.evolve(tags, cover=None), fetched.format.codec)
                item = item.noted(f"the cover was left out of the tags: {error.title}")
        size_bytes, sha256 = digest_of(tagged)
        file = attrs.evolve(fetched, path=tagged, size_bytes=size_bytes, sha256=sha256)
        return attrs.evolve(item, file=file)


@contextlib.contextmanager
def copied(source: Path, target: Path, storage: Storage) -> Iterator[Path]:
    """Copy *source* beside *target*; when all went well inside, the copy becomes *target*."""
    copy = target.with_name(f"{target.stem}.copy{target.suffix}")
    if storage.exists(copy):
        storage.unlink(copy)
    with storage.create(copy) as file:
        for chunk in chunks(source):
            file.write(chunk)
    yield copy
    with storage.resume(copy, at=copy.stat().st_size) as file:
        file.fsync()
    storage.rename(copy, target)
    storage.fsync_folder(target.parent)


def _tags(item: TrackItem, context: StageContext) -> TrackTags:
    cover = check_picture(context.storage.read_bytes(item.cover)) if item.cover else None
    return tags_for(item.track, item.release, cover=cover)


class PreviewTags:
    """Says in the tags of an excerpt that it is one. Built-in plugin ``core-preview-tags``."""

    @hookimpl
    def orpheus_tags(self, tags: TrackTags, item: TrackItem) -> TrackTags | None:
        """Mark title and comment of a preview."""
        if item.file is None or not item.file.preview:
            return None
        seconds = f"{item.file.duration_s:.0f} s " if item.file.duration_s else ""
        return attrs.evolve(
            tags,
            title=f"{tags.title or item.track.full_title} {PREVIEW_MARK}",
            comment=f"{seconds}preview, not the whole track",
        )
