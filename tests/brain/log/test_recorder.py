"""The recorder: what is kept, when the sinks are asked for, and what a run leaves behind."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.brain.log.made import BringsSinks, MemorySink

import orpheus_core as oc
from orpheus_core import hookimpl
from orpheus_core.brain import Brain, Event, EventBus, EventSink, Severity
from orpheus_core.brain.log import EventLog, keeper
from orpheus_core.brain.log.keeper import MOST_LOST, MOST_WAITING
from orpheus_core.plugins import PluginHost
from orpheus_core.redaction import Redactor
from orpheus_core.testing import SimClock

FLUSH_S = 10.0


def brain_with(*plugins: object) -> Brain:
    host = PluginHost()
    brain = Brain(host, EventBus(SimClock(), Redactor()))
    for number, plugin in enumerate(plugins):
        host.register(f"plugin-{number}", plugin)
    return brain


def test_each_sink_gets_each_event_in_order() -> None:
    """What is published is kept, by every sink, in the order in which it came."""
    sinks = MemorySink("one"), MemorySink("two", waited_for=False)
    brain = brain_with(BringsSinks(*sinks))
    published = [brain.events.emit("stage.started", data={"attempt": n}) for n in range(50)]
    brain.close()
    for sink in sinks:
        assert sink.events == published
        assert sink.closed == 1


def test_what_is_fleeting_is_not_kept() -> None:
    """A kind whose row says so is in no log."""
    sink = MemorySink()
    brain = brain_with(BringsSinks(sink))
    brain.events.emit("transfer.progressed", data={"done_bytes": 1})
    brain.events.emit("transfer.finished")
    brain.close()
    assert sink.kinds == ["transfer.finished"]


def test_a_run_in_which_nothing_happened_leaves_no_trace() -> None:
    """Debug events of opening and closing are no reason to ask for sinks."""
    plugin = BringsSinks(MemorySink())
    brain = brain_with(plugin)
    for kind in ("plugin.loaded", "system.started", "cli.started", "cli.finished"):
        brain.events.emit(kind)
    brain.close()
    assert plugin.asked == 0


def test_what_was_held_back_is_kept_when_something_happens() -> None:
    """The first event that is worth it brings those before it along."""
    plugin = BringsSinks(sink := MemorySink())
    brain = brain_with(plugin)
    for kind in ("plugin.loaded", "system.started", "job.started", "system.stopped"):
        brain.events.emit(kind)
    brain.close()
    assert sink.kinds == ["plugin.loaded", "system.started", "job.started", "system.stopped"]
    assert plugin.asked == 1


def test_while_an_application_opens_the_sinks_are_not_asked_for() -> None:
    """A plugin that fails is worth keeping, but the sinks may not be registered yet."""
    host = PluginHost()
    brain = Brain(host, EventBus(SimClock(), Redactor()))
    brain.events.emit("plugin.load.failed", plugin="other")
    host.register("late", BringsSinks(sink := MemorySink()))
    brain.events.emit("system.started")
    brain.close()
    assert sink.kinds == ["plugin.load.failed", "system.started"]


def test_a_failure_while_opening_is_kept_even_if_nothing_follows() -> None:
    """An application that did not get as far as to open leaves a trace of why."""
    brain = brain_with(BringsSinks(sink := MemorySink()))
    brain.events.emit("plugin.load.failed", plugin="other")
    brain.close()
    assert sink.kinds == ["plugin.load.failed"]


def test_what_is_held_back_is_bounded() -> None:
    """So many events are worth keeping, whatever they are."""
    brain = brain_with(BringsSinks(sink := MemorySink()))
    for _ in range(1000):
        brain.events.emit("plugin.loaded")
    brain.close()
    assert len(sink.events) == 1000


def test_what_follows_from_an_event_is_kept_behind_it() -> None:
    """Also where a subscriber publishes while it is told of the event."""
    brain = brain_with(BringsSinks(sink := MemorySink()))
    brain.events.subscribe(
        lambda event: brain.events.emit("job.resumed", cause=event), kinds=["job.paused"]
    )
    brain.events.emit("job.started")
    brain.events.emit("job.paused")
    brain.close()
    assert sink.kinds == ["job.started", "job.paused", "job.resumed"]


def test_events_that_come_while_sinks_are_asked_for_are_kept_in_order() -> None:
    """From the thread that asks and from others: none is lost, none is early."""
    brain: Brain
    asked, go_on = threading.Event(), threading.Event()
    sink = MemorySink()

    class Slow:
        @hookimpl
        def orpheus_event_sinks(self) -> Sequence[EventSink]:
            brain.events.emit("plugin.said", data={"message": "from within"})
            asked.set()
            go_on.wait(FLUSH_S)
            return [sink]

    def from_elsewhere() -> None:
        asked.wait(FLUSH_S)
        for number in range(100):
            brain.events.emit("stage.started", data={"attempt": number})
        go_on.set()
        for number in range(100, 200):
            brain.events.emit("stage.started", data={"attempt": number})

    brain = brain_with(Slow())
    thread = threading.Thread(target=from_elsewhere)
    thread.start()
    brain.events.emit("job.started")
    brain.events.emit("job.finished")
    thread.join()
    brain.close()
    own = [kind for kind in sink.kinds if kind != "stage.started"]
    assert own == ["job.started", "plugin.said", "job.finished"]
    attempts = [e.data["attempt"] for e in sink.events if e.kind == "stage.started"]
    assert attempts == list(range(200))


def test_publishers_wait_while_sinks_are_asked_for() -> None:
    """Else a process that is killed then would cost more than is documented."""
    asked, go_on = threading.Event(), threading.Event()
    sink = MemorySink()

    class Slow:
        @hookimpl
        def orpheus_event_sinks(self) -> Sequence[EventSink]:
            asked.set()
            go_on.wait(FLUSH_S)
            return [sink]

    brain = brain_with(Slow())
    opener = threading.Thread(target=brain.events.emit, args=("job.started",))
    opener.start()
    asked.wait(FLUSH_S)
    newest = 0

    def publish() -> None:
        nonlocal newest
        for newest in range(1, 2 * MOST_LOST + 1):
            brain.events.emit("stage.started", data={"attempt": newest})

    publishing = threading.Thread(target=publish)
    publishing.start()
    publishing.join(0.2)  # if nothing held it, it would come to its end
    assert newest <= MOST_WAITING
    go_on.set()
    publishing.join()
    opener.join()
    brain.close()
    attempts = [e.data["attempt"] for e in sink.events if e.kind == "stage.started"]
    assert attempts == list(range(1, 2 * MOST_LOST + 1))


def test_a_plugin_whose_sinks_fail_costs_no_other_sink() -> None:
    """The hook's failure is an event, and kept by the others."""

    class Fails:
        @hookimpl
        def orpheus_event_sinks(self) -> Sequence[EventSink]:
            raise RuntimeError("no sinks")

    brain = brain_with(Fails(), BringsSinks(sink := MemorySink()))
    brain.events.emit("job.started")
    brain.close()
    assert sink.kinds == ["job.started"]


