"""What is going on, read from the stream of events."""

from __future__ import annotations

import datetime

from orpheus_core.brain import KINDS, Event, Scalar, faults_of
from orpheus_core.cli.progress.board import Board, News, NewsKind, TrackState
from orpheus_core.cli.progress.track_names import NamedTrack, TrackList

NOW = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


def event(kind: str, track: int | None = None, error: str | None = None, **data: Scalar) -> Event:
    """An event as the parts emit it; the table of kinds knows it."""
    subject = f"track/sandbox:track:{track}" if track else None
    made = Event(
        id="1",
        time=NOW,
        kind=kind,
        severity=KINDS[kind].severity,
        service="sandbox",
        subject=subject,
        error_type=error,
        data=data,
    )
    assert not faults_of([made])
    return made


def named(*positions: int, present: tuple[int, ...] = ()) -> TrackList:
    """The tracks of a job."""
    return TrackList(
        job="job/x",
        last_stage="tag",
        tracks=tuple(
            NamedTrack(
                subject=f"track/sandbox:track:{n}",
                ref=f"sandbox:track:{n}",
                title=f"Title {n}",
                position=n,
                present=n in present,
            )
            for n in positions
        ),
    )


def told(board: Board, *messages: Event | TrackList, at_s: float = 0.0) -> list[News]:
    """All the news of *messages*."""
    return [news for message in messages for news in board.take(message, at_s)]


def started(board: Board, *positions: int, present: tuple[int, ...] = ()) -> None:
    """Bring *board* to where the tracks are known."""
    told(
        board,
        event("job.started", ref="sandbox:album:x", target="/music"),
        event("job.resolved", title="X", artist="Y", track_total=len(positions)),
        named(*positions, present=present),
    )


def test_a_track_is_finished_after_the_last_of_its_stages() -> None:
    """Not before, and only once."""
    board = Board()
    started(board, 1, 2)
    news = told(
        board,
        event("stage.started", 1, stage="download", attempt=1),
        event("stage.finished", 1, stage="download", took_s=0.1),
        event("stage.started", 1, stage="tag", attempt=1),
    )
    assert [each.kind for each in news] == [NewsKind.TRACK_STARTED]
    assert (board.ended, len(board.running)) == (0, 1)

    (ended,) = told(board, event("stage.finished", 1, stage="tag", took_s=0.1))

    assert ended.kind is NewsKind.TRACK_ENDED
    assert ended.track is board.tracks[0]
    assert (board.ended, board.there, board.running) == (1, 1, [])


def test_a_last_stage_that_is_left_out_finishes_the_track_too() -> None:
    """Audio without tags is still the audio."""
    board = Board()
    started(board, 1)
    told(board, event("stage.started", 1, stage="tag", attempt=1))
    (ended,) = told(board, event("stage.skipped", 1, "stage.tag.failed", stage="tag", reason="x"))
    assert ended.track is not None
    assert ended.track.state is TrackState.OK


def test_a_track_that_fails_has_ended_and_is_not_there() -> None:
    """With the message of its failure."""
    board = Board()
    started(board, 1)
    (ended,) = told(
        board, event("stage.failed", 1, "svc.not-found", stage="download", message="gone")
    )
    assert (ended.text, board.ended, board.there) == ("gone", 1, 0)


def test_a_wait_is_told_with_its_reason_until_it_is_over() -> None:
    """What failed, what was decided, and for how long."""
    board = Board()
    started(board, 1)
    (news,) = told(
        board,
        event("network.request.failed", None, "svc.down", message="it cannot answer now"),
        event(
            "brain.decision.made",
            None,
            "svc.down",
            verdict="retry",
            after_s=2.0,
            reason="the service said when to ask again",
        ),
        at_s=10.0,
    )
    assert news.text == "it cannot answer now; the service said when to ask again"
    assert (board.waits, board.waits_until_s) == (news.text, 12.0)


def test_bytes_that_come_end_the_wait_of_their_track() -> None:
    """It goes on."""
    board = Board()
    started(board, 1)
    decision = event(
        "brain.decision.made", 1, "net.truncated", verdict="retry", after_s=2.0, reason="r"
    )
    told(board, decision, at_s=10.0)
    assert board.tracks[0].waits_until_s == 12.0
    told(board, event("transfer.resumed", 1, offset_bytes=50, size_bytes=100), at_s=11.0)
    assert board.tracks[0].waits_until_s == 0.0


def test_a_job_that_is_paused_waits_until_it_goes_on() -> None:
    """With its service and the reason; not a track, but all of it."""
    board = Board()
    started(board, 1)
    paused = event("job.paused", reason="it needs a rest", after_s=30.0)
    (news,) = told(board, paused, at_s=10.0)
    assert (news.kind, news.track) == (NewsKind.WAITING, None)
    assert news.text == "sandbox: it needs a rest"
    assert (board.waits, board.waits_until_s) == (news.text, 40.0)

    told(board, event("job.resumed", waited_s=12.0), at_s=22.0)

    assert board.waits_until_s == 0.0


def test_giving_up_is_no_wait() -> None:
    """Nothing is going to happen."""
    board = Board()
    started(board, 1)
    decision = event(
        "brain.decision.made", 1, "svc.down", verdict="give_up", after_s=0.0, reason="r"
    )
    assert told(board, decision) == []


def test_the_rate_counts_what_came_in_this_run() -> None:
    """Not what an earlier run had left, and not before it can be told."""
    board = Board()
    started(board, 1)
    told(board, event("transfer.resumed", 1, offset_bytes=5000, size_bytes=10_000), at_s=0.0)
    (track,) = board.tracks
    assert track.rate_bytes_per_s is None
    told(board, event("transfer.progressed", 1, done_bytes=7000, size_bytes=10_000), at_s=2.0)
    assert track.rate_bytes_per_s == 1000
    assert (track.done_bytes, track.size_bytes) == (7000, 10_000)


def test_tracks_that_are_there_already_count() -> None:
    """Those the disk held, and, at the end, those that an earlier run had finished."""
    board = Board()
    started(board, 1, 2, 3, present=(1,))
    assert board.there == 1
    (news,) = told(board, event("job.recovered", tracks_done=2))
    assert "2 tracks" in news.text
    told(board, event("job.finished", path="/music/x", tracks_done=3, tracks_failed=0))
    assert board.there == 3


def test_a_track_that_is_on_the_list_twice_ends_twice() -> None:
    """Playlists hold what somebody liked twice."""
    board = Board()
    tracks = named(1)
    again = NamedTrack(
        subject=tracks.tracks[0].subject, ref="sandbox:track:1", title="Title 1", position=2
    )
    told(
        board,
        event("job.started", ref="sandbox:playlist:x", target="/music"),
        TrackList(job="job/x", last_stage="tag", tracks=(*tracks.tracks, again)),
        event("stage.finished", 1, stage="tag", took_s=0.1),
    )
    assert board.ended == 1
    told(board, event("stage.finished", 1, stage="tag", took_s=0.1))
    assert board.ended == 2


def test_the_next_job_begins_with_an_empty_board() -> None:
    """One after the other."""
    board = Board()
    started(board, 1, 2)
    told(board, event("job.started", ref="sandbox:album:y", target="/music"))
    assert (board.name, board.tracks) == ("sandbox:album:y", [])
