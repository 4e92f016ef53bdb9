"""Whether predictions are worth it: a month of outages, lived through with and without them.

Four services: one that works, one whose host is down each night from 03:00 to 03:30, one of
whose requests every twentieth fails, one with a few long outages. A person collects albums in
the evenings and on Saturdays, a timer looks for news at 03:05, and what was left is asked for
again the next time. Both months are the same, by a simulated clock: real applications, opened
for each session, with the real network manager, rules and deciders; ``core-predictor`` is
switched off in one month. Only the way to the hosts is made up: it fails by the schedule.

A request is wasted when it was sent while its host did not answer. Chance has its say in both
months (when outages begin, how long a jittered wait is), so two such months are added up. The
figures are printed whichever way they fall; nothing is judged.

    python benchmarks/predictions.py [SEED ...]
"""

from __future__ import annotations

import collections
import concurrent.futures
import datetime
import functools
import io
import operator
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import attrs
import requests
import urllib3

import orpheus_core as oc
from orpheus_core.brain import Attempted, Event, QueueQuestion, RetryQuestion, Verdict
from orpheus_core.brain.learning import Predictor
from orpheus_core.errors import ConnectionRefused, ServiceDown
from orpheus_core.testing import SimClock

_DAYS = 30
_MINUTE_S, _HOUR_S, _DAY_S = 60.0, 3600.0, 86_400.0
_START = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
_ANSWER_S, _REFUSAL_S, _TRACK_S = 0.3, 0.05, 3.0
_TRACKS = 12
_SURE = 0.9
_SOON_S = 600.0
"""What is sent later says nothing of a prediction."""

_NO_WAY_OUT = "core-transport"
_PREDICTOR = "core-predictor"

Schedule = Callable[[float], bool]
"""Whether a host is down, so many seconds after the month began."""


@attrs.frozen
class Service:
    """A made-up service with one host."""

    name: str
    is_down: Schedule
    refuses: bool = False

    @property
    def host(self) -> str:
        """Where it is asked."""
        return f"api.{self.name}.example"


def _services(seed: int) -> list[Service]:
    rng = random.Random(seed)
    outages = [
        (begin_s, begin_s + rng.uniform(2.0, 8.0) * _HOUR_S)
        for begin_s in (rng.uniform(0.0, _DAYS * _DAY_S) for _ in range(6))
    ]

    def in_an_outage(at_s: float) -> bool:
        return any(begin_s <= at_s < end_s for begin_s, end_s in outages)

    def in_the_night(at_s: float) -> bool:
        return 3 * _HOUR_S <= at_s % _DAY_S < 3 * _HOUR_S + 30 * _MINUTE_S

    def by_chance(at_s: float) -> bool:
        return random.Random(f"{seed} {at_s:.1f}").random() < 0.05

    return [
        Service("steady", lambda _: False),
        Service("nightly", in_the_night),
        Service("flaky", by_chance),
        Service("rare", in_an_outage, refuses=True),
    ]


@attrs.define
class Job:
    """An album that is to be collected: *left* are the requests that have not been answered."""

    service: Service
    asked_s: float
    left: list[int]


@attrs.frozen
class Session:
    """A time at which Orpheus is used, and for what."""

    at_s: float
    wishes: tuple[tuple[Service, int], ...]


def _sessions(services: Sequence[Service], seed: int) -> list[Session]:
    rng = random.Random(seed + 1)
    sessions = []
    for day in range(_DAYS):
        begin_s = day * _DAY_S
        news = tuple((service, 5) for service in services)
        sessions.append(Session(begin_s + 3 * _HOUR_S + 5 * _MINUTE_S, news))
        evening_s = begin_s + rng.uniform(19.0, 21.0) * _HOUR_S
        sessions.append(Session(evening_s, _albums(services, rng.randint(2, 5), rng)))
        if (_START + datetime.timedelta(days=day)).weekday() == 5:
            sessions.append(Session(begin_s + 14 * _HOUR_S, _albums(services, 10, rng)))
    return sorted(sessions, key=lambda session: session.at_s)


def _albums(
    services: Sequence[Service], count: int, rng: random.Random
) -> tuple[tuple[Service, int], ...]:
    return tuple((rng.choice(services), 1 + _TRACKS) for _ in range(count))


