"""The id that follows a job over threads, processes and restarts."""

from __future__ import annotations

import concurrent.futures
import multiprocessing
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import orpheus_core as oc
from orpheus_core.brain import (
    EventBus,
    carried,
    correlated,
    correlation_environment,
    current_correlation,
    inherited_correlation,
    new_id,
)
from orpheus_core.clock import SystemClock
from orpheus_core.redaction import Redactor
from orpheus_core.testing.clock import SimClock
from orpheus_core.testing.sandbox import Fault, SandboxServer
from orpheus_core.testing.sandbox import plugin as sandbox_plugin

JOB = "01890a5d-ac96-774b-bcce-b302099a8057"


def test_the_job_ends_with_its_block() -> None:
    """And the one around it is there again."""
    with correlated("outer"):
        with correlated("inner"):
            assert current_correlation() == "inner"
        assert current_correlation() == "outer"
        with correlated(None):
            assert current_correlation() is None
    assert current_correlation() is None


def test_a_job_is_carried_into_threads() -> None:
    """Threads of a pool are there before and after it, and belong to nobody."""
    bus = EventBus(SimClock(), Redactor())
    got: list[str | None] = []
    bus.subscribe(lambda event: got.append(event.correlation_id))
    with concurrent.futures.ThreadPoolExecutor(2) as pool, correlated("job-1"):
        concurrent.futures.wait(
            [pool.submit(carried(bus.emit), "job.started") for _ in range(4)]
            + [pool.submit(bus.emit, "job.started")]
        )
    assert sorted(map(str, got)) == sorted(["job-1"] * 4 + [bus.run_id])


def test_a_job_is_carried_into_processes() -> None:
    """Of a real pool, whose processes are begun anew and share nothing."""
    spawn = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=spawn) as pool:
        with correlated(JOB):
            theirs = pool.submit(carried(current_correlation))
            further = pool.submit(carried(correlation_environment))
        nobodys = pool.submit(carried(current_correlation))
        left = pool.submit(current_correlation)
        assert theirs.result() == JOB
        assert further.result() == {"ORPHEUS_CORRELATION_ID": JOB}
        assert nobodys.result() is None
        assert left.result() is None


def test_carried_work_is_the_work_itself() -> None:
    """With its arguments, its value and its errors; and it can be pickled."""
    with correlated(JOB):
        work = carried(int)
    assert work("ff", base=16) == 255
    with pytest.raises(ValueError, match="invalid literal"):
        work("x")
    assert pickle.loads(pickle.dumps(work)) == work


CHILD = """
import orpheus_core as oc
with oc.Orpheus(discover=False) as app:
    print(app.brain.events.emit("plugin.said").correlation_id)
"""


def said_by_child(variables: dict[str, str]) -> str:
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", CHILD],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    return ended.stdout.strip()


def test_a_program_that_is_started_belongs_to_the_job() -> None:
    """What it publishes outside of its own jobs carries the id of its parent's."""
    with correlated(JOB):
        variables = correlation_environment()
    assert said_by_child(variables) == JOB


def test_a_child_does_not_believe_any_variable() -> None:
    """What is no UUID is left alone."""
    assert said_by_child({"ORPHEUS_CORRELATION_ID": "../../etc"}) not in ("../../etc", "")


@pytest.mark.parametrize(
    ("value", "taken"),
    [
        (JOB, JOB),
        (JOB.upper(), JOB),
        ("", ""),
        ("job-1", ""),
        (JOB + "\n", ""),
        (JOB.replace("-", ""), ""),
        ("{" + JOB + "}", ""),
        (JOB.replace("0", "\N{ARABIC-INDIC DIGIT ZERO}"), ""),
    ],
)
def test_only_a_well_formed_id_is_inherited(value: str, taken: str) -> None:
    """It ends up in every event, every log and the names of files."""
    assert inherited_correlation({"ORPHEUS_CORRELATION_ID": value}) == taken


def test_nothing_is_handed_down_outside_of_jobs() -> None:
    """A child has a run of its own."""
    assert correlation_environment() == {}
    assert inherited_correlation({}) == ""


@pytest.mark.parametrize("name", ["job-1", "of my s3cret-token", "a\0b", JOB.upper()])
def test_only_an_id_that_a_child_would_take_is_handed_down(name: str) -> None:
    """Anybody may name a job; what it is named after is nothing for an environment."""
    with correlated(name):
        assert correlation_environment() == {}


def test_what_a_run_inherits_is_its_correlation_outside_of_jobs_alone() -> None:
    """A job of its own has its own id, and the run too."""
    bus = EventBus(SystemClock(), Redactor(), correlation_id=JOB)
    assert bus.emit("job.started").correlation_id == JOB
    assert bus.run_id != JOB
    mine = new_id(SystemClock().now())
    with correlated(mine):
        assert bus.emit("job.started").correlation_id == mine


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    with SandboxServer([Fault.parse("stall:salt-03:1")]) as running:
        yield running


def test_a_restart_keeps_the_id_of_a_job(server: SandboxServer, tmp_path: Path) -> None:
    """What the first run did and what the second adds can be read back with one id."""
    first, second = threading.Event(), threading.Event()
    ids = [of_job(server, tmp_path, first), of_job(server, tmp_path, second)]
    assert first.is_set()
    assert not second.is_set()
    assert len(ids[0]) == len(ids[1]) == 1
    assert ids[0] == ids[1]


def of_job(server: SandboxServer, folder: Path, cancel: threading.Event) -> set[str | None]:
    """Run the job, which is cancelled at its third track the first time; return its ids."""
    events: list[oc.Event] = []

    def stop(event: oc.Event) -> None:
        if not (folder / "stopped").exists() and (event.subject or "").endswith("salt-03"):
            (folder / "stopped").touch()
            cancel.set()

    plugins = {"sandbox": sandbox_plugin}
    home, config = folder / "home", {"downloads": {"jobs": 1}}
    with oc.Orpheus(home, config, plugins=plugins, discover=False) as app:
        app.credentials.set("sandbox", "url", server.url)
        app.brain.events.subscribe(events.append, kinds=["job.*", "stage.*", "transfer.*"])
        app.brain.events.subscribe(stop, kinds=["transfer.started"])
        try:
            app.download("sandbox:album:salt", to=folder / "music", cancel=cancel)
        except oc.Cancelled:
            assert cancel.is_set()
    return {event.correlation_id for event in events}
