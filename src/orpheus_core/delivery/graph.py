"""The job graph: which stage runs after which, and on what."""

from __future__ import annotations

import graphlib
import itertools
from collections.abc import Sequence

import attrs

from orpheus_core.delivery.stage import Scope, Stage
from orpheus_core.errors import StageCycle
from orpheus_core.plugins import Answer


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
    """
    by_name: dict[str, Answer[Stage]] = {}
    for answer in stages:
        first = by_name.setdefault(answer.value.name, answer)
        if first is not answer:
            raise StageCycle(
                f"two stages are called {answer.value.name!r}",
                why=f"one is from {first.plugin}, one from {answer.plugin}",
            )
    after: dict[str, set[str]] = {name: set() for name in by_name}
    for name, answer in by_name.items():
        after[name] |= {early for early in answer.value.after if early in by_name}
        for later in answer.value.before:
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


def segments(order: Sequence[Stage]) -> tuple[Segment, ...]:
    """Return *order* cut where the scope changes: each cut waits for all that went before."""
    groups = itertools.groupby(order, key=lambda stage: stage.scope)
    return tuple(Segment(scope, tuple(stages)) for scope, stages in groups)
