"""Ids of events, jobs and runs."""

from __future__ import annotations

import datetime
import subprocess
import sys
import threading
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orpheus_core.brain import new_id
from orpheus_core.brain.ids import EventIds

NOW = datetime.datetime(2026, 1, 1, 23, 59, 59, 999_999, tzinfo=datetime.UTC)
MOMENTS = st.datetimes(
    min_value=datetime.datetime(1970, 1, 2),  # noqa: DTZ001 - Hypothesis adds the time zone
    max_value=datetime.datetime(9999, 12, 30),  # noqa: DTZ001
    timezones=st.sampled_from(
        [datetime.UTC, datetime.timezone(datetime.timedelta(hours=5, minutes=45))]
    ),
)


def micros_since_1970(moment: datetime.datetime) -> int:
    since = moment - datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
    return since // datetime.timedelta(microseconds=1)


@given(MOMENTS)
def test_an_id_is_a_uuid_of_version_7_that_holds_its_millisecond(moment: datetime.datetime) -> None:
    """RFC 9562, section 5.7: in its first 48 bits."""
    for text in (new_id(moment), EventIds().next(moment)):
        made = uuid.UUID(text)
        assert str(made) == text
        assert made.version == 7
        assert made.variant == uuid.RFC_4122
        assert made.int >> 80 == micros_since_1970(moment) // 1000


@given(MOMENTS)
def test_an_event_s_id_holds_its_microsecond(moment: datetime.datetime) -> None:
    """As the fraction of a millisecond, in the 12 bits behind the version."""
    fraction = uuid.UUID(EventIds().next(moment)).int >> 64 & 0xFFF
    assert fraction == micros_since_1970(moment) % 1000 * 4096 // 1000


@given(st.lists(st.timedeltas(datetime.timedelta(days=-2), datetime.timedelta(days=2)), max_size=9))
def test_event_ids_sort_as_they_were_made_whatever_the_clock_does(
    jumps: list[datetime.timedelta],
) -> None:
    """When it goes back, they go on from the latest moment there was."""
    ids = EventIds()
    made = [ids.next(NOW + jump) for jump in jumps for _ in range(3)]
    assert made == sorted(set(made))


@pytest.mark.parametrize("later_ms", [1, 2, 86_400_000])
def test_the_start_of_an_id_is_kept_for_its_millisecond_alone(later_ms: int) -> None:
    """From the first microsecond of the next one on, there is another."""
    begun = NOW.replace(microsecond=999_000)
    ids = EventIds()
    first = ids.next(begun)
    assert ids.next(begun.replace(microsecond=999_999))[:13] == first[:13]
    later = ids.next(begun + datetime.timedelta(milliseconds=later_ms))
    assert (uuid.UUID(later).int >> 80) - (uuid.UUID(first).int >> 80) == later_ms


def test_ids_sort_while_the_clock_stands_still() -> None:
    """As it does on systems whose clock ticks every 16 ms, and in tests."""
    ids = EventIds()
    made = [ids.next(NOW) for _ in range(10_000)]
    assert made == sorted(set(made))


@pytest.mark.parametrize("same", [True, False], ids=["one maker", "a maker each"])
def test_ids_differ_over_threads(same: bool) -> None:
    """Also over the applications of one process, at the same moment."""
    shared = EventIds()
    made: list[str] = []
    gate = threading.Barrier(4)

    def make() -> None:
        ids = shared if same else EventIds()
        gate.wait()
        made.extend([ids.next(NOW) for _ in range(1000)])

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 4000


def test_a_thread_that_is_interrupted_gets_an_id_of_its_own_moment() -> None:
    """Whatever others make meanwhile; or its next id could sort before this one."""
    ids = EventIds()
    ids.next(NOW)

    class Interrupted(datetime.datetime):
        def __lt__(self, other: datetime.datetime) -> bool:  # type: ignore[override] # of moments alone
            is_earlier = super().__lt__(other)
            ids.next(NOW + datetime.timedelta(seconds=1))  # as another thread may just now
            return is_earlier

    later = NOW + datetime.timedelta(microseconds=500)
    made = ids.next(Interrupted.fromtimestamp(later.timestamp(), datetime.UTC))
    assert uuid.UUID(made).int >> 80 == micros_since_1970(later) // 1000


FORK = """
import datetime, os
from orpheus_core.brain.ids import EventIds

now, ids = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC), EventIds()
child = os.fork()
if child:
    os.waitpid(child, 0)
print(ids.next(now), flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="fork is POSIX")
def test_ids_differ_over_a_fork() -> None:
    """Parent and child have the same counter, and still not the same id."""
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", FORK], capture_output=True, text=True, check=True
    )
    first, second = ended.stdout.split()
    assert first != second


def test_ids_differ_over_processes() -> None:
    """Two that count from 0 at the same moment."""
    code = FORK.replace("child = os.fork()", "child = 0")
    command = [sys.executable, "-W", "error", "-c", code]
    made = {subprocess.run(command, capture_output=True, check=True).stdout for _ in range(2)}
    assert len(made) == 2


def test_new_ids_differ_at_the_same_moment() -> None:
    """They are random, where those of events count."""
    assert len({new_id(NOW) for _ in range(1000)}) == 1000
