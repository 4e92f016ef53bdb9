"""``orpheus verify``: what was collected is still what it was, or it is said what is not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Orpheus

    from orpheus_core.testing.sandbox import SandboxServer


@pytest.fixture
def folder(orpheus: Orpheus, sandbox: SandboxServer, tmp_path: Path) -> Path:
    """A finished folder."""
    result = orpheus("--json", "sandbox:track:lanterns-01", "-o", tmp_path / "music").lines[-1]
    return Path(result["data"]["artifacts"][0]["path"])


def flip_one_byte(file: Path) -> None:
    """Damage a file in its middle."""
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0xFF
    file.write_bytes(content)


def test_a_whole_folder_ends_with_0(orpheus: Orpheus, folder: Path) -> None:
    """Every file was read and fits."""
    ended = orpheus("verify", folder)
    assert (ended.status, ended.err) == (0, "")
    assert ended.out == f"ok    {folder}: 2 files, each as its manifest says\n"

    document = orpheus("--json", "verify", folder).document
    assert document["ok"]
    assert document["schema"] == "orpheus.verification/1"
    assert document["data"]["folders"][0]["files"] == 2


@pytest.mark.parametrize(
    ("harm", "fault", "words"),
    [
        (flip_one_byte, "content", "has other content than the manifest says"),
        (Path.unlink, "missing", "is missing"),
    ],
)
def test_each_fault_is_named_and_ends_with_12(
    orpheus: Orpheus, folder: Path, harm: object, fault: str, words: str
) -> None:
    """One changed byte, one file that is gone: the file, what is wrong, what to do."""
    assert callable(harm)
    (audio,) = folder.glob("*.flac")
    harm(audio)

    ended = orpheus("verify", folder)

    assert ended.status == 12
    assert f"FAIL  {audio.name} {words}\n" in ended.out
    assert ended.err.startswith("error[integrity.mismatch]: 1 file does not fit the manifest\n")
    assert "orpheus download sandbox:track:lanterns-01" in ended.err

    document = orpheus("verify", folder, "--json").document
    assert (document["ok"], document["error"]["exit_code"]) == (False, 12)
    assert document["data"]["folders"][0]["findings"] == [{"path": audio.name, "fault": fault}]


def test_a_changed_manifest_ends_with_12(orpheus: Orpheus, folder: Path) -> None:
    """It carries a checksum of itself."""
    flip_one_byte(folder / "manifest.json")
    ended = orpheus("verify", folder)
    assert ended.status == 12
    assert ended.err.startswith("error[integrity.manifest]")


def test_what_is_no_artefact_is_a_slip(orpheus: Orpheus, tmp_path: Path) -> None:
    """Nothing is there to be checked."""
    ended = orpheus("verify", tmp_path / "nothing")
    assert ended.status == 2
    assert ended.err.startswith("error[usage.not-an-artifact]")


def test_several_folders_are_all_looked_at(orpheus: Orpheus, folder: Path, tmp_path: Path) -> None:
    """Some well and some not is 8; all bad alike is their own status."""
    nothing = tmp_path / "nothing"
    ended = orpheus("verify", nothing, folder)
    assert ended.status == 8
    assert f"ok    {folder}" in ended.out

    flip_one_byte(folder / "manifest.json")
    assert orpheus("verify", folder, folder).status == 12
    document = orpheus("--json", "verify", nothing, folder).document
    assert document["error"]["exit_code"] == 1
    assert [each["ok"] for each in document["data"]["folders"]] == [False, False]


def test_the_name_of_a_file_cannot_steer_the_screen(
    orpheus: Orpheus, folder: Path, tmp_path: Path
) -> None:
    """A folder's name is from outside, too."""
    hostile = folder.rename(tmp_path / "evil\x1b[2J\u202e")
    ended = orpheus("verify", hostile)
    assert ended.status == 0
    assert r"evil\x1b[2J: 2 files" in ended.out