@attrs.define(kw_only=True)
class Tally:
    """What months came to. *waited_s*: the waits before requests were sent again, and pauses."""

    sent: int = 0
    wasted: int = 0
    jobs: int = 0
    finished: int = 0
    waited_s: float = 0.0
    took_s: list[float] = attrs.field(factory=list)
    predictions: list[tuple[float, bool]] = attrs.field(factory=list)

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            sent=self.sent + other.sent,
            wasted=self.wasted + other.wasted,
            jobs=self.jobs + other.jobs,
            finished=self.finished + other.finished,
            waited_s=self.waited_s + other.waited_s,
            took_s=self.took_s + other.took_s,
            predictions=self.predictions + other.predictions,
        )


class MadeUpNetwork:
    """Answers requests by the schedule, before the core's own transport is asked."""

    def __init__(self, services: Sequence[Service], clock: SimClock, tally: Tally) -> None:
        self.app: oc.Orpheus | None = None
        self._services = {service.name: service for service in services}
        self._clock = clock
        self._tally = tally
        self._expected = collections.defaultdict[str, list[tuple[float, float]]](list)

    @oc.hookimpl
    def orpheus_send(self, request: oc.OutgoingRequest) -> requests.Response:
        """Let time pass, then answer or fail."""
        self._learn_in_step()
        service, now_s = self._services[request.service], self._clock.monotonic()
        is_down = service.is_down(now_s)
        self._tally.sent += 1
        self._tally.wasted += is_down
        for chance, said_s in self._expected.pop(service.host, ()):
            if now_s - said_s < _SOON_S:
                self._tally.predictions.append((chance, is_down))
        if is_down and service.refuses:
            self._clock.advance(_REFUSAL_S)
            raise ConnectionRefused(f"{service.host} refused the connection")
        self._clock.advance(_ANSWER_S)
        return _response(request.url, 503 if is_down else 200)

    def expect(self, event: Event) -> None:
        """Note what was predicted of a host, to see whether its next request fails."""
        if event.data["prediction"] == "request_fails" and not event.data["outcome"]:
            expected = (float(event.data["chance"] or 0.0), self._clock.monotonic())
            self._expected[str(event.data["about"])].append(expected)

    def _learn_in_step(self) -> None:
        """Have what happened so far learned: the threads that do that live in real time."""
        if self.app is not None:
            self.app.brain.log.runs()


def _response(url: str, status: int) -> requests.Response:
    response = requests.Response()
    response.status_code = status
    response.url = url
    response.headers["Content-Length"] = "2"
    response.raw = urllib3.HTTPResponse(
        io.BytesIO(b"{}"), headers={"Content-Length": "2"}, status=status, preload_content=False
    )
    return response


def _month(seed: int, home: Path, *disabled: str) -> Tally:
    """Live through the month without the *disabled* plugins; return what it came to."""
    services = _services(seed)
    clock, tally, rng = SimClock(_START), Tally(), random.Random(seed + 2)
    network = MadeUpNetwork(services, clock, tally)
    left: list[Job] = []
    for session in _sessions(services, seed):
        clock.advance(max(0.0, session.at_s - clock.monotonic()))
        now_s = clock.monotonic()
        jobs = left + [Job(service, now_s, list(range(count))) for service, count in session.wishes]
        tally.jobs += len(session.wishes)
        settings = {"events.sqlite": False, "plugins.disabled": [_NO_WAY_OUT, *disabled]}
        with oc.Orpheus(
            home, settings, plugins={"schedule": network}, discover=False, clock=clock, rng=rng
        ) as app:
            network.app = app
            app.brain.events.subscribe(network.expect, kinds=["brain.prediction.made"])
            for service in services:
                app.network.declare(service.name, hosts=[service.host])
            for job in jobs:
                _work(app, job, clock)
            network.app = None
        done = [job for job in jobs if not job.left]
        tally.took_s += [clock.monotonic() - job.asked_s for job in done]
        tally.finished += len(done)
        left = [job for job in jobs if job.left]
    tally.waited_s = sum(clock.sleeps)
    return tally


def _work(app: oc.Orpheus, job: Job, clock: SimClock) -> None:
    """Ask for what is left of *job*: the first piece says what the others are."""
    for piece in tuple(job.left):
        if _is_answered(app, job.service, piece, clock):
            job.left.remove(piece)
            clock.advance(_TRACK_S)
        elif piece == 0:
            return


def _is_answered(app: oc.Orpheus, service: Service, piece: int, clock: SimClock) -> bool:
    if not _may_begin(app, service, clock):
        return False
    url = f"https://{service.host}/{piece}"
    try:
        app.network.request("GET", url, service=service.name)
    except (ServiceDown, ConnectionRefused):
        return False
    return True


