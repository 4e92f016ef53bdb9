"""``orpheus explain`` of what happened: the last failure, a job, an event."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.cli.kept_events import ADVICE, BEGAN, Kept, failed_job

from orpheus_core.brain import KINDS, Severity
from orpheus_core.brain.log.event_log import short_id
from orpheus_core.cli import event_story
from orpheus_core.cli.event_story import story_of
from orpheus_core.errors import Cancelled, DnsFailure, LoginNeeded, NoService

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Orpheus


@pytest.mark.usefixtures("in_amsterdam")
def test_the_last_failure_is_told_from_its_beginning(orpheus: Orpheus, kept: Kept) -> None:
    """What it means, then event, rule, decision and outcome, then what can be done."""
    kept.emit("login.failed", service="qobuz", error=LoginNeeded("x"))
    job = failed_job(kept)
    kept.emit("system.stopped")
    kept.keep()
    ended = orpheus("explain")
    assert ended.status == 0
    assert ended.out == (
        f"Last failure: net.dns-failure, today 14:02:10, job {short_id(job)}, "
        f"run {short_id(kept.run_id)}\n"
        "no track could be had\n"
        "The name of the host could not be looked up.\n"
        "  14:02:09.214  began     deezer:album:302127, lossless\n"
        "  14:02:09.314  failed    GET https://api.deezer.com/album/302127: the name\n"
        "                          api.deezer.com could not be looked up (the name\n"
        "                          service said that there is no such name)\n"
        "  14:02:09.414  rule      dns-repeated for api.deezer.com, after 3 events\n"
        "  14:02:09.514  done      use alternative: api.deezer.com, for 5 min (rule\n"
        "                          dns-repeated)\n"
        "  14:02:09.614  advice    The name api.deezer.com could not be looked up, 3\n"
        "                          times in a row.\n"
        "  14:02:09.714  expected  request fails for api.deezer.com: 87% likely\n"
        "                          (confidence 72%, 22 observations): in the last\n"
        "                          minutes, about 19 of 22 requests failed\n"
        "  14:02:09.914  decided   give up: 3 attempts failed\n"
        "  14:02:10.014  failed    no track could be had\n"
        "You can:\n"
        "  1  open any web page\n"
        "  2  look at the service\n"
        "     orpheus service info deezer\n"
        "  3  check the connection, then give the same command again: it goes on where it\n"
        "     stopped\n"
    )
    assert ended.err == f"All of it: orpheus event query --job {short_id(job)}\n"
    assert orpheus("explain", "last") == ended
    assert orpheus("explain", short_id(job)).out.startswith("Job: net.dns-failure, today 14:02:10")
    assert orpheus("explain", "-q").err == ""


def test_the_story_for_programs(orpheus: Orpheus, kept: Kept) -> None:
    """The same steps, each with its whole event, and the actions with how safe they are."""
    failed_job(kept)
    told = [event.id for event in kept.events]
    del told[6]  # the prediction that was made a second time
    kept.keep()
    document = orpheus("--json", "explain").document
    data = document["data"]
    assert document["schema"] == "orpheus.story/1"
    assert (data["code"], data["meaning"]) == (
        "net.dns-failure",
        "The name of the host could not be looked up.",
    )
    assert data["event"]["type"] == "dev.orpheus.job.failed"
    assert [step["event"]["id"] for step in data["steps"]] == told
    assert [step["word"] for step in data["steps"]][-2:] == ["decided", "failed"]
    assert data["left_out"] == 0
    assert data["actions"][1] == {
        "id": "look",
        "label": "look at the service",
        "argv": ["orpheus", "service", "info", "deezer"],
        "applicability": "automatic",
    }


@pytest.mark.parametrize("line", [["explain"], ["explain", "LAST"]])
def test_where_nothing_failed_that_is_said(orpheus: Orpheus, kept: Kept, line: list[str]) -> None:
    """In an empty log, and in one that holds nothing but success; it is no failure."""
    said = "No failure is in the log of events.\n"
    assert orpheus(*line) == (0, said, "")
    assert not (orpheus.home / "state").exists()
    kept.emit("job.finished", service="deezer")
    kept.emit("job.failed", service="deezer", error=Cancelled("x"))
    kept.emit("brain.advice.given", severity=Severity.ERROR, data=ADVICE)
    kept.emit("cli.finished", data={"command": "download", "exit_code": 0})
    kept.keep()
    assert orpheus(*line) == (0, said, "")
    assert orpheus("--json", *line).document["data"] == {
        "event": None,
        "steps": [],
        "left_out": 0,
        "actions": [],
    }


def test_of_a_failed_command_its_failed_job_is_told(orpheus: Orpheus, kept: Kept) -> None:
    """The command's own end says less. Where no job failed, that is what there is."""
    failed_job(kept)
    end = {"command": "download", "message": "no plugin for this", "exit_code": 10}
    kept.emit("cli.finished", error=DnsFailure("x"), data=end)
    kept.keep()
    assert orpheus("explain").out.startswith("Last failure: net.dns-failure, ")
    kept.begin_run()
    kept.emit("cli.finished", error=NoService("x"), data=end)
    kept.keep()
    out = orpheus("explain").out
    assert out.startswith("Last failure: plugin.none-for-url, ")
    assert "  ended     download: no plugin for this\n" in out


