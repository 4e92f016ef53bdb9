"""What the command line tells of itself as events: begun, stopped, ended, and with what status."""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click
import pytest

from orpheus_core.brain import Event, EventBus, faults_of
from orpheus_core.cli.command_news import command_words, told
from orpheus_core.cli.invocation import Invocation
from orpheus_core.cli.opening import opened
from orpheus_core.redaction import Redactor
from orpheus_core.testing import SimClock
from orpheus_core.testing.sandbox import Fault, FaultKind, SandboxServer

if TYPE_CHECKING:
    from tests.cli.conftest import Install, Orpheus, Process

TRACK = "sandbox:track:lanterns-01"

LISTENS = """
import json, os
import orpheus_core as oc

@oc.hookimpl
def orpheus_event(event):
    if event.kind.startswith(("cli.", "system.")):
        line = [event.kind, dict(event.data), event.error_type, event.correlation_id, event.run_id]
        with open(os.environ["TOLD"], "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\\n")
"""


class Told(NamedTuple):
    """An event, as the plugin above has heard it."""

    kind: str
    data: dict[str, object]
    error_type: str | None
    correlation_id: str
    run_id: str


class Ear:
    """An installed plugin that hears what is told."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def heard(self, prefix: str = "cli.") -> list[Told]:
        lines = self._file.read_text("utf-8").splitlines() if self._file.exists() else []
        every = [Told(*json.loads(line)) for line in lines]
        return [told for told in every if told.kind.startswith(prefix)]

    def finished(self) -> Told:
        (found,) = self.heard("cli.finished")
        return found


@pytest.fixture
def ear(plugin: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ear:
    plugin("listens", LISTENS)
    monkeypatch.setenv("TOLD", str(tmp_path / "told"))
    return Ear(tmp_path / "told")


def test_a_command_is_told_with_its_words_its_status_and_its_time(
    orpheus: Orpheus, sandbox: SandboxServer, ear: Ear, tmp_path: Path
) -> None:
    """Between the start of the application and its end; never what stood behind the words."""
    assert orpheus("download", TRACK, "-o", tmp_path / "music").status == 0

    kinds = [told.kind for told in ear.heard("")]
    assert kinds == ["system.started", "cli.started", "cli.finished", "system.stopped"]
    started, finished = ear.heard()
    assert started.data == {"command": "download"}
    took_s = finished.data.pop("took_s")
    assert finished.data == {"command": "download", "exit_code": 0, "message": ""}
    assert isinstance(took_s, float)
    assert finished.error_type is None
    assert {told.correlation_id for told in ear.heard()} == {started.run_id}
    assert "lanterns" not in json.dumps(ear.heard())


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ([TRACK], "download"),
        (["services", "list", "--all"], "service list"),
        (["--json", "service", "list", "--all"], "service list"),
    ],
)
def test_the_words_are_those_of_the_command_that_ran(
    orpheus: Orpheus, sandbox: SandboxServer, ear: Ear, tmp_path: Path, line: list[str], words: str
) -> None:
    """However it was typed."""
    orpheus.setenv("ORPHEUS_DOWNLOADS_FOLDER", str(tmp_path / "music"))
    orpheus(*line)
    assert {told.data["command"] for told in ear.heard()} == {words}


@pytest.mark.parametrize("json_option", [[], ["--json"]])
def test_the_status_is_that_of_the_process(
    orpheus: Orpheus, sandbox: SandboxServer, ear: Ear, tmp_path: Path, json_option: list[str]
) -> None:
    """Also where some of it came: with the error that the person is told."""
    sandbox.add_fault(Fault(kind=FaultKind.STATUS_404, item="/files/lanterns-02.flac", times=None))
    line = [*json_option, "download", "sandbox:album:lanterns", "-o", str(tmp_path / "music")]

    ended = orpheus(*line)

    finished = ear.finished()
    assert (finished.data["exit_code"], finished.error_type) == (ended.status, "album.partial")
    assert ended.status == 8
    assert finished.data["message"] == "1 of 12 tracks are missing"


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("sandbox:album:nothing", "svc.not-found"),
        ("nowhere:album:x", "plugin.none-for-url"),
        ("what", "url.invalid"),
    ],
)
def test_a_command_that_fails_is_told_with_its_error(
    orpheus: Orpheus, sandbox: SandboxServer, ear: Ear, tmp_path: Path, target: str, code: str
) -> None:
    """The code, and the first line of what the person is told."""
    ended = orpheus("download", target, "-o", tmp_path)
    finished = ear.finished()
    assert finished.data["exit_code"] == ended.status != 0
    assert finished.error_type == code
    assert f"error[{code}]: {finished.data['message']}" in " ".join(ended.err.split())


@pytest.mark.parametrize(
    "line",
    [["plugin", "list"], ["service", "list"], ["explain", "svc.down"], ["verify", "."], ["--help"]],
)
def test_a_command_that_only_looks_is_not_told(orpheus: Orpheus, ear: Ear, line: list[str]) -> None:
    """It imports no plugin that could hear it."""
    orpheus(*line)
    assert ear.heard("") == []


@pytest.mark.parametrize("eager", [True, False])
def test_what_is_opened_to_look_at_is_not_told(home: Path, eager: bool) -> None:
    """Only what does something: a listing is made often, and of no interest."""
    with opened(Invocation([]), eager=eager, home=home) as app:
        seen = heard(app.brain.events)
    assert ("cli.finished" in [event.kind for event in seen]) is eager


@pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")
@pytest.mark.parametrize(
    ("number", "status", "code"),
    [(signal.SIGINT, 130, "cli.interrupted"), (signal.SIGTERM, 143, "cli.terminated")],
)
def test_a_stop_is_told_when_it_comes_and_when_it_has_ended_the_command(
    process: Process,
    sandbox: SandboxServer,
    ear: Ear,
    tmp_path: Path,
    number: int,
    status: int,
    code: str,
) -> None:
    """Once."""
    sandbox.add_fault(Fault(kind=FaultKind.STALL, item="lanterns-01"))
    running = process.start("download", TRACK, "-o", tmp_path / "music")
    assert sandbox.wait_for_requests(4)

    running.send_signal(number)

    running.communicate(timeout=20)
    assert running.returncode == status
    started, interrupted, finished = ear.heard()
    assert (started.kind, interrupted.kind) == ("cli.started", "cli.interrupted")
    assert interrupted.data == {"command": "download"}
    assert (finished.data["exit_code"], finished.error_type) == (status, code)


# --- what a command may raise ------------------------------------------------------------


def heard(events: EventBus) -> list[Event]:
    seen: list[Event] = []
    events.subscribe(seen.append)
    return seen


def test_ctrl_c_where_nobody_watches_for_it_is_told_too() -> None:
    """As an interruption, and as the end; it goes on to whoever waits for it."""
    events = EventBus(SimClock(), Redactor())
    seen = heard(events)
    with pytest.raises(KeyboardInterrupt), told(Invocation([]), events):
        raise KeyboardInterrupt
    assert [event.kind for event in seen] == ["cli.started", "cli.interrupted", "cli.finished"]
    assert (seen[-1].data["exit_code"], seen[-1].error_type) == (130, "cli.interrupted")
    assert faults_of(seen) == []


@pytest.mark.parametrize(
    ("raised", "exit_code", "error_type"),
    [
        (click.exceptions.Exit(3), 3, None),
        (BrokenPipeError(), 0, None),
        (click.UsageError("no"), 2, "usage.arguments"),
        (PermissionError(13, "no", "/nowhere"), 9, "io.permission"),
        (KeyError("x"), 70, "bug.unclassified"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_whatever_a_command_raises_has_a_status(
    raised: Exception, exit_code: int, error_type: str | None
) -> None:
    """The one that its process ends with."""
    events = EventBus(SimClock(), Redactor())
    seen = heard(events)
    with pytest.raises(type(raised)), told(Invocation([]), events):
        raise raised
    assert (seen[-1].data["exit_code"], seen[-1].error_type) == (exit_code, error_type)
    assert faults_of(seen) == []


def test_outside_of_a_command_there_are_no_words() -> None:
    """A script may open what the command line opens."""
    assert command_words() == ""
