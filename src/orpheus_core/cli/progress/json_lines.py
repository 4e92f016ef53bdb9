"""Progress for programs: one JSON object a line, each with its ``type``."""

from __future__ import annotations

from collections.abc import Callable

from orpheus_core.brain import Event
from orpheus_core.cli.advised import advised_in
from orpheus_core.cli.envelope import timestamp
from orpheus_core.cli.output import Output
from orpheus_core.cli.progress.board import Board, News, NewsKind, TrackProgress, TrackState

_PROGRESS_EVERY_S = 0.5


class JsonLines:
    """Writes ``job``, ``item_started``, ``progress``, ``item_done``, ``advice`` and ``said``.

    ``progress`` comes at most twice a second for each item.
    """

    def __init__(self, output: Output, board: Board, now_s: Callable[[], float]) -> None:
        self._output = output
        self._board = board
        self._now_s = now_s
        self._told_s: dict[tuple[str, int], float] = {}

    def tell(self, news: News) -> None:
        """Write the line for *news*, if it has one."""
        content = self._content(news)
        if content is not None:
            time = {"time": timestamp(news.event.time)} if news.event else {}
            self._output.document({**content, **time})

    def tick(self, now_s: float) -> None:
        """Nothing is shown but news."""

    def close(self) -> None:
        """Nothing is left open."""

    def _content(self, news: News) -> dict[str, object] | None:
        if news.kind is NewsKind.JOB_RESOLVED and news.event:
            return {
                "type": "job",
                "ref": self._board.ref,
                "title": self._board.title,
                "artist": self._board.artist,
                "track_total": news.event.data.get("track_total"),
                "target": self._board.target,
            }
        if news.kind is NewsKind.ADVICE and news.event:
            return {"type": "advice", **advised_in(news.event).as_data()}
        if news.kind is NewsKind.SAID and news.event:
            return {"type": "said", **_saying(news.event)}
        if news.track is None:
            return None
        if news.kind is NewsKind.TRACK_STARTED:
            return {"type": "item_started", **_item(news.track)}
        if news.kind is NewsKind.TRACK_ENDED:
            return {"type": "item_done", **_item(news.track), **_ending(news)}
        if news.kind is NewsKind.TRACK_PROGRESSED and self._is_due(news.track):
            return {"type": "progress", **_item(news.track), **_amounts(news.track)}
        return None

    def _is_due(self, track: TrackProgress) -> bool:
        key = (self._board.ref, track.track.position)
        now_s = self._now_s()
        if now_s - self._told_s.get(key, float("-inf")) < _PROGRESS_EVERY_S:
            return False
        self._told_s[key] = now_s
        return True


def _saying(event: Event) -> dict[str, object]:
    """What a plugin says, of which service, and how grave it is."""
    return {
        "plugin": event.plugin,
        "service": event.service,
        "severity": event.severity.name.lower(),
        "message": event.data.get("message", ""),
        "next_step": event.data.get("next_step", ""),
    }


def _item(track: TrackProgress) -> dict[str, object]:
    return {
        "ref": track.track.ref,
        "position": track.track.position,
        "title": track.track.title,
    }


def _amounts(track: TrackProgress) -> dict[str, object]:
    rate = track.rate_bytes_per_s
    return {
        "done_bytes": track.done_bytes,
        "size_bytes": track.size_bytes,
        "rate_bytes_per_s": round(rate) if rate is not None else None,
    }


def _ending(news: News) -> dict[str, object]:
    failed = news.track is not None and news.track.state is TrackState.FAILED
    return {
        "state": "failed" if failed else "ok",
        "error_code": news.event.error_type if failed and news.event else None,
        "message": news.text if failed else None,
    }
