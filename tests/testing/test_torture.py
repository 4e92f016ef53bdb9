"""The failing disk: the n-th call fails, and what the storage promises holds all the same."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from orpheus_core.errors import DiskFailing, DiskFull, StorageError
from orpheus_core.storage import DiskStorage, Storage, storage_error, write_atomically
from orpheus_core.testing.torture import FaultyStorage, count_calls

ERRORS = [errno.ENOSPC, errno.EIO, errno.EACCES, errno.EROFS, errno.ESTALE, errno.EFBIG]


def save(storage: Storage, folder: Path) -> None:
    storage.make_folders(folder)
    write_atomically(storage, folder / "a", b"new")


@pytest.mark.parametrize("number", ERRORS)
def test_save_survives_each_error_at_each_call(number: int, tmp_path: Path) -> None:
    """Whatever fails, the error has its leaf, the file is old or new, a second run succeeds."""
    error = OSError(number, os.strerror(number))
    calls = count_calls(DiskStorage(), lambda storage: save(storage, tmp_path))
    assert calls == 8
    for fail_at in range(1, calls + 1):
        folder = tmp_path / f"{fail_at}"
        folder.mkdir()
        (folder / "a").write_bytes(b"old")
        storage = FaultyStorage(DiskStorage(), fail_at, error)
        with pytest.raises(type(storage_error(error, folder))):
            save(storage, folder)
        assert [path.name for path in folder.iterdir()] == ["a"]
        assert (folder / "a").read_bytes() in (b"old", b"new")
        save(DiskStorage(), folder)
        assert (folder / "a").read_bytes() == b"new"


def test_every_call_is_counted(tmp_path: Path) -> None:
    """Calls of the storage and of its files are counted alike: none escapes the torture."""

    def action(storage: Storage) -> None:
        storage.make_folder(tmp_path / "d")
        with storage.create(tmp_path / "d" / "a") as file:
            file.write(b"x")
            file.fsync()
        storage.resume(tmp_path / "d" / "a", at=0).close()
        storage.rename(tmp_path / "d" / "a", tmp_path / "d" / "b")
        storage.read_bytes(tmp_path / "d" / "b")
        storage.exists(tmp_path / "d" / "b")
        storage.list(tmp_path / "d")
        storage.unlink(tmp_path / "d" / "b")
        storage.fsync_folder(tmp_path / "d")
        storage.remove_tree(tmp_path / "d")

    assert count_calls(DiskStorage(), action) == 14
    for fail_at in range(1, 15):
        storage = FaultyStorage(DiskStorage(), fail_at, OSError(errno.EIO, "I/O error"))
        with pytest.raises(DiskFailing):
            action(storage)
        if (tmp_path / "d").exists():
            DiskStorage().remove_tree(tmp_path / "d")


def test_failing_write_has_written_half(tmp_path: Path) -> None:
    """As a disk does that fills up in the middle."""
    storage = FaultyStorage(DiskStorage(), 2, OSError(errno.ENOSPC, "full"))
    with storage.create(tmp_path / "a") as file, pytest.raises(DiskFull):
        file.write(b"0123456789")
    assert (tmp_path / "a").read_bytes() == b"01234"


def test_failed_fsync_stays_failed(tmp_path: Path) -> None:
    """Who tries a failed fsync again is told again."""
    storage = FaultyStorage(DiskStorage(), 2, OSError(errno.EIO, "I/O error"))
    with storage.create(tmp_path / "a") as file:
        for _ in range(2):
            with pytest.raises(DiskFailing):
                file.fsync()


def test_failing_close_has_closed(tmp_path: Path) -> None:
    """The file is given back, whatever close reports."""
    storage = FaultyStorage(DiskStorage(), 2, OSError(errno.ENOSPC, "full"))
    file = storage.create(tmp_path / "a")
    with pytest.raises(DiskFull):
        file.close()
    with pytest.raises(StorageError):
        file.write(b"x")


def test_only_the_named_call_fails(tmp_path: Path) -> None:
    """Before and after it all goes well."""
    storage = FaultyStorage(DiskStorage(), 2, OSError(errno.EIO, "I/O error"))
    assert storage.list(tmp_path) == ()
    with pytest.raises(DiskFailing):
        storage.list(tmp_path)
    assert storage.list(tmp_path) == ()
    assert storage.calls == 3
