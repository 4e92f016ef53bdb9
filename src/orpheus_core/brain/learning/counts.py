"""How often each thing happened: by day, and just now. Counts only, and older ones fade.

Two memories, each with a half-life, after which an observation counts half:

- *recent*: the last minutes, for hosts and services. Outages come in bursts, and pass.
- *by day*: the last weeks; for hosts and services each hour of the day by itself, in UTC.
  What happens within one day hangs together (one outage fails many requests, one damaged
  album many stages), so a day counts as `Memory.most_a_day` observations at most.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import attrs

from orpheus_core.brain.learning.observations import Observation, Topic

RECENT_HALF_LIFE_S = 600.0

EVERY_HOUR = -1
"""In the place of an hour where the hour makes no difference."""

MOST_SUBJECTS = 500
"""So many hosts are kept, and so many of every other topic: those that were seen last."""

_DAY_S = 86_400.0
_HOUR_S = 3600.0
_KEPT_HALF_LIVES = 5

Tally = Mapping[str, float]
"""How often each outcome was observed, older observations counting less."""


@attrs.frozen(kw_only=True)
class Memory:
    """How the days of a topic are remembered.

    *most_a_day* is how much one day (or one hour of it) counts at most; None sets no limit.
    """

    half_life_days: float
    most_a_day: float | None
    by_hour: bool = False
    recent: bool = False

    @property
    def kept_days(self) -> int:
        """Older days hardly count, and are forgotten."""
        return math.ceil(self.half_life_days * _KEPT_HALF_LIVES)


_OF_REQUESTS = Memory(half_life_days=7.0, most_a_day=5.0, by_hour=True, recent=True)

MEMORIES: Mapping[Topic, Memory] = {
    Topic.HOST: _OF_REQUESTS,
    Topic.SERVICE: _OF_REQUESTS,
    Topic.STAGE: Memory(half_life_days=7.0, most_a_day=5.0),
    Topic.QUALITY: Memory(half_life_days=30.0, most_a_day=None),
}


def day_of(time_s: float) -> int:
    """The number of the day that *time_s* lies in, counted from 1970, in UTC."""
    return int(time_s // _DAY_S)


def hour_of(time_s: float) -> int:
    """The hour of the day that *time_s* lies in, in UTC."""
    return int(time_s % _DAY_S // _HOUR_S)


@attrs.frozen
class Fading:
    """A number of observations that was *weight* at *at_s*, and has been fading since."""

    weight: float
    at_s: float

    def weight_at(self, now_s: float) -> float:
        """What is left of it. A clock that was set back makes nothing grow."""
        age_s = max(0.0, now_s - self.at_s)
        return self.weight * math.exp2(-age_s / RECENT_HALF_LIFE_S)

    def plus(self, other: Fading) -> Fading:
        """Both together, as of the later moment."""
        at_s = max(self.at_s, other.at_s)
        return Fading(self.weight_at(at_s) + other.weight_at(at_s), at_s)


Days = dict[int, dict[str, int]]
"""By day, how often each outcome was observed."""


@attrs.define
class SubjectCounts:
    """What was observed of one host, service, stage, or kind at a service.

    *tallies* are those of the hours that were asked for, each with the day on which.
    """

    recent: dict[str, Fading] = attrs.field(factory=dict)
    hours: dict[int, Days] = attrs.field(factory=dict)
    tallies: dict[int, tuple[int, Tally]] = attrs.field(factory=dict)


class Counts:
    """All that was observed. Not safe for threads by itself."""

    def __init__(self) -> None:
        self._topics: dict[Topic, dict[str, SubjectCounts]] = {topic: {} for topic in Topic}

    def __bool__(self) -> bool:
        """Whether anything was observed."""
        return any(self._topics.values())

    def __iter__(self) -> Iterator[tuple[Topic, str, SubjectCounts]]:
        for topic, subjects in self._topics.items():
            for about, counts in subjects.items():
                yield topic, about, counts

    def add(self, observation: Observation) -> None:
        """Count *observation*."""
        topic, outcome, time_s = observation.topic, observation.outcome, observation.time_s
        memory = MEMORIES[topic]
        if memory.recent:
            self.add_recent(topic, observation.about, outcome, Fading(1.0, time_s))
        hour = hour_of(time_s) if memory.by_hour else EVERY_HOUR
        self.add_days(topic, observation.about, hour, day_of(time_s), outcome, 1)

    def add_recent(self, topic: Topic, about: str, outcome: str, more: Fading) -> Fading:
        """Count *more* in the memory of the last minutes; return the sum."""
        recent = self._subject(topic, about).recent
        recent[outcome] = recent[outcome].plus(more) if outcome in recent else more
        return recent[outcome]

    def add_days(
        self, topic: Topic, about: str, hour: int, day: int, outcome: str, more: int
    ) -> int:
        """Count *more* observations of *day* in the memory of the last weeks; return the sum."""
        subject = self._subject(topic, about)
        subject.tallies.pop(hour, None)
        outcomes = subject.hours.setdefault(hour, {}).setdefault(day, {})
        outcomes[outcome] = outcomes.get(outcome, 0) + more
        return outcomes[outcome]

    def recent_tally(self, topic: Topic, about: str, now_s: float) -> Tally:
        """Return what was observed in the last minutes."""
        subject = self._topics[topic].get(about)
        recent = subject.recent if subject else {}
        return {outcome: fading.weight_at(now_s) for outcome, fading in recent.items()}

    def daily_tally(self, topic: Topic, about: str, now_s: float) -> Tally:
        """Return what was observed in the last weeks, at this hour where the hour counts."""
        memory = MEMORIES[topic]
        subject = self._topics[topic].get(about)
        hour = hour_of(now_s) if memory.by_hour else EVERY_HOUR
        if subject is None:
            return {}
        today = day_of(now_s)
        asked_on, tally = subject.tallies.get(hour, (None, {}))
        if asked_on != today:
            tally = _faded(subject.hours.get(hour, {}), today, memory)
            subject.tallies[hour] = today, tally
        return tally

    def _subject(self, topic: Topic, about: str) -> SubjectCounts:
        """What is known of *about*, which is from now on the one that was seen last."""
        subjects = self._topics[topic]
        counts = subjects.pop(about, None) or SubjectCounts()
        subjects[about] = counts
        if len(subjects) > MOST_SUBJECTS:
            del subjects[next(iter(subjects))]
        return counts


def _faded(days: Days, today: int, memory: Memory) -> Tally:
    """What *days* amount to as of *today*."""
    tally: dict[str, float] = {}
    for day, outcomes in days.items():
        share = math.exp2(-max(0, today - day) / memory.half_life_days)
        if memory.most_a_day is not None:
            share *= min(1.0, memory.most_a_day / sum(outcomes.values()))
        for outcome, count in outcomes.items():
            tally[outcome] = tally.get(outcome, 0.0) + count * share
    return tally
