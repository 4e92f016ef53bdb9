"""What an earlier download put in place is taken over, and looked at before."""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import pytest

import orpheus_core as oc
from orpheus_core.delivery.manifest import FILE_NAME, FileEntry, FormatEntry, to_bytes

if TYPE_CHECKING:
    from tests.delivery.conftest import Library, OpenLibrary


def first_run(library: Library, app: oc.Orpheus, music: Path) -> oc.Artifact:
    """An album of two tracks, finished; from now on only what is fetched anew counts."""
    library.add_album("a", library.track("one"), library.track("two", 2))
    artifact = app.download("library:album:a", to=music).artifacts[0]
    library.fetched.clear()
    return artifact


def rewrite(artifact: oc.Artifact, manifest: oc.Manifest) -> None:
    """Forge a manifest, with a checksum that fits."""
    (artifact.path / FILE_NAME).write_bytes(to_bytes(manifest))


def entry_of(artifact: oc.Artifact, number: int) -> FileEntry:
    return artifact.manifest.files[number]


def test_a_file_that_changed_is_fetched_again_and_only_that(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """The folder fits its manifest afterwards."""
    app = open_library()
    artifact = first_run(library, app, music)
    (artifact.path / entry_of(artifact, 0).path).write_bytes(b"other")
    assert app.download("library:album:a", to=music).ok
    assert library.fetched == ["one"]
    assert app.verify(artifact.path).ok


@pytest.mark.skipif(sys.platform == "win32", reason="pipes of POSIX")
def test_a_pipe_in_the_place_of_a_file_is_not_waited_for(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """Nor is it taken for the file."""
    app = open_library()
    artifact = first_run(library, app, music)
    path = artifact.path / entry_of(artifact, 0).path
    path.unlink()
    os.mkfifo(path)
    assert app.download("library:album:a", to=music).ok
    assert app.verify(artifact.path).ok


@pytest.mark.parametrize(
    "path", ["../../private", "/private", "..", "", "a\\b", "\ud800", "n" * 999]
)
def test_a_manifest_cannot_have_a_file_from_elsewhere_kept(
    library: Library, open_library: OpenLibrary, music: Path, path: str
) -> None:
    """Somebody forged it, with a checksum that fits: the track is fetched again."""
    app = open_library()
    artifact = first_run(library, app, music)
    (music.parent / "private").write_bytes(b"one")
    forged = attrs.evolve(entry_of(artifact, 0), path=path)
    track = attrs.evolve(artifact.manifest.tracks[0], file=path)
    manifest = attrs.evolve(
        artifact.manifest,
        files=(forged, *artifact.manifest.files[1:]),
        tracks=(track, *artifact.manifest.tracks[1:]),
    )
    rewrite(artifact, manifest)
    report = app.download("library:album:a", to=music)
    assert report.ok
    assert library.fetched == ["one"]
    assert app.verify(artifact.path).ok
    assert (music.parent / "private").read_bytes() == b"one"


def test_a_codec_that_only_a_newer_version_knows_is_fetched_again(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """No defect, and no reason to give up."""
    app = open_library()
    artifact = first_run(library, app, music)
    newer = attrs.evolve(entry_of(artifact, 0), format=FormatEntry(codec="dsd"))
    rewrite(artifact, attrs.evolve(artifact.manifest, files=(newer, entry_of(artifact, 1))))
    assert app.download("library:album:a", to=music).ok
    assert library.fetched == ["one"]


def test_a_playlist_that_changed_keeps_the_tracks_it_had(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """Wherever they stand now; the manifest is in the new order."""
    one, two, three = (library.track(ident) for ident in ("one", "two", "three"))
    app = open_library()
    library.add_playlist("p", one, two)
    app.download("library:playlist:p", to=music)
    library.fetched.clear()
    library.add_playlist("p", three, two, one)
    artifact = app.download("library:playlist:p", to=music).artifacts[0]
    assert library.fetched == ["three"]
    assert [track.ref[-3:] for track in artifact.manifest.tracks] == ["ree", "two", "one"]
    assert len({track.file for track in artifact.manifest.tracks}) == 3
    assert app.verify(artifact.path).ok


def test_a_track_that_a_playlist_has_twice_is_kept_twice(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """Each file stands for one place."""
    one, two = library.track("one"), library.track("two")
    app = open_library()
    library.add_playlist("p", one, one)
    app.download("library:playlist:p", to=music)
    library.add_playlist("p", two, one, one, one)
    library.fetched.clear()
    artifact = app.download("library:playlist:p", to=music).artifacts[0]
    assert sorted(library.fetched) == ["one", "two"]
    assert len({track.file for track in artifact.manifest.tracks}) == 4
    assert app.verify(artifact.path).ok


def test_a_new_order_alone_is_put_down_as_well(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """Without fetching a thing."""
    one, two = library.track("one"), library.track("two")
    app = open_library()
    library.add_playlist("p", one, two)
    app.download("library:playlist:p", to=music)
    library.fetched.clear()
    library.add_playlist("p", two, one)
    artifact = app.download("library:playlist:p", to=music).artifacts[0]
    assert library.fetched == []
    written = json.loads((artifact.path / FILE_NAME).read_bytes())
    assert [track["ref"] for track in written["tracks"]] == [str(two.ref), str(one.ref)]


def test_a_large_folder_can_be_stopped_while_it_is_looked_at(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """After the file that is being read."""
    app = open_library()
    first_run(library, app, music)
    cancel = threading.Event()

    def stop(event: oc.Event) -> None:
        if event.data["stage"] == "keep":
            cancel.set()

    app.brain.events.subscribe(stop, kinds=["stage.started"])
    with pytest.raises(oc.Cancelled) as caught:
        app.download("library:album:a", to=music, cancel=cancel)
    assert caught.value.done == "what is there was not touched"


def test_a_long_playlist_is_kept_whole(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """Nothing is fetched, and nothing is left behind."""
    tracks = [library.track(f"t{at}", at) for at in range(60)]
    library.add_playlist("p", *tracks)
    app = open_library()
    artifact = app.download("library:playlist:p", to=music).artifacts[0]
    library.fetched.clear()
    assert app.download("library:playlist:p", to=music).artifacts == (artifact,)
    assert library.fetched == []
    assert not (music / ".orpheus").exists()
