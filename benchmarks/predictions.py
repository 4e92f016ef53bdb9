"""Whether predictions are worth it: months of outages, lived through with and without them.

Four services: one that works, one whose host is down at the same time each night, one of whose
requests some fail, one with a few long outages. A person collects albums in the evenings and on
Saturdays, a timer looks for news each night, and what was left is asked for again the next time.
Both lives of a month are the same, by a simulated clock: real applications, opened for each
session, with the real network manager, rules and deciders; ``core-predictor`` is switched off in
one of them. Only the way to the hosts is made up: it fails by the schedule.

A request is wasted when it was sent while its host did not answer. The thresholds were made on
two months, in which the timer meets the nightly outage. They are judged by others: when, how
long and how often hosts are down, and when the timer looks, is drawn there, and no threshold
was changed after a look at them. The figures are printed whichever way they fall.

    python benchmarks/predictions.py [SEED ...]

Args:
    SEED: numbers of the months that judge.
"""

from __future__ import annotations

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
_SOON_S = 1.0
"""A prediction is judged by whether the host is down so much later, sent to or not."""

_MADE_ON = (1, 2)
_JUDGES = (101, 102, 103, 104, 201, 202, 203, 204)

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


@attrs.frozen(kw_only=True)
class Month:
    """When hosts are down, and when Orpheus is used: as in the months of `_MADE_ON`, or drawn."""

    seed: int
    night_s: tuple[float, float] = (3 * _HOUR_S, 3.5 * _HOUR_S)
    flaky_share: float = 0.05
    outages: int = 6
    longest_outage_s: float = 8 * _HOUR_S
    timer_s: float = 3 * _HOUR_S + 5 * _MINUTE_S

    @classmethod
    def drawn(cls, seed: int) -> Month:
        """Another month. The timer meets the nightly outage if it so happens."""
        rng = random.Random(f"month {seed}")
        begin_s = rng.uniform(0.0, 5.0) * _HOUR_S
        return cls(
            seed=seed,
            night_s=(begin_s, begin_s + rng.uniform(0.25, 3.0) * _HOUR_S),
            flaky_share=rng.uniform(0.0, 0.3),
            outages=rng.randint(2, 12),
            longest_outage_s=rng.uniform(2.5, 16.0) * _HOUR_S,
            timer_s=rng.uniform(0.0, 6.0) * _HOUR_S,
        )


def _services(month: Month) -> list[Service]:
    rng = random.Random(month.seed)
    outages = [
        (begin_s, begin_s + rng.uniform(2.0 * _HOUR_S, month.longest_outage_s))
        for begin_s in (rng.uniform(0.0, _DAYS * _DAY_S) for _ in range(month.outages))
    ]

    def in_an_outage(at_s: float) -> bool:
        return any(begin_s <= at_s < end_s for begin_s, end_s in outages)

    def in_the_night(at_s: float) -> bool:
        return month.night_s[0] <= at_s % _DAY_S < month.night_s[1]

    def by_chance(at_s: float) -> bool:
        return random.Random(f"{month.seed} {at_s:.1f}").random() < month.flaky_share

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


def _sessions(services: Sequence[Service], month: Month) -> list[Session]:
    rng = random.Random(month.seed + 1)
    sessions = []
    for day in range(_DAYS):
        begin_s = day * _DAY_S
        news = tuple((service, 5) for service in services)
        sessions.append(Session(begin_s + month.timer_s, news))
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
    """What months came to.

    *waited_s*: the waits before requests were sent again, and pauses. *of_hosts*: what was
    predicted after a failure, and whether it came true; *of_services*: before work was begun.
    """

    sent: int = 0
    wasted: int = 0
    jobs: int = 0
    finished: int = 0
    waited_s: float = 0.0
    took_s: list[float] = attrs.field(factory=list)
    of_hosts: list[tuple[float, bool]] = attrs.field(factory=list)
    of_services: list[tuple[float, bool]] = attrs.field(factory=list)

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            sent=self.sent + other.sent,
            wasted=self.wasted + other.wasted,
            jobs=self.jobs + other.jobs,
            finished=self.finished + other.finished,
            waited_s=self.waited_s + other.waited_s,
            took_s=self.took_s + other.took_s,
            of_hosts=self.of_hosts + other.of_hosts,
            of_services=self.of_services + other.of_services,
        )


