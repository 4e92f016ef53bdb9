"""The live rows: what stands at the bottom of the terminal while tracks come."""

from __future__ import annotations

from orpheus_core.cli.amounts import size_text, time_text
from orpheus_core.cli.cleaning import clean
from orpheus_core.cli.columns import cut, fit
from orpheus_core.cli.progress.board import Board, TrackProgress
from orpheus_core.cli.progress.sentences import track_name

_BAR_COLUMNS = 20
_BESIDE_NAME_COLUMNS = 51
_NARROWEST_NAME_COLUMNS = 12


def rows(board: Board, now_s: float, *, most: int, columns: int) -> list[str]:
    """Return the rows: the tracks that run, and the whole below them.

    At most *most* rows, each of at most *columns* columns and harmless to show.
    """
    if not board.tracks and board.waits_until_s <= now_s:
        return []
    shown = [_track_row(track, now_s, columns) for track in board.running[: most - 1]]
    shown.append(_whole_row(board, now_s, columns))
    return [cut(row.rstrip(), columns) for row in shown]


def _track_row(track: TrackProgress, now_s: float, columns: int) -> str:
    name = _name(track_name(track), columns)
    if track.waits_until_s > now_s:
        return f"  {name}  {_waits(track.waits, track.waits_until_s, now_s)}"
    if track.stage != "download" or not track.size_bytes:
        return f"  {name}  {track.stage}"
    share = min(1.0, track.done_bytes / track.size_bytes)
    rate = track.rate_bytes_per_s
    speed = f"{size_text(rate)}/s" if rate else ""
    left_s = (track.size_bytes - track.done_bytes) / rate if rate else None
    left = time_text(left_s) if left_s is not None else ""
    return f"  {name}  {bar(share)} {share:>5.0%} {speed:>10} {left:>9}"


def _whole_row(board: Board, now_s: float, columns: int) -> str:
    if board.waits_until_s > now_s:
        return f"  {_waits(board.waits, board.waits_until_s, now_s)}"
    count = len(board.tracks)
    name = _name(f"{board.ended} of {count}", columns)
    share = board.ended / count
    return f"  {name}  {bar(share)} {share:>5.0%}"


def _name(text: str, columns: int) -> str:
    return fit(clean(text), max(_NARROWEST_NAME_COLUMNS, columns - _BESIDE_NAME_COLUMNS))


def _waits(reason: str, until_s: float, now_s: float) -> str:
    return f"waiting {time_text(until_s - now_s)}: {clean(reason)}"


def bar(share: float) -> str:
    """Return a bar of 20 columns that is filled to *share*.

    >>> bar(0.5)
    '━━━━━━━━━╸          '
    """
    filled = round(share * _BAR_COLUMNS)
    if filled in (0, _BAR_COLUMNS):
        return "━" * filled + " " * (_BAR_COLUMNS - filled)
    return "━" * (filled - 1) + "╸" + " " * (_BAR_COLUMNS - filled)
