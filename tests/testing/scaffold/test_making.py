"""A new plugin's folder is made whole, or not at all, and never over anything."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from orpheus_core.errors import StorageError, WrongArguments
from orpheus_core.storage import DiskStorage, Storage
from orpheus_core.testing import FaultyStorage, count_calls
from orpheus_core.testing.scaffold.kinds import Kind
from orpheus_core.testing.scaffold.making import make


def below(folder: Path) -> dict[str, bytes | None]:
    """Every name below *folder*, with the content of files."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }


def test_what_is_said_to_be_made_is_what_is_there(tmp_path: Path) -> None:
    """File by file, in the folder named after the package."""
    made = make("my-shop", Kind.STAGE, tmp_path, DiskStorage())

    assert made.folder == tmp_path / "orpheus-my-shop"
    there = {path for path, content in below(made.folder).items() if content is not None}
    assert there == set(made.files)
    assert [path.name for path in tmp_path.iterdir()] == ["orpheus-my-shop"]


def test_folder_to_put_it_in_is_made(tmp_path: Path) -> None:
    """As for downloads."""
    made = make("my-shop", Kind.STAGE, tmp_path / "new" / "folder", DiskStorage())

    assert (made.folder / "pyproject.toml").is_file()


def test_empty_folder_is_filled(tmp_path: Path) -> None:
    """Somebody made it, or a clone of an empty repository did."""
    (tmp_path / "orpheus-my-shop").mkdir()

    assert (make("my-shop", Kind.STAGE, tmp_path, DiskStorage()).folder / "README.md").is_file()


def test_nothing_is_written_over(tmp_path: Path) -> None:
    """Whatever is in the folder, be it a plugin made a minute ago."""
    folder = tmp_path / "orpheus-my-shop"
    folder.mkdir()
    (folder / "README.md").write_text("mine", "utf-8")

    with pytest.raises(WrongArguments, match="is there already"):
        make("my-shop", Kind.STAGE, tmp_path, DiskStorage())

    assert below(tmp_path) == {"orpheus-my-shop": None, "orpheus-my-shop/README.md": b"mine"}


def test_link_is_not_followed(tmp_path: Path) -> None:
    """It may lead anywhere, if only to an empty folder."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "orpheus-my-shop").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(WrongArguments):
        make("my-shop", Kind.STAGE, tmp_path, DiskStorage())

    assert below(tmp_path / "elsewhere") == {}


def test_whatever_call_fails_all_of_it_is_there_or_nothing(tmp_path: Path) -> None:
    """A full disk at any moment leaves no half of a package."""
    full = OSError(errno.ENOSPC, "no space left")
    calls = count_calls(DiskStorage(), lambda storage: _made(tmp_path / "whole", storage))
    whole = below(tmp_path / "whole")

    for number in range(1, calls + 1):
        place = tmp_path / str(number)
        storage = FaultyStorage(DiskStorage(), number, full)
        try:
            _made(place, storage)
        except StorageError:
            left = below(place) if place.exists() else {}
            assert left in ({}, whole), number


def _made(place: Path, storage: Storage) -> None:
    place.mkdir()
    make("my-shop", Kind.STAGE, place, storage)
