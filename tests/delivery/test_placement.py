"""Where an artefact goes, and whether an earlier one is found there again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import orpheus_core as oc
from orpheus_core.delivery.manifest import FILE_NAME
from orpheus_core.delivery.placement import manifest_in
from orpheus_core.errors import NoPermission
from orpheus_core.storage import DiskStorage

if TYPE_CHECKING:
    from tests.delivery.conftest import Library, OpenLibrary


def files_of(report: oc.DownloadReport) -> list[str | None]:
    return [track.file for track in report.artifacts[0].manifest.tracks]


# --- names ------------------------------------------------------------------------------------


def test_what_all_tracks_share_is_the_folder_and_the_rest_is_below_it(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """A folder for each disc, say."""
    library.add_album("a", library.track("one", disc_number=1), library.track("two", disc_number=2))
    app = open_library(config={"layout.template": "{artist}/{album}/CD{disc}/{track} {title}"})
    report = app.download("library:album:a", to=music)
    assert report.artifacts[0].path == music / "Artist" / "Album"
    assert files_of(report) == ["CD1/01 Title one.flac", "CD2/01 Title two.flac"]


def test_a_layout_without_a_folder_gets_one(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """Named after the item: the manifest has to stand somewhere."""
    library.add_album("a")
    app = open_library(config={"layout.template": "{track} {title}"})
    assert app.download("library:album:a", to=music).artifacts[0].path == music / "a"


def test_tracks_of_one_title_are_told_apart(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """By their ids; one that is there twice by numbers."""
    names = [library.track(ident, title="Same") for ident in ("one", "two", "two")]
    library.add_album("a", *names)
    app = open_library(config={"layout.template": "{album}/{title}"})
    report = app.download("library:album:a", to=music)
    assert files_of(report) == ["Same [one].flac", "Same [two].flac", "Same [two] (2).flac"]
    assert app.verify(report.artifacts[0].path).ok


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    titles=st.lists(
        st.text(max_size=30) | st.sampled_from(["..", ".", "/", "a/../..", "CON", "\0", "x" * 500]),
        min_size=2,
        max_size=4,
    )
)
def test_whatever_the_titles_are_nothing_leaves_the_target(
    library: Library, open_library: OpenLibrary, tmp_path: Path, titles: list[str]
) -> None:
    """The folder verifies, and nothing is beside it."""
    root = tmp_path / f"{len(list(tmp_path.iterdir()))}"
    tracks = [library.track(f"t{at}", at, title=title) for at, title in enumerate(titles)]
    library.add_album("a", *tracks, title=titles[0])
    app = open_library(config={"layout.template": "{albumartist}/{album}/{title}/{track} {title}"})
    artifact = app.download("library:album:a", to=root / "music").artifacts[0]
    assert app.verify(artifact.path).ok
    assert artifact.path.resolve().is_relative_to(root.resolve() / "music")
    assert [path.name for path in root.iterdir()] == ["music"]
    app.close()


# --- folders that are taken -------------------------------------------------------------------


def test_a_name_that_something_else_has_gets_more_behind_it(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """The quality, then service and id, then numbers; what is there is not touched."""
    names = ["Album", "Album [best]", "Album [library a]", "Album [library a best]"]
    for name in names:
        (music / name).mkdir(parents=True)
    library.add_album("a")
    app = open_library(config={"layout.template": "{album}/{title}"})
    path = app.download("library:album:a", to=music).artifacts[0].path
    assert path.name == "Album [library a best 2]"
    assert all(list((music / name).iterdir()) == [] for name in names)


def test_a_folder_whose_manifest_was_changed_is_something_else(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """Nothing vouches for what is in it."""
    library.add_album("a")
    app = open_library()
    first = app.download("library:album:a", to=music).artifacts[0].path
    manifest = first / FILE_NAME
    manifest.write_bytes(manifest.read_bytes().replace(b"Title a-1", b"Title b-1"))
    assert manifest_in(first, DiskStorage()) is None
    assert app.download("library:album:a", to=music).artifacts[0].path != first


class Guarded(DiskStorage):
    """Lets nobody look into the folders of somebody else: permissions that root has not."""

    def exists(self, path: Path) -> bool:
        if "theirs" in path.parent.name:
            raise NoPermission(f"{path}: this user has no permission for it")
        return super().exists(path)


@pytest.mark.parametrize("template", ["theirs/{title}", "{album} [{codec}]/{title}"])
def test_a_folder_that_cannot_be_looked_into_is_something_else(
    library: Library, open_library: OpenLibrary, music: Path, template: str
) -> None:
    """Under the very name, or beside it: no reason to give up."""
    (music / "theirs").mkdir(parents=True)
    library.add_album("a")
    app = open_library(storage=Guarded(), config={"layout.template": template})
    path = app.download("library:album:a", to=music).artifacts[0].path
    assert path != music / "theirs"
    assert open_library().verify(path).ok


class Rival(DiskStorage):
    """Takes the name of the folder at the last moment, as another job would."""

    taken: Path | None = None

    def rename(self, source: Path, target: Path) -> None:
        if self.taken is None and source.name == "folder":
            self.taken = target
            target.mkdir()
        super().rename(source, target)


def test_a_name_that_another_job_takes_meanwhile_is_left_to_it(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """Both albums are there in the end."""
    library.add_album("a")
    storage = Rival()
    app = open_library(storage=storage)
    path = app.download("library:album:a", to=music).artifacts[0].path
    assert storage.taken
    assert path == storage.taken.with_name("Album [best]")
    assert app.verify(path).ok


# --- folders of an earlier run ----------------------------------------------------------------


@pytest.mark.parametrize(
    "template",
    [
        "{albumartist}/{album}/{title}",
        "{albumartist}/{album} [{codec}]/{title}",
        "{album} {quality}/{title}",
        "{codec}/{title}",
    ],
)
def test_what_is_there_is_found_again(
    library: Library, open_library: OpenLibrary, music: Path, template: str
) -> None:
    """Where the name tells what is known of the files only when they have come, too."""
    library.add_album("a")
    app = open_library(config={"layout.template": template})
    first = app.download("library:album:a", to=music)
    fetched = list(library.fetched)
    again = app.download("library:album:a", to=music)
    assert again == first
    assert library.fetched == fetched


def test_a_preview_of_a_single_track_is_found_again(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """Its folder is named after the title, which says that it is one."""
    track = library.track("one")
    library.media["library:track:one"] = track
    app = open_library()
    first = app.download("library:track:one", to=music, previews=True)
    assert "[preview]" in first.artifacts[0].path.name
    assert app.download("library:track:one", to=music, previews=True) == first
    assert library.fetched == ["one"]


def test_a_folder_is_completed_where_it_is_though_the_layout_changed(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """As far as it is found by its old name."""
    library.add_album("a", library.track("one"), library.track("two", 2))
    library.failures["two"] = oc.ServiceDown("away")
    app = open_library(config={"layout.template": "{album}/{title}"})
    first = app.download("library:album:a", to=music).artifacts[0]
    del library.failures["two"]
    app = open_library(config={"layout.template": "{album} [{codec}]/{title}"})
    again = app.download("library:album:a", to=music).artifacts[0]
    assert again.path == first.path
    assert again.manifest.complete
    assert library.fetched.count("one") == 1
    assert app.verify(again.path).ok


def test_neighbours_that_lead_elsewhere_or_hold_rubbish_are_passed_by(
    library: Library, open_library: OpenLibrary, music: Path, tmp_path: Path
) -> None:
    """Looking for an earlier folder opens no link and believes nothing."""
    library.add_album("a")
    (music / "file").parent.mkdir()
    (music / "file").write_text("a file")
    (music / "rubbish").mkdir()
    (music / "rubbish" / FILE_NAME).write_text('"library:album:a"')
    (music / "folder" / FILE_NAME).mkdir(parents=True)
    (music / "link").symlink_to(tmp_path)
    app = open_library(config={"layout.template": "{album} [{codec}]/{title}"})
    assert app.download("library:album:a", to=music).ok
