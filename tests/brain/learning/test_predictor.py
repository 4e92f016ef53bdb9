"""The plugin ``core-predictor``: predictions in questions, in events, and from another plugin."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import requests
import urllib3
from tests.brain.learning.observed import HOST, SERVICE, event, job, request, stage

import orpheus_core as oc
from orpheus_core.brain import (
    Attempted,
    Brain,
    Event,
    EventBus,
    Predicted,
    Prediction,
    QualityQuestion,
    Question,
    RetryQuestion,
    faults_of,
)
from orpheus_core.brain.learning import Predictor
from orpheus_core.brain.learning.learned_counts import LearnedCounts
from orpheus_core.errors import ServiceDown, Truncated
from orpheus_core.music import AudioFormat, Codec
from orpheus_core.network import fetch_file
from orpheus_core.plugins import PluginHost, PluginMode
from orpheus_core.redaction import Redactor
from orpheus_core.services.module import MediaFile
from orpheus_core.storage import DiskStorage
from orpheus_core.testing.clock import SimClock

QUESTION = RetryQuestion(
    attempted=Attempted.REQUEST, error=ServiceDown("x"), host=HOST, service=SERVICE
)


class Asked:
    """Keeps the questions that deciders are asked."""

    def __init__(self) -> None:
        self.questions: list[Question] = []

    @oc.hookimpl
    def orpheus_decide(self, question: Question) -> oc.Decision:
        self.questions.append(question)
        return oc.Decision(verdict=question.otherwise, reason="a test")


class World:
    """A brain with a predictor, by a simulated clock."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = SimClock()
        self.asked = Asked()
        self.events: list[Event] = []
        self.open()

    def open(self) -> None:
        """Begin a run."""
        self.predictor = Predictor(self.folder, self.clock)
        (self.sink,) = self.predictor.orpheus_event_sinks()
        host = PluginHost(mode=PluginMode.STRICT)
        bus = EventBus(self.clock, Redactor())
        bus.subscribe(self.events.append)
        self.brain = Brain(host, bus, clock=self.clock, wakes=False)
        host.register_builtins({"core-predictor": self.predictor}, "0")
        host.register("asked", self.asked)

    def fail(self, times: int) -> None:
        """Have so many requests fail."""
        self.sink.write([request(self.clock.now(), "svc.down") for _ in range(times)])

    def predictions(self, question: Question = QUESTION) -> tuple[Prediction, ...]:
        """Ask the brain, and return what deciders were told."""
        self.brain.decide(question)
        return self.asked.questions[-1].predictions


def test_predictions_arrive_with_the_question_and_as_events(tmp_path: Path) -> None:
    """Deciders read them, and orpheus explain shows them."""
    world = World(tmp_path)
    world.fail(30)
    by_any, by_this = world.predictions()
    assert by_any.predicted_by == "core-predictor"
    assert by_any.chance > 0.9
    assert by_this.outcome == "svc.down"
    made = [each for each in world.events if each.kind == "brain.prediction.made"]
    assert [each.data["outcome"] for each in made] == ["", "svc.down"]
    assert made[0].data == {
        "prediction": "request_fails",
        "about": HOST,
        "outcome": "",
        "chance": round(by_any.chance, 4),
        "confidence": round(by_any.confidence, 4),
        "observations": 30,
        "reason": by_any.reason,
        "predicted_by": "core-predictor",
    }
    assert faults_of(world.events) == []


def test_without_evidence_there_is_no_event_either(tmp_path: Path) -> None:
    """A prediction of nothing would be noise."""
    world = World(tmp_path)
    world.fail(3)
    assert world.predictions() == ()
    assert [each.kind for each in world.events] == ["brain.decision.made"]


def test_the_next_run_knows_what_the_last_one_saw(tmp_path: Path) -> None:
    """A host that was down a minute ago is expected to be down."""
    world = World(tmp_path)
    world.fail(40)
    world.sink.close()
    world.clock.advance(60)
    world.open()
    assert world.predictions()[0].observations == 37


