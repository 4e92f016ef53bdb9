"""Events as CloudEvents: every one comes back as it was, and nothing else passes for one."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Mapping

import attrs
import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from orpheus_core.brain import KINDS, Event, EventBus, Severity
from orpheus_core.brain.event_json import (
    LARGEST_LINE_BYTES,
    document_of,
    event_in,
    event_of,
    line_of,
)
from orpheus_core.redaction import Redactor
from orpheus_core.testing import events, hostile_texts
from orpheus_core.testing.clock import SimClock

MOMENT = datetime.datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=datetime.UTC)
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def some_event(**more: object) -> Event:
    good: dict[str, object] = {
        "id": "0197c000-0000-7000-8000-000000000001",
        "time": MOMENT,
        "kind": "transfer.finished",
        "severity": Severity.DEBUG,
        "source": "core/network",
    }
    return Event(**{**good, **more})  # type: ignore[arg-type] # each test names what it needs


def test_an_event_is_a_cloud_event() -> None:
    """Attributes by their names there; what is not known is left out."""
    event = some_event(
        service="shop",
        subject="track/shop:track:1",
        correlation_id="job",
        cause_id="before",
        error_type="net.truncated",
        run_id="run",
        seq=7,
        mono_ns=12,
        data={"url.full": "https://shop.example/1", "size_bytes": 5},
    )

    assert document_of(event) == {
        "specversion": "1.0",
        "id": "0197c000-0000-7000-8000-000000000001",
        "source": "/orpheus/core/network",
        "type": "dev.orpheus.transfer.finished",
        "time": "2026-01-02T03:04:05.000006Z",
        "datacontenttype": "application/json",
        "dataschema": "urn:orpheus:orpheus.event/1",
        "severitytext": "debug",
        "severitynumber": 5,
        "dataclassification": "public",
        "subject": "track/shop:track:1",
        "correlationid": "job",
        "causationid": "before",
        "service": "shop",
        "errortype": "net.truncated",
        "runid": "run",
        "sequence": "000000000007",
        "monons": "12",
        "data": {"url.full": "https://shop.example/1", "size_bytes": 5},
    }


def test_what_is_not_known_is_left_out() -> None:
    """No attribute of a CloudEvent is empty."""
    document = document_of(some_event(source="", service="", subject=None))
    assert not {"subject", "service", "correlationid", "runid", "sequence"} & set(document)
    assert document["source"] == "/orpheus/"


@given(events())
def test_any_event_of_any_kind_comes_back_as_it_was(event: Event) -> None:
    """From its document, from its line, and from JSON that somebody else wrote of it."""
    document = document_of(event)
    assert event_of(document) == event
    assert event_in(line_of(event)) == event
    assert event_of(json.loads(json.dumps(document))) == event


ENVELOPE = st.fixed_dictionaries(
    {
        name: hostile_texts().filter(bool)
        for name in (
            "id", "kind", "source", "run_id", "service", "plugin", "subject", "correlation_id",
            "cause_id", "error_type",
        )
    }
)  # fmt: skip


@given(events(), ENVELOPE)
def test_whatever_stands_in_the_envelope_comes_back_and_fits_cloud_events(
    event: Event, envelope: Mapping[str, str]
) -> None:
    """Their texts hold no control characters, and no half ones; their source is a reference."""
    event = attrs.evolve(event, **envelope)  # type: ignore[arg-type] # all of them are texts

    document = document_of(event)

    assert event_of(document) == event
    for name, value in document.items():
        assert re.fullmatch("[a-z0-9]{1,20}", name)
        if name != "data":
            assert isinstance(value, str | int)
            assert not CONTROL.search(str(value)), name
    assert re.fullmatch(r"[A-Za-z0-9/._~%-]+", str(document["source"]))


@given(st.datetimes(timezones=st.timezones()))
def test_every_moment_is_told_in_utc(moment: datetime.datetime) -> None:
    """Whatever the time zone of the clock was."""
    try:
        utc = moment.astimezone(datetime.UTC)
    except OverflowError:
        utc = moment.replace(tzinfo=datetime.UTC)
    assert event_of(document_of(some_event(time=moment))).time == utc


def test_a_line_is_one_line_of_ascii() -> None:
    """Neither a title nor a terminal can make two of it, or hide a part."""
    text = "line\r\n\x85\u2028two \x9b31m\u202e Bj\xf6rk \U0001f3b5"
    line = line_of(some_event(kind="job.resolved", data={"title": text}))
    assert line.endswith(b"}\n")
    assert re.fullmatch(rb"[ -~]+", line[:-1])
    assert event_in(line).data["title"] == text


def test_numbers_keep_their_types() -> None:
    """5.0 s is no 5, and True is no 1."""
    data = {"took_s": 5.0, "size_bytes": 5, "flag": True, "large": 2**63 - 1, "nothing": None}
    back = event_in(line_of(some_event(data=data))).data
    assert [(type(value), value) for value in back.values()] == [
        (type(value), value) for value in data.values()
    ]


@pytest.mark.parametrize("kind", ["job.finished", "shop.sale.begun"])
def test_what_may_hold_personal_data_is_marked(kind: str) -> None:
    """By the table; what the table does not know may hold anything."""
    assert document_of(some_event(kind=kind))["dataclassification"] == "private"


# --- length ---------------------------------------------------------------------------------


def test_the_longest_event_of_every_kind_is_short_enough() -> None:
    """All texts as long as the bus lets pass, each character as long as JSON makes it."""
    bus = EventBus(SimClock(), Redactor())
    for kind in KINDS.values():
        data = {field.name: "\U0001f3b5" * 2000 for field in kind.fields}
        event = bus.emit(kind.name, subject="\x1b" * 2000, service="shop", data=data)
        line = line_of(event)
        assert len(line) <= LARGEST_LINE_BYTES
        back = event_in(line)
        assert (back.id, back.kind, back.run_id) == (event.id, event.kind, event.run_id)
        assert set(back.data) == set(event.data)
        assert all(str(value).endswith("…") for value in back.data.values())


def test_only_texts_that_are_too_long_are_cut() -> None:
    """And only as far as it takes."""
    data = {"message": "short", "why": "x" * 10_000, "server.address": "y" * 10_000}
    event = some_event(kind="network.request.failed", data=data)
    back = event_in(line_of(event)).data
    assert back["message"] == "short"
    assert back["why"] == "x" * 999 + "…"
    whole = some_event(kind="network.request.failed", data={"why": "x" * 15_000})
    assert event_in(line_of(whole)) == whole


def test_an_event_of_a_thousand_fields_loses_the_last() -> None:
    """No kind in the table has so many; it says how many are gone."""
    data = {f"field{number}": "x" * 20 for number in range(1000)}
    line = line_of(some_event(kind="x" * 99, data=data))
    back = event_in(line).data
    assert len(line) <= LARGEST_LINE_BYTES
    assert back["field0"] == "x" * 20
    assert back["…"] == 1000 - (len(back) - 1)


@settings(max_examples=50)
@given(st.integers(1, 5000), st.integers(0, 60), st.sampled_from(("x", "\x00", "%", "\U0001f3b5")))
def test_no_event_is_longer_than_the_largest_line(length: int, fields: int, letter: str) -> None:
    """Whatever a plugin publishes by hand; and what was cut is not cut again."""
    text = letter * length
    event = some_event(
        id=text,
        kind=text,
        source=text,
        run_id=text,
        service=text,
        plugin=text,
        subject=text,
        correlation_id=text,
        cause_id=text,
        error_type=text,
        data={f"{text}{number}": text for number in range(fields)},
    )
    line = line_of(event)
    assert len(line) <= LARGEST_LINE_BYTES
    assert line_of(event_in(line)) == line


# --- what is no event -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"specversion": "0.3"}, "specversion"),
        ({"specversion": 1.0}, "specversion"),
        ({"datacontenttype": "text/xml"}, "datacontenttype"),
        ({"dataschema": "urn:orpheus:orpheus.event/2"}, "dataschema"),
        ({"id": None}, "id"),
        ({"id": ""}, "id"),
        ({"id": 5}, "id"),
        ({"id": "x" * 20_000}, "id"),
        ({"source": "/elsewhere/core"}, "source"),
        ({"type": "com.github.push"}, "type"),
        ({"time": "2026-01-02T03:04:05.000006"}, "time"),
        ({"time": "2026-02-30T03:04:05.000006Z"}, "time"),
        ({"time": "٢٠٢٦-01-02T03:04:05.000006Z"}, "time"),
        ({"time": 5}, "time"),
        ({"severitynumber": 6}, "severitynumber"),
        ({"severitynumber": True}, "severitynumber"),
        ({"severitynumber": 5.0}, "severitynumber"),
        ({"severitynumber": [[]]}, "severitynumber"),
        ({"severitytext": "error"}, "severitytext"),
        ({"sequence": 7}, "sequence"),
        ({"sequence": "-1"}, "sequence"),
        ({"sequence": "9" * 5000}, "sequence"),
        ({"monons": "1e3"}, "monons"),
        ({"subject": ["x"]}, "subject"),
        ({"subject": "%ff"}, "subject"),
        ({"dataclassification": "secret"}, "dataclassification"),
        ({"data": "x"}, "data"),
        ({"data": [1]}, "data"),
        ({"data": {"x": {"y": 1}}}, "x"),
        ({"data": {"x": [1]}}, "x"),
        ({"data": {"x": 2**63}}, "x"),
        ({"data": {"x": float("nan")}}, "x"),
        ({"data": {"x": float("inf")}}, "x"),
        ({"data": {5: 1}}, "5"),
        ({"data": {"x": "y" * 20_000}}, "data"),
    ],
)
def test_what_is_no_event_is_refused_with_what_is_wrong(
    change: dict[str, object], says: str
) -> None:
    """In one sentence that names the attribute, and is short whatever was there."""
    document = {**document_of(some_event()), **change}
    with pytest.raises(ValueError, match=says) as refused:
        event_of(document)
    assert len(str(refused.value)) < 300


@pytest.mark.parametrize("attribute", sorted(document_of(some_event())))
def test_an_attribute_that_has_to_be_there_is_missed(attribute: str) -> None:
    """But for data: CloudEvents may have none."""
    document = document_of(some_event())
    del document[attribute]
    if attribute == "data":
        assert event_of(document) == some_event()
    else:
        with pytest.raises(ValueError, match=attribute):
            event_of(document)


def test_attributes_of_a_later_version_are_passed_over() -> None:
    """A log that was written by it can still be read."""
    document = {**document_of(some_event()), "traceparent": "00-ab-cd-01", "later": 5}
    assert event_of(document) == some_event()


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"null",
        b"[]",
        b"5",
        b'"dev.orpheus.job.started"',
        b"{",
        b"\xff",
        b"[" * 10_000,
        b'{"a":' * 3000,
        b"9" * 10_000,
        b"[NaN]",
        line_of(some_event())[:100],
        line_of(some_event()).replace(b'"data":{}', b'"data":{"took_s":NaN}'),
        line_of(some_event()).replace(b'"data":{}', b'"data":{"took_s":1e999}'),
        line_of(some_event()) + b" " * LARGEST_LINE_BYTES,
    ],
)
def test_a_line_that_holds_no_event_is_refused(line: bytes) -> None:
    """A log may be cut, damaged, or somebody else's."""
    with pytest.raises(ValueError, match=r"."):
        event_in(line)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(max_size=8), each),
    max_leaves=5,
)


@given(
    st.dictionaries(
        st.sampled_from([*document_of(some_event(service="s", seq=1, mono_ns=1)), "subject"]),
        JSON,
        max_size=4,
    )
)
def test_any_document_is_an_event_or_refused(change: dict[str, object]) -> None:
    """Nothing else comes out: who reads a foreign log catches one type of error."""
    try:
        event = event_of({**document_of(some_event()), **change})
    except ValueError:
        return
    assert event_of(document_of(event)) == event
