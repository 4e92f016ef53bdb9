"""Progress without a terminal: a line for each track that has ended, and one now and then."""

from __future__ import annotations

import datetime
from collections.abc import Callable

from orpheus_core.cli.amounts import size_text
from orpheus_core.cli.output import Output
from orpheus_core.cli.progress.board import Board, News, NewsKind
from orpheus_core.cli.progress.sentences import ended_line, heading, inner_line, waiting_line

_STILL_WORKING_S = 30.0


def _local_time() -> str:
    return datetime.datetime.now().astimezone().strftime("%H:%M:%S")


class Lines:
    """Writes whole lines to standard error, each with the time of day."""

    def __init__(
        self,
        output: Output,
        board: Board,
        *,
        verbose: bool = False,
        time_of_day: Callable[[], str] = _local_time,
    ) -> None:
        self._output = output
        self._board = board
        self._verbose = verbose
        self._time_of_day = time_of_day
        self._told_s: float | None = None

    def tell(self, news: News) -> None:
        """Write the line for *news*, if it is worth one."""
        lines = self._lines(news)
        for line in lines:
            self._output.say(line)
        if lines:
            self._told_s = None

    def tick(self, now_s: float) -> None:
        """Write that work goes on when nothing was said for half a minute."""
        if self._told_s is None:
            self._told_s = now_s
        elif now_s - self._told_s >= _STILL_WORKING_S:
            self._told_s = now_s
            came = size_text(self._board.done_bytes)
            self._output.say(f"{self._time_of_day()} working {came} came {self._count()}")

    def close(self) -> None:
        """Nothing is left open."""

    def _lines(self, news: News) -> list[str]:
        if news.kind is NewsKind.JOB_RESOLVED:
            return heading(self._board, news)
        text = ""
        if news.kind is NewsKind.INNER and news.event:
            text = inner_line(news.event)
        elif news.kind is NewsKind.WAITING:
            text = waiting_line(news, all_waits=self._verbose)
        elif news.kind in (NewsKind.RECOVERED, NewsKind.SAID):
            text = news.text
        elif news.kind is NewsKind.TRACK_ENDED and news.track:
            text = f"{ended_line(news.track, news.text)} {self._count()}"
        return [f"{self._time_of_day()} {text}"] if text else []

    def _count(self) -> str:
        return f"({self._board.ended}/{len(self._board.tracks)})"