def test_stages_and_qualities_are_learned_as_well(tmp_path: Path) -> None:
    """From what ends, day by day."""
    world = World(tmp_path)
    for _ in range(3):
        now = world.clock.now()
        failed = stage(now, "convert", "integrity.audio")
        world.sink.write([*[job(now, "lossless")] * 10, *[failed] * 10])
        world.clock.advance(86_400)
    (quality,) = world.predictions(
        QualityQuestion(service=SERVICE, kind="album", wanted="hires", floor="low", offered="high")
    )
    assert (quality.what, quality.outcome) == (Predicted.QUALITY, "lossless")
    (failing,) = world.predictions(
        RetryQuestion(attempted=Attempted.STAGE, error=ServiceDown("x"), stage="convert")
    )
    assert (failing.what, failing.about) == (Predicted.STAGE_FAILS, "convert")


def test_a_damaged_file_becomes_an_event(tmp_path: Path) -> None:
    """It says what was damaged, where it is now, and why."""
    with oc.Orpheus(tmp_path, discover=False, clock=SimClock()) as app:
        file = LearnedCounts(app.home.events).file
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"noise" * 1000)
        told: list[Event] = []
        app.brain.events.subscribe(told.append, kinds=["system.state.damaged"])
        app.brain.decide(QUESTION)
    (damage,) = told
    assert damage.plugin == "core-predictor"
    assert damage.data["file.path"] == str(file)
    assert damage.data["set_aside"] == "learned.sqlite.damaged"
    assert "not a database" in str(damage.data["reason"])
    assert faults_of(told) == []


def test_what_cannot_be_kept_is_said_to_the_person(tmp_path: Path) -> None:
    """As a warning of the plugin's own."""
    with oc.Orpheus(tmp_path, discover=False, clock=SimClock()) as app:
        (app.home.events / "learned.sqlite").mkdir(parents=True)
        told: list[Event] = []
        app.brain.events.subscribe(told.append, kinds=["plugin.said"])
        app.brain.decide(QUESTION)
    assert "what is learned from events is not kept" in str(told[0].data["message"])


def test_an_application_learns_from_its_own_requests(tmp_path: Path) -> None:
    """From the request through the log's thread to the next run's decision."""
    clock = SimClock()

    class Down:
        @oc.hookimpl
        def orpheus_send(self, request: oc.OutgoingRequest) -> None:
            raise ServiceDown("down")

    with oc.Orpheus(tmp_path, discover=False, clock=clock, plugins={"down": Down()}) as app:
        app.network.declare(SERVICE, hosts=[HOST])
        for _ in range(25):
            try:
                app.network.request("GET", f"https://{HOST}/album/Sgt.%20Pepper", service=SERVICE)
            except ServiceDown:
                continue
    learned = tmp_path / "state" / "events" / "learned.sqlite"
    assert b"Pepper" not in learned.read_bytes()
    asked = Asked()
    with oc.Orpheus(tmp_path, discover=False, clock=clock, plugins={"asked": asked}) as app:
        app.brain.decide(QUESTION)
    assert asked.questions[0].predictions[0].chance > 0.9


def test_a_host_that_breaks_each_file_counts_once_for_each(tmp_path: Path) -> None:
    """Through a real transfer: no request of it failed as well, and the chance is one half."""

    class Breaks:
        @oc.hookimpl
        def orpheus_send(self, request: oc.OutgoingRequest) -> requests.Response:
            length = {"Content-Length": "1000"}
            response = requests.Response()
            response.status_code, response.url = 200, request.url
            response.headers.update(length)
            response.raw = urllib3.HTTPResponse(io.BytesIO(b"RIFF"), length, preload_content=False)
            return response

    clock, told, asked = SimClock(), list[Event](), Asked()
    plugins = {"breaks": Breaks()}
    with oc.Orpheus(tmp_path, discover=False, clock=clock, plugins=plugins) as app:
        app.brain.events.subscribe(told.append, kinds=["network.request.*", "transfer.*"])
        app.network.declare(SERVICE, hosts=[HOST])
        source = MediaFile(url=f"https://{HOST}/a.flac", format=AudioFormat(codec=Codec.FLAC))
        part, storage = tmp_path / "a.part", DiskStorage(clock)
        for _ in range(6):
            with pytest.raises(Truncated):
                fetch_file(app.network, source, part=part, storage=storage, service=SERVICE)
    kinds = [each.kind for each in told]
    tries = kinds.count("network.request.finished")
    assert tries == kinds.count("transfer.interrupted") > 6
    assert "network.request.failed" not in kinds
    with oc.Orpheus(tmp_path, discover=False, clock=clock, plugins={"asked": asked}) as app:
        app.brain.decide(QUESTION)
    by_any = asked.questions[0].predictions[0]
    assert by_any.chance == pytest.approx(0.5, abs=0.05)
    assert by_any.reason.endswith("times, mostly with net.truncated")


