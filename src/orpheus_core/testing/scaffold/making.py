"""Makes the folder of a new plugin: whole, or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import attrs

from orpheus_core.errors import StorageError, WrongArguments
from orpheus_core.storage import TEMPORARY_PREFIX, Storage, storage_error
from orpheus_core.testing.scaffold.filling import filled
from orpheus_core.testing.scaffold.kinds import Kind
from orpheus_core.testing.scaffold.names import PluginNames


@attrs.frozen(kw_only=True)
class NewPlugin:
    """What was made. *files* are paths in *folder*, with ``/``."""

    names: PluginNames
    kind: Kind
    folder: Path
    files: tuple[str, ...]


def make(name: str, kind: Kind, to: Path, storage: Storage) -> NewPlugin:
    """Make the plugin *name* in a folder of its own in *to*, and return what was made.

    Raises:
        WrongArguments: no plugin can have that name, or its folder holds something.
        StorageError: the folder cannot be written; nothing was left there.
    """
    names = PluginNames.parse(name)
    folder = to.absolute() / names.distribution
    files = filled(kind, names)
    _check_free(folder, storage)
    storage.make_folders(folder.parent)
    temporary = folder.with_name(f"{TEMPORARY_PREFIX}{os.urandom(8).hex()}")
    try:
        _write(files, temporary, storage)
        _remove_empty(folder, storage)
        storage.rename(temporary, folder)
    except BaseException as error:
        _forget(temporary, storage, error)
        raise
    storage.fsync_folder(folder.parent)
    return NewPlugin(names=names, kind=kind, folder=folder, files=tuple(files))


def _check_free(folder: Path, storage: Storage) -> None:
    """See that nothing is at *folder*, or an empty folder.

    Raises:
        WrongArguments: something is.
    """
    if not storage.exists(folder):
        return
    if folder.is_symlink() or not folder.is_dir() or storage.list(folder):
        raise WrongArguments(
            f"{folder} is there already",
            why="nothing that is there is written over",
            next_step="choose another name, or another folder with --to",
        )


def _write(files: dict[str, str], folder: Path, storage: Storage) -> None:
    # Sorted, a folder comes before those in it; the first is "." itself.
    below = sorted({parent for name in files for parent in Path(name).parents})
    folders = [folder / each for each in below]
    for each in folders:
        storage.make_folder(each)
    for name, text in files.items():
        with storage.create(folder / name) as file:
            file.write(text.encode())
            file.fsync()
    for each in reversed(folders):
        storage.fsync_folder(each)


def _remove_empty(folder: Path, storage: Storage) -> None:
    """Make way where an empty folder stands; one that was filled meanwhile stays."""
    if not storage.exists(folder):
        return
    try:
        folder.rmdir()
    except OSError as error:
        raise storage_error(error, folder) from error


def _forget(temporary: Path, storage: Storage, error: BaseException) -> None:
    """Remove what was written so far; where that fails too, *error* says so."""
    try:
        if storage.exists(temporary):
            storage.remove_tree(temporary)
    except StorageError as failure:
        error.add_note(f"{temporary} was left behind: {failure.title}")
