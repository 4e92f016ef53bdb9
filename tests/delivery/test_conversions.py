"""Stages that change a good file are asked about before they run, and may be left out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import pytest

import orpheus_core as oc
from orpheus_core.brain import faults_of

if TYPE_CHECKING:
    from tests.delivery.conftest import Library, OpenLibrary


class Loudness(oc.TrackStage):
    """A plugin's stage that writes each file anew, as far as it can.

    Attributes:
        ran: the ids of the tracks that it was given.
        error: what it raises for those that it cannot convert.
    """

    name = "loudness"
    after = ("download",)
    before = ("package",)
    optional = True
    converts = True

    def __init__(self, broken: Callable[[str], bool] = lambda _: False) -> None:
        self.ran: list[str] = []
        self.error: Exception = oc.DamagedAudio("it cannot be decoded")
        self._broken = broken

    def run_track(self, item: oc.TrackItem, context: oc.StageContext) -> oc.TrackItem:
        assert item.file
        self.ran.append(item.track.ref.id)
        if self._broken(item.track.ref.id):
            raise self.error
        louder = item.folder / "louder.flac"
        louder.write_bytes(item.file.path.read_bytes() * 2)
        size_bytes, sha256 = oc.digest_of(louder)
        file = attrs.evolve(item.file, path=louder, size_bytes=size_bytes, sha256=sha256)
        return attrs.evolve(item, file=file)

    @oc.hookimpl
    def orpheus_stages(self) -> list[oc.Stage]:
        return [self]


@attrs.define
class Spares:
    """Leaves a conversion out once it has failed *most* times; keeps what it was asked."""

    most: int
    asked: list[oc.ConversionQuestion] = attrs.field(factory=list)

    @oc.hookimpl
    def orpheus_decide(self, question: oc.Question) -> oc.Decision | None:
        if not isinstance(question, oc.ConversionQuestion):
            return None
        self.asked.append(question)
        if question.failures < self.most:
            return None
        return oc.Decision(verdict=oc.Verdict.SKIP, reason="it fails each time")


def album(library: Library, count: int = 5) -> None:
    library.add_album("a", *(library.track(str(number), number) for number in range(1, count + 1)))


def opened(open_library: OpenLibrary, **plugins: object) -> tuple[oc.Orpheus, list[oc.Event]]:
    app = open_library(plugins=plugins, config={"downloads.jobs": 1})
    seen: list[oc.Event] = []
    app.brain.events.subscribe(seen.append)
    return app, seen


def skipped(seen: list[oc.Event]) -> list[oc.Event]:
    assert faults_of(seen) == []
    return [event for event in seen if event.kind == "stage.skipped"]


def test_a_conversion_that_fails_too_often_is_left_out_for_the_rest(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """Told with the reason, and noted beside each track; the files are those that came."""
    album(library)
    loudness, spares = Loudness(lambda _: True), Spares(2)
    app, seen = opened(open_library, loudness=loudness, spares=spares)

    (artifact,) = app.download("library:album:a", to=music).artifacts

    assert loudness.ran == ["1", "2"]
    assert [each.failures for each in spares.asked] == [0, 1, 2, 2, 2]
    assert {(each.stage, each.service) for each in spares.asked} == {("loudness", "library")}
    assert [each.subject for each in spares.asked] == [
        f"track/library:track:{number}" for number in range(1, 6)
    ]
    failed = "it cannot be decoded (integrity.audio)"
    reasons = [failed, failed] + ["it fails each time"] * 3
    assert [event.data["reason"] for event in skipped(seen)] == reasons
    assert [entry.notes for entry in artifact.manifest.tracks] == [
        (f"loudness was left out: {reason}",) for reason in reasons
    ]
    assert artifact.manifest.complete
    assert sorted(path.read_bytes() for path in artifact.path.rglob("*.flac")) == [
        b"1", b"2", b"3", b"4", b"5",
    ]  # fmt: skip


def test_a_conversion_that_fails_again_and_again_is_left_out_by_the_rule_in_the_box(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """Without anybody's plugin: three failures, then the others have their files as they came."""
    album(library)
    loudness = Loudness(lambda _: True)
    loudness.error = RuntimeError("no such codec")
    app, seen = opened(open_library, loudness=loudness)

    (artifact,) = app.download("library:album:a", to=music).artifacts

    assert loudness.ran == ["1", "2", "3"]
    assert artifact.manifest.complete
    (applied,) = (event for event in seen if event.kind == "brain.mitigation.applied")
    assert (applied.data["mitigation"], applied.data["scope"]) == ("skip_stage", "loudness")
    left_out = skipped(seen)[3:]
    decided = {event.id: event for event in seen if event.kind == "brain.decision.made"}
    assert [decided[event.cause_id or ""].cause_id for event in left_out] == [applied.id] * 2
    assert all("rule stage-failing" in str(event.data["reason"]) for event in left_out)
    assert "rule stage-failing" in artifact.manifest.tracks[4].notes[0]


