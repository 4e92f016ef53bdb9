"""What people are told of a piece of news: one line each, or nothing."""

from __future__ import annotations

from orpheus_core.brain import Event
from orpheus_core.cli.amounts import size_text, time_text
from orpheus_core.cli.progress.board import Board, News, TrackProgress, TrackState

_SHORTEST_WAIT_S = 1.0


def track_name(track: TrackProgress) -> str:
    """Return the position and title of *track*."""
    return f"{track.track.position:02} {track.track.title}"


def ended_line(track: TrackProgress, reason: str) -> str:
    """Return the line for a track that has ended, good or bad."""
    if track.state is TrackState.FAILED:
        return f"FAIL {track_name(track)}  {reason}".rstrip()
    size = size_text(track.done_bytes) if track.done_bytes else ""
    return f"ok   {track_name(track)}  {size}".rstrip()


def heading(board: Board, news: News) -> list[str]:
    """Return the lines that say what is being collected, and where to."""
    count = news.event.data.get("track_total") if news.event else None
    tracks = f"     {count} track{'' if count == 1 else 's'}" if count else ""
    return [f"{board.name}     {board.ref}{tracks}", f"to {board.target}"]


def waiting_line(news: News, *, all_waits: bool) -> str:
    """Return the line for a wait, empty for one that nobody notices."""
    after_s = news.event.data.get("after_s") if news.event else None
    if not isinstance(after_s, int | float) or (after_s < _SHORTEST_WAIT_S and not all_waits):
        return ""
    where = f"{track_name(news.track)}: " if news.track else ""
    return f"waiting {time_text(after_s)}: {where}{news.text}"


def inner_line(event: Event) -> str:
    """Return *event* as ``--verbose`` shows it."""
    words = [event.kind, event.service or "", event.subject or "", event.error_type or ""]
    words += [f"{key}={value}" for key, value in event.data.items() if value not in (None, "")]
    return " ".join(filter(None, words))
