"""The assistant as a plugin: in a real run, in several applications, with any events."""

from __future__ import annotations

import datetime
import importlib.metadata
from collections.abc import Iterator
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

import orpheus_core as oc
from orpheus_assistant.plugin import Assistant
from orpheus_core.testing import Fault, SandboxServer, SimClock

START = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    with SandboxServer() as running:
        yield running


def opened(home: Path, assistant: object | None = None) -> oc.Orpheus:
    """An application with the sandbox service and the assistant, one track at a time."""
    (sandbox,) = importlib.metadata.entry_points(group="orpheus.plugins", name="sandbox")
    return oc.Orpheus(
        home,
        {"downloads.jobs": 1},
        plugins={"sandbox": sandbox.load(), "assistant": assistant or Assistant()},
        discover=False,
        clock=SimClock(),
    )


def advice_in(app: oc.Orpheus, server: SandboxServer, to: Path) -> list[oc.Event]:
    """Download the EP of four tracks, and return what the assistant said meanwhile."""
    said: list[oc.Event] = []
    app.brain.events.subscribe(said.append, kinds=["brain.advice.given"])
    app.credentials.set("sandbox", "url", server.url)
    app.download("sandbox:album:salt", to=to)
    return [event for event in said if event.data["advisor"] == "assistant"]


def test_unsteady_server_is_told_in_a_real_run(server: SandboxServer, tmp_path: Path) -> None:
    """Each track meets a 503 and comes all the same."""
    for number in range(1, 5):
        server.add_fault(Fault.parse(f"503:salt-{number:02}"))

    with opened(tmp_path / "home") as app:
        (advice,) = advice_in(app, server, tmp_path / "music")

    assert advice.data["code"] == "assistant.unsteady-service"


def test_odd_tracks_are_told_in_a_real_run(server: SandboxServer, tmp_path: Path) -> None:
    """Two of four are not there."""
    for number in (3, 4):
        server.add_fault(Fault.parse(f"404:salt-{number:02}:always"))

    with opened(tmp_path / "home") as app:
        (advice,) = advice_in(app, server, tmp_path / "music")

    assert advice.data["code"] == "assistant.odd-tracks"
    assert "sandbox:track:salt-03, sandbox:track:salt-04" in str(advice.data["title"])
    assert advice.correlation_id


def test_run_without_trouble_has_no_advice(server: SandboxServer, tmp_path: Path) -> None:
    """Nothing to say is nothing said."""
    with opened(tmp_path / "home") as app:
        assert advice_in(app, server, tmp_path / "music") == []


def test_next_application_begins_anew(server: SandboxServer, tmp_path: Path) -> None:
    """One that is handed over twice lives on; what it saw, as long as the run."""
    assistant = Assistant()
    for run in ("first", "second"):
        for number in range(1, 5):
            server.add_fault(Fault.parse(f"503:salt-{number:02}"))
        with opened(tmp_path / f"{run}-home", assistant) as app:
            assert len(advice_in(app, server, tmp_path / run)) == 1


def test_assistant_of_its_own_knows_nothing_of_others(
    server: SandboxServer, tmp_path: Path
) -> None:
    """What two applications see at the same time is held apart by handing each its own."""
    with (
        opened(tmp_path / "one", Assistant()) as one,
        opened(tmp_path / "two", Assistant()) as two,
    ):
        for app, name in ((one, "one"), (two, "two")):
            for number in (1, 2):
                server.add_fault(Fault.parse(f"503:salt-{number:02}"))
            assert advice_in(app, server, tmp_path / "music" / name) == []


EVENTS = st.builds(
    oc.Event,
    id=st.just("event"),
    time=st.integers(0, 3_000).map(lambda s: START + datetime.timedelta(seconds=s)),
    kind=st.sampled_from(
        ["network.retry.scheduled", "network.request.failed", "job.started", "job.recovered",
         "stage.finished", "stage.failed", "plugin.muted"]
    ),
    severity=st.sampled_from(oc.Severity),
    service=st.sampled_from([None, "a", "b"]),
    subject=st.sampled_from([None, "track/a:track:1", "track/a:track:2", "job/a:album:1", "track/"])
    | st.text(max_size=5),
    correlation_id=st.sampled_from([None, "one", "two"]),
    error_type=st.sampled_from([None, "svc.country", "svc.down", "net.dns-failure"]),
    data=st.dictionaries(
        st.sampled_from(["attempt", "stage", "tracks_done"]),
        st.sampled_from([None, 1, -1, 10**30, "verify", "", True]),
    ),
)  # fmt: skip


@settings(deadline=None, max_examples=100)
@given(events=st.lists(EVENTS, max_size=40))
def test_no_events_raise_and_no_service_is_told_twice(events: list[oc.Event]) -> None:
    """Whatever comes, in whatever order."""
    assistant = Assistant()
    said: list[oc.Advice] = []
    for event in events:
        assistant.orpheus_event(event)
        said += assistant.orpheus_advise(event)

    services = [advice.service for advice in said if advice.code == "assistant.unsteady-service"]
    assert len(services) == len(set(services))
    assert all(advice.title and advice.actions for advice in said)