def _may_begin(app: oc.Orpheus, service: Service, clock: SimClock) -> bool:
    """Ask before each piece of work, as a job does; wait as long as it would."""
    waited_s = 0.0
    while True:
        decision = app.brain.decide(QueueQuestion(service=service.name, waited_s=waited_s))
        if decision.verdict is Verdict.GO_ON:
            return True
        after_s = max(1.0, decision.after_s)
        is_too_long = waited_s + after_s > app.settings.network.max_wait_s
        if decision.verdict is Verdict.GIVE_UP or is_too_long:
            return False
        clock.sleep(after_s)
        waited_s += after_s


# --- what is printed ----------------------------------------------------------------------


def _figures(tally: Tally) -> Iterator[tuple[str, float]]:
    yield "requests sent", tally.sent
    yield "requests wasted", tally.wasted
    yield f"jobs finished of {tally.jobs}", tally.finished
    yield "waiting, minutes in all", tally.waited_s / _MINUTE_S
    yield "a job took, hours on average", statistics.fmean(tally.took_s) / _HOUR_S


def _show(without: Tally, with_them: Tally) -> None:
    say = sys.stdout.write
    say(f"{'':32}{'without':>10}{'with':>10}{'ratio':>8}\n")
    for (name, before), (_name, after) in zip(_figures(without), _figures(with_them), strict=True):
        ratio = f"{after / before:8.2f}" if before else f"{'-':>8}"
        say(f"{name:32}{before:10.1f}{after:10.1f}{ratio}\n")
    made = with_them.predictions
    sure = [failed for chance, failed in made if chance >= _SURE]
    say(f"\n{len(made)} predictions; of {len(sure)} that were sure of a failure")
    say(f" (chance {_SURE:.0%} or more), {sum(sure)} came true\n")
    if made:
        score = statistics.fmean((chance - failed) ** 2 for chance, failed in made)
        rate = statistics.fmean(failed for _, failed in made)
        say(f"Brier score {score:.3f}; {rate * (1 - rate):.3f} for whoever always said the mean\n")
    fewer = without.wasted - with_them.wasted
    verdict = "fewer" if fewer > 0 else "more" if fewer < 0 else "no fewer"
    sooner = statistics.fmean(without.took_s) - statistics.fmean(with_them.took_s)
    say(f"with predictions: {verdict} requests wasted ({-fewer:+}), ")
    say(f"{with_them.finished - without.finished:+} jobs finished, {-sooner / _MINUTE_S:+.1f} ")
    say("minutes for a job on average\n")


def _show_cost(home: Path) -> None:
    """How long a question takes, once the month is learned."""
    clock = SimClock(_START + datetime.timedelta(days=_DAYS, hours=3, minutes=5))
    predictor = Predictor(home / "state" / "events", clock)
    question = RetryQuestion(
        attempted=Attempted.REQUEST,
        error=ServiceDown("down"),
        host="api.nightly.example",
        service="nightly",
    )
    began_s = time.perf_counter()
    answers = predictor.orpheus_predict(question)
    first_s = time.perf_counter() - began_s
    times = []
    for _ in range(2000):
        began_s = time.perf_counter()
        predictor.orpheus_predict(question)
        times.append(time.perf_counter() - began_s)
    say = sys.stdout.write
    say(f"\na question takes {statistics.median(times) * 1e6:.0f} us, ")
    say(f"the first {first_s * 1e3:.1f} ms with the file; in the next night it says:\n")
    for answer in answers:
        say(f"  {answer.chance:.0%} ({answer.confidence:.0%} sure): {answer.reason}\n")


def main(arguments: Sequence[str]) -> int:
    """Live through both kinds of month; print what they came to."""
    seeds = [int(seed) for seed in arguments] or [1, 2]
    with (
        tempfile.TemporaryDirectory() as folder,
        concurrent.futures.ProcessPoolExecutor() as processes,
    ):
        homes = [Path(folder, str(seed)) for seed in seeds]
        without = [
            processes.submit(_month, seed, home / "without", _PREDICTOR)
            for seed, home in zip(seeds, homes, strict=True)
        ]
        with_them = [
            processes.submit(_month, seed, home / "with")
            for seed, home in zip(seeds, homes, strict=True)
        ]
        _show(
            functools.reduce(operator.add, (each.result() for each in without)),
            functools.reduce(operator.add, (each.result() for each in with_them)),
        )
        _show_cost(homes[0] / "with")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