def test_publishers_wait_for_a_slow_sink_so_that_memory_is_bounded() -> None:
    """No more than a queue and a batch are ever on the way, and none is lost."""
    brain = brain_with(BringsSinks(sink := MemorySink()))
    let_through = itertools.count(1)
    newest = 0
    is_full = threading.Event()

    def count(event: Event) -> None:
        nonlocal newest
        newest = next(let_through)
        if newest >= MOST_WAITING:
            is_full.set()

    brain.events.emit("stage.started")  # from here on the sinks are there: nothing is held back
    brain.events.subscribe(count)  # it comes behind the recorder
    sink.gate.clear()

    def publish() -> None:
        for number in range(MOST_LOST):
            brain.events.emit("stage.started", data={"attempt": number})

    threads = [threading.Thread(target=publish) for _ in range(4)]
    for thread in threads:
        thread.start()
    is_full.wait(FLUSH_S)
    threads[0].join(0.2)  # if nothing held them, they would come to their end
    assert newest <= MOST_LOST
    sink.gate.set()
    for thread in threads:
        thread.join()
    brain.close()
    assert newest == 4 * MOST_LOST
    assert len(sink.events) == 1 + newest


def test_a_sink_that_publishes_does_not_wait_for_itself() -> None:
    """What a sink has to say from its own thread is kept like all else."""

    class Talks(MemorySink):
        def write(self, events: Sequence[Event]) -> None:
            if not self.batches:
                brain.events.emit("plugin.said", data={"message": "first"})
                brain.log.stats()  # reads, and so flushes
            super().write(events)

    brain = brain_with(BringsSinks(sink := Talks()))
    brain.events.emit("job.started")
    brain.close()
    assert sink.kinds == ["job.started", "plugin.said"]