def test_a_conversion_that_works_is_run_on_each_track(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """One that failed once is tried again."""
    album(library, 3)
    loudness, spares = Loudness(lambda ident: ident == "1"), Spares(2)
    app, seen = opened(open_library, loudness=loudness, spares=spares)

    (artifact,) = app.download("library:album:a", to=music).artifacts

    assert loudness.ran == ["1", "2", "3"]
    assert len(skipped(seen)) == 1
    contents = sorted(path.read_bytes() for path in artifact.path.rglob("*.flac"))
    assert contents == [b"1", b"22", b"33"]


def test_a_stage_that_converts_nothing_is_not_asked_about(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """Nor one that somebody wrote without our classes, and that does not say."""
    album(library, 1)

    class Plain:
        name, scope = "plain", oc.Scope.TRACK
        after, before, optional, redo_from = ("download",), ("package",), True, None

        def run(self, item: oc.Item, context: oc.StageContext) -> oc.Item:
            return item

    loudness, spares = Loudness(), Spares(0)
    loudness.converts = False
    library.stages.append(Plain())
    app, _ = opened(open_library, loudness=loudness, spares=spares)

    assert app.download("library:album:a", to=music).ok

    assert (loudness.ran, spares.asked) == (["1"], [])


def test_a_conversion_that_is_needed_is_run_whoever_would_leave_it_out(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """Only what a job can go on without is left out."""
    album(library, 2)
    loudness, spares = Loudness(), Spares(0)
    loudness.optional = False
    app, seen = opened(open_library, loudness=loudness, spares=spares)

    assert app.download("library:album:a", to=music).ok

    assert (loudness.ran, skipped(seen)) == (["1", "2"], [])


def test_a_conversion_of_the_whole_job_is_asked_about_too(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """And noted beside the job."""

    class AlbumGain(oc.JobStage):
        name, after, before = "album-gain", ("download",), ("package",)
        optional = converts = True

        def run_job(self, job: oc.JobItem, context: oc.StageContext) -> oc.JobItem:
            raise AssertionError("it was run")

    album(library, 1)
    library.stages.append(AlbumGain())
    app, seen = opened(open_library, spares=Spares(0))

    (artifact,) = app.download("library:album:a", to=music).artifacts

    assert artifact.manifest.notes == ("album-gain was left out: it fails each time",)
    assert [event.subject for event in skipped(seen)] == ["job/library:album:a"]


def test_a_stage_left_out_leads_to_the_decision_and_to_the_mitigation_that_it_obeys(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """So that one can go back from it to what failed."""
    album(library, 1)
    app, seen = opened(open_library, loudness=Loudness(), spares=Spares(0))
    app.brain.mitigations.apply(
        oc.Mitigation(kind=oc.MitigationKind.SKIP_STAGE, scope="loudness"),
        rule="deaf",
        cause=app.brain.events.emit("plugin.said", data={"message": "it is deaf"}),
    )

    app.download("library:album:a", to=music)

    (applied,) = (event for event in seen if event.kind == "brain.mitigation.applied")
    decided = {event.id: event for event in seen if event.kind == "brain.decision.made"}
    assert [decided[event.cause_id or ""].cause_id for event in skipped(seen)] == [applied.id]


@pytest.mark.parametrize("optional", [True, False])
def test_a_failed_stage_leads_to_the_decision_and_to_its_own_begin(
    library: Library, open_library: OpenLibrary, music: Path, optional: bool
) -> None:
    """Whatever was decided, each event is below the one that led to it."""
    album(library, 1)
    loudness = Loudness(lambda _: True)
    loudness.optional = optional
    app, seen = opened(open_library, loudness=loudness)

    app.download("library:album:a", to=music)

    begun = {event.id: event.data["stage"] for event in seen if event.kind == "stage.started"}
    retry = [event for event in seen if event.data.get("question") == "retry"]
    (ended,) = (event for event in seen if event.kind in ("stage.skipped", "stage.failed"))
    assert retry
    assert {begun[event.cause_id or ""] for event in retry} == {"loudness"}
    assert ended.cause_id == retry[-1].id
