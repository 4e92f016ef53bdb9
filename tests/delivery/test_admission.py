"""Work for a service begins when the brain says so: waits, their bounds, what is told of them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import pytest

import orpheus_core as oc
from orpheus_core.brain import faults_of
from orpheus_core.delivery.admission import Admission
from orpheus_core.testing import SimClock

if TYPE_CHECKING:
    from tests.delivery.conftest import Library, OpenLibrary

Answer = Callable[[oc.QueueQuestion], tuple[oc.Verdict, float]]


@attrs.define
class Paces:
    """Decides when the next piece of work begins, as a test says, and keeps what it was asked."""

    answer: Answer
    asked: list[oc.QueueQuestion] = attrs.field(factory=list)

    @oc.hookimpl
    def orpheus_decide(self, question: oc.Question) -> oc.Decision | None:
        if not isinstance(question, oc.QueueQuestion):
            return None
        self.asked.append(question)
        verdict, after_s = self.answer(question)
        return oc.Decision(verdict=verdict, reason="it needs a rest", after_s=after_s)


def pauses(*waits_s: float, at: int = 1) -> Answer:
    """Begin, but wait *waits_s* at the question number *at*, and those that follow."""
    left, count = list(waits_s), [0]

    def answer(question: oc.QueueQuestion) -> tuple[oc.Verdict, float]:
        count[0] += 1
        if count[0] < at or not left:
            return oc.Verdict.GO_ON, 0.0
        return oc.Verdict.PAUSE, left.pop(0)

    return answer


def watched(app: oc.Orpheus) -> list[oc.Event]:
    seen: list[oc.Event] = []
    app.brain.events.subscribe(seen.append)
    return seen


def told(seen: list[oc.Event], *kinds: str) -> list[oc.Event]:
    assert faults_of(seen) == []
    return [event for event in seen if event.kind in kinds]


# --- when it is asked ------------------------------------------------------------------------


def test_a_job_and_each_of_its_tracks_are_asked_for_before_they_begin(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """Not each of their stages, and not the tracks that are there."""
    library.add_album("a", *(library.track(str(number), number) for number in range(1, 4)))
    library.failures["2"] = oc.ItemNotFound("gone")
    paces = Paces(pauses())
    app = open_library(plugins={"paces": paces})

    app.download("library:album:a", to=music)

    assert [(each.service, each.subject) for each in paces.asked] == [
        ("library", "job/library:album:a")
    ] * 4
    library.failures.clear()
    paces.asked.clear()

    assert app.download("library:album:a", to=music).ok

    assert len(paces.asked) == 2


def test_what_an_earlier_run_has_fetched_is_not_asked_for(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """What is left to do with it is done here."""
    library.add_album("a", library.track("one"))
    paces = Paces(pauses())

    class Stops(oc.TrackStage):
        name, after, before = "stops", ("download",), ("package",)
        failure: Exception | None = oc.ServiceDown("for a moment")

        def run_track(self, item: oc.TrackItem, context: oc.StageContext) -> oc.TrackItem:
            if self.failure:
                raise self.failure
            return item

    library.stages.append(stops := Stops())
    app = open_library(plugins={"paces": paces})
    assert not app.download("library:album:a", to=music).ok
    paces.asked.clear()
    stops.failure = None

    assert app.download("library:album:a", to=music).ok

    assert (library.fetched, len(paces.asked)) == (["one"], 1)


def test_that_work_begins_is_no_news(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """The decision is a debug event, and stands in no manifest."""
    library.add_album("a", library.track("one"))
    app = open_library()
    seen = watched(app)

    (artifact,) = app.download("library:album:a", to=music).artifacts

    decisions = told(seen, "brain.decision.made")
    assert {(each.data["question"], each.data["verdict"]) for each in decisions} == {
        ("queue", "go_on")
    }
    assert {each.severity for each in decisions} == {oc.Severity.DEBUG}
    assert artifact.manifest.decisions == ()


# --- waiting ---------------------------------------------------------------------------------


def test_a_job_waits_and_goes_on_and_says_both_once(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """However often the wait is prolonged; its manifest keeps both."""
    library.add_album("a")
    clock = SimClock()
    paces = Paces(pauses(30.0, 12.5, at=2))
    app = open_library(plugins={"paces": paces}, clock=clock, config={"downloads.jobs": 1})
    seen = watched(app)

    (artifact,) = app.download("library:album:a", to=music).artifacts

    paused, resumed = told(seen, "job.paused", "job.resumed")
    assert dict(paused.data) == {"reason": "it needs a rest", "after_s": 30.0}
    assert dict(resumed.data) == {"waited_s": 42.5}
    assert (paused.service, paused.subject) == ("library", "job/library:album:a")
    assert paused.correlation_id == artifact.manifest.origin.correlation_id
    assert resumed.cause_id == paused.id
    assert clock.sleeps == [30.0, 12.5]
    assert [each.waited_s for each in paces.asked] == [0.0, 0.0, 30.0, 42.5, 42.5]
    kinds = [entry.kind for entry in artifact.manifest.events]
    assert kinds.index("job.paused") < kinds.index("job.resumed")


def test_a_pause_leads_to_the_decision_and_to_the_mitigation_that_it_obeys(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """So that one can go back from the wait to what failed."""
    library.add_album("a", library.track("one"))
    app = open_library(plugins={"paces": Paces(pauses(5.0))})
    seen = watched(app)
    cause = app.brain.events.emit("plugin.said", data={"message": "it is tired"})
    app.brain.mitigations.apply(
        oc.Mitigation(kind=oc.MitigationKind.PAUSE_SERVICE, scope="library", for_s=5.0),
        rule="tired",
        cause=cause,
    )

    app.download("library:album:a", to=music)

    (applied,) = told(seen, "brain.mitigation.applied")
    (paused,) = told(seen, "job.paused")
    decisions = told(seen, "brain.decision.made")
    assert (paused.cause_id, decisions[0].cause_id) == (decisions[0].id, applied.id)


def test_a_pause_of_no_time_ends(library: Library, open_library: OpenLibrary, music: Path) -> None:
    """It counts as a second, so that the bound is met some day."""
    library.add_album("a", library.track("one"))
    paces = Paces(lambda _: (oc.Verdict.PAUSE, 0.0))
    app = open_library(plugins={"paces": paces}, config={"network.max_wait_s": 4})
    with pytest.raises(oc.ServicePaused):
        app.download("library:album:a", to=music)
    assert len(paces.asked) == 5


def test_a_stop_ends_the_wait(library: Library, open_library: OpenLibrary, music: Path) -> None:
    """However long that would be."""
    library.add_album("a", library.track("one"))
    cancel = threading.Event()

    def answer(question: oc.QueueQuestion) -> tuple[oc.Verdict, float]:
        cancel.set()
        return oc.Verdict.PAUSE, 200.0

    app = open_library(plugins={"paces": Paces(answer)}, clock=oc.SystemClock())
    seen = watched(app)
    with pytest.raises(oc.Cancelled):
        app.download("library:album:a", to=music, cancel=cancel)
    assert told(seen, "job.resumed") == []


# --- the bound -------------------------------------------------------------------------------


@pytest.mark.parametrize(("waits_s", "named"), [((301.0,), "301 s"), ((200.0, 101.0), "101 s")])
def test_a_job_that_would_wait_too_long_fails_and_keeps_what_came(
    library: Library,
    open_library: OpenLibrary,
    music: Path,
    waits_s: tuple[float, ...],
    named: str,
) -> None:
    """In one wait or in all: the error names the wait, and the next run fetches the rest."""
    library.add_album("a", *(library.track(str(number), number) for number in range(1, 4)))
    paces = Paces(pauses(*waits_s, at=3))
    app = open_library(plugins={"paces": paces}, config={"downloads.jobs": 1})
    seen = watched(app)

    with pytest.raises(oc.ServicePaused) as caught:
        app.download("library:album:a", to=music)

    assert caught.value.exit_status is oc.ExitStatus.LATER
    assert caught.value.title == f"library is left alone for another {named}"
    assert caught.value.retry_after_s == waits_s[-1]
    assert "network.max_wait_s is 300 s" in caught.value.why
    assert [event.error_type for event in told(seen, "job.failed")] == ["svc.paused"]
    assert library.fetched == ["1"]

    assert app.download("library:album:a", to=music).ok

    assert library.fetched == ["1", "2", "3"]


def test_a_job_whose_service_is_not_to_be_asked_at_all_fails_at_once(
    library: Library, open_library: OpenLibrary, music: Path
) -> None:
    """Nothing is asked, and nothing is left behind."""
    library.add_album("a", library.track("one"))
    app = open_library(plugins={"paces": Paces(lambda _: (oc.Verdict.GIVE_UP, 0.0))})
    seen = watched(app)
    with pytest.raises(oc.ServicePaused, match="library is not asked now") as caught:
        app.download("library:album:a", to=music)
    assert caught.value.why == "it needs a rest"
    assert told(seen, "job.paused", "job.resolved") == []
    assert not list(music.glob(".orpheus/*/*"))


# --- several threads -------------------------------------------------------------------------


def admission_of(app: oc.Orpheus) -> tuple[Admission, oc.JobItem]:
    ref = oc.MediaRef("library", oc.MediaKind.ALBUM, "a")
    job = oc.JobItem(
        ref=ref, wish=oc.QualityWish(), target=Path(), work=Path(), correlation_id="job"
    )
    return Admission(app._context(threading.Event())), job


def waiter(admission: Admission, service: str, job: oc.JobItem) -> threading.Thread:
    return threading.Thread(target=admission.wait_for, args=(service, job), daemon=True)


def test_who_comes_while_another_waits_waits_with_it(open_library: OpenLibrary) -> None:
    """One pause for the job, and each asks for itself once it is over."""
    clock = SimClock(autojump=False)

    def answer(question: oc.QueueQuestion) -> tuple[oc.Verdict, float]:
        left_s = 30.0 - clock.monotonic()
        return (oc.Verdict.PAUSE, left_s) if left_s > 0 else (oc.Verdict.GO_ON, 0.0)

    paces = Paces(answer)
    app = open_library(plugins={"paces": paces}, clock=clock)
    seen = watched(app)
    admission, job = admission_of(app)
    threads = [waiter(admission, "library", job) for _ in "abc"]
    threads[0].start()
    clock.wait_for_sleepers()
    for thread in threads[1:]:
        thread.start()
    for thread in threads[1:]:
        thread.join(0.05)  # they would ask now, if they did not wait

    clock.advance(30.0)
    for thread in threads:
        thread.join(20)

    assert [each.data["waited_s"] for each in told(seen, "job.resumed")] == [30.0]
    assert len(told(seen, "job.paused")) == 1
    assert len(paces.asked) == 4


def test_who_comes_after_the_bound_was_met_is_not_let_in(open_library: OpenLibrary) -> None:
    """The job ends, and no thread of it begins with anything in the last moment."""
    paces = Paces(pauses(301.0))
    admission, job = admission_of(open_library(plugins={"paces": paces}))
    for _ in range(2):
        with pytest.raises(oc.ServicePaused):
            admission.wait_for("library", job)
    assert len(paces.asked) == 1


def test_the_wait_for_one_service_holds_up_no_other(open_library: OpenLibrary) -> None:
    """A playlist may hold tracks of several."""
    clock = SimClock(autojump=False)

    def answer(question: oc.QueueQuestion) -> tuple[oc.Verdict, float]:
        tired = question.service == "library" and clock.monotonic() < 30.0
        return (oc.Verdict.PAUSE, 30.0) if tired else (oc.Verdict.GO_ON, 0.0)

    app = open_library(plugins={"paces": Paces(answer)}, clock=clock)
    admission, job = admission_of(app)
    waiting, other = waiter(admission, "library", job), waiter(admission, "elsewhere", job)
    waiting.start()
    clock.wait_for_sleepers()

    other.start()
    other.join(20)

    assert (waiting.is_alive(), other.is_alive()) == (True, False)
    clock.advance(30.0)
    waiting.join(20)
