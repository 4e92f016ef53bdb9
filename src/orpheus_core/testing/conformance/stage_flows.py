"""The flows of a stage: it is run on each item of its sample."""

from __future__ import annotations

import functools
import threading
from pathlib import Path

import attrs

from orpheus_core.delivery import Item, Stage, StageContext
from orpheus_core.plugins import Scope
from orpheus_core.storage import Storage
from orpheus_core.testing.conformance.bench import Bench, Setup
from orpheus_core.testing.conformance.flows import Flow, Group, Work
from orpheus_core.testing.conformance.items import job_item, track_item
from orpheus_core.testing.conformance.levels import RuleKind
from orpheus_core.testing.conformance.samples import ItemMaker, StageSample
from orpheus_core.testing.conformance.subject import Subject
from orpheus_core.version import VERSION


@attrs.frozen(kw_only=True)
class RunStage(Flow):
    """Running a stage on one item of its sample; *number* counts from 1."""

    stage: str
    maker: ItemMaker
    number: int

    def __str__(self) -> str:
        return f"run stage {self.stage} on item {self.number}"

    def begin(self, bench: Bench) -> Work:
        """Make the item anew, and return the work of running the stage on it."""
        item = self.maker(bench.new_folder("items"))[self.number - 1]
        return functools.partial(stage_of(bench, self.stage).run, item, context_of(bench))

    def same(self, one: object, other: object) -> bool:
        """Whether two items amount to the same, wherever their folders are."""
        return type(one) is type(other) and _told(one) == _told(other)


def stage_group(subject: Subject, stage: Stage, sample: StageSample) -> Group:
    """Return a run on each item of *sample*."""
    maker = maker_of(stage, sample)
    count = len(maker(subject.new_folder("items")))

    def ready(bench: Bench) -> None:
        for service, values in sample.credentials.items():
            bench.give(service, values)

    return Group(
        kind=RuleKind.STAGE,
        setup=Setup(answers=sample.answers, at=sample.at),
        ready=ready,
        flows=tuple(
            RunStage(stage=stage.name, maker=maker, number=number) for number in range(1, count + 1)
        ),
    )


def maker_of(stage: Stage, sample: StageSample) -> ItemMaker:
    """Return what makes the items of *sample*: its own function, or one by the stage's scope."""
    if sample.items is not None:
        return sample.items
    return _one_job if stage.scope is Scope.JOB else _one_track


def stage_of(bench: Bench, name: str) -> Stage:
    """Return the stage of that name, of the plugin on *bench*."""
    answers = bench.app.plugins.collect("orpheus_stages", Stage, only=bench.plugin_id)
    return next(answer.value for answer in answers if answer.value.name == name)


def context_of(
    bench: Bench, *, storage: Storage | None = None, cancel: threading.Event | None = None
) -> StageContext:
    """Return what a stage is given on *bench*."""
    app = bench.app
    return StageContext(
        brain=app.brain,
        cancel=cancel or threading.Event(),
        clock=app.clock,
        credentials=app.credentials,
        network=app.network,
        plugins=app.plugins,
        registry=app.registry,
        settings=app.settings,
        storage=storage or app.storage,
        version=VERSION,
    )


def _one_job(folder: Path) -> list[Item]:
    return [job_item(folder)]


def _one_track(folder: Path) -> list[Item]:
    return [track_item(folder)]


def _told(item: object) -> tuple[object, ...]:
    """What of an item does not depend on where its files are."""
    return tuple(getattr(item, name, None) for name in ("notes", "missing", "track", "ref"))
