"""A network manager over real sockets and a simulated clock, with a decider that tests set."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import attrs
import pytest
import trustme

from orpheus_core import hookspecs
from orpheus_core.brain import Brain, Decision, Event, EventBus, RetryQuestion, Verdict, faults_of
from orpheus_core.config import NetworkSettings
from orpheus_core.network import NetworkManager
from orpheus_core.plugins import PluginHost, PluginMode
from orpheus_core.redaction import Redactor
from orpheus_core.testing.clock import SimClock

SERVICE = "shop"


class Decider:
    """Answers what *answer* says; by default it gives up. Notes what it was asked."""

    def __init__(self) -> None:
        self.questions: list[RetryQuestion] = []
        self.answer: Callable[[RetryQuestion], Decision | Verdict] = lambda _question: (
            Verdict.GIVE_UP
        )

    @hookspecs.hookimpl
    def orpheus_decide(self, question: RetryQuestion) -> Decision:
        self.questions.append(question)
        answer = self.answer(question)
        if isinstance(answer, Decision):
            return answer
        return Decision(verdict=answer, reason="the test says so")

    def retry(self, times: int, *, after_s: float = 0.0) -> None:
        """Retry until *times* questions were asked in all."""
        self.answer = lambda _question: Decision(
            verdict=Verdict.RETRY if len(self.questions) <= times else Verdict.GIVE_UP,
            reason="the test says so",
            after_s=after_s,
        )


@attrs.define(kw_only=True)
class Room:
    """The parts that a network manager stands on, and what happened in them."""

    manager: NetworkManager
    plugins: PluginHost
    clock: SimClock
    redactor: Redactor
    decider: Decider
    events: list[Event]

    def kinds(self, prefix: str = "") -> list[str]:
        """The kinds of the events so far, decisions and advice left out."""
        return [
            event.kind
            for event in self.events
            if event.kind.startswith(prefix) and not event.kind.startswith("brain.")
        ]

    def of_kind(self, kind: str) -> list[Event]:
        """The events of one kind."""
        return [event for event in self.events if event.kind == kind]


MakeRoom = Callable[..., Room]


@pytest.fixture
def make_room(monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeRoom]:
    """Make rooms with settings of one's own; they are closed at the end."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    rooms: list[Room] = []

    def make(
        *,
        hosts: tuple[str, ...] = ("127.0.0.1", "localhost"),
        mirrors: tuple[tuple[str, ...], ...] = (),
        **settings: float | str,
    ) -> Room:
        clock, redactor, decider = SimClock(), Redactor(), Decider()
        bus = EventBus(clock, redactor)
        events: list[Event] = []
        bus.subscribe(events.append)
        plugins = PluginHost(mode=PluginMode.STRICT)
        manager = NetworkManager(
            plugins=plugins,
            brain=Brain(plugins, bus, clock=clock),
            clock=clock,
            settings=NetworkSettings(**{"read_timeout_s": 10.0, **settings}),  # type: ignore[arg-type]  # checked by attrs' own names
            redactor=redactor,
        )
        plugins.register_builtins({"core.transport": manager.transport}, "0")
        plugins.register("decider", decider)
        manager.declare(SERVICE, hosts=hosts, mirrors=mirrors)
        room = Room(
            manager=manager,
            plugins=plugins,
            clock=clock,
            redactor=redactor,
            decider=decider,
            events=events,
        )
        rooms.append(room)
        return room

    yield make
    for room in rooms:
        room.manager.close()
        assert faults_of(room.events) == []


@pytest.fixture
def room(make_room: MakeRoom) -> Room:
    """A room whose service may talk to this machine."""
    return make_room()


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """A certificate authority that nobody trusts unless told to."""
    return trustme.CA()


@pytest.fixture(scope="session")
def authority_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its certificate, for ``network.ca_file``."""
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return path
