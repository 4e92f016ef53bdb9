"""The bench: an application with the plugin in it, cut off from the network, and watched."""

from __future__ import annotations

import contextlib
import contextvars
import datetime
import io
import itertools
import logging
import random
import re
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import attrs

from orpheus_core.app import Orpheus
from orpheus_core.brain import Event
from orpheus_core.config import Value
from orpheus_core.hookspecs import hookimpl
from orpheus_core.network import OutgoingRequest
from orpheus_core.plugins import CredentialField
from orpheus_core.services import SecretBackend, Service
from orpheus_core.storage import Storage
from orpheus_core.testing.canary import Canaries, Leak, Place, listening_to_logs
from orpheus_core.testing.clock import SimClock
from orpheus_core.testing.conformance.samples import NOON, Answers
from orpheus_core.testing.conformance.secrets_at_hand import SecretsAtHand
from orpheus_core.testing.conformance.trials import Trial
from orpheus_core.testing.conformance.wire import Strike, Wire

if TYPE_CHECKING:
    import requests

_FAILED = ("plugin.hook.failed", "plugin.load.failed", "brain.subscriber.failed")
_BETWEEN_FLOWS_S = 100_000.0
"""Longer than any wait that a service may have asked for."""


@attrs.frozen(kw_only=True)
class Setup:
    """What a bench is opened with.

    Attributes:
        answers: what requests are answered with.
        at: what the service's clock shows.
        skew_s: by how much this machine's clock is ahead of it.
        storage: the disk, where it is not the real one.
        others: plugins that have to be there besides.
        settings: of the plugin, by key.
    """

    answers: Answers = attrs.field(factory=dict)
    at: datetime.datetime = NOON
    skew_s: float = 0.0
    storage: Storage | None = None
    others: Mapping[str, object] = attrs.field(factory=dict)
    settings: Mapping[str, Value] = attrs.field(factory=dict)


