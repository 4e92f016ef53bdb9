"""The job graph: which stage runs after which, and on what."""

from __future__ import annotations

import difflib
import graphlib
import itertools
import reprlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Generic, Protocol, TypeVar

import attrs

from orpheus_core.delivery.stage import Stage
from orpheus_core.errors import HookFailed, StageCycle, StageMissing
from orpheus_core.plugins import Answer, Scope, in_words

NEEDED = ("resolve", "download", "package")
"""The stages without which no job can end in a folder, whoever brings them."""


@attrs.frozen
class Segment:
    """Stages of one scope that follow each other: a chain for the job, or for each track."""

    scope: Scope
    stages: tuple[Stage, ...]


class Placed(Protocol):
    """What has a place in the order: a stage, or the `StageInfo` of one."""

    @property
    def name(self) -> str:
        """What others name it by."""

    @property
    def scope(self) -> Scope:
        """Whether it works on the job or on each track."""

    @property
    def after(self) -> tuple[str, ...]:
        """Names of those that must have run before it."""

    @property
    def before(self) -> tuple[str, ...]:
        """Names of those that must not have run yet."""


P = TypeVar("P", bound=Placed)


@attrs.frozen(kw_only=True)
class UnknownName:
    """A name that a stage wants to stand after or before, and that no stage has.

    *where* is ``after`` or ``before``; *nearest* is the name that may have been meant.
    """

    stage: str
    plugin: str
    where: str
    name: str
    nearest: str | None


@attrs.frozen
class StageOrder(Generic[P]):
    """Stages in the order in which they run, each by its plugin, and the names in vain."""

    stages: tuple[Answer[P], ...]
    unknown: tuple[UnknownName, ...]


def ordered(stages: Sequence[Answer[P]]) -> tuple[P, ...]:
    """Return the stages so that each stands after and before those that it names.

    Where that leaves a choice, by name, so that the order is the same everywhere. A name
    that no installed stage has is no constraint.

    Raises:
        StageCycle: two stages share a name, or name each other in a circle; `why` names
            the plugins.
        HookFailed: a stage is described in another way: it has no scope, say.
    """
    return tuple(answer.value for answer in order_of(stages).stages)


def order_of(stages: Sequence[Answer[P]]) -> StageOrder[P]:
    """Return the order of *stages*, which may be claims: `StageInfo` of a manifest.

    Raises:
        StageCycle, HookFailed: as `ordered`.
    """
    by_name = _by_name(stages)
    after: dict[str, set[str]] = {name: set() for name in by_name}
    unknown: list[UnknownName] = []
    for name, answer in by_name.items():
        for where, other in _constraints(answer.value):
            if other not in by_name:
                unknown.append(_unknown(answer, where, other, by_name))
            elif where == "after":
                after[name].add(other)
            else:
                after[other].add(name)
    return StageOrder(tuple(_sorted(by_name, after)), tuple(unknown))


def check_stage(answer: Answer[P]) -> None:
    """See that a stage is described as others read it.

    Raises:
        HookFailed: its name, its scope or its place among others is of another type.
    """
    name, scope = _value_of(answer, "name"), _value_of(answer, "scope")
    if not isinstance(name, str) or not name:
        raise _misdescribed(answer, "no name", f"its name is {reprlib.repr(name)}")
    if not isinstance(scope, Scope):
        why = f"{reprlib.repr(scope)} is neither Scope.JOB nor Scope.TRACK"
        raise _misdescribed(answer, "no scope", why)
    _value_of(answer, "optional")
    for where in ("after", "before"):
        names = _value_of(answer, where)
        if not isinstance(names, str | Collection) or not all(isinstance(n, str) for n in names):
            why = f"{where} is {reprlib.repr(names)}, and not the names of other stages"
            raise _misdescribed(answer, "no place among the others", why)


def _value_of(answer: Answer[P], field: str) -> object:
    try:
        value: object = getattr(answer.value, field)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        why = f"to read its {field} raises {in_words(error)}"
        raise HookFailed(f"a stage of plugin {answer.plugin} has no {field}", why=why) from error
    return value


def _misdescribed(answer: Answer[P], what: str, why: str) -> HookFailed:
    name = reprlib.repr(answer.value.name)
    return HookFailed(f"stage {name} of plugin {answer.plugin} has {what}", why=why)


def _by_name(stages: Sequence[Answer[P]]) -> dict[str, Answer[P]]:
    by_name: dict[str, Answer[P]] = {}
    for answer in stages:
        check_stage(answer)
        first = by_name.setdefault(answer.value.name, answer)
        if first is not answer:
            raise StageCycle(
                f"two stages are called {answer.value.name!r}",
                why=f"one is from plugin {first.plugin}, one from plugin {answer.plugin}",
                next_step=_switch_off(first.plugin, answer.plugin),
            )
    return by_name


def _sorted(
    by_name: Mapping[str, Answer[P]], after: Mapping[str, Collection[str]]
) -> Iterator[Answer[P]]:
    sorter = graphlib.TopologicalSorter(after)
    try:
        sorter.prepare()
    except graphlib.CycleError as error:
        names = error.args[1]
        raise StageCycle(
            "the stages of the installed plugins cannot be put in order",
            why=" before ".join(f"{name} ({by_name[name].plugin})" for name in names),
            next_step=_switch_off(*(by_name[name].plugin for name in names)),
        ) from error
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=lambda name: (by_name[name].value.scope.value, name))
        yield from (by_name[name] for name in ready)
        sorter.done(*ready)


def _constraints(stage: Placed) -> Iterator[tuple[str, str]]:
    """Each name that *stage* gives, with where it stands."""
    yield from (("after", name) for name in names_in(stage.after))
    yield from (("before", name) for name in names_in(stage.before))


def names_in(names: Collection[str] | str) -> tuple[str, ...]:
    """Return *names*; one that somebody gave as it is, without a tuple around it, is that name."""
    return (names,) if isinstance(names, str) else tuple(names)


def _unknown(answer: Answer[P], where: str, name: str, known: Collection[str]) -> UnknownName:
    near = difflib.get_close_matches(name, sorted(known), n=1)
    return UnknownName(
        stage=answer.value.name,
        plugin=answer.plugin,
        where=where,
        name=name,
        nearest=near[0] if near else None,
    )


def _switch_off(*plugins: str) -> str:
    """What to do when *plugins* do not go together; the core's own are not to blame."""
    theirs = sorted(name for name in set(plugins) if not name.startswith("core-"))
    return "     or: ".join(f"orpheus plugin disable {name}" for name in theirs)


def check_needed(order: Sequence[Stage], off: Mapping[str, str] | None = None) -> None:
    """Refuse a job that could not end in a folder, before anything is asked or written.

    Args:
        off: plugins that are switched off, by the stages that they would bring.

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
            next_step=" && ".join(
                f"orpheus plugin enable {off[name]}" for name in missing if off and name in off
            ),
        )


def segments(order: Sequence[Stage]) -> tuple[Segment, ...]:
    """Return *order* cut where the scope changes: each cut waits for all that went before."""
    groups = itertools.groupby(order, key=lambda stage: stage.scope)
    return tuple(Segment(scope, tuple(stages)) for scope, stages in groups)