def test_switched_off_it_neither_learns_nor_predicts(tmp_path: Path) -> None:
    """With plugins.disabled, as any other plugin."""
    off = {"plugins.disabled": ["core-predictor"]}
    asked = Asked()
    with oc.Orpheus(
        tmp_path, off, discover=False, clock=SimClock(), plugins={"asked": asked}
    ) as app:
        for _ in range(30):
            app.brain.events.publish(request(app.clock.now(), "svc.down"))
        app.brain.decide(QUESTION)
    assert asked.questions[0].predictions == ()
    assert not (tmp_path / "state" / "events" / "learned.sqlite").exists()


def test_another_plugin_takes_its_place(tmp_path: Path) -> None:
    """It answers the same hook; its word arrives in questions and events under its own name."""

    class Oracle:
        @oc.hookimpl
        def orpheus_predict(self, question: Question) -> Sequence[Prediction]:
            return [
                Prediction(
                    what=Predicted.REQUEST_FAILS,
                    about=HOST,
                    chance=0.25,
                    confidence=0.75,
                    observations=1000,
                    reason="the stars say so",
                )
            ]

    off = {"plugins.disabled": ["core-predictor"]}
    asked, told = Asked(), list[Event]()
    plugins = {"asked": asked, "oracle": Oracle()}
    with oc.Orpheus(tmp_path, off, discover=False, clock=SimClock(), plugins=plugins) as app:
        app.brain.events.subscribe(told.append, kinds=["brain.prediction.made"])
        app.brain.decide(QUESTION)
    (prediction,) = asked.questions[0].predictions
    assert (prediction.predicted_by, prediction.chance) == ("oracle", 0.25)
    assert [each.data["predicted_by"] for each in told] == ["oracle"]
    assert told[0].data["reason"] == "the stars say so"


def test_a_model_that_keeps_failing_is_asked_no_more(tmp_path: Path) -> None:
    """Nobody's work waits for its answer: it is muted as observers and advisors are."""
    asked: list[Question] = []

    class Broken:
        @oc.hookimpl
        def orpheus_predict(self, question: Question) -> Sequence[Prediction]:
            asked.append(question)
            raise RuntimeError("the stars are hidden")

    told: list[Event] = []
    with oc.Orpheus(
        tmp_path, discover=False, clock=SimClock(), plugins={"oracle": Broken()}
    ) as app:
        app.brain.events.subscribe(told.append, kinds=["plugin.*"])
        decisions = [app.brain.decide(QUESTION) for _ in range(5)]
    assert len(asked) == 3
    kinds = [each.kind for each in told if each.plugin == "oracle"]
    assert (kinds.count("plugin.hook.failed"), kinds.count("plugin.muted")) == (3, 1)
    assert {each.decided_by for each in decisions} == {"core-retry"}


def test_events_that_nothing_is_learned_from_do_not_wake_it(tmp_path: Path) -> None:
    """Most runs have none of the others: the model is not even imported."""
    world = World(tmp_path)
    world.sink.write([event("system.started", world.clock.now())])
    world.sink.close()
    assert not world.predictor.has_learner


_OPEN = """
import sys
import orpheus_core as oc
with oc.Orpheus(sys.argv[1], {"events.sqlite": False}, discover=False) as app:
    app.plugins.records()
model = [name for name in sys.modules if name.startswith("orpheus_core.brain.learning.")]
print(sorted(model), "sqlite3" in sys.modules)
"""


def test_opening_an_application_imports_no_model(tmp_path: Path) -> None:
    """A list of plugins need not wait for it."""
    ended = subprocess.run(
        [sys.executable, "-c", _OPEN, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert ended.stdout.strip() == "['orpheus_core.brain.learning.predictor'] False"
