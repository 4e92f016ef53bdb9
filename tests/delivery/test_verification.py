"""A finished folder is checked against its manifest, today or in years."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import pytest

import orpheus_core as oc
from orpheus_core.delivery import Fault, verify_folder
from orpheus_core.delivery.manifest import FILE_NAME, FileEntry, Manifest, from_bytes, to_bytes
from orpheus_core.storage import DiskStorage

if TYPE_CHECKING:
    from tests.delivery.conftest import Library, OpenLibrary

FIRST, SECOND = "1-01 Title one.flac", "CD2/2-01 Title two.flac"
posix = pytest.mark.skipif(sys.platform == "win32", reason="links and pipes of POSIX")


@pytest.fixture
def folder(library: Library, open_library: OpenLibrary, music: Path) -> Path:
    """An album of two tracks, one of them in a folder of its own."""
    library.add_album("a", library.track("one"), library.track("two", disc_number=2))

    class Layout:
        @oc.hookimpl
        def orpheus_file_name(self, item: oc.TrackItem) -> str:
            disc = "" if item.position == 1 else "CD2/"
            return "{album}/" + disc + "{disc}-{track} {title}"

    app = open_library(plugins={"layouts": Layout()})
    return app.download("library:album:a", to=music).artifacts[0].path


def faults(folder: Path) -> list[tuple[str, Fault]]:
    findings = verify_folder(folder, DiskStorage()).findings
    return [(finding.path, finding.fault) for finding in findings]


def forge(folder: Path, change: Callable[[Manifest], Manifest]) -> None:
    """Change the manifest and give it a checksum that fits."""
    path = folder / FILE_NAME
    path.write_bytes(to_bytes(change(from_bytes(path.read_bytes()))))


def test_a_folder_that_fits_has_no_findings(folder: Path) -> None:
    """Each file was read; whoever watches is told."""
    told: list[FileEntry] = []
    verification = verify_folder(folder, DiskStorage(), told.append)
    assert verification.ok
    assert {entry.path for entry in told} == {FIRST, SECOND}
    verification.raise_for_findings()


@pytest.mark.parametrize("name", [FIRST, SECOND])
def test_a_flipped_bit_is_found_and_the_file_named(folder: Path, name: str) -> None:
    """Wherever the file is."""
    path = folder / name
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(bytes(content))
    assert faults(folder) == [(name, Fault.CONTENT)]
    with pytest.raises(oc.ChecksumMismatch) as caught:
        verify_folder(folder, DiskStorage()).raise_for_findings()
    assert name in caught.value.why
    assert caught.value.exit_status is oc.ExitStatus.INTEGRITY
    assert caught.value.next_step.endswith("orpheus download library:album:a")


def test_files_that_went_away_or_changed_their_size_are_named_each(folder: Path) -> None:
    """All of them, in one go."""
    (folder / FIRST).unlink()
    (folder / SECOND).write_bytes(b"longer than it was")
    assert faults(folder) == [(FIRST, Fault.MISSING), (SECOND, Fault.SIZE)]


def test_a_file_where_a_folder_should_be_hides_what_was_in_it(folder: Path) -> None:
    """Its files are missing."""
    (folder / SECOND).unlink()
    (folder / "CD2").rmdir()
    (folder / "CD2").write_text("a file")
    assert faults(folder) == [(SECOND, Fault.MISSING)]


def test_a_folder_in_the_place_of_a_file_is_none(folder: Path) -> None:
    """Whatever is in it."""
    (folder / FIRST).unlink()
    (folder / FIRST).mkdir()
    assert faults(folder) == [(FIRST, Fault.NOT_A_FILE)]


@posix
def test_links_are_not_followed(folder: Path, tmp_path: Path) -> None:
    """Neither one in the place of a file, nor one in the place of a folder on the way."""
    for name in (FIRST, "CD2"):
        (folder / name).rename(tmp_path / name)
        (folder / name).symlink_to(tmp_path / name)
    assert faults(folder) == [(FIRST, Fault.NOT_A_FILE), (SECOND, Fault.NOT_A_FILE)]


@posix
def test_a_pipe_is_not_waited_for(folder: Path) -> None:
    """Opening one blocks until somebody writes."""
    (folder / FIRST).unlink()
    os.mkfifo(folder / FIRST)
    assert faults(folder) == [(FIRST, Fault.NOT_A_FILE)]


def test_what_else_a_person_keeps_in_the_folder_is_theirs(folder: Path) -> None:
    """A manifest says what must be there, not what must not."""
    (folder / "notes.txt").write_text("mine")
    assert faults(folder) == []


@pytest.mark.parametrize(
    "path",
    [
        "../private",
        "/private",
        "..",
        ".",
        "",
        "CD2/../../private",
        "a//b",
        "C:\\x",
        "x\0",
        "\ud800",
    ],
)
def test_a_forged_manifest_reads_nothing_outside_of_the_folder(folder: Path, path: str) -> None:
    """Its checksum fits, its path leads out: the file does not count as one of the folder."""
    (folder.parent / "private").write_bytes((folder / FIRST).read_bytes())

    def change(manifest: Manifest) -> Manifest:
        return attrs.evolve(manifest, files=(attrs.evolve(manifest.files[0], path=path),))

    forge(folder, change)
    assert faults(folder) == [(path, Fault.NOT_A_FILE)]


def test_a_name_that_no_file_can_have_is_a_finding(folder: Path) -> None:
    """Not an exception of the system."""
    name = "n" * 5000
    forge(
        folder,
        lambda manifest: attrs.evolve(
            manifest, files=(attrs.evolve(manifest.files[0], path=name),)
        ),
    )
    assert faults(folder) == [(name, Fault.UNREADABLE)]


def test_there_must_be_a_folder(folder: Path) -> None:
    """A file, nothing, or a name that cannot be, is none."""
    for path in (folder / "not there", folder / FIRST, folder / FIRST / "deeper"):
        with pytest.raises(oc.NotAnArtifact):
            verify_folder(path, DiskStorage())
    with pytest.raises(oc.NameTooLong):
        verify_folder(folder / ("n" * 5000), DiskStorage())


def test_there_must_be_a_manifest(folder: Path) -> None:
    """That is a file, and whole."""
    path = folder / FILE_NAME
    content = path.read_bytes()
    path.write_bytes(content[:-10])
    with pytest.raises(oc.InvalidManifest, match="damaged"):
        verify_folder(folder, DiskStorage())
    path.unlink()
    with pytest.raises(oc.InvalidManifest, match="holds no manifest"):
        verify_folder(folder, DiskStorage())
    path.mkdir()
    with pytest.raises(oc.InvalidManifest, match="no plain file"):
        verify_folder(folder, DiskStorage())


@posix
def test_a_manifest_that_is_a_pipe_is_not_waited_for(folder: Path) -> None:
    """It is none."""
    (folder / FILE_NAME).unlink()
    os.mkfifo(folder / FILE_NAME)
    with pytest.raises(oc.InvalidManifest, match="no plain file"):
        verify_folder(folder, DiskStorage())
