"""Stages of all sorts, run one after the other: what fails, what is done again, what goes on."""

from __future__ import annotations

import errno
import signal
import sys
import threading
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import pytest

import orpheus_core as oc
from orpheus_core.storage import storage_error

if TYPE_CHECKING:
    from tests.delivery.conftest import Library, OpenLibrary

Work = Callable[[oc.TrackItem, oc.StageContext], object]


class Convert(oc.TrackStage):
    """A stranger's stage between verify and tag that does what a test says."""

    name = "convert"
    after: tuple[str, ...] = ("verify", "download")
    before = ("tag", "package")

    def __init__(self, work: Work) -> None:
        self._work = work

    def run_track(self, item: oc.TrackItem, context: oc.StageContext) -> oc.TrackItem:
        return self._work(item, context)  # type: ignore[return-value] # wrong answers are tested

    @oc.hookimpl
    def orpheus_stages(self) -> list[oc.Stage]:
        return [self]


class Check(Convert):
    """A stage in the place of verify, which sends a track back to its download."""

    name = "verify"
    after = ("download",)
    redo_from = "download"


class Album(oc.JobStage):
    """A stranger's stage on the whole job, between the stages of its tracks."""

    name = "album"
    after = ("verify", "download")
    before = ("convert", "package")

    def __init__(self, work: Callable[[oc.JobItem], oc.JobItem]) -> None:
        self._work = work

    def run_job(self, job: oc.JobItem, context: oc.StageContext) -> oc.JobItem:
        return self._work(job)

    @oc.hookimpl
    def orpheus_stages(self) -> list[oc.Stage]:
        return [self]


def raising(*errors: BaseException, only: str = "") -> Work:
    """Raise one error after the other, then pass the item on."""
    left = list(errors)

    def work(item: oc.TrackItem, context: oc.StageContext) -> oc.TrackItem:
        if left and item.track.ref.id.endswith(only):
            raise left.pop(0)
        return item

    return work


def events_of(app: oc.Orpheus) -> list[oc.Event]:
    seen: list[oc.Event] = []
    app.brain.events.subscribe(seen.append)
    return seen


# --- doing it again, going without, giving up ------------------------------------------------


