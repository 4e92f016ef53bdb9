"""What a pipeline stage is, and what it is given."""

from __future__ import annotations

import threading
from typing import Protocol, runtime_checkable

import attrs

from orpheus_core.brain import Brain
from orpheus_core.clock import Clock
from orpheus_core.config import Settings
from orpheus_core.delivery.item import Item, JobItem, TrackItem
from orpheus_core.errors import HookFailed
from orpheus_core.network import NetworkManager
from orpheus_core.plugins import PluginHost, Scope
from orpheus_core.services import BoundClient, CredentialManager, Service, ServiceRegistry
from orpheus_core.storage import Storage


@attrs.frozen(kw_only=True)
class StageContext:
    """The parts that a stage may use. *cancel* is set when the person has had enough."""

    brain: Brain
    clock: Clock
    cancel: threading.Event
    credentials: CredentialManager
    network: NetworkManager
    plugins: PluginHost
    registry: ServiceRegistry
    settings: Settings
    storage: Storage
    version: str

    def service(self, name: str) -> Service:
        """Return the service called *name*.

        Raises:
            NoService: no plugin brings it.
        """
        return self.registry.get_service(name)

    def client(self, service: str) -> BoundClient:
        """Return a client that is bound to *service*."""
        return BoundClient(service, self.network, self.credentials, self.cancel)


@runtime_checkable
class Stage(Protocol):
    """One step of the pipeline, as a plugin brings it on ``orpheus_stages``.

    A stage must be able to run twice on the same item with the same end: a run that was
    cut off is taken up again.

    One that turns a good file into another one, by converting it, says so with an attribute
    ``converts = True``, which no other stage needs: the brain is asked before each of its runs,
    and may leave it out if it is optional.
    """

    @property
    def name(self) -> str:
        """What it is called in events, manifests and in the order of other stages."""

    @property
    def scope(self) -> Scope:
        """Whether it is given the job or each track."""

    @property
    def after(self) -> tuple[str, ...]:
        """Names of stages that must have run before it."""

    @property
    def before(self) -> tuple[str, ...]:
        """Names of stages that must not have run yet."""

    @property
    def optional(self) -> bool:
        """Whether the job can go on when it fails."""

    @property
    def redo_from(self) -> str | None:
        """The stage to go back to when what it was given turns out to be damaged."""

    def run(self, item: Item, context: StageContext) -> Item:
        """Do the work and return the item as it is now.

        Raises:
            OrpheusError: it cannot be done; the brain decides what follows.
        """


class JobStage:
    """A stage that works on the whole job: give it a name, an order and `run_job`.

    A convenience: anything that satisfies `Stage` will do.
    """

    name = ""
    scope = Scope.JOB
    after: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    optional = False
    converts = False
    redo_from: str | None = None

    def run(self, item: Item, context: StageContext) -> Item:
        """Run `run_job`."""
        if not isinstance(item, JobItem):
            raise HookFailed(f"stage {self.name} was given a track where a job was due")
        return self.run_job(item, context)

    def run_job(self, job: JobItem, context: StageContext) -> JobItem:
        """Do the work on *job* and return it as it is now."""
        raise HookFailed(f"stage {self.name} has no run_job", evidence={"job": str(job.ref)})


class TrackStage:
    """A stage that works on each track: give it a name, an order and `run_track`.

    A convenience: anything that satisfies `Stage` will do.
    """

    name = ""
    scope = Scope.TRACK
    after: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    optional = False
    converts = False
    redo_from: str | None = None

    def run(self, item: Item, context: StageContext) -> Item:
        """Run `run_track`."""
        if not isinstance(item, TrackItem):
            raise HookFailed(f"stage {self.name} was given a job where a track was due")
        return self.run_track(item, context)

    def run_track(self, item: TrackItem, context: StageContext) -> TrackItem:
        """Do the work on *item* and return it as it is now."""
        raise HookFailed(f"stage {self.name} has no run_track", evidence={"track": item.subject})
