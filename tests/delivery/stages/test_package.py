"""A folder of an earlier run is completed: what is in it stays, what is damaged is put right."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import pytest

import orpheus_core as oc
from orpheus_core.delivery.manifest import FILE_NAME, to_bytes
from orpheus_core.storage import TEMPORARY_PREFIX, DiskStorage
from orpheus_core.testing import SimClock
from orpheus_core.testing.sandbox import Fault, SandboxServer
from orpheus_core.testing.sandbox import plugin as sandbox_plugin

if TYPE_CHECKING:
    from tests.delivery.conftest import Library, OpenLibrary


def partial(library: Library, app: oc.Orpheus, music: Path) -> oc.Artifact:
    """An album of which the second track is missing so far."""
    library.add_album("a", library.track("one"), library.track("two", 2))
    library.failures["two"] = oc.ServiceDown("away")
    artifact = app.download("library:album:a", to=music).artifacts[0]
    del library.failures["two"]
    return artifact


def test_the_missing_track_is_added_and_the_manifest_says_so(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """The folder is the same, and whole."""
    app = open_library()
    first = partial(library, app, music)
    again = app.download("library:album:a", to=music).artifacts[0]
    assert again.path == first.path
    assert again.manifest.complete
    assert app.verify(again.path).ok


def test_a_file_that_a_person_put_there_is_not_replaced(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """Though it has the very name of the missing track: that one is numbered."""
    app = open_library()
    folder = partial(library, app, music).path
    mine = folder / "1-02 Title two.flac"
    mine.write_bytes(b"my own recording")
    artifact = app.download("library:album:a", to=music).artifacts[0]
    assert mine.read_bytes() == b"my own recording"
    assert artifact.manifest.tracks[1].file == "1-02 Title two (2).flac"
    assert app.verify(folder).ok


def test_a_damaged_file_is_replaced_under_its_name(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """It is the folder's own."""
    library.add_album("a")
    app = open_library()
    artifact = app.download("library:album:a", to=music).artifacts[0]
    names = sorted(path.name for path in artifact.path.iterdir())
    (artifact.path / str(artifact.manifest.tracks[0].file)).write_bytes(b"rotten")
    app.download("library:album:a", to=music)
    assert sorted(path.name for path in artifact.path.iterdir()) == names
    assert app.verify(artifact.path).ok