@pytest.mark.usefixtures("in_amsterdam")
def test_an_event_is_told_with_what_stands_around_it(orpheus: Orpheus, kept: Kept) -> None:
    """Also one that is no failure, and too slight to be told otherwise."""
    kept.clock.jump_wall(-86_400)
    event = kept.emit("stage.started", job=kept.new_job(), data={"stage": "tag", "attempt": 1})
    kept.keep()
    out = orpheus("explain", short_id(event.id)).out
    assert out.startswith("Event: stage.started, 2026-03-13 14:02:09, job ")
    assert "\nA stage began on a track or release.\n" in out
    assert "  14:02:09.114  started   A stage began on a track or release. stage=tag" in out
    assert "You can:" not in out


def test_a_job_that_went_well_is_told_too(orpheus: Orpheus, kept: Kept) -> None:
    """By its last event."""
    job = kept.new_job()
    kept.emit("job.started", job=job, data={"ref": "deezer:album:1", "quality": "high"})
    kept.emit("job.finished", job=job, data={"tracks_done": 3, "size_bytes": 38_100_000})
    kept.keep()
    out = orpheus("explain", job).out
    assert out.startswith("Job: job.finished, ")
    assert "  done      3 tracks, 38.1 MB\n" in out


def test_a_job_that_took_two_days_is_told_with_dates(orpheus: Orpheus, kept: Kept) -> None:
    """It went on after a restart."""
    job = kept.new_job()
    kept.clock.jump_wall(-86_400)
    kept.emit("job.started", job=job, data={"ref": "deezer:album:1"})
    kept.clock.jump_wall(86_400)
    kept.begin_run()
    kept.emit("job.failed", job=job, error=DnsFailure("x"))
    kept.keep()
    out = orpheus("explain").out
    assert f"  {BEGAN.astimezone().date()} " in out
    assert out.count("  2026-03-1") == 2


@pytest.mark.parametrize("ident", ["0123abcd", "deadbeef-0000"])
def test_an_id_that_is_none_is_refused(orpheus: Orpheus, ident: str) -> None:
    """It may be of a log that was deleted."""
    ended = orpheus("explain", ident)
    assert (ended.status, ended.out) == (2, "")
    assert f"no event in the log has the id '{ident}'" in ended.err


def test_of_a_long_story_beginning_and_end_are_told(orpheus: Orpheus, kept: Kept) -> None:
    """However long the log is, no more than that is held."""
    job = kept.new_job()
    for number in range(100):
        kept.emit("job.resumed", job=job, data={"waited_s": float(number + 2)})
    failed = kept.emit("job.failed", job=job, error=DnsFailure("x"))
    story = story_of(iter(kept.events), failed)
    assert [step.text for step in story.steps[:2]] == ["after 2 s", "after 3 s"]
    assert story.steps[-1].event is failed
    assert (story.left_out_after, story.left_out + len(story.steps)) == (10, 101)
    kept.keep()
    lines = orpheus("explain").out.splitlines()
    assert lines[2 + story.left_out_after] == f"  ... and {story.left_out} more ..."


