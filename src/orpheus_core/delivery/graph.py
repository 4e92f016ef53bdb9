"""The job graph: which stage runs after which, and on what."""

from __future__ import annotations

import graphlib
import itertools
from collections.abc import Collection, Sequence

import attrs

from orpheus_core.delivery.stage import Scope, Stage
from orpheus_core.errors import HookFailed, StageCycle, StageMissing
from orpheus_core.plugins import Answer

NEEDED = ("resolve", "download", "package")
"""The stages without which no job can end in a folder, whoever brings them."""


@attrs.frozen
class Segment:
    """Stages of one scope that follow each other: a chain for the job, or for each track."""

    scope: Scope
    stages: tuple[Stage, ...]


def ordered(stages: Sequence[Answer[Stage]]) -> tuple[Stage, ...]:
    """Return the stages so that each stands after and before those that it names.

    Where that leaves a choice, by name, so that the order is the same everywhere. A name
    that no installed stage has is no constraint.

    Raises:
        StageCycle: two stages share a name, or name each other in a circle; `why` names
            the plugins.
        HookFailed: the scope of a stage is none.
    """
    by_name: dict[str, Answer[Stage]] = {}
    for answer in stages:
        scope: object = answer.value.scope
        if not isinstance(scope, Scope):
            raise HookFailed(
                f"stage {answer.value.name!r} of plugin {answer.plugin} has no scope",
                why=f"{scope!r} is neither Scope.JOB nor Scope.TRACK",
            )
        first = by_name.setdefault(answer.value.name, answer)
        if first is not answer:
            raise StageCycle(
                f"two stages are called {answer.value.name!r}",
                why=f"one is from {first.plugin}, one from {answer.plugin}",
            )
    after: dict[str, set[str]] = {name: set() for name in by_name}
    for name, answer in by_name.items():
        after[name] |= {early for early in _names(answer.value.after) if early in by_name}
        for later in _names(answer.value.before):
            if later in by_name:
                after[later].add(name)
    sorter = graphlib.TopologicalSorter(after)
    try:
        sorter.prepare()
    except graphlib.CycleError as error:
        circle = [f"{name} ({by_name[name].plugin})" for name in error.args[1]]
        raise StageCycle(
            "the stages of the installed plugins cannot be put in order",
            why=" before ".join(circle),
        ) from error
    order: list[Stage] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=lambda name: (by_name[name].value.scope.value, name))
        order += [by_name[name].value for name in ready]
        sorter.done(*ready)
    return tuple(order)


def _names(names: Collection[str] | str) -> Collection[str]:
    """One name that somebody gave as it is, without a tuple around it, is that name."""
    return (names,) if isinstance(names, str) else names


def check_needed(order: Sequence[Stage]) -> None:
    """Refuse a job that could not end in a folder, before anything is asked or written.

    Raises:
        StageMissing: a stage that is needed is not there; `why` names it.
    """
    there = {stage.name for stage in order}
    missing = [name for name in NEEDED if name not in there]
    if missing:
        raise StageMissing(
            "the installed plugins do not make a whole pipeline",
            why=f"no active plugin brings the stage {' or '.join(missing)}",
            done="nothing was sent or written",
        )


def segments(order: Sequence[Stage]) -> tuple[Segment, ...]:
    """Return *order* cut where the scope changes: each cut waits for all that went before."""
    groups = itertools.groupby(order, key=lambda stage: stage.scope)
    return tuple(Segment(scope, tuple(stages)) for scope, stages in groups)
