"""The job's event log survives being cut off anywhere."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orpheus_core.brain import Event, EventBus, correlated
from orpheus_core.delivery.joblog import JobLog, read_log
from orpheus_core.errors import DiskFull
from orpheus_core.redaction import Redactor
from orpheus_core.storage import DiskFile, DiskStorage, Storage
from orpheus_core.testing import FaultyStorage, SimClock


def logged(path: Path, *kinds: str, storage: Storage | None = None) -> list[Event]:
    """Log one event of each kind; return what other subscribers got."""
    bus = EventBus(SimClock(), Redactor())
    seen: list[Event] = []
    bus.subscribe(seen.append)
    with JobLog(storage or DiskStorage(), path, bus, "job-1"), correlated("job-1"):
        for kind in kinds:
            bus.emit(kind)
    bus.emit("job.finished")
    return seen


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


@pytest.mark.parametrize(
    "line",
    [b"[]", b"7", b"[" * 200_000, b'{"time":"","kind":"","severity":"","data":[]}', b"\xff"],
)
def test_a_line_that_is_no_event_ends_the_log(tmp_path: Path, line: bytes) -> None:
    """Whoever wrote it: what comes before is kept, what comes next replaces it."""
    path = tmp_path / "events.jsonl"
    logged(path, "job.started")
    whole = path.read_bytes()
    path.write_bytes(whole + line + b"\n" + whole)
    assert [entry.kind for entry in read_log(path, DiskStorage())] == ["job.started"]
    logged(path, "job.recovered")
    kinds = [entry.kind for entry in read_log(path, DiskStorage())]
    assert kinds == ["job.started", "job.recovered"]


KINDS = ("job.started", "job.resolved", "stage.skipped", "artifact.written", "job.finished")


@pytest.mark.parametrize("fail_at", range(3, 8))
def test_a_moment_without_room_leaves_no_hole(tmp_path: Path, fail_at: int) -> None:
    """A write that failed half-way is made good with the next event, and told once."""
    path = tmp_path / "events.jsonl"
    storage = FaultyStorage(DiskStorage(), fail_at, OSError(errno.ENOSPC, "full"))
    seen = logged(path, *KINDS, storage=storage)
    assert [entry.kind for entry in read_log(path, DiskStorage())] == list(KINDS)
    told = [event for event in seen if event.kind.startswith("brain.subscriber")]
    assert [event.kind for event in told] == ["brain.subscriber.failed"]
    assert "no space is left" in str(told[0].data["reason"])


class Full(DiskStorage):
    """Has no room for a log."""

    def resume(self, path: Path, *, at: int, mode: int = 0o644) -> DiskFile:
        return FullFile(os.open(path, os.O_CREAT | os.O_WRONLY), path, at)


class FullFile(DiskFile):
    """Takes nothing."""

    def write(self, data: bytes | memoryview) -> None:
        raise DiskFull("no space is left")


def test_a_log_that_can_never_be_written_is_told_once(tmp_path: Path) -> None:
    """The bus does not silence it, and the job does not end for it: what matters more than its
    log meets the same disk."""
    seen = logged(tmp_path / "events.jsonl", *KINDS, storage=Full())
    told = [event.kind for event in seen if event.kind.startswith("brain.subscriber")]
    assert told == ["brain.subscriber.failed"]
