"""``orpheus event query``: the log, for people and for programs."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest
from tests.cli.kept_events import Kept, failed_job

from orpheus_core.brain import KINDS
from orpheus_core.brain.event_json import document_of
from orpheus_core.brain.log import EventLog
from orpheus_core.brain.log.event_log import short_id
from orpheus_core.errors import LoginNeeded, RateLimited

if TYPE_CHECKING:
    from tests.cli.conftest import Ended, Orpheus, Process


def kinds(ended: Ended) -> list[str]:
    """The kinds of the events that were shown."""
    lines = [line.split() for line in ended.out.splitlines()]
    return [next(word for word in words if word in KINDS) for words in lines]


@pytest.mark.usefixtures("in_amsterdam")
def test_each_event_is_a_line(orpheus: Orpheus, kept: Kept) -> None:
    """Local time, severity, kind, service, the error, the sentence, the rest, the id's end."""
    events = [
        kept.emit("login.attempt", service="deezer", data={"strategy": "arl"}),
        kept.emit(
            "login.failed",
            service="deezer",
            error=LoginNeeded("x"),
            data={"strategy": "arl", "message": "it says guest user", "why": None},
        ),
        kept.emit("job.paused", subject="job/d:album:1", data={"reason": "down", "after_s": 90.5}),
    ]
    kept.keep()
    ended = orpheus("event", "query")
    assert ended.status == 0
    first, second, third = (short_id(event.id) for event in events)
    assert ended.out == (
        f"14:02:09.114  info      login.attempt              deezer    strategy=arl  id {first}\n"
        "14:02:09.214  error     login.failed               deezer    auth.login-needed "
        f"it says guest user strategy=arl  id {second}\n"
        "14:02:09.314  info      job.paused                 -         down job/d:album:1 "
        f"after_s=90.5  id {third}\n"
    )
    assert ended.err == f"3 events.  One in full: orpheus event show {third}\n"


@pytest.mark.usefixtures("in_amsterdam")
def test_the_date_is_said_unless_it_is_today(orpheus: Orpheus, kept: Kept) -> None:
    """And once it had to be said, each line has it, so that the columns stay."""
    kept.clock.jump_wall(-86_400)
    kept.emit("login.attempt")
    kept.clock.jump_wall(86_400)
    kept.emit("login.attempt")
    kept.keep()
    lines = orpheus("event", "query").out.splitlines()
    assert [line[:25] for line in lines] == [
        "2026-03-13 14:02:09.114  ",
        "2026-03-14 14:02:09.214  ",
    ]


@pytest.fixture
def mixed(kept: Kept) -> Kept:
    """Two runs and a job, over three days."""
    kept.clock.jump_wall(-2 * 86_400)
    kept.emit("login.attempt", service="qobuz")
    kept.clock.jump_wall(2 * 86_400)
    kept.emit("plugin.loaded", plugin="quiet")
    kept.begin_run()
    kept.emit("job.started", job="01900000-0000-7000-8000-000000abcdef", service="deezer")
    kept.emit(
        "network.request.failed",
        job="01900000-0000-7000-8000-000000abcdef",
        service="deezer",
        error=RateLimited("slow"),
    )
    kept.keep()
    return kept


@pytest.mark.usefixtures("mixed", "in_amsterdam")
@pytest.mark.parametrize(
    ("options", "found"),
    [
        ("", ["login.attempt", "plugin.loaded", "job.started", "network.request.failed"]),
        ("--kind login.* --kind JOB.started", ["login.attempt", "job.started"]),
        ("--min-severity info --service deezer", ["job.started", "network.request.failed"]),
        ("--min-severity warning", ["network.request.failed"]),
        ("--plugin quiet", ["plugin.loaded"]),
        ("--code svc.*", ["network.request.failed"]),
        ("--code svc.rate-limited", ["network.request.failed"]),
        ("--job abcdef", ["job.started", "network.request.failed"]),
        ("--job 01900000-0000-7000-8000-000000abcdef --limit 1", ["network.request.failed"]),
        ("--run last", ["job.started", "network.request.failed"]),
        ("--since 1h", ["plugin.loaded", "job.started", "network.request.failed"]),
        ("--until 1d", ["login.attempt"]),
        ("--since 2026-03-12 --until 2026-03-13", ["login.attempt"]),
        ("--since 2026-03-14T14:02:09.250", ["job.started", "network.request.failed"]),
        ("--since 2026-03-14T13:02:09.250Z", ["job.started", "network.request.failed"]),
        ("--limit 2", ["job.started", "network.request.failed"]),
    ],
)
def test_options_choose(orpheus: Orpheus, options: str, found: list[str]) -> None:
    """All of them have to fit; of many, the last are shown, in the order in which they came."""
    ended = orpheus("event", "query", *options.split())
    assert (ended.status, kinds(ended)) == (0, found)


