"""Draws the live rows: moves the cursor up and writes over what stood there."""

from __future__ import annotations

from collections.abc import Callable

from orpheus_core.brain import Severity
from orpheus_core.cli.output import Output
from orpheus_core.cli.progress.board import Board, News, NewsKind, TrackState
from orpheus_core.cli.progress.rows import rows
from orpheus_core.cli.progress.sentences import ended_line, heading, inner_line, waiting_line
from orpheus_core.cli.terminal import Terminal

_CLEAR_LINE = "\x1b[2K"
_CLEAR_BELOW = "\x1b[J"


class LiveRows:
    """Lines that stay, above rows that change. Needs a terminal on standard error.

    Args:
        terminal: asked for each frame: windows change their size.
    """

    def __init__(
        self,
        output: Output,
        board: Board,
        terminal: Callable[[], Terminal],
        *,
        verbose: bool = False,
    ) -> None:
        self._output = output
        self._board = board
        self._terminal = terminal
        self._verbose = verbose
        self._drawn = 0

    def tell(self, news: News) -> None:
        """Write the line for *news* above the rows, if it is worth one."""
        lines = self._lines(news)
        if not lines:
            return
        self._erase()
        for line in lines:
            mark = line.partition(":")[0] if news.kind is NewsKind.SAID else line[:6]
            self._output.say(line, style=_style(news), mark=mark)

    def tick(self, now_s: float) -> None:
        """Draw the rows as they are now, in one write."""
        terminal = self._terminal()
        # One column stays free: a full last column makes some terminals wrap.
        current = rows(self._board, now_s, most=terminal.rows, columns=terminal.columns - 1)
        if not current and not self._drawn:
            return
        text = f"\x1b[{self._drawn}A" if self._drawn else ""
        text += "".join(f"\r{_CLEAR_LINE}{self._output.harmless(row)}\n" for row in current)
        self._output.draw(text + _CLEAR_BELOW)
        self._drawn = len(current)

    def close(self) -> None:
        """Take the rows away."""
        self._erase()

    def _erase(self) -> None:
        if self._drawn:
            self._output.draw(f"\x1b[{self._drawn}A\r{_CLEAR_BELOW}")
            self._drawn = 0

    def _lines(self, news: News) -> list[str]:
        if news.kind is NewsKind.JOB_RESOLVED:
            return heading(self._board, news)
        if news.kind is NewsKind.INNER and news.event:
            return [inner_line(news.event)]
        if news.kind in (NewsKind.RECOVERED, NewsKind.SAID):
            return [f"  {news.text}"]
        if news.kind is NewsKind.TRACK_ENDED and news.track:
            return [f"  {ended_line(news.track, news.text)}"]
        if news.kind is NewsKind.WAITING and self._verbose:
            return [waiting_line(news, all_waits=True)]
        return []


def _style(news: News) -> str:
    if news.kind is NewsKind.SAID and news.event and news.event.severity >= Severity.WARNING:
        return "note"
    if news.kind is NewsKind.TRACK_ENDED and news.track:
        return "bad" if news.track.state is TrackState.FAILED else "good"
    return ""
