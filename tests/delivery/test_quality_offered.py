"""A track that is offered below the quality asked for: the brain decides whether it is taken."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

import orpheus_core as oc
from orpheus_core.brain import faults_of
from orpheus_core.testing import SimClock
from orpheus_core.testing.sandbox import SandboxServer
from orpheus_core.testing.sandbox import plugin as sandbox_plugin

TRACK = "sandbox:track:lanterns-01"


@attrs.define
class Picks:
    """Answers each question about a quality with *verdict*, and keeps it."""

    verdict: oc.Verdict
    asked: list[oc.QualityQuestion] = attrs.field(factory=list)

    @oc.hookimpl
    def orpheus_decide(self, question: oc.Question) -> oc.Decision | None:
        if not isinstance(question, oc.QualityQuestion):
            return None
        self.asked.append(question)
        return oc.Decision(verdict=self.verdict, reason="the person wants all or nothing")


@attrs.define
class Opened:
    app: oc.Orpheus
    picks: Picks
    server: SandboxServer
    events: list[oc.Event] = attrs.field(factory=list)

    def fetched(self) -> list[str]:
        paths = [request.path for request in self.server.requests]
        return [path for path in paths if path.startswith("/files/")]


@pytest.fixture
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opened]:
    """An application whose plugin answers with the verdict of the test's parameter."""
    picks = Picks(getattr(request, "param", oc.Verdict.GO_ON))
    with (
        SandboxServer() as server,
        oc.Orpheus(
            tmp_path / "home",
            clock=SimClock(),
            discover=False,
            plugins={"sandbox": sandbox_plugin, "picks": picks},
        ) as app,
    ):
        app.credentials.set("sandbox", "url", server.url)
        found = Opened(app, picks, server)
        app.brain.events.subscribe(found.events.append)
        yield found
        assert faults_of(found.events) == []


gives_up = pytest.mark.parametrize("run", [oc.Verdict.GIVE_UP], indirect=True)


def test_less_than_what_was_asked_for_is_taken_when_the_brain_agrees(
    run: Opened, tmp_path: Path
) -> None:
    """The question says what was wanted, what is offered, and what the job collects."""
    report = run.app.download(TRACK, to=tmp_path, quality="hires", floor="high")
    assert report.ok
    (question,) = run.picks.asked
    assert (question.wanted, question.floor, question.offered) == ("hires", "high", "lossless")
    assert (question.kind, question.service) == ("track", "sandbox")
    assert question.subject == f"track/{TRACK}"


@gives_up
def test_less_than_what_was_asked_for_is_left_when_the_brain_says_so(
    run: Opened, tmp_path: Path
) -> None:
    """Before a byte of it is fetched; the track is missing, with the reason."""
    report = run.app.download(TRACK, to=tmp_path, quality="hires")
    (failure,) = report.failures
    assert isinstance(failure.error, oc.QualityUnavailable)
    assert failure.error.why == "the person wants all or nothing"
    assert run.fetched() == []


@gives_up
@pytest.mark.parametrize("quality", ["best", "lossless", "high"])
def test_what_was_asked_for_is_no_question(run: Opened, tmp_path: Path, quality: str) -> None:
    """Nor is the best there is, whatever that may be."""
    assert run.app.download(TRACK, to=tmp_path, quality=quality).ok
    assert run.picks.asked == []


def test_a_job_asks_in_the_words_of_what_it_collects(run: Opened, tmp_path: Path) -> None:
    """Once for each track of an album."""
    assert run.app.download("sandbox:album:lanterns", to=tmp_path, quality="hires").ok
    assert {question.kind for question in run.picks.asked} == {"album"}
    assert len(run.picks.asked) == len({question.subject for question in run.picks.asked}) == 12


class Finds(sandbox_plugin.SandboxModule):
    """A service whose module hands out what lies below the floor, as an excerpt or as it is."""

    def __init__(self, *, preview: bool) -> None:
        self._preview = preview

    def file(self, client: oc.ServiceClient, track: oc.Track, wish: oc.QualityWish) -> oc.MediaFile:
        lower = attrs.evolve(wish, floor=oc.Quality.LOW, wanted=oc.Quality.HIGH)
        return attrs.evolve(super().file(client, track, lower), preview=self._preview)

    @oc.hookimpl
    def orpheus_modules(self) -> list[oc.ServiceModule]:
        return [self]


@pytest.mark.parametrize(("preview", "floor"), [(True, "low"), (False, "lossless")])
def test_neither_an_excerpt_nor_what_lies_below_the_floor_is_a_question(
    tmp_path: Path, preview: bool, floor: str
) -> None:
    """The one is asked for as such, the other is refused without asking."""
    picks = Picks(oc.Verdict.GIVE_UP)
    plugins = {"sandbox": Finds(preview=preview), "picks": picks}
    with (
        SandboxServer() as server,
        oc.Orpheus(tmp_path / "home", clock=SimClock(), discover=False, plugins=plugins) as app,
    ):
        app.credentials.set("sandbox", "url", server.url)
        report = app.download(
            TRACK, to=tmp_path / "music", quality="hires", floor=floor, previews=preview
        )
    assert picks.asked == []
    assert report.ok is preview