def test_a_run_is_known_by_the_end_of_its_id(orpheus: Orpheus, mixed: Kept) -> None:
    """As it is shown."""
    ended = orpheus("event", "query", "--run", short_id(mixed.run_id))
    assert kinds(ended) == ["job.started", "network.request.failed"]


@pytest.mark.parametrize(
    ("options", "next_step"),
    [
        ("--kind network.request.faild", "did you mean network.request.failed?"),
        ("--min-severity warn", "did you mean warning?"),
        ("--since 30", "did you mean --since 30h or --since 30d?"),
        ("--since yesterday", "--since 1h     or --since 2026-03-14"),
        ("--until 2026-13-01", "--until 1h     or --until 2026-03-14"),
        ("--job 0000abcdff", "did you mean 0000abcdef?"),
        ("--job abc", "orpheus event query --kind job.*"),
        ("--run zzzzzz", "orpheus event query --run last"),
        ("--limit 0", "orpheus event query --help"),
        ("--sinse 1h", "did you mean --since?"),
    ],
)
@pytest.mark.usefixtures("mixed", "in_amsterdam")
def test_what_means_nothing_is_refused(orpheus: Orpheus, options: str, next_step: str) -> None:
    """With the nearest that means something; nothing is shown."""
    ended = orpheus("event", "query", *options.split())
    assert (ended.status, ended.out) == (2, "")
    assert f"  next  {next_step}\n" in ended.err


def test_an_id_that_several_have_is_refused(orpheus: Orpheus, kept: Kept) -> None:
    """They are named."""
    for first in "ab":
        kept.emit("job.started", job=f"{first}1900000-0000-7000-8000-000000abcdef")
    kept.keep()
    ended = orpheus("event", "query", "--job", "abcdef")
    assert ended.status == 2
    assert "several jobs have an id like 'abcdef'" in ended.err
    assert "b1900000-0000-7000-8000-000000abcdef" in ended.err


def test_json_is_a_line_for_each_event_and_a_last_one(orpheus: Orpheus, kept: Kept) -> None:
    """Each is the CloudEvent that a log of text files holds."""
    failed_job(kept)
    events = list(kept.events)
    kept.keep()
    ended = orpheus("event", "query", "--json", "--kind", "brain.*")
    *lines, result = ended.lines
    wanted = [event for event in events if event.kind.startswith("brain.")]
    assert lines == [{"type": "event", "event": document_of(event)} for event in wanted]
    assert (result["type"], result["schema"], result["ok"], result["data"]) == (
        *("result", "orpheus.events/1", True),
        {"events": len(wanted)},
    )
    assert ended.err == ""


def test_a_failure_as_json_is_the_result_line(orpheus: Orpheus, kept: Kept) -> None:
    """A reader looks for one line of type result, whatever happens."""
    (line,) = orpheus("event", "query", "--json", "--since", "x").lines
    assert (line["type"], line["ok"], line["error"]["class"]) == ("result", False, "usage")


@pytest.mark.parametrize("command", ["query", "tail", "stats"])
def test_an_empty_log_is_no_failure(orpheus: Orpheus, command: str) -> None:
    """It is said, and nothing is made."""
    assert orpheus("event", command) == (0, "", "The log of events is empty.\n")
    assert not (orpheus.home / "state").exists()


