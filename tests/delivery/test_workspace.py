"""What lasts between two runs, and what is not to be trusted of it."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import orpheus_core as oc
from orpheus_core.delivery.item import FetchedFile, TrackItem
from orpheus_core.delivery.workspace import JobState, Workspace, exclusive, make_below
from orpheus_core.errors import FolderBusy, NoPermission, SymlinkInPath, TargetGone
from orpheus_core.storage import TEMPORARY_PREFIX, DiskStorage

if TYPE_CHECKING:
    from tests.delivery.conftest import Library, OpenLibrary

REF = oc.MediaRef("library", oc.MediaKind.ALBUM, "a")
TRACK = oc.Track(ref=oc.MediaRef("library", oc.MediaKind.TRACK, "one"), title="One")
CONTENT = b"the music"
DISK = DiskStorage()

posix = pytest.mark.skipif(sys.platform == "win32", reason="links and pipes of POSIX")


@pytest.fixture
def space(music: Path) -> Workspace:
    """An open workspace."""
    music.mkdir()
    made = Workspace.of(DISK, music, REF, oc.QualityWish())
    made.open(JobState(ref=str(REF), correlation_id="c"))
    return made


def new_item(space: Workspace) -> TrackItem:
    return TrackItem(
        track=TRACK,
        collection=TRACK,
        position=1,
        wish=oc.QualityWish(),
        folder=space.make(space.track_folder(1)),
    )


def fetched(space: Workspace, path: Path | None = None) -> TrackItem:
    """A track with its file, as its stages left it, and its state."""
    item = new_item(space)
    path = path or item.folder / "tagged.flac"
    if not path.exists():
        path.write_bytes(CONTENT)
    file = FetchedFile(
        path=path,
        size_bytes=len(CONTENT),
        sha256=hashlib.sha256(CONTENT).hexdigest(),
        format=oc.AudioFormat(codec=oc.Codec.FLAC, bit_depth=16, sample_rate_hz=44_100),
        duration_s=1.5,
        method="decoded",
    )
    item = attrs.evolve(item, file=file, notes=("a note",))
    space.save_track(item, ("download", "verify"))
    return item


def change_state(item: TrackItem, change: Callable[[dict[str, object]], object]) -> None:
    path = item.folder / "state.json"
    state = json.loads(path.read_bytes())
    change(state["file"])
    path.write_text(json.dumps(state))


# --- what an earlier run left -----------------------------------------------------------------


def test_a_track_is_taken_up_where_it_was_left(space: Workspace) -> None:
    """With its file, its notes and the stages that it has behind it."""
    left = fetched(space)
    assert space.restore_track(new_item(space)) == (left, ("download", "verify"))


def test_the_job_keeps_its_correlation_id(space: Workspace) -> None:
    """Over all runs, so that its events belong together."""
    again = space.open(JobState(ref=str(REF), correlation_id="another"))
    assert again.correlation_id == "c"


def test_another_track_at_the_same_place_begins_anew(space: Workspace) -> None:
    """A playlist may have changed meanwhile."""
    fetched(space)
    other = attrs.evolve(TRACK, ref=attrs.evolve(TRACK.ref, id="two"))
    item = attrs.evolve(new_item(space), track=other)
    assert space.restore_track(item) == (item, ())


def test_a_file_whose_bytes_changed_counts_as_not_there(space: Workspace) -> None:
    """One bit is enough."""
    left = fetched(space)
    assert left.file
    left.file.path.write_bytes(b"the Music")
    assert space.restore_track(new_item(space)) == (new_item(space), ())


def test_a_cover_that_went_away_has_the_stages_begin_anew(space: Workspace) -> None:
    """The tags would miss it."""
    left = fetched(space)
    cover = space.make(space.folder / "covers") / "c.image"
    space.save_track(attrs.evolve(left, cover=cover), ("download",))
    assert space.restore_track(new_item(space)) == (new_item(space), ())
    cover.write_bytes(b"picture")
    assert space.restore_track(new_item(space))[0].cover == cover


def test_a_move_that_was_cut_off_loses_nothing(space: Workspace) -> None:
    """The state names both places before the file is at the second."""
    left = fetched(space)
    assert left.file
    moved = attrs.evolve(
        left, file=attrs.evolve(left.file, path=space.folder / "folder" / "1.flac")
    )
    space.save_track(moved, ("download",), moved_from=left.file.path)
    assert space.restore_track(new_item(space))[0].file == left.file


# --- what is not to be trusted ----------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
RUBBISH = st.binary() | JSON.map(json.dumps).map(str.encode) | st.just(b"[" * 200_000)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(RUBBISH)
def test_rubbish_in_the_place_of_state_counts_as_none(space: Workspace, content: bytes) -> None:
    """Whatever it is: never an error, never believed."""
    item = new_item(space)
    (item.folder / "state.json").write_bytes(content)
    assert space.restore_track(item) == (item, ())
    (space.folder / "job.json").write_bytes(content)
    assert space.open(JobState(ref=str(REF), correlation_id="new")).correlation_id == "new"


FIELDS = ("path", "moved_from", "size_bytes", "sha256", "format", "duration_s", "preview", "method")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(field=st.sampled_from(FIELDS), value=JSON)
def test_a_state_with_one_odd_field_is_no_error(
    space: Workspace, field: str, value: object
) -> None:
    """It fits, or it counts as none."""
    left = fetched(space)
    change_state(left, lambda file: file.update({field: value}))
    restored, finished = space.restore_track(new_item(space))
    assert bool(restored.file) == bool(finished)


def test_a_codec_that_only_a_newer_version_knows_counts_as_none(space: Workspace) -> None:
    """Its state is not ours to go on with."""
    change_state(fetched(space), lambda file: file.update(format={"codec": "dsd"}))
    assert space.restore_track(new_item(space)) == (new_item(space), ())


@pytest.mark.parametrize("form", ["../../../{}", "{root}/{}", "/../{root}/{}", "n" * 5000])
def test_a_state_that_names_a_file_outside_of_the_target_is_not_followed(
    space: Workspace, tmp_path: Path, form: str
) -> None:
    """Else the next run would move that file into the album. Nor is a name that cannot be."""
    private = tmp_path / "private.txt"
    private.write_bytes(CONTENT)
    change_state(
        fetched(space), lambda file: file.update(path=form.format("private.txt", root=tmp_path))
    )
    assert space.restore_track(new_item(space)) == (new_item(space), ())


@posix
def test_a_link_in_the_place_of_a_file_is_not_followed(space: Workspace, tmp_path: Path) -> None:
    """It would end in the album as a link."""
    left = fetched(space)
    assert left.file
    left.file.path.rename(tmp_path / "elsewhere.flac")
    left.file.path.symlink_to(tmp_path / "elsewhere.flac")
    assert space.restore_track(new_item(space)) == (new_item(space), ())


@posix
@pytest.mark.parametrize("name", ["tagged.flac", "state.json"])
def test_a_pipe_in_the_place_of_a_file_is_not_waited_for(space: Workspace, name: str) -> None:
    """Opening one blocks until somebody writes."""
    left = fetched(space)
    (left.folder / name).unlink()
    os.mkfifo(left.folder / name)
    assert space.restore_track(new_item(space)) == (new_item(space), ())


@posix
def test_a_hidden_folder_that_leads_elsewhere_is_refused(
    library: Library, open_library: OpenLibrary, music: Path, tmp_path: Path
) -> None:
    """Nothing is written or removed there."""
    library.add_album("a")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "mine").write_text("mine")
    music.mkdir()
    (music / ".orpheus").symlink_to(elsewhere)
    with pytest.raises(SymlinkInPath):
        open_library().download("library:album:a", to=music)
    assert [path.name for path in elsewhere.iterdir()] == ["mine"]
    assert library.fetched == []


@posix
@pytest.mark.parametrize("below", ["tracks", "tracks/001", "folder"])
def test_a_link_below_the_work_folder_is_refused(
    library: Library, open_library: OpenLibrary, music: Path, tmp_path: Path, below: str
) -> None:
    """Wherever it is: no file goes there."""
    library.add_album("a", library.track("one"))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    work = Workspace.of(DISK, music, REF, oc.QualityWish()).folder
    (work / below).parent.mkdir(parents=True)
    (work / below).symlink_to(elsewhere)
    with pytest.raises(SymlinkInPath):
        open_library().download("library:album:a", to=music)
    assert list(elsewhere.iterdir()) == []
    assert not (music / "Artist").exists()


# --- the folder itself ------------------------------------------------------------------------


def test_a_target_that_went_away_is_not_made_anew(music: Path) -> None:
    """It was on a drive that is not there any more: its files belong on no other disk."""
    music.mkdir()
    space = Workspace.of(DISK, music, REF, oc.QualityWish())
    space.open(JobState(ref=str(REF), correlation_id="c"))
    space.remove()
    music.rmdir()
    with pytest.raises(TargetGone):
        space.make(space.track_folder(1))
    with pytest.raises(TargetGone):
        space.open(JobState(ref=str(REF), correlation_id="c"))
    with pytest.raises(TargetGone):
        make_below(DISK, music, music / "A" / "B")
    assert not music.exists()


class Unplugged(oc.JobStage):
    """Takes the target away in the middle of a job."""

    name = "unplugged"
    after = ("download",)
    before = ("package",)

    @oc.hookimpl
    def orpheus_stages(self) -> list[oc.Stage]:
        return [self]

    def run_job(self, job: oc.JobItem, context: oc.StageContext) -> oc.JobItem:
        job.target.rename(job.target.with_name("unplugged"))
        return job


def test_a_drive_that_is_unplugged_is_said_so(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """And nothing appears in its place."""
    library.add_album("a")
    app = open_library(plugins={"unplugged": Unplugged()})
    with pytest.raises(TargetGone):
        app.download("library:album:a", to=music)
    assert not music.exists()
    music.with_name("unplugged").rename(music)
    app = open_library()
    assert app.download("library:album:a", to=music).ok
    assert len(library.fetched) == 2


def test_the_hidden_folder_stays_as_long_as_another_job_is_in_it(
    space: Workspace, music: Path
) -> None:
    """And goes with the last one."""
    other = Workspace.of(DISK, music, REF, oc.QualityWish(wanted=oc.Quality.HIGH))
    other.open(JobState(ref=str(REF), correlation_id="d"))
    space.remove()
    assert other.folder.exists()
    other.remove()
    assert list(music.iterdir()) == []


def test_a_hidden_folder_that_another_job_takes_away_meanwhile_is_made_again(music: Path) -> None:
    """The other one ended at that moment."""

    class Rival(DiskStorage):
        ended = False

        def make_folder(self, path: Path) -> bool:
            if not self.ended and path.parent.name == ".orpheus":
                self.ended = True
                path.parent.rmdir()
            return super().make_folder(path)

    music.mkdir()
    space = Workspace.of(Rival(), music, REF, oc.QualityWish())
    space.open(JobState(ref=str(REF), correlation_id="c"))
    assert (space.folder / "job.json").exists()


def test_only_what_can_be_gone_on_with_is_worth_keeping(space: Workspace) -> None:
    """A state alone, or a file that was never finished, is not."""
    assert not space.holds_files()
    item = new_item(space)
    space.save_track(item, ())
    (item.folder / f"{TEMPORARY_PREFIX}0123").write_bytes(b"half")
    assert not space.holds_files()
    (item.folder / "download.part").write_bytes(b"half")
    assert space.holds_files()


def test_tidying_leaves_the_file_and_its_state(space: Workspace) -> None:
    """Files and folders of the stages go."""
    item = fetched(space)
    (item.folder / "download.flac").write_bytes(b"x")
    (item.folder / "scratch").mkdir()
    (item.folder / "scratch" / "deep").write_bytes(b"x")
    space.tidy(item)
    assert {path.name for path in item.folder.iterdir()} == {"tagged.flac", "state.json"}


class Stubborn(DiskStorage):
    """Does not remove folders."""

    def remove_tree(self, path: Path) -> None:
        raise NoPermission(f"{path}: another program has it open")


def test_a_work_folder_that_cannot_be_removed_spoils_nothing(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """The album is there; an event tells of the rest, and the next run removes it."""
    library.add_album("a")
    app = open_library(storage=Stubborn())
    told: list[oc.Event] = []
    app.brain.events.subscribe(told.append, kinds=["stage.skipped"])
    assert app.download("library:album:a", to=music).ok
    assert [(event.data["stage"], event.error_type) for event in told] == [
        ("tidy", "io.permission")
    ]
    assert (music / ".orpheus").exists()
    assert open_library().download("library:album:a", to=music).ok
    assert not (music / ".orpheus").exists()


def test_an_error_stays_the_error_when_nothing_can_be_cleared_away(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """What ended the job is what is said."""
    with pytest.raises(oc.ItemNotFound) as caught:
        open_library(storage=Stubborn()).download("library:album:a", to=music)
    assert "could not be removed" in caught.value.__notes__[0]


# --- the lock ---------------------------------------------------------------------------------


def test_one_at_a_time(tmp_path: Path) -> None:
    """By the same item's folder, under whatever name it is reached; afterwards it is free."""
    folder, other = tmp_path / "music" / "a", tmp_path / "music" / "b"
    with exclusive(tmp_path / "locks", folder):
        with pytest.raises(FolderBusy), exclusive(tmp_path / "locks", folder / ".." / "a"):
            raise AssertionError
        with exclusive(tmp_path / "locks", other):
            pass
    with exclusive(tmp_path / "locks", folder):
        pass


def test_a_home_that_cannot_be_written_is_a_clear_error(
    library: Library, open_library: OpenLibrary, music: Path, tmp_path: Path
) -> None:
    """A file is where a folder should be: not even root can write there."""
    library.add_album("a")
    app = open_library()
    (tmp_path / "home").mkdir(exist_ok=True)
    (tmp_path / "home" / "state").write_text("in the way")
    with pytest.raises(oc.StorageError) as caught:
        app.download("library:album:a", to=music)
    assert caught.value.exit_status is oc.ExitStatus.STORAGE
    assert not library.fetched
