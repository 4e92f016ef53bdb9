"""Where an artefact goes: its folder below the target, and the name of each file in it."""

from __future__ import annotations

import hashlib
import itertools
import re
from pathlib import Path

import attrs

from orpheus_core.delivery.fields import field_values
from orpheus_core.delivery.item import JobItem, TrackItem
from orpheus_core.delivery.layout import Template, distinct_names, folded, inside, safe_name
from orpheus_core.delivery.manifest import FILE_NAME, Manifest, from_bytes
from orpheus_core.errors import HookFailed, InvalidManifest
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
    """
    rendered = {item.position: _rendered(item, job, plugins) for item in job.tracks}
    common = _common([parts[:-1] for parts in rendered.values()])
    root = common or (safe_name(job.ref.id, fallback="item"),)
    below = {position: parts[len(common) :] for position, parts in rendered.items()}
    folder, present = _free_or_ours(job, root, storage)
    return Placement(folder=folder, files=_told_apart(below, job), present=present)


def _rendered(item: TrackItem, job: JobItem, plugins: PluginHost) -> tuple[str, ...]:
    values = field_values(item)
    answer = plugins.first("orpheus_file_name", str, item=item, values=values)
    if answer is None:
        raise HookFailed("no plugin names the files", why="orpheus_file_name had no answer")
    extension = item.file.format.codec.extension if item.file else ""
    template = Template.parse(answer.value)
    return template.render(values, fallback=job.ref.id, extension=extension)


def _common(folders: list[tuple[str, ...]]) -> tuple[str, ...]:
    levels = zip(*folders, strict=False)
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


def manifest_in(folder: Path, storage: Storage) -> Manifest | None:
    """Return the manifest in *folder*, or None where there is none that can be read."""
    path = folder / FILE_NAME
    if not storage.exists(path) or path.is_symlink() or path.is_dir():
        return None
    try:
        return from_bytes(storage.read_bytes(path))
    except InvalidManifest:
        return None


def is_of(manifest: Manifest, job: JobItem) -> bool:
    """Whether *manifest* describes the same item in the same quality."""
    origin, wish = manifest.origin, job.wish
    ours = (str(job.ref), wish.wanted.value, wish.floor.value, wish.previews)
    return (origin.ref, origin.quality, origin.floor, origin.previews) == ours
