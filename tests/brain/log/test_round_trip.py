"""Whatever is published comes back as it was; what is secret does not come out at all."""

from __future__ import annotations

import base64
import datetime
import tempfile
from pathlib import Path
from urllib.parse import quote

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.brain.log.made import keep

import orpheus_core as oc
from orpheus_core.brain import Event, EventBus, Severity, new_id
from orpheus_core.brain.events import Scalar
from orpheus_core.brain.log import EventLog, ExportFormat, LogSource
from orpheus_core.brain.log.sqlite_rows import event_of, rows_of
from orpheus_core.redaction import Redactor
from orpheus_core.testing import Canaries, SimClock
from orpheus_core.testing import events as any_events

MANY = st.lists(any_events(), max_size=12, unique_by=lambda event: event.id)


def published(events: list[Event]) -> list[Event]:
    """*events* as a bus delivers them: without what no reader could store."""
    bus = EventBus(SimClock(), Redactor())
    return [bus.publish(event) for event in events]


@pytest.mark.parametrize("source", LogSource)
@settings(max_examples=25)
@given(events=MANY)
def test_any_event_of_any_kind_comes_back_equal(source: LogSource, events: list[Event]) -> None:
    """Through each sink, in one batch of any size."""
    events = published(events)
    with tempfile.TemporaryDirectory() as folder:
        if events:
            keep(source, Path(folder), events)
        assert list(EventLog(Path(folder), source=source).query()) == events


@settings(max_examples=15)
@given(events=MANY)
def test_any_event_can_be_exported(events: list[Event]) -> None:
    """And what was exported as a log is one, with the same events."""
    events = published(events)
    with tempfile.TemporaryDirectory() as folder:
        for to in ExportFormat:
            target = Path(folder, "events.sqlite" if to is ExportFormat.SQLITE else to.value)
            assert EventLog(None).export(target, to, events) == len(events)
        assert list(EventLog(Path(folder)).query()) == events


TEXTS = st.text(max_size=8) | st.sampled_from(['","', ',"",', '"', "\\", '{"":""}', "\x00", ""])


@settings(max_examples=50)
@given(datas=st.lists(st.dictionaries(TEXTS, TEXTS | st.integers(-9, 9) | st.none()), max_size=9))
def test_data_of_one_event_is_never_that_of_another(datas: list[dict[str, Scalar]]) -> None:
    """The data of a batch is encoded at once, and cut again."""
    bus = EventBus(SimClock(), Redactor())
    events = [bus.emit("job.started", data=data) for data in datas]
    assert [event_of(row) for row in rows_of(events)] == events


@pytest.mark.parametrize("source", LogSource)
@pytest.mark.parametrize(
    "time",
    [
        datetime.datetime.min.replace(tzinfo=datetime.UTC),
        datetime.datetime.max.replace(tzinfo=datetime.timezone(-datetime.timedelta(hours=12))),
        datetime.datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=datetime.UTC),
        SimClock().now().astimezone(datetime.timezone(datetime.timedelta(hours=2))),
    ],
    ids=str,
)
def test_no_time_is_too_odd_to_be_kept(
    source: LogSource, folder: Path, time: datetime.datetime
) -> None:
    """An event that cannot be stored would take its batch with it."""
    event = Event(id=new_id(SimClock().now()), time=time, kind="x", severity=Severity.INFO)
    keep(source, folder, published([event]))
    (kept,) = EventLog(folder, source=source).query()
    assert abs(kept.time.replace(tzinfo=None) - time.replace(tzinfo=None)).days <= 1
    if time.year in (1969, 2026):
        assert kept.time == time


@pytest.mark.parametrize("source", LogSource)
def test_no_text_is_too_odd_to_be_kept(source: LogSource, folder: Path) -> None:
    """Half a character, where a script puts one, costs nothing but itself."""
    odd = "a\ud800b\x00c"
    now = SimClock().now()
    event = Event(id=f"{odd}1", time=now, kind=odd, severity=Severity.INFO, service=odd, plugin=odd)
    keep(source, folder, published([event, event]))
    kept = list(EventLog(folder, source=source).query())
    assert kept
    assert "a" in kept[0].kind


def test_an_event_beyond_all_bounds_is_cut(folder: Path) -> None:
    """Sixteen kilobytes are enough for one: a bound of the log is a bound of its events."""
    bus = EventBus(SimClock(), Redactor())
    event = bus.emit("job.started", data={f"field{n}": "x" * 2000 for n in range(50)})
    for source in LogSource:
        keep(source, folder, [event])
        (kept,) = EventLog(folder, source=source).query()
        assert 1000 < sum(map(len, map(str, kept.data.values()))) <= 16_384
        assert set(kept.data) <= {*event.data, "…"}


def test_no_secret_comes_out_of_a_sink(tmp_path: Path, canaries: Canaries) -> None:
    """Not from a text that a publisher hands over, in five encodings, to no file or export."""
    secret = canaries.plant("token")
    forms = [
        secret,
        base64.b64encode(secret.encode()).decode(),
        quote(secret, safe=""),
        f"https://user:{secret}@host.example/?token={secret}",
    ]
    with oc.Orpheus(home=tmp_path, config={"events.jsonl": True}, discover=False) as app:
        app.redactor.add(secret)
        for form in forms:
            data: dict[str, Scalar] = {
                "message": form,
                form: 1,
                "why": f"x {form} y",
                "big": form * 200,
            }
            told = app.brain.events.emit("job.failed", subject=form, data=data)
            made = attrs.evolve(told, id=new_id(told.time), subject=form, data=data)
            app.brain.events.publish(made)
        log = EventLog(app.home.events, before_reading=app.brain.log.stats)
        for to in ExportFormat:
            app.brain.log.export(tmp_path / f"export.{to.value}", to, log.query())
    for source in LogSource:
        kept = EventLog(app.home.events, source=source).query(kinds="job.failed")
        assert len(list(kept)) == 2 * len(forms)
    canaries.search_folder(tmp_path)
    assert canaries.leaks == []
