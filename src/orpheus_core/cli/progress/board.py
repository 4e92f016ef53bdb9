"""What is going on, put together from events: the job, its tracks, and what is worth saying."""

from __future__ import annotations

import enum

import attrs

from orpheus_core.brain import Event
from orpheus_core.cli.progress.track_names import NamedTrack, TrackList


class TrackState(enum.Enum):
    """Where a track stands."""

    WAITING = "waiting"
    RUNNING = "running"
    OK = "ok"
    PRESENT = "present"
    FAILED = "failed"


_ENDED = (TrackState.OK, TrackState.PRESENT, TrackState.FAILED)


@attrs.define(kw_only=True)
class TrackProgress:
    """A track on its way. Times in seconds of the reader's clock."""

    track: NamedTrack
    state: TrackState = TrackState.WAITING
    stage: str = ""
    done_bytes: int = 0
    size_bytes: int | None = None
    came_bytes: int = 0
    since_s: float | None = None
    last_s: float = 0.0
    waits: str = ""
    waits_until_s: float = 0.0

    @property
    def rate_bytes_per_s(self) -> float | None:
        """How fast it has been coming; None until that can be told."""
        if self.since_s is None or self.last_s - self.since_s < 0.2:
            return None
        return self.came_bytes / (self.last_s - self.since_s)

    def coming(self, done_bytes: int, size_bytes: int | None, now_s: float) -> None:
        """Note that *done_bytes* of the file are there."""
        if self.since_s is None or done_bytes < self.done_bytes:
            self.since_s, self.came_bytes = now_s, 0
        else:
            self.came_bytes += done_bytes - self.done_bytes
        self.done_bytes, self.size_bytes, self.last_s = done_bytes, size_bytes, now_s


class NewsKind(enum.Enum):
    """What a piece of news is about."""

    JOB_STARTED = "job_started"
    JOB_RESOLVED = "job_resolved"
    RECOVERED = "recovered"
    TRACK_STARTED = "track_started"
    TRACK_PROGRESSED = "track_progressed"
    TRACK_ENDED = "track_ended"
    WAITING = "waiting"
    ADVICE = "advice"
    SAID = "said"
    """A plugin told the person something."""
    INNER = "inner"
    """Any event, for those who want to see them all."""


@attrs.frozen(kw_only=True)
class News:
    """Something worth telling. *text* says it where the track does not."""

    kind: NewsKind
    track: TrackProgress | None = None
    text: str = ""
    event: Event | None = None