class MadeUpNetwork:
    """Answers requests by the schedule, before the core's own transport is asked."""

    def __init__(self, services: Sequence[Service], clock: SimClock, tally: Tally) -> None:
        self.app: oc.Orpheus | None = None
        self._services = {service.name: service for service in services}
        self._clock = clock
        self._tally = tally

    @oc.hookimpl
    def orpheus_send(self, request: oc.OutgoingRequest) -> requests.Response:
        """Let time pass, then answer or fail."""
        self._learn_in_step()
        service, now_s = self._services[request.service], self._clock.monotonic()
        is_down = service.is_down(now_s)
        self._tally.sent += 1
        self._tally.wasted += is_down
        if is_down and service.refuses:
            self._clock.advance(_REFUSAL_S)
            raise ConnectionRefused(f"{service.host} refused the connection")
        self._clock.advance(_ANSWER_S)
        return _response(request.url, 503 if is_down else 200)

    def judge(self, event: Event) -> None:
        """Compare what was predicted with the schedule: a decision not to ask hides nothing."""
        if event.data["prediction"] != "request_fails" or event.data["outcome"]:
            return
        about, chance = event.data["about"], float(event.data["chance"] or 0.0)
        soon_s = self._clock.monotonic() + _SOON_S
        for service in self._services.values():
            if about == service.host:
                self._tally.of_hosts.append((chance, service.is_down(soon_s)))
            elif about == service.name:
                self._tally.of_services.append((chance, service.is_down(soon_s)))

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


def _live(month: Month, home: Path, *disabled: str) -> Tally:
    """Live through *month* without the *disabled* plugins; return what it came to."""
    services = _services(month)
    clock, tally, rng = SimClock(_START), Tally(), random.Random(month.seed + 2)
    network = MadeUpNetwork(services, clock, tally)
    left: list[Job] = []
    for session in _sessions(services, month):
        clock.advance(max(0.0, session.at_s - clock.monotonic()))
        now_s = clock.monotonic()
        jobs = left + [Job(service, now_s, list(range(count))) for service, count in session.wishes]
        tally.jobs += len(session.wishes)
        settings = {"events.sqlite": False, "plugins.disabled": [_NO_WAY_OUT, *disabled]}
        with oc.Orpheus(
            home, settings, plugins={"schedule": network}, discover=False, clock=clock, rng=rng
        ) as app:
            network.app = app
            app.brain.events.subscribe(network.judge, kinds=["brain.prediction.made"])
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
    _show_score("of hosts, after a failure", with_them.of_hosts)
    _show_score("of services, before work", with_them.of_services)
    fewer = without.wasted - with_them.wasted
    verdict = "fewer" if fewer > 0 else "more" if fewer < 0 else "no fewer"
    sooner = statistics.fmean(without.took_s) - statistics.fmean(with_them.took_s)
    say(f"with predictions: {verdict} requests wasted ({-fewer:+}), ")
    say(f"{with_them.finished - without.finished:+} jobs finished, {-sooner / _MINUTE_S:+.1f} ")
    say("minutes for a job on average\n")


def _show_score(what: str, made: Sequence[tuple[float, bool]]) -> None:
    say = sys.stdout.write
    sure = [failed for chance, failed in made if chance >= _SURE]
    say(f"\n{len(made)} predictions {what}; of {len(sure)} that were sure of a failure\n")
    say(f" (chance {_SURE:.0%} or more), {sum(sure)} came true\n")
    if made:
        score = statistics.fmean((chance - failed) ** 2 for chance, failed in made)
        mean = statistics.fmean(chance for chance, _ in made)
        rate = statistics.fmean(failed for _, failed in made)
        say(
            f" on average {mean:.0%} was predicted, and {rate:.0%} failed; Brier score {score:.3f},"
        )
        say(f" and {rate * (1 - rate):.3f} for whoever had known the {rate:.0%}\n")


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
    say(f"a question takes {statistics.median(times) * 1e6:.0f} us, ")
    say(f"the first {first_s * 1e3:.1f} ms with the file; in the next night it says:\n")
    for answer in answers:
        say(f"  {answer.chance:.0%} ({answer.confidence:.0%} sure): {answer.reason}\n")


def main(arguments: Sequence[str]) -> int:
    """Live through the months, each in both ways; print what they came to."""
    sets = {
        "months that judge": [Month.drawn(int(seed)) for seed in arguments or _JUDGES],
        "months that the thresholds were made on": [Month(seed=seed) for seed in _MADE_ON],
    }
    with (
        tempfile.TemporaryDirectory() as folder,
        concurrent.futures.ProcessPoolExecutor() as processes,
    ):

        def live(title: str, how: str, *disabled: str) -> list[_Lived]:
            return [
                processes.submit(_live, month, Path(folder, title, how, str(month.seed)), *disabled)
                for month in sets[title]
            ]

        lives = {title: (live(title, "without", _PREDICTOR), live(title, "with")) for title in sets}
        for title, (without, with_them) in lives.items():
            sys.stdout.write(f"== {len(without)} {title}\n\n")
            _show(_sum(without), _sum(with_them))
            sys.stdout.write("\n")
        _show_cost(Path(folder, title, "with", str(_MADE_ON[0])))
    return 0


_Lived = concurrent.futures.Future[Tally]


def _sum(lives: Sequence[_Lived]) -> Tally:
    return functools.reduce(operator.add, (each.result() for each in lives))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