class Bench:
    """An open application; a context manager. Its clock is simulated: nobody waits.

    Args:
        plugin_id, plugin: what is tried.
        home: an empty folder.
        canaries: what secret credentials are replaced by, and looked for with.
        limit_s: how long a flow may take, in real seconds.

    Attributes:
        wire: what answers its requests.
        secrets: its credentials.
        clock: its clock.
        events: all that was published.
    """

    def __init__(
        self,
        plugin_id: str,
        plugin: object,
        setup: Setup,
        home: Path,
        *,
        canaries: Canaries | None = None,
        limit_s: float = 20.0,
    ) -> None:
        self.plugin_id = plugin_id
        self.home = home
        self.events: list[Event] = []
        self.secrets = SecretsAtHand()
        self.canaries = canaries or Canaries()
        self._at = setup.at + datetime.timedelta(seconds=setup.skew_s)
        self.clock = SimClock(self._at)
        self._plugin = plugin() if isinstance(plugin, type) else plugin
        self._storage = setup.storage
        self._others = setup.others
        self._settings = setup.settings
        self._limit_s = limit_s
        self._disguises: dict[str, str] = {}
        self._logs: list[logging.LogRecord] = []
        self._printed = io.StringIO()
        self._numbers = itertools.count(1)
        self._held = contextlib.ExitStack()
        self._app: Orpheus | None = None
        self.wire = Wire(setup.answers, self.clock, skew_s=setup.skew_s, disguises=self._disguises)

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as held:
            held.enter_context(contextlib.redirect_stdout(self._printed))
            held.enter_context(contextlib.redirect_stderr(self._printed))
            held.enter_context(listening_to_logs(self._logs.append))
            plugins = {
                "conformance": _Surroundings(self.wire, self.secrets, self.events),
                **self._others,
                self.plugin_id: self._plugin,
            }
            config: dict[str, object] = {"events": {"sqlite": False}}
            if self._settings:
                config[self.plugin_id] = dict(self._settings)
            self._app = held.enter_context(
                Orpheus(
                    self.home,
                    config,
                    plugins=plugins,
                    discover=False,
                    clock=self.clock,
                    storage=self._storage,
                    rng=random.Random(0),  # noqa: S311 - jitter
                )
            )
            self._held = held.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._held.close()

    @property
    def app(self) -> Orpheus:
        """The application.

        Raises:
            RuntimeError: it is not open.
        """
        if self._app is None:
            raise RuntimeError("the bench is not open")
        return self._app

    def new_folder(self, name: str) -> Path:
        """Return an empty folder of that name below the home."""
        folder = self.home / f"{next(self._numbers):04}-{name}"
        folder.mkdir(parents=True)
        return folder

    def service(self, ident: str) -> Service:
        """Return the service with this id."""
        return self.app.registry.get_service(ident)

    def give(
        self,
        service: str,
        values: Mapping[str, str],
        fields: Iterable[CredentialField] = (),
    ) -> dict[str, str]:
        """Put credentials at hand, and return them as they are in use.

        In the place of each value whose field is not said to be no secret stands a canary of
        the same form.
        """
        in_use = self.in_disguise(service, values, fields)
        for field, value in in_use.items():
            self.secrets.give(service, field, value)
        return in_use

    def in_disguise(
        self,
        service: str,
        values: Mapping[str, str],
        fields: Iterable[CredentialField] = (),
    ) -> dict[str, str]:
        """Return *values* with canaries in the place of secrets; the wire knows them."""
        public = {field.name for field in fields if not field.secret}
        in_use = dict(values)
        for name, value in values.items():
            if name not in public and value:
                in_use[name] = self.canaries.plant(f"{service}.{name}", value)
                self._disguises[in_use[name]] = value
        return in_use

    def run(self, flow: str, work: Callable[[], object], strike: Strike | None = None) -> Trial:
        """Run *work* to its end, with *strike* happening to it, and return what came of it."""
        self._begin(strike)
        events, logs, printed = len(self.events), len(self._logs), self._printed.tell()
        ending = _Ending()
        context = contextvars.copy_context()
        worker = threading.Thread(
            target=context.run, args=(ending.of, work), name="orpheus-conformance", daemon=True
        )
        worker.start()
        worker.join(self._limit_s)
        hung = worker.is_alive()
        trial = Trial(
            flow=flow,
            strike=strike,
            value=ending.value,
            error=ending.error,
            hung=hung,
            limit_s=self._limit_s,
            requests=tuple(self.wire.seen),
            unanswered=tuple(self.wire.unanswered),
            complaints=tuple(self.complaints(self.events[events:])),
        )
        self._printed.seek(printed)
        said = self._printed.read()
        return attrs.evolve(
            trial, leaks=self._leaks(trial, self.events[events:], self._logs[logs:], said)
        )

    def _begin(self, strike: Strike | None) -> None:
        """Let every wait that was asked for be over, and the time of day be the sample's."""
        self.clock.advance(_BETWEEN_FLOWS_S)
        self.clock.jump_wall((self._at - self.clock.now()).total_seconds())
        self.wire.begin(strike)

    def complaints(self, events: Iterable[Event]) -> list[str]:
        """Return what *events* tell of hooks of the plugin that failed."""
        return [
            _complaint(event)
            for event in events
            if event.kind in _FAILED and event.plugin in (self.plugin_id, None)
        ]

    def _leaks(
        self,
        trial: Trial,
        events: Iterable[Event],
        logs: Iterable[logging.LogRecord],
        printed: str,
    ) -> tuple[Leak, ...]:
        found: list[Leak] = []
        for event in events:
            found += self.canaries.search_event(event)
        for record in logs:
            found += self.canaries.search_log(record)
        found += self.canaries.search(printed, Place.OUTPUT)
        if trial.error is not None:
            found += self.canaries.search_error(trial.error)
        if not callable(trial.value):
            found += self.canaries.search(repr(trial.value), Place.RESULT, trial.flow)
        return tuple(dict.fromkeys(found))


def _complaint(event: Event) -> str:
    """What failed, how, and where: the last line of the traceback that names a file."""
    data = event.data
    text = (
        f"{data.get('hook', event.kind)} failed: {data.get('exception.type')}: {data.get('reason')}"
    )
    places = re.findall(r'File "([^"]+)", line (\d+)', str(data.get("exception.stacktrace", "")))
    return f"{text}, at {places[-1][0]}:{places[-1][1]}" if places else text


class _Ending:
    """What a thread's work ended in."""

    def __init__(self) -> None:
        self.value: object = None
        self.error: BaseException | None = None

    def of(self, work: Callable[[], object]) -> None:
        """Do *work* and keep how it ends."""
        try:
            self.value = work()
        except BaseException as error:  # noqa: BLE001 - the border to foreign code
            self.error = error


class _Surroundings:
    """What is around the plugin that is tried, as one plugin: see `Bench`.

    It comes first, so that it also sees what is told while the other is taken up.
    """

    def __init__(self, wire: Wire, secrets: SecretsAtHand, events: list[Event]) -> None:
        self._wire = wire
        self._secrets = secrets
        self._events = events

    @hookimpl
    def orpheus_event(self, event: Event) -> None:
        """Keep *event*."""
        self._events.append(event)

    @hookimpl
    def orpheus_secret_backends(self) -> Sequence[SecretBackend]:
        """Offer the credentials."""
        return [self._secrets]

    @hookimpl(tryfirst=True)
    def orpheus_send(self, request: OutgoingRequest) -> requests.Response:
        """Answer *request* in the place of the network."""
        return self._wire.respond(request)