@attrs.define
class Board:
    """The job that is worked on, as far as the events tell. One thread writes and reads it."""

    ref: str = ""
    target: str = ""
    title: str = ""
    artist: str = ""
    tracks: list[TrackProgress] = attrs.field(factory=list)
    waits: str = ""
    waits_until_s: float = 0.0
    _last_stage: str = ""
    _messages: dict[str, str] = attrs.field(factory=dict)

    @property
    def name(self) -> str:
        """The title and the artist, or the reference while they are unknown."""
        return ", ".join(filter(None, (self.title, self.artist))) or self.ref

    @property
    def ended(self) -> int:
        """How many tracks are finished, in whatever way."""
        return sum(track.state in _ENDED for track in self.tracks)

    @property
    def there(self) -> int:
        """How many tracks are there."""
        good = (TrackState.OK, TrackState.PRESENT)
        return sum(track.state in good for track in self.tracks)

    @property
    def done_bytes(self) -> int:
        """How much of all files has come in this run."""
        return sum(track.done_bytes for track in self.tracks)

    @property
    def running(self) -> list[TrackProgress]:
        """The tracks that are worked on now."""
        return [track for track in self.tracks if track.state is TrackState.RUNNING]

    def take(self, message: Event | TrackList, now_s: float) -> list[News]:
        """Take in one message; return what is worth telling."""
        if isinstance(message, TrackList):
            self._name(message)
            return []
        if message.kind.startswith("job."):
            return self._job(message, now_s)
        if message.kind == "brain.advice.given":
            return [News(kind=NewsKind.ADVICE, event=message)]
        if message.kind == "plugin.said":
            return [News(kind=NewsKind.SAID, text=said(message), event=message)]
        if message.kind == "brain.decision.made":
            return self._decision(message, now_s)
        self._remember(message)
        track = self._track(message.subject)
        return self._of_track(track, message, now_s) if track else []

    def _name(self, message: TrackList) -> None:
        known = {track.track.position: track for track in self.tracks}
        self._last_stage = message.last_stage
        self.tracks = []
        for named in message.tracks:
            track = known.get(named.position) or TrackProgress(track=named)
            if named.present:
                track.state = TrackState.PRESENT
            self.tracks.append(track)

    def _job(self, event: Event, now_s: float) -> list[News]:
        data = event.data
        if event.kind == "job.started":
            self.ref, self.target = str(data.get("ref", "")), str(data.get("target", ""))
            self.title = self.artist = ""
            self.tracks = []
            return [News(kind=NewsKind.JOB_STARTED, event=event)]
        if event.kind == "job.resolved":
            self.title, self.artist = str(data.get("title", "")), str(data.get("artist", ""))
            return [News(kind=NewsKind.JOB_RESOLVED, event=event)]
        if event.kind == "job.recovered":
            text = f"goes on with what an earlier run left of {data.get('tracks_done')} tracks"
            return [News(kind=NewsKind.RECOVERED, text=text, event=event)]
        if event.kind == "job.paused":
            return [self._wait(event, f"{event.service}: {data.get('reason')}", now_s, None)]
        if event.kind == "job.resumed":
            self.waits_until_s = 0.0
        for track in self.tracks:  # those that an earlier run had finished have no events
            if event.kind == "job.finished" and track.state is TrackState.WAITING:
                track.state = TrackState.PRESENT
        return []

    def _remember(self, event: Event) -> None:
        message = event.data.get("message")
        if event.error_type and isinstance(message, str):
            self._messages[event.error_type] = message

    def _decision(self, event: Event, now_s: float) -> list[News]:
        if event.data.get("verdict") != "retry":
            return []
        cause = self._messages.get(event.error_type or "", event.error_type or "")
        text = f"{cause}; {event.data.get('reason')}"
        return [self._wait(event, text, now_s, self._track(event.subject))]

    def _wait(self, event: Event, text: str, now_s: float, track: TrackProgress | None) -> News:
        """Note that *track*, or all of the job, waits for as long as *event* says."""
        after_s = event.data.get("after_s")
        place = track or self
        place.waits = text
        place.waits_until_s = now_s + (after_s if isinstance(after_s, int | float) else 0.0)
        return News(kind=NewsKind.WAITING, track=track, text=text, event=event)

    def _track(self, subject: str | None) -> TrackProgress | None:
        """The track that *subject* names; the first unfinished one where it is there twice."""
        named = [track for track in self.tracks if track.track.subject == subject]
        return next((t for t in named if t.state not in _ENDED), named[-1] if named else None)

    def _of_track(self, track: TrackProgress, event: Event, now_s: float) -> list[News]:
        if event.kind.startswith("transfer."):
            return self._transfer(track, event, now_s)
        if event.kind == "stage.started":
            new = track.state is TrackState.WAITING
            track.state, track.stage = TrackState.RUNNING, str(event.data.get("stage", ""))
            return [News(kind=NewsKind.TRACK_STARTED, track=track, event=event)] if new else []
        if event.kind == "stage.failed":
            track.state = TrackState.FAILED
            text = str(event.data.get("message", ""))
            return [News(kind=NewsKind.TRACK_ENDED, track=track, text=text, event=event)]
        ended = event.kind in ("stage.finished", "stage.skipped")
        if ended and event.data.get("stage") == self._last_stage:
            track.state = TrackState.OK
            return [News(kind=NewsKind.TRACK_ENDED, track=track, event=event)]
        return []

    def _transfer(self, track: TrackProgress, event: Event, now_s: float) -> list[News]:
        done = event.data.get("done_bytes", event.data.get("offset_bytes"))
        size = event.data.get("size_bytes")
        size_bytes = size if isinstance(size, int) else track.size_bytes
        if event.kind == "transfer.finished" and size_bytes is not None:
            done = size_bytes
        if isinstance(done, int):
            track.coming(done, size_bytes, now_s)
        if event.kind != "transfer.interrupted":
            track.waits_until_s = 0.0
        if event.kind not in ("transfer.progressed", "transfer.finished"):
            return []
        return [News(kind=NewsKind.TRACK_PROGRESSED, track=track, event=event)]


def said(event: Event) -> str:
    """What a plugin says, with its id before it and what can be done behind it."""
    next_step = event.data.get("next_step")
    then = f" ({next_step})" if next_step else ""
    return f"{event.plugin}: {event.data.get('message', '')}{then}"
