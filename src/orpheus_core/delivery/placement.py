"""Where an artefact goes: its folder below the target, and the name of each file in it."""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import attrs

from orpheus_core.delivery.fields import field_values, known_with_the_file
from orpheus_core.delivery.item import JobItem, TrackItem
from orpheus_core.delivery.layout import Template, distinct_names, folded, inside, safe_name
from orpheus_core.delivery.manifest import FILE_NAME, Manifest, from_bytes
from orpheus_core.delivery.plain_file import is_special
from orpheus_core.errors import (
    HookFailed,
    InvalidManifest,
    NoPermission,
    StorageError,
    TargetGone,
)
from orpheus_core.plugins import PluginHost
from orpheus_core.storage import Storage


@attrs.frozen(kw_only=True)
class Placement:
    """The final *folder*, and below it the path of each track's file, by position.

    *present* is the manifest of an earlier download of the same item, when the folder
    holds one.
    """

    folder: Path
    files: dict[int, tuple[str, ...]]
    present: Manifest | None


def place(job: JobItem, plugins: PluginHost, storage: Storage) -> Placement:
    """Return where *job* goes.

    The folder is what all tracks have in common; what differs between them (a folder for
    each disc, say) is below it. A folder that holds something else is left alone: the
    name gets the quality, or the item's id, behind it.

    Raises:
        InvalidTemplate: the layout cannot be read.
        SymlinkInPath: a link below the target leads out of it.
        TargetGone: the folder that *job* completes went away.
    """
    rendered = _all_rendered(job, plugins)
    common = _common(rendered)
    below = {position: parts[len(common) :] for position, parts in rendered.items()}
    folder, present = _completed(job, storage) or _free_or_ours(job, _root(common, job), storage)
    return Placement(folder=folder, files=_told_apart(below, job), present=present)


def earlier_folder(job: JobItem, plugins: PluginHost, storage: Storage) -> Path | None:
    """Return the folder that an earlier run of *job* finished, whole or not, if there is one.

    Before the files have come, a folder whose name tells their codec, say, is not known by
    name: then it is looked for beside where it would be.

    Raises:
        InvalidTemplate: the layout cannot be read.
        SymlinkInPath: a link below the target leads out of it.
    """
    root = _root(_common(_all_rendered(job, plugins)), job)
    folder, present = _free_or_ours(job, root, storage)
    if present:
        return folder
    marks = dict.fromkeys(known_with_the_file(job.wish), "any")
    marked = _root(_common(_all_rendered(job, plugins, marks)), job)
    if marked == root or marked[:-1] != root[:-1]:
        return None
    return _beside(inside(job.target, root[:-1]), job, storage)


def _beside(around: Path, job: JobItem, storage: Storage) -> Path | None:
    if not storage.exists(around):
        return None
    for name in storage.list(around):
        try:
            folder = inside(around, (name,))
            manifest = manifest_in(folder, storage, mentions=str(job.ref))
        except StorageError:
            continue  # a neighbour is no business of this job
        if manifest and is_of(manifest, job):
            return folder
    return None


def _completed(job: JobItem, storage: Storage) -> tuple[Path, Manifest] | None:
    if job.completes is None:
        return None
    manifest = manifest_in(job.completes, storage)
    if manifest is None:
        raise TargetGone(f"{job.completes} went away, or its manifest did, while it was completed")
    return job.completes, manifest


def _all_rendered(
    job: JobItem, plugins: PluginHost, marks: Mapping[str, str] | None = None
) -> dict[int, tuple[str, ...]]:
    return {item.position: _rendered(item, job, plugins, marks or {}) for item in job.tracks}


def _root(common: tuple[str, ...], job: JobItem) -> tuple[str, ...]:
    return common or (safe_name(job.ref.id, fallback="item"),)


def _rendered(
    item: TrackItem, job: JobItem, plugins: PluginHost, marks: Mapping[str, str]
) -> tuple[str, ...]:
    values = {**field_values(item), **marks}
    answer = plugins.first("orpheus_file_name", str, item=item, values=values)
    if answer is None:
        raise HookFailed("no plugin names the files", why="orpheus_file_name had no answer")
    extension = item.file.format.codec.extension if item.file else ""
    template = Template.parse(answer.value)
    return template.render(values, fallback=job.ref.id, extension=extension)


def _common(rendered: Mapping[int, tuple[str, ...]]) -> tuple[str, ...]:
    """The folders that all tracks are in."""
    levels: Iterable[tuple[str, ...]] = zip(
        *(parts[:-1] for parts in rendered.values()), strict=False
    )
    same = itertools.takewhile(lambda names: len(set(names)) == 1, levels)
    return tuple(names[0] for names in same)


def _told_apart(files: dict[int, tuple[str, ...]], job: JobItem) -> dict[int, tuple[str, ...]]:
    ids = {item.position: item.track.ref.id for item in job.tracks}
    by_folder: dict[tuple[str, ...], list[int]] = {}
    for position, parts in files.items():
        folder = tuple(folded(part) for part in parts[:-1])
        by_folder.setdefault(folder, []).append(position)
    told_apart: dict[int, tuple[str, ...]] = {}
    for positions in by_folder.values():
        names = distinct_names([(files[at][-1], ids[at]) for at in positions])
        folder = files[positions[0]][:-1]
        told_apart |= {at: (*folder, name) for at, name in zip(positions, names, strict=True)}
    return told_apart


def _free_or_ours(
    job: JobItem, root: tuple[str, ...], storage: Storage
) -> tuple[Path, Manifest | None]:
    quality = job.wish.wanted.value
    ident = f"{job.ref.service[:10]} {_short(job.ref.id)}"  # a name has 40 bytes to spare
    numbered = (f"{ident} {quality} {number}" for number in itertools.count(2))
    for tag in itertools.chain(("", quality, ident, f"{ident} {quality}"), numbered):
        name = f"{root[-1]} [{tag}]" if tag else root[-1]
        folder = inside(job.target, (*root[:-1], name))
        if not storage.exists(folder):
            return folder, None
        manifest = manifest_in(folder, storage)
        if manifest and is_of(manifest, job):
            return folder, manifest
    raise AssertionError("the numbers do not end")


def _short(ident: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9_-]{1,12}", ident):
        return ident
    return hashlib.sha256(ident.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def manifest_in(folder: Path, storage: Storage, *, mentions: str = "") -> Manifest | None:
    """Return the manifest in *folder*, or None where there is none that can be read.

    One without the text *mentions* is not looked into any further.
    """
    path = folder / FILE_NAME
    try:
        if not storage.exists(path) or is_special(path):
            return None
        content = storage.read_bytes(path)
        if mentions.encode("utf-8", "surrogatepass") not in content:
            return None
        return from_bytes(content)
    except (InvalidManifest, NoPermission):
        return None


def is_of(manifest: Manifest, job: JobItem) -> bool:
    """Whether *manifest* describes the same item in the same quality."""
    origin, wish = manifest.origin, job.wish
    ours = (str(job.ref), wish.wanted.value, wish.floor.value, wish.previews)
    return (origin.ref, origin.quality, origin.floor, origin.previews) == ours
