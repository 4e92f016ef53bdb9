"""The one setting that the command line writes: nothing else in the file may change."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orpheus_core.cli.disabled_plugins import (
    disabled_plugins,
    edit_disabled_plugins,
    one_at_a_time,
)
from orpheus_core.errors import FileInUse, MalformedSettings, StorageError
from orpheus_core.storage import DiskStorage

if TYPE_CHECKING:
    from pathlib import Path

DISK = DiskStorage()

COMMENTED = """\
# mine
[plugins]
mode = "isolate"  # as it is

# how to get there
[network]
attempts = 5
"""
LISTED = """\
[plugins]
disabled = [
  "a", # loud
  "b", # louder
]

[downloads]
jobs = 2
"""


@pytest.mark.parametrize(
    ("before", "added", "removed"),
    [
        ("", '[plugins]\ndisabled = ["a", "x"]\n', ""),
        (
            COMMENTED,
            COMMENTED.replace("[plugins]\n", '[plugins]\ndisabled = ["a", "x"]\n'),
            COMMENTED,
        ),
        (
            LISTED,
            LISTED.replace('"b", # louder\n', '"b", # louder\n  "x",\n'),
            LISTED.replace('  "a", # loud\n', ""),
        ),
        (
            "[downloads]\njobs = 2",
            '[downloads]\njobs = 2\n[plugins]\ndisabled = ["a", "x"]\n',
            None,
        ),
        (
            'plugins.disabled = ["a"]\n',
            'plugins.disabled = ["a", "x"]\n',
            "plugins.disabled = []\n",
        ),
        (
            'plugins = { disabled = ["a"] }\n',
            'plugins = { disabled = ["a", "x"] }\n',
            "plugins = { disabled = [] }\n",
        ),
        (
            '"plugins.disabled" = ["a"]\n',
            '"plugins.disabled" = ["a", "x"]\n',
            '"plugins.disabled" = []\n',
        ),
        (
            '[plugins]\r\ndisabled = ["a"]\r\n',
            '[plugins]\r\ndisabled = ["a", "x"]\r\n',
            "[plugins]\r\ndisabled = []\r\n",
        ),
        ("[plugins]\r\n[x]\r\n", '[plugins]\r\ndisabled = ["a", "x"]\r\n[x]\r\n', None),
        (
            '[plugins]\ndisabled = "a, c"\n',
            '[plugins]\ndisabled = ["a", "c", "x"]\n',
            '[plugins]\ndisabled = ["c"]\n',
        ),
        ("\ufeff[plugins]\n", '\ufeff[plugins]\ndisabled = ["a", "x"]\n', None),
    ],
)
def test_comments_and_layout_stay(
    tmp_path: Path, before: str, added: str, removed: str | None
) -> None:
    """However the list is written, and where it is not there yet."""
    file = tmp_path / "config.toml"

    file.write_bytes(before.encode())
    edit_disabled_plugins(file, DISK, add=["a", "x"])
    assert file.read_bytes().decode() == added

    file.write_bytes(before.encode())
    edit_disabled_plugins(file, DISK, remove=["a"])
    assert file.read_bytes().decode() == (before if removed is None else removed)


def test_a_file_that_is_not_there_is_made_with_its_folder(tmp_path: Path) -> None:
    """And one that has nothing to lose is not."""
    file = tmp_path / "config" / "config.toml"
    edit_disabled_plugins(file, DISK, remove=["a"])
    assert not file.parent.exists()
    edit_disabled_plugins(file, DISK, add=["a"])
    assert disabled_plugins(file, DISK) == ["a"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """Many keep their settings elsewhere; the permissions stay, too."""
    real = tmp_path / "dotfiles.toml"
    real.write_text("", "utf-8")
    real.chmod(0o600)
    link = tmp_path / "config.toml"
    link.symlink_to(real)

    edit_disabled_plugins(link, DISK, add=["a"])

    assert link.is_symlink()
    assert disabled_plugins(real, DISK) == ["a"]
    assert real.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", [b"[plugins\n", b"\xff"])
def test_a_file_that_cannot_be_read_is_left_alone(tmp_path: Path, content: bytes) -> None:
    """Nobody's settings are overwritten because they hold a slip."""
    file = tmp_path / "config.toml"
    file.write_bytes(content)
    with pytest.raises(MalformedSettings):
        edit_disabled_plugins(file, DISK, add=["a"])
    assert file.read_bytes() == content


def test_a_header_inside_a_text_is_no_header(tmp_path: Path) -> None:
    """What cannot be edited for certain is not edited: the error says what to write by hand."""
    file = tmp_path / "config.toml"
    content = "[layout]\ntemplate = '''\n[plugins]\n'''\n[plugins]\nmode = 'safe'\n"
    file.write_bytes(content.encode())
    with pytest.raises(MalformedSettings) as caught:
        edit_disabled_plugins(file, DISK, add=["a"])
    assert "disabled = ['a']" in caught.value.next_step
    assert file.read_bytes().decode() == content


IDS = st.lists(st.sampled_from("abcdef"), unique=True)


@given(IDS, IDS, IDS)
def test_the_list_is_what_was_asked_for(
    tmp_path_factory: pytest.TempPathFactory, first: list[str], add: list[str], remove: list[str]
) -> None:
    """In the order in which things were written; all else is parsed as before."""
    file = tmp_path_factory.mktemp("settings") / "config.toml"
    file.write_text(f"[plugins]\ndisabled = {first!r} # why\n[downloads]\njobs = 7\n", "utf-8")

    edit_disabled_plugins(file, DISK, add=add, remove=remove)

    kept = [name for name in first if name in add or name not in remove]
    assert disabled_plugins(file, DISK) == kept + [name for name in add if name not in kept]
    text = file.read_text("utf-8")
    assert tomllib.loads(text)["downloads"] == {"jobs": 7}
    assert "# why" in text


def test_two_processes_do_not_edit_at_the_same_time(tmp_path: Path) -> None:
    """What one has read, the other would write over. The second waits, and then says so."""
    locks = tmp_path / "state" / "locks"
    with (
        one_at_a_time(locks),
        pytest.raises(FileInUse, match="another orpheus"),
        one_at_a_time(locks, wait_s=0),
    ):
        pass
    with one_at_a_time(locks, wait_s=0):
        pass


def test_a_lock_that_cannot_be_written_is_an_error_of_ours(tmp_path: Path) -> None:
    """Without it, nothing is edited."""
    file = tmp_path / "state"
    file.touch()
    with pytest.raises(StorageError), one_at_a_time(file / "locks"):
        pass