def test_that_no_log_is_kept_is_said(orpheus: Orpheus) -> None:
    """By the settings that say so."""
    orpheus.setenv("ORPHEUS_EVENTS_SQLITE", "false")
    assert "the settings events.sqlite and events.jsonl are off" in orpheus("event", "query").err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--service", "nobody"], "No event fits.\n"),
        (["--code", "svc.don"], "No event fits. Did you mean --code svc.down?\n"),
        (["--code", "svc.down"], "No event fits.\n"),
    ],
)
@pytest.mark.usefixtures("mixed")
def test_that_nothing_fits_is_said(orpheus: Orpheus, options: list[str], said: str) -> None:
    """A plugin may have codes of its own, so that an unknown one is no mistake."""
    assert orpheus("event", "query", *options) == (0, "", said)
    assert orpheus("event", "query", *options, "-q") == (0, "", "")


def test_what_is_hostile_in_an_event_stays_text(orpheus: Orpheus, kept: Kept) -> None:
    """No line of the screen is anybody else's than ours."""
    kept.emit(
        "job.resolved",
        service="de\x1b[2Jezer",
        subject="a\nb",
        data={"title": "\x1b]52;c;cm0=\x07", "artist": "\u202eevil"},
    )
    kept.keep()
    (event,) = orpheus("--json", "event", "query").lines[:1]
    ident = event["event"]["id"]
    for command in (["query"], ["tail"], ["show", ident]):
        ended = orpheus("event", *command)
        assert ended.status == 0
        assert not set("\x1b\x07\u202e") & set(ended.out + ended.err)
        assert r"\x1b]52;c;cm0=\x07" in ended.out
    assert len(orpheus("event", "query").out.splitlines()) == 1


def test_events_are_shown_while_the_log_is_read(
    orpheus: Orpheus, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long it is, one at a time is held."""
    event = kept.emit("login.attempt")

    def broken_off(*_: object, **__: object) -> object:
        yield from (event, event)
        raise MemoryError

    monkeypatch.setattr(EventLog, "query", broken_off)
    ended = orpheus("event", "query")
    assert (ended.status, ended.out.count("login.attempt")) == (70, 2)


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_a_reader_that_has_seen_enough_ends_it(
    process: Process, kept: Kept, form: list[str]
) -> None:
    """As ``| head -1`` does: no traceback, no complaint."""
    for _ in range(900):
        kept.emit("login.attempt")
    kept.keep()
    running = subprocess.Popen(
        process.argv("event", "query", *form),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    assert running.stdout is not None
    assert running.stderr is not None
    assert "login.attempt" in running.stdout.readline()
    running.stdout.close()
    assert running.stderr.read() == ""
    assert running.wait(30) == 0
    running.stderr.close()


def test_looking_leaves_the_log_as_it_is(orpheus: Orpheus, kept: Kept) -> None:
    """What looks at events makes none, and no file."""
    job = failed_job(kept)
    ident = kept.events[-1].id
    kept.keep()
    before = {path: path.read_bytes() for path in sorted(kept.folder.rglob("*"))}
    for line in (
        *(["event", "query"], ["event", "tail"], ["event", "show", ident], ["event", "stats"]),
        *(["event", "types"], ["explain"], ["explain", job], ["explain", "svc.nope"]),
        ["event", "forget", "--all"],
    ):
        orpheus(*line)
        orpheus("--json", *line)
    assert {path: path.read_bytes() for path in sorted(kept.folder.rglob("*"))} == before
    folders = [path for path in orpheus.home.rglob("*") if path.is_dir()]
    assert {path.name for path in folders} <= {"state", "events", "cache", "plugins"}


def test_a_damaged_log_is_said_to_be_so(orpheus: Orpheus, kept: Kept) -> None:
    """And how it goes on."""
    kept.emit("login.attempt")
    kept.keep()
    (kept.folder / "events.sqlite").write_bytes(os.urandom(8192))
    ended = orpheus("event", "query")
    assert ended.status == 12
    assert ended.err.startswith("error[integrity.event-log]: ")
