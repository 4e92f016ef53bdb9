"""Rows, lines and JSON lines: three ways to show the same news."""

from __future__ import annotations

import datetime
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orpheus_core.brain import Event, Severity, faults_of
from orpheus_core.cli.columns import width
from orpheus_core.cli.output import Output
from orpheus_core.cli.progress.board import Board, News, NewsKind, TrackProgress, TrackState
from orpheus_core.cli.progress.json_lines import JsonLines
from orpheus_core.cli.progress.lines import Lines
from orpheus_core.cli.progress.live import LiveRows
from orpheus_core.cli.progress.rows import bar, rows
from orpheus_core.cli.progress.track_names import NamedTrack
from orpheus_core.cli.terminal import Progress, Terminal

Capture = pytest.CaptureFixture[str]


def track(position: int = 1, title: str = "Digital Love") -> TrackProgress:
    """A track on its way."""
    name = NamedTrack(subject="track/x", ref="x", title=title, position=position)
    return TrackProgress(track=name, state=TrackState.RUNNING, stage="download")


def coming(position: int = 1) -> TrackProgress:
    """One of which 4 MB in 1 s have come, of 8."""
    found = track(position)
    found.coming(0, 8_000_000, 10.0)
    found.coming(4_000_000, 8_000_000, 11.0)
    return found


def test_a_row_says_how_far_how_fast_and_how_long() -> None:
    """And the whole stands below."""
    board = Board(tracks=[coming(), track(2)])
    first, second, whole = rows(board, 11.0, most=8, columns=79)
    assert first == (
        "  01 Digital Love               ━━━━━━━━━╸             50%   4.0 MB/s       1 s"
    )
    assert second == "  02 Digital Love               download"
    assert whole == f"  {'0 of 2':<28}  {'':20}    0%"


def test_a_row_that_waits_says_why() -> None:
    """Every wait has a reason and a clock."""
    waiting = track()
    waiting.waits, waiting.waits_until_s = "it cannot answer now", 14.0
    first, _ = rows(Board(tracks=[waiting]), 11.6, most=8, columns=79)
    assert first == "  01 Digital Love               waiting 2 s: it cannot answer now"


def test_before_the_tracks_are_known_a_wait_is_shown() -> None:
    """The very first request may meet a service that is down."""
    board = Board(waits="it cannot answer now", waits_until_s=12.0)
    assert rows(board, 10.0, most=8, columns=79) == ["  waiting 2 s: it cannot answer now"]
    assert rows(board, 12.0, most=8, columns=79) == []


@given(
    st.lists(st.tuples(st.text(max_size=300), st.floats(0, 1)), max_size=12),
    st.integers(1, 8),
    st.integers(1, 200),
)
def test_rows_never_wrap_and_never_steer(
    tracks: list[tuple[str, float]], most: int, columns: int
) -> None:
    """Whatever the titles are: a row that wraps would leave rubbish behind."""
    board = Board()
    for position, (title, share) in enumerate(tracks, start=1):
        found = track(position, title)
        found.coming(int(share * 1000), 1000, 1.0)
        board.tracks.append(found)
    drawn = rows(board, 2.0, most=most, columns=columns)
    assert len(drawn) <= most
    for row in drawn:
        assert width(row) <= columns
        assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e]", row)


@pytest.mark.parametrize("share", [0, 0.001, 0.5, 0.999, 1])
def test_a_bar_is_always_as_long(share: float) -> None:
    """Full only when all is there... to the column."""
    assert len(bar(share)) == 20


def test_a_line_is_said_when_nothing_happened_for_half_a_minute(capsys: Capture) -> None:
    """A log shows that work goes on, and does not fill up."""
    board = Board(tracks=[coming(), track(2)])
    lines = Lines(Output(), board, time_of_day=lambda: "12:01:09")
    for now_s in range(0, 95, 5):
        lines.tick(float(now_s))
    assert capsys.readouterr().err == "12:01:09 working 4.0 MB came (0/2)\n" * 3


def test_lines_say_waits_that_a_person_notices(capsys: Capture) -> None:
    """A second and more."""
    lines = Lines(Output(), Board(), time_of_day=lambda: "12:01:09")
    for after_s in (0.4, 2.0):
        lines.tell(News(kind=NewsKind.WAITING, text="busy", event=decision(after_s)))
    assert capsys.readouterr().err == "12:01:09 waiting 2 s: busy\n"


def decision(after_s: float) -> Event:
    """The brain's decision to wait."""
    return Event(
        id="1",
        time=datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC),
        kind="brain.decision.made",
        severity=Severity.INFO,
        data={"after_s": after_s},
    )


def said(severity: Severity = Severity.INFO) -> News:
    """What a plugin says, as the board has it."""
    event = Event(
        id="1",
        time=datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC),
        kind="plugin.said",
        severity=severity,
        plugin="deezer",
        service="deezer",
        data={"message": "the token ends\x1b[2J tomorrow", "next_step": "orpheus login deezer"},
    )
    assert not faults_of([event])
    (news,) = Board().take(event, 0.0)
    return news


def test_what_a_plugin_says_is_a_line(capsys: Capture) -> None:
    """With its id before it, and as harmless as everything else."""
    Lines(Output(), Board(), time_of_day=lambda: "12:01:09").tell(said())
    assert capsys.readouterr().err == (
        "12:01:09 deezer: the token ends\\x1b[2J tomorrow (orpheus login deezer)\n"
    )


@pytest.mark.parametrize("severity", [Severity.INFO, Severity.WARNING])
def test_what_a_plugin_says_stands_above_the_rows(capsys: Capture, severity: Severity) -> None:
    """At once, and a warning in its own colour."""
    output = Output()
    output.color = True
    LiveRows(output, Board(), lambda: Terminal(color=True, progress=Progress.ROWS)).tell(
        said(severity)
    )
    line = re.sub(r"\x1b\[0m", "", capsys.readouterr().err)
    assert "deezer: the token ends\\x1b[2J tomorrow (orpheus login deezer)" in line
    assert line.startswith("\x1b[33m") == (severity is Severity.WARNING)


def test_what_a_plugin_says_is_a_json_line(capsys: Capture) -> None:
    """With its words and no others, whatever else the event holds."""
    JsonLines(Output(), Board(), lambda: 0.0).tell(said())
    assert json.loads(capsys.readouterr().out) == {
        "type": "said",
        "plugin": "deezer",
        "service": "deezer",
        "severity": "info",
        "message": "the token ends\x1b[2J tomorrow",
        "next_step": "orpheus login deezer",
        "time": "2026-01-01T00:00:00.000Z",
    }


def test_json_progress_comes_at_most_twice_a_second_for_each_item(capsys: Capture) -> None:
    """However often the file grows."""
    now_s = 0.0
    board = Board(ref="sandbox:album:x")
    lines = JsonLines(Output(), board, lambda: now_s)
    one, two = coming(1), coming(2)
    for step in range(100):
        now_s = step / 50
        for each in (one, two):
            lines.tell(News(kind=NewsKind.TRACK_PROGRESSED, track=each))
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["position"] for line in told] == [1, 2] * 4
    assert told[0] == {
        "type": "progress",
        "ref": "x",
        "position": 1,
        "title": "Digital Love",
        "done_bytes": 4_000_000,
        "size_bytes": 8_000_000,
        "rate_bytes_per_s": 4_000_000,
    }