@pytest.mark.parametrize("kind", [name for name in KINDS if KINDS[name].kept])
def test_every_kind_can_be_told(kept: Kept, kind: str) -> None:
    """With all its fields, and with none; a field's name never stands for its value."""
    values = {"text": "it", "json": "[]", "flag": True, "share": 0.5, "seconds": 2.0}
    full = {each.name: values.get(each.type.value, 7) for each in KINDS[kind].fields}
    for data in ({}, full):
        event = kept.emit(kind, service="deezer", subject="a/b", data=data)
        (step,) = story_of([event], event).steps
        assert step.word
        assert not set("{}[]") & set(step.text)


def test_what_was_unlikely_is_no_part_of_the_story(kept: Kept) -> None:
    """A prediction that could move nobody stands in the log, and in no way of a failure."""
    for chance in (0.05, 0.49, 0.5, 0.9):
        kept.emit(
            "brain.prediction.made",
            data={"prediction": "request_fails", "about": f"host-{chance}", "chance": chance},
        )
    failed = kept.emit("job.failed", error=DnsFailure("x"))
    told = [step.text for step in story_of(kept.events, failed).steps if step.word == "expected"]
    assert [text.split(":")[0] for text in told] == [
        "request fails for host-0.5",
        "request fails for host-0.9",
    ]


def test_each_saying_is_of_a_kind_and_its_fields() -> None:
    """A kind or field that is gone leaves no saying behind."""
    for kind, (word, saying) in event_story._SAYINGS.items():
        known = {field.name for field in KINDS[kind].fields} | {"service", "subject", "asked"}
        assert set(event_story._FIELD.findall(saying)) <= known
        assert len(word) < 10


def test_what_is_hostile_in_a_story_stays_text(kept: Kept, orpheus: Orpheus) -> None:
    """Braces and brackets of others mean nothing, and the terminal obeys nobody."""
    event = kept.emit(
        "job.failed", error=DnsFailure("x"), data={"message": "{why} [x\x1b[2J", "why": "{message}"}
    )
    (step,) = story_of([event], event).steps
    assert step.text == "{why} [x\x1b[2J: {message}"
    kept.keep()
    assert r"{why} [x\x1b[2J: {message}" in orpheus("explain").out


def test_the_story_of_a_real_download(orpheus: Orpheus, tmp_path: Path) -> None:
    """Nobody listens there: what was tried and decided can be read back afterwards."""
    orpheus.setenv("ORPHEUS_SANDBOX_URL", "http://127.0.0.1:9")
    orpheus.setenv("ORPHEUS_NETWORK_ATTEMPTS", "1")
    failed = orpheus("download", "sandbox:album:lanterns", "--to", tmp_path / "music")
    assert failed.status == 5
    out = orpheus("explain").out
    assert out.startswith("Last failure: net.refused, today ")
    words = [line.split()[1] for line in out.splitlines() if line.startswith("  ") and ":" in line]
    assert [word for word in words if word in ("began", "decided")] == [
        *("began", "decided", "decided")
    ]
    assert "127.0.0.1 refused the connection" in out
    assert out.splitlines()[-2].startswith("  1  ")


def test_what_the_command_said_to_do_next_is_said_again(orpheus: Orpheus, tmp_path: Path) -> None:
    """Not what helps with such errors in general: the error knew the file and the line."""
    orpheus.setenv("ORPHEUS_SANDBOX_URL", "http://elsewhere.invalid")
    failed = orpheus("download", "sandbox:album:lanterns", "--to", tmp_path / "music")
    assert 'network.extra_hosts = ["sandbox:elsewhere.invalid"]' in failed.err
    out = orpheus("explain").out
    assert '  1  network.extra_hosts = ["sandbox:elsewhere.invalid"]' in out
    assert "report it to the plugin's author" not in out