def test_two_sinks_that_fail_at_once_do_not_wait_for_each_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What each has to say goes to the other, whose queue is full, too."""
    monkeypatch.setattr(keeper, "_WAIT_S", 10 * FLUSH_S)
    sinks = [MemorySink("one"), MemorySink("two")]
    brain = brain_with(BringsSinks(*sinks))
    brain.events.emit("job.started")
    brain.log.stats()
    for sink in sinks:
        sink.gate.clear()
        sink.errors = [RuntimeError("no room")]
    publishers = [
        threading.Thread(
            target=lambda: [brain.events.emit("stage.started") for _ in range(MOST_LOST)],
            daemon=True,
        )
        for _ in range(2)
    ]
    for publisher in publishers:
        publisher.start()
    for publisher in publishers:
        publisher.join(0.3)  # until both queues are full
    for sink in sinks:
        sink.gate.set()
    for publisher in publishers:
        publisher.join(FLUSH_S)
        assert not publisher.is_alive()
    brain.close()


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_fork_leaves_the_log_to_its_parent() -> None:
    """Threads and files are not there twice: the copy keeps nothing, and never waits."""
    brain = brain_with(BringsSinks(sink := MemorySink()))
    brain.events.emit("job.started")
    assert brain._recorder is not None
    (kept,) = brain._recorder._keepers
    is_held, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        with kept._queue._came:  # as another thread may that publishes at that moment
            is_held.set()
            let_go.wait(FLUSH_S)

    thread = threading.Thread(target=hold)
    thread.start()
    is_held.wait(FLUSH_S)
    child = os.fork()
    if not child:  # pragma: no cover - in another process
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(10)  # it would wait for ever
        code = 1
        try:
            for _ in range(2000):
                brain.events.emit("job.failed")
            brain.close()
            code = sink.closed
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    let_go.set()
    thread.join()
    brain.close()
    assert status == 0
    assert sink.kinds == ["job.started"]


# --- of an application -------------------------------------------------------------------------


def test_opening_and_closing_an_application_writes_nothing(tmp_path: Path) -> None:
    """It is free, and so is asking it for its log."""
    with oc.Orpheus(home=tmp_path, discover=False) as app:
        assert list(app.brain.log.query()) == []
    assert not app.home.events.exists()


def test_no_database_is_loaded_where_none_is_needed(tmp_path: Path) -> None:
    """Opening an application is to be quick."""
    script = (
        "import sys, orpheus_core as oc\n"
        "with oc.Orpheus(home=sys.argv[1], discover=False) as app:\n"
        "    list(app.brain.log.query())\n"
        "print({'sqlite3', 'filelock', 'csv'} & set(sys.modules))\n"
    )
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", script, str(tmp_path)]
    ran = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
    assert ran.stdout == "set()\n"


def test_a_run_is_kept_from_its_first_event_to_its_last(tmp_path: Path) -> None:
    """Its numbers have no gap; the end of the run is the last."""
    with oc.Orpheus(home=tmp_path, discover=False) as app:
        app.brain.events.emit("job.started")
        during = [event.kind for event in app.brain.log.query()]
    kept = list(EventLog(app.home.events).query())
    assert during[-1] == "job.started"
    assert [event.seq for event in kept] == list(range(1, len(kept) + 1))
    assert {event.run_id for event in kept} == {app.brain.events.run_id}
    assert kept[-1].kind == "system.stopped"


def test_an_application_that_only_lists_keeps_nothing(tmp_path: Path) -> None:
    """Opened with eager=False it wakes no sink; what others kept can be read."""
    with oc.Orpheus(home=tmp_path, discover=False) as app:
        app.brain.events.emit("job.started")
    with oc.Orpheus(home=tmp_path, discover=False, eager=False) as app:
        before = len(list(app.brain.log.query()))
        app.brain.events.emit("job.failed")
        assert len(list(app.brain.log.query())) == before > 0


@pytest.mark.parametrize(
    ("settings", "endings"),
    [
        ({}, {".sqlite", ".lock"}),
        ({"events.sqlite": False}, set()),
        ({"events.sqlite": False, "events.jsonl": True}, {".jsonl"}),
        ({"events.jsonl": True}, {".sqlite", ".lock", ".jsonl"}),
        ({"plugins.disabled": ["core-log-sqlite"]}, set()),
    ],
)
def test_settings_choose_the_sinks(
    tmp_path: Path, settings: dict[str, object], endings: set[str]
) -> None:
    """Each can be on or off; off as a plugin is off as well."""
    with oc.Orpheus(home=tmp_path, config=settings, discover=False) as app:
        app.brain.events.emit("job.started")
    there = app.home.events.iterdir() if app.home.events.exists() else ()
    assert {file.suffix for file in there} == endings


def test_a_sink_of_a_script_gets_the_events(tmp_path: Path) -> None:
    """It is registered after the core's own, and misses nothing."""
    sink = MemorySink()
    with oc.Orpheus(home=tmp_path, plugins={"mine": BringsSinks(sink)}, discover=False) as app:
        app.brain.events.emit("job.started", severity=Severity.DEBUG)
    assert [event.seq for event in sink.events] == list(range(1, len(sink.events) + 1))
    assert sink.kinds[-2:] == ["job.started", "system.stopped"]
    assert sink.closed == 1
