"""A file is believed only when nobody else can have written it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from orpheus_core.own_file import read_own_file

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="there, the folder's rights count")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of this user alone."""
    file = tmp_path / "own"
    file.write_bytes(b"1234")
    file.chmod(0o600)
    return file


def test_ones_own_file_is_read_up_to_the_largest_size(file: Path) -> None:
    """One byte more, and it is not ours: none of it is given."""
    assert read_own_file(file, largest_bytes=4) == b"1234"
    assert read_own_file(file, largest_bytes=3) is None


@POSIX
@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_file_that_others_can_write_is_not_read(file: Path, mode: int) -> None:
    """Whatever its folder allows."""
    file.chmod(mode)
    assert read_own_file(file, largest_bytes=4) is None


@POSIX
def test_a_file_of_somebody_else_is_not_read(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root included: under sudo, it would believe the user."""
    monkeypatch.setattr(os, "getuid", lambda: file.stat().st_uid + 1)
    assert read_own_file(file, largest_bytes=4) is None


@pytest.mark.parametrize("flag", [True, False], ids=["O_NOFOLLOW", "no O_NOFOLLOW"])
def test_a_link_is_not_followed(file: Path, monkeypatch: pytest.MonkeyPatch, *, flag: bool) -> None:
    """Not even where the system has no word for that."""
    link = file.with_name("link")
    try:
        link.symlink_to(file)
    except OSError:
        pytest.skip("this user cannot make links here")
    if not flag:
        monkeypatch.delattr(os, "O_NOFOLLOW", raising=False)
    assert read_own_file(link, largest_bytes=4) is None


def test_what_is_missing_or_a_folder_is_not_read(tmp_path: Path) -> None:
    """None stands for all that is not there."""
    assert read_own_file(tmp_path / "missing", largest_bytes=4) is None
    assert read_own_file(tmp_path, largest_bytes=4) is None


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes have no names there")
def test_a_pipe_is_not_read_and_does_not_hold_us(tmp_path: Path) -> None:
    """Nobody writes into it: to wait for that would be for ever."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o600)
    assert read_own_file(pipe, largest_bytes=4) is None
