"""The job's event log survives being cut off anywhere."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from orpheus_core.brain import EventBus, correlated
from orpheus_core.delivery.joblog import JobLog, read_log
from orpheus_core.redaction import Redactor
from orpheus_core.storage import DiskStorage
from orpheus_core.testing.clock import SimClock


def logged(path: Path, *kinds: str) -> None:
    bus = EventBus(SimClock(), Redactor())
    with JobLog(DiskStorage(), path, bus, "job-1"), correlated("job-1"):
        for kind in kinds:
            bus.emit(kind)
    bus.emit("job.finished")


def test_it_holds_what_happened_in_its_job_and_what_mattered(tmp_path: Path) -> None:
    """Not other jobs' events, not each progress."""
    path = tmp_path / "events.jsonl"
    logged(path, "job.started", "transfer.progressed", "stage.finished", "stage.failed")
    kinds = [entry.kind for entry in read_log(path, DiskStorage())]
    assert kinds == ["job.started", "stage.finished", "stage.failed"]


def test_a_second_run_goes_on_in_the_same_log(tmp_path: Path) -> None:
    """What the first wrote stays."""
    path = tmp_path / "events.jsonl"
    logged(path, "job.started")
    logged(path, "job.recovered")
    assert [entry.kind for entry in read_log(path, DiskStorage())] == [
        "job.started",
        "job.recovered",
    ]


@given(st.integers(min_value=0), st.binary(max_size=20))
def test_a_line_that_was_cut_off_is_left_out(cut: int, tail: bytes) -> None:
    """A kill, or rubbish at the end, costs the last line and nothing before it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.jsonl"
        logged(path, "job.started", "job.resolved", "job.finished")
        whole = path.read_bytes()
        cut %= len(whole) + 1
        path.write_bytes(whole[:cut] + tail)
        lines = whole[:cut].count(b"\n")
        kinds = [entry.kind for entry in read_log(path, DiskStorage())]
        assert kinds[:lines] == ["job.started", "job.resolved", "job.finished"][:lines]
        logged(path, "job.recovered")
        assert [entry.kind for entry in read_log(path, DiskStorage())][-1] == "job.recovered"