def test_a_run_that_brings_nothing_new_changes_nothing(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """However often a track that is not to be had is asked for, the manifest does not grow."""
    app = open_library()
    artifact = partial(library, app, music)
    library.failures["two"] = oc.ServiceDown("still away")
    before = (artifact.path / FILE_NAME).read_bytes()
    again = app.download("library:album:a", to=music)
    assert again.exit_status is oc.ExitStatus.PARTIAL
    assert again.artifacts == (artifact,)
    assert (artifact.path / FILE_NAME).read_bytes() == before


def test_each_event_stands_in_the_manifest_once(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """Also when the work folder was kept because of a half file: its log goes on."""

    class Leaving(oc.TrackStage):
        """Leaves a half file, as a transfer that is cut off does."""

        name = "leaving"
        before = ("download",)

        def run_track(self, item: oc.TrackItem, context: oc.StageContext) -> oc.TrackItem:
            if item.position == 2:
                (item.folder / "download.part").write_bytes(b"half")
            return item

    library.stages.append(Leaving())
    app = open_library()
    partial(library, app, music)
    assert (music / ".orpheus").exists()
    manifest = app.download("library:album:a", to=music).artifacts[0].manifest
    kinds = [entry.kind for entry in manifest.events]
    assert kinds.count("job.started") == 2
    assert kinds.count("stage.failed") == 1
    assert len(manifest.decisions) == 1


def test_what_a_cut_off_run_left_half_written_in_the_folder_is_cleared_away(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """What is not ours stays."""
    app = open_library()
    folder = partial(library, app, music).path
    (folder / f"{TEMPORARY_PREFIX}0123").write_bytes(b"half a manifest")
    (folder / "notes.txt").write_text("mine")
    app.download("library:album:a", to=music)
    assert sorted(path.name for path in folder.iterdir()) == [
        "1-01 Title one.flac",
        "1-02 Title two.flac",
        FILE_NAME,
        "notes.txt",
    ]


class Decomposing(DiskStorage):
    """Gives names back decomposed, as HFS+ does."""

    def list(self, path: Path) -> tuple[str, ...]:
        return tuple(unicodedata.normalize("NFD", name) for name in super().list(path))


def test_names_that_come_back_in_another_form_are_known(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """Nothing that was just put there is taken for a leftover."""
    library.add_album("a", library.track("one", title="Été"))
    app = open_library(storage=Decomposing())
    artifact = app.download("library:album:a", to=music).artifacts[0]
    assert app.verify(artifact.path).ok


# --- the cover --------------------------------------------------------------------------------


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    with SandboxServer() as running:
        yield running


@pytest.fixture
def app(server: SandboxServer, tmp_path: Path) -> Iterator[oc.Orpheus]:
    with oc.Orpheus(
        tmp_path / "home",
        clock=SimClock(),
        discover=False,
        plugins={"sandbox": sandbox_plugin},
    ) as opened:
        opened.credentials.set("sandbox", "url", server.url)
        yield opened


def covers_asked_for(server: SandboxServer) -> int:
    return sum(request.path.startswith("/covers/") for request in server.requests)


def test_a_damaged_cover_is_put_right(server: SandboxServer, app: oc.Orpheus, music: Path) -> None:
    """By itself: no track is fetched for it."""
    artifact = app.download("sandbox:album:salt", to=music).artifacts[0]
    cover = next(entry for entry in artifact.manifest.files if entry.role == "cover")
    whole = (artifact.path / cover.path).read_bytes()
    (artifact.path / cover.path).write_bytes(whole[:-1])
    before = len(server.requests)
    assert app.download("sandbox:album:salt", to=music).ok
    assert (artifact.path / cover.path).read_bytes() == whole
    assert app.verify(artifact.path).ok
    paths = [request.path for request in server.requests[before:]]
    assert not [path for path in paths if path.startswith("/files/")]


def test_a_damaged_cover_that_is_not_to_be_had_leaves_the_manifest(
    server: SandboxServer, app: oc.Orpheus, music: Path
) -> None:
    """With a note; the folder fits again, and the next run asks no more."""
    artifact = app.download("sandbox:album:salt", to=music).artifacts[0]
    (artifact.path / "cover.jpg").unlink(missing_ok=True)
    (artifact.path / "cover.png").unlink(missing_ok=True)
    server.add_fault(Fault.parse("404:/covers/salt.png:always"))
    again = app.download("sandbox:album:salt", to=music).artifacts[0]
    assert again.manifest.notes[0].startswith("cover was left out: ")
    assert app.verify(artifact.path).ok
    asked = covers_asked_for(server)
    app.download("sandbox:album:salt", to=music)
    assert covers_asked_for(server) == asked


def test_a_picture_that_a_person_put_there_is_not_replaced(
    server: SandboxServer, app: oc.Orpheus, music: Path
) -> None:
    """The folder keeps the cover that it has, or none."""
    server.add_fault(Fault.parse("404:/files/salt-02.studio.flac:2"))
    server.add_fault(Fault.parse("404:/covers/salt.png:1"))
    folder = app.download("sandbox:album:salt", to=music).artifacts[0].path
    for name in ("cover.jpg", "cover.png"):
        (folder / name).write_bytes(b"mine")
    assert app.download("sandbox:album:salt", to=music).artifacts[0].path == folder
    assert {(folder / name).read_bytes() for name in ("cover.jpg", "cover.png")} == {b"mine"}
    assert app.verify(folder).ok


def test_a_picture_that_a_person_put_there_is_not_replaced_by_a_cover_of_another_name(
    app: oc.Orpheus, music: Path
) -> None:
    """The folder's own went away, and would come back under this name."""
    artifact = app.download("sandbox:album:salt", to=music).artifacts[0]
    cover = next(entry for entry in artifact.manifest.files if entry.role == "cover")
    (artifact.path / cover.path).write_bytes(b"mine")
    others = tuple(entry for entry in artifact.manifest.files if entry is not cover)
    forged = attrs.evolve(
        artifact.manifest, files=(*others, attrs.evolve(cover, path="front.picture"))
    )
    (artifact.path / FILE_NAME).write_bytes(to_bytes(forged))
    assert app.download("sandbox:album:salt", to=music).ok
    assert (artifact.path / cover.path).read_bytes() == b"mine"
    assert app.verify(artifact.path).ok


def test_a_playlist_gets_no_cover_from_the_track_that_came_last(
    server: SandboxServer, app: oc.Orpheus, music: Path
) -> None:
    """Its tracks are of several releases, though only one of them came in this run."""
    ref = str(app.search("sandbox", "playlist", "a", limit=1)[0].ref)
    artifact = app.download(ref, to=music).artifacts[0]
    assert not [entry for entry in artifact.manifest.files if entry.role == "cover"]
    (artifact.path / str(artifact.manifest.tracks[0].file)).unlink()
    again = app.download(ref, to=music).artifacts[0]
    assert not [entry for entry in again.manifest.files if entry.role == "cover"]


def test_a_picture_that_is_none_costs_only_the_cover(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """A stranger's stage brought it."""

    class Painting(oc.TrackStage):
        name = "painting"
        after = ("download",)
        before = ("package",)

        def run_track(self, item: oc.TrackItem, context: oc.StageContext) -> oc.TrackItem:
            cover = item.folder.parent / "cover.image"
            cover.write_bytes(b"<html>")
            return attrs.evolve(item, cover=cover)

    library.add_album("a", library.track("one"))
    library.stages.append(Painting())
    report = open_library().download("library:album:a", to=music)
    assert report.ok
    assert report.artifacts[0].manifest.notes[0].startswith("cover was left out: ")