def test_a_damaged_file_is_fetched_once_more(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """The stage says from where to do it again; the stages before that are not run anew."""
    library.add_album("a", library.track("one"))
    check = Check(raising(oc.DamagedAudio("cut")))
    app = open_library(plugins={"check": check})
    assert app.download("library:album:a", to=music).ok
    assert library.fetched == ["one", "one"]


@pytest.mark.parametrize(
    "error",
    [
        oc.NotAudio("a web page"),
        oc.DamagedAudio("cut"),
        oc.SampleInsteadOfTrack("30 s of it"),
        oc.QualityUnavailable("below the floor"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_was_not_the_music_is_not_kept_for_the_next_run(
    library: Library, open_library: OpenLibrary, music: Path, error: Exception
) -> None:
    """Kept, it would fail each later run before anything is fetched."""
    library.add_album("a", library.track("one"))
    check = Check(raising(*[error] * 2))
    app = open_library(plugins={"check": check})
    report = app.download("library:album:a", to=music)
    assert [type(failure.error) for failure in report.failures] == [type(error)]
    assert not [path for path in music.rglob("*") if path.is_file()]
    fetched = len(library.fetched)
    check._work = raising()
    assert app.download("library:album:a", to=music).ok
    assert library.fetched[fetched:] == ["one"]


def test_a_defect_of_a_stage_costs_no_file(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """Only what is wrong with the file itself has it fetched again."""
    library.add_album("a", library.track("one"))
    check = Check(raising(KeyError("tracks")))
    app = open_library(plugins={"check": check})
    assert not app.download("library:album:a", to=music).ok
    assert app.download("library:album:a", to=music).ok
    assert library.fetched == ["one"]


def test_an_optional_stage_is_left_out_and_noted(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """The manifest says so, beside the track."""
    library.add_album("a", library.track("one"))
    convert = Convert(raising(oc.TagsFailed("no room for tags")))
    convert.optional = True
    app = open_library(plugins={"convert": convert})
    manifest = app.download("library:album:a", to=music).artifacts[0].manifest
    assert manifest.tracks[0].notes == (
        "convert was left out: no room for tags (stage.tag.failed)",
    )


class Says:
    """Decides the same on every stage that failed."""

    def __init__(self, *verdicts: oc.Verdict) -> None:
        self._verdicts = list(verdicts)

    @oc.hookimpl
    def orpheus_decide(self, question: oc.Question) -> oc.Decision | None:
        if not self._verdicts or not isinstance(question, oc.RetryQuestion):
            return None
        return oc.Decision(verdict=self._verdicts.pop(0), reason="told to")


def test_a_stage_that_is_needed_is_not_left_out_whoever_says_so(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """A track without its file would be missing from a folder that looks whole."""
    library.add_album("a", library.track("one"), library.track("two", 2))
    library.failures["two"] = oc.ItemNotFound("gone")
    app = open_library(plugins={"says": Says(oc.Verdict.SKIP)})
    report = app.download("library:album:a", to=music)
    assert [failure.ref for failure in report.failures] == ["library:track:two"]
    assert report.artifacts[0].manifest.tracks[1].missing_code == "svc.not-found"


def test_a_stage_of_the_job_is_done_again_when_the_brain_says_so(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """After the wait that it names."""
    library.add_album("a", library.track("one"))
    runs = []

    def work(job: oc.JobItem) -> oc.JobItem:
        runs.append(job)
        if len(runs) == 1:
            raise oc.ServiceDown("for a moment")
        return job

    app = open_library(plugins={"album": Album(work), "says": Says(oc.Verdict.RETRY)})
    assert app.download("library:album:a", to=music).ok
    assert len(runs) == 2


# --- stages that misbehave -------------------------------------------------------------------


def test_a_stage_that_answers_with_something_else_is_named(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """For each track; and the plugin that runs stages is not blamed, which would mute it."""
    tracks = [library.track(str(number), number) for number in range(1, 6)]
    library.add_album("a", *tracks)
    convert = Convert(lambda item, _: None if item.position < 5 else item)
    app = open_library(plugins={"convert": convert})
    report = app.download("library:album:a", to=music)
    assert [failure.error.title for failure in report.failures] == [
        "stage convert answered with NoneType where TrackItem was due"
    ] * 4
    assert [t.file is not None for t in report.artifacts[0].manifest.tracks] == [False] * 4 + [True]
    states = {record.id: record.state for record in app.plugins.records()}
    assert states["core-run"] is oc.PluginState.ACTIVE


def test_a_stage_that_ends_the_program_costs_only_its_track(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """`sys.exit` in a plugin is an error of the plugin."""
    library.add_album("a", library.track("one"), library.track("two", 2))
    convert = Convert(raising(SystemExit(0), only="one"))
    app = open_library(plugins={"convert": convert})
    report = app.download("library:album:a", to=music)
    assert [failure.ref for failure in report.failures] == ["library:track:one"]
    assert "stage convert" in report.failures[0].error.title


class Wordless(Exception):
    def __str__(self) -> str:
        raise ValueError("no words")


@pytest.mark.parametrize("error", [KeyError("x"), Wordless(), MemoryError(), RecursionError()])
def test_whatever_a_stage_raises_is_an_error_of_its_plugin(
    library: Library, open_library: OpenLibrary, music: Path, error: Exception
) -> None:
    """Named, so that it can be switched off; the other track is there."""
    library.add_album("a", library.track("one"), library.track("two", 2))
    app = open_library(plugins={"converter": Convert(raising(error, only="one"))})
    report = app.download("library:album:a", to=music)
    assert report.failures[0].error.title == "stage convert of plugin converter failed"
    assert report.artifacts[0].manifest.tracks[1].file


def test_a_stage_that_states_another_size_than_its_file_has_is_found_out(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """The manifest would vouch for what is not there."""

    def work(item: oc.TrackItem, context: oc.StageContext) -> oc.TrackItem:
        assert item.file
        path = item.folder / "converted.mp3"
        path.write_bytes(b"other")
        return attrs.evolve(item, file=attrs.evolve(item.file, path=path))

    library.add_album("a", library.track("one"))
    app = open_library(plugins={"convert": Convert(work)})
    report = app.download("library:album:a", to=music)
    assert "did not leave the file" in report.failures[0].error.title
    assert not report.artifacts


def test_a_stage_that_names_a_file_that_is_not_there_is_found_out(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """The same."""

    def work(item: oc.TrackItem, context: oc.StageContext) -> oc.TrackItem:
        assert item.file
        return attrs.evolve(item, file=attrs.evolve(item.file, path=item.folder / "none.mp3"))

    library.add_album("a", library.track("one"))
    app = open_library(plugins={"convert": Convert(work)})
    report = app.download("library:album:a", to=music)
    assert "did not leave the file" in report.failures[0].error.title


def test_what_a_stage_leaves_beside_its_file_is_cleared_away(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """Folders, too."""

    def work(item: oc.TrackItem, context: oc.StageContext) -> oc.TrackItem:
        (item.folder / "scratch").mkdir()
        (item.folder / "scratch" / "piece").write_bytes(b"x")
        return item

    library.add_album("a")
    app = open_library(plugins={"convert": Convert(work)})
    assert app.download("library:album:a", to=music).ok


def test_wrappers_stand_around_each_stage(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """One that fails itself, or forgets the result, does not disturb the work."""
    seen: list[str] = []

    class Watching:
        @oc.hookimpl(wrapper=True)
        def orpheus_run_stage(self, stage: oc.Stage) -> Generator[None, oc.Item, oc.Item]:
            seen.append(stage.name)
            return (yield)

    class Forgetful:
        @oc.hookimpl(wrapper=True)
        def orpheus_run_stage(self) -> Generator[None, oc.Item, None]:
            yield

    library.add_album("a", library.track("one"))
    app = open_library(plugins={"watching": Watching(), "forgetful": Forgetful()})
    assert app.download("library:album:a", to=music).ok
    assert seen == ["resolve", "keep", "download", "package"]


def test_a_track_of_a_service_that_is_not_there_costs_only_itself(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """A playlist may hold tracks of any service; each that fails says why."""
    here = library.track("one")
    elsewhere = attrs.evolve(here, ref=attrs.evolve(here.ref, service="nowhere"))
    barred = attrs.evolve(here, unavailable_because="not in your country")
    library.add_playlist("p", here, elsewhere, barred)
    library.stages.clear()
    report = open_library(keep=["core-download"]).download("library:playlist:p", to=music)
    assert [failure.error.code for failure in report.failures] == [
        "plugin.hook-failed",
        "plugin.none-for-url",
        "svc.country",
    ]


# --- stages of the job between those of its tracks -------------------------------------------


def test_what_a_job_stage_changes_in_the_middle_reaches_the_later_stages(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """The state of the tracks is read once, when the job begins; nothing is recovered."""
    library.add_album("a", library.track("one"), library.track("two", 2))

    def work(job: oc.JobItem) -> oc.JobItem:
        return attrs.evolve(job, tracks=tuple(item.noted("gain -3 dB") for item in job.tracks))

    convert = Convert(lambda item, _: item)
    app = open_library(plugins={"album": Album(work), "convert": convert})
    seen = events_of(app)
    manifest = app.download("library:album:a", to=music).artifacts[0].manifest
    assert [track.notes for track in manifest.tracks] == [("gain -3 dB",)] * 2
    assert not [event for event in seen if event.kind == "job.recovered"]
    assert sorted(library.fetched) == ["one", "two"]


def test_a_job_stage_sees_what_is_missing(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """And the track stays so: no later stage is given it."""
    library.add_album("a", library.track("one"), library.track("two", 2))
    library.failures["one"] = oc.ProtectedContent("not for you")
    missing: list[int] = []
    converted: list[int] = []

    def work(job: oc.JobItem) -> oc.JobItem:
        missing.extend(item.position for item in job.missing)
        return job

    def convert(item: oc.TrackItem, context: oc.StageContext) -> oc.TrackItem:
        converted.append(item.position)
        return item

    app = open_library(plugins={"album": Album(work), "convert": Convert(convert)})
    assert not app.download("library:album:a", to=music).ok
    assert (missing, converted) == ([1], [2])


# --- pipelines with a hole -------------------------------------------------------------------


@pytest.mark.parametrize("off", ["core-resolve", "core-download", "core-package"])
def test_a_pipeline_with_a_hole_is_refused_before_anything_is_done(
    library: Library, open_library: OpenLibrary, music: Path, off: str
) -> None:
    """Else it would end well with nothing to show for it."""
    library.add_album("a")
    library.stages.clear()
    app = open_library(config={"plugins.disabled": [off]})
    with pytest.raises(oc.StageMissing) as caught:
        app.download("library:album:a", to=music)
    assert caught.value.why.endswith(f"stage {off.removeprefix('core-')}")
    assert not music.exists()


def test_a_track_that_no_stage_brings_is_missing(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """With a reason, in the report and in the manifest."""
    library.add_album("a", library.track("one"), library.track("two", 2))

    def work(item: oc.TrackItem, context: oc.StageContext) -> oc.TrackItem:
        return attrs.evolve(item, file=None) if item.position == 1 else item

    app = open_library(plugins={"convert": Convert(work)})
    report = app.download("library:album:a", to=music)
    assert report.exit_status is oc.ExitStatus.PARTIAL
    assert report.failures[0].error.title == "no stage brought 'Title one'"
    assert report.artifacts[0].manifest.tracks[0].missing_code == "plugin.hook-failed"


def test_a_job_of_which_nothing_comes_is_an_error(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """A stage took all tracks out: that is no success."""
    library.add_album("a")
    empty = Album(lambda job: attrs.evolve(job, tracks=()))
    app = open_library(plugins={"album": empty})
    seen = events_of(app)
    with pytest.raises(oc.HookFailed, match="nothing came of library:album:a"):
        app.download("library:album:a", to=music)
    assert seen[-1].kind == "job.failed"


# --- stopping --------------------------------------------------------------------------------


def test_a_stop_before_the_start_does_nothing(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """No folder is made, no service is asked."""
    library.add_album("a")
    cancel = threading.Event()
    cancel.set()
    app = open_library()
    with pytest.raises(oc.Cancelled):
        app.download("library:album:a", to=music, cancel=cancel)
    assert not music.exists()


def test_a_stop_between_two_stages_keeps_what_is_finished(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """The next run goes on behind it."""
    library.add_album("a", library.track("one"))
    cancel = threading.Event()

    def stop(item: oc.TrackItem, context: oc.StageContext) -> oc.TrackItem:
        cancel.set()
        return item

    check = Check(stop)
    app = open_library(plugins={"check": check, "convert": Convert(raising())})
    seen = events_of(app)
    with pytest.raises(oc.Cancelled):
        app.download("library:album:a", to=music, cancel=cancel)
    assert seen[-1].kind == "job.failed"
    check._work = raising(AssertionError("run again"))
    assert app.download("library:album:a", to=music).ok
    assert library.fetched == ["one"]
    recovered = [event for event in seen if event.kind == "job.recovered"]
    assert [event.data["tracks_done"] for event in recovered] == [1]


def test_a_stop_ends_the_wait_before_another_try(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """However long that would be."""
    library.add_album("a", library.track("one"))
    cancel = threading.Event()

    class Patient:
        @oc.hookimpl
        def orpheus_decide(self, question: oc.Question) -> oc.Decision | None:
            if not isinstance(question, oc.RetryQuestion):
                return None
            cancel.set()
            return oc.Decision(verdict=oc.Verdict.RETRY, reason="patience", after_s=200.0)

    library.failures["one"] = oc.ServiceDown("for long")
    app = open_library(plugins={"patient": Patient()}, clock=oc.SystemClock())
    with pytest.raises(oc.Cancelled):
        app.download("library:album:a", to=music, cancel=cancel)


def test_a_failing_disk_stops_the_other_tracks_and_not_the_caller(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """The event that the caller handed in is theirs: only they set it."""
    tracks = [library.track(str(number), number) for number in range(1, 8)]
    library.add_album("a", *tracks)
    both = threading.Barrier(2)
    told: list[bool] = []

    def work(item: oc.TrackItem, context: oc.StageContext) -> oc.TrackItem:
        if item.position <= 2:
            both.wait(20)
        if item.position == 1:
            raise storage_error(OSError(errno.ENOSPC, "full"), item.folder)
        told.append(context.cancel.wait(20))
        return item

    cancel = threading.Event()
    app = open_library(plugins={"convert": Convert(work)})
    with pytest.raises(oc.DiskFull):
        app.download("library:album:a", to=music, cancel=cancel)
    assert told == [True]
    assert not cancel.is_set()
    assert len(library.fetched) < len(tracks)


def test_a_file_that_is_too_large_for_the_disk_costs_only_its_track(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """A file system has a limit for each file; the others fit."""
    library.add_album("a", library.track("one"), library.track("two", 2))
    library.failures["one"] = storage_error(OSError(errno.EFBIG, "too large"), music)
    app = open_library()
    report = app.download("library:album:a", to=music)
    assert [type(failure.error) for failure in report.failures] == [oc.FileTooLarge]
    assert report.artifacts[0].manifest.tracks[1].file


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_in_a_script_stops_the_workers(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """They are told at once, and what they raise then is not lost in between."""
    library.add_album("a", library.track("one"), library.track("two", 2))
    told: list[bool] = []
    both = threading.Barrier(2)

    def work(item: oc.TrackItem, context: oc.StageContext) -> oc.TrackItem:
        both.wait(20)
        if item.position == 1:
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        told.append(context.cancel.wait(20))
        raise oc.Cancelled("stopped")

    app = open_library(plugins={"convert": Convert(work)})
    seen = events_of(app)
    with pytest.raises(KeyboardInterrupt):
        app.download("library:album:a", to=music)
    assert told == [True, True]
    assert (seen[-1].kind, seen[-1].data["message"]) == ("job.failed", "KeyboardInterrupt")
    assert not [thread for thread in threading.enumerate() if "orpheus-track" in thread.name]
