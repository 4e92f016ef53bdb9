"""Rules for stages: what they are, what they do, and that they do it twice."""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from orpheus_core.delivery import Item, JobItem, Stage, TrackItem
from orpheus_core.delivery.graph import ordered
from orpheus_core.errors import OrpheusError
from orpheus_core.plugins import Scope
from orpheus_core.testing.conformance.bench import Bench
from orpheus_core.testing.conformance.levels import Level, RuleKind
from orpheus_core.testing.conformance.matching import stages
from orpheus_core.testing.conformance.matrix import matrix_of
from orpheus_core.testing.conformance.rules import Rule, RuleSkipped, break_for
from orpheus_core.testing.conformance.stage_flows import (
    context_of,
    maker_of,
    stage_group,
    stage_of,
)
from orpheus_core.testing.conformance.subject import Subject
from orpheus_core.testing.conformance.trials import difference, in_short

_NAME = re.compile(r"[a-z][a-z0-9-]*")


def _has_sample(subject: Subject) -> None:
    there = {stage.name for stage, _ in stages(subject)}
    break_for(
        f"the stage {stage.name} has none: write a StageSample"
        for stage in subject.brought.stages
        if stage.name not in there
    )


def _says_what_it_is(subject: Subject) -> None:
    break_for(fault for stage in subject.brought.stages for fault in _faults_of(stage))


def _faults_of(stage: Stage) -> Iterator[str]:
    name: object = stage.name
    if not (isinstance(name, str) and _NAME.fullmatch(name)):
        yield f"the name {name!r} is not made of lower-case letters, digits and -"
    scope: object = stage.scope
    if not isinstance(scope, Scope):
        yield f"the scope of {name} is {scope!r}, neither Scope.JOB nor Scope.TRACK"
    orders: tuple[tuple[str, object], ...] = (("after", stage.after), ("before", stage.before))
    for word, names in orders:
        if not (isinstance(names, tuple) and all(isinstance(each, str) for each in names)):
            yield f"{word} of {name} is {names!r}, no tuple of names"
    optional: object = stage.optional
    if not isinstance(optional, bool):
        yield f"optional of {name} is {optional!r}, neither True nor False"


def _finds_its_place(subject: Subject) -> None:
    if not subject.brought.stages:
        raise RuleSkipped("it brings no stage")
    with subject.bench() as bench:
        try:
            ordered(bench.app.plugins.collect("orpheus_stages", Stage))
        except OrpheusError as error:
            break_for([f"{error.title}: {error.why}"])


def _works(subject: Subject) -> None:
    faults = []
    for each in subject.once(matrix_of).well(RuleKind.STAGE):
        trial = each.trial
        faults += [f"{trial.where}: the sample has no answer for {url}" for url in trial.unanswered]
        if not trial.ended_well:
            faults.append(f"{trial.where}: {in_short(trial)}")
    break_for(faults)


def _hands_on_its_item(subject: Subject) -> None:
    faults = []
    for bench, stage, item in each_item(subject):
        work = functools.partial(stage_of(bench, stage.name).run, item, context_of(bench))
        trial = bench.run(f"run stage {stage.name}", work)
        result = trial.value
        if trial.error is None and not _is_still(item, result):
            faults.append(f"{trial.flow}: it was given {_named(item)} and {in_short(trial)}")
    break_for(faults)


def _is_still(item: Item, result: object) -> bool:
    if isinstance(item, TrackItem):
        return isinstance(result, TrackItem) and (result.track.ref, result.position) == (
            item.track.ref,
            item.position,
        )
    return isinstance(result, JobItem) and result.ref == item.ref


def _named(item: Item) -> str:
    return f"{'the track' if isinstance(item, TrackItem) else 'the job'} {item.subject}"


def _runs_twice_alike(subject: Subject) -> None:
    faults = []
    for bench, stage, item in each_item(subject):
        ends = []
        for _ in range(2):
            work = functools.partial(stage_of(bench, stage.name).run, item, context_of(bench))
            trial = bench.run(f"run stage {stage.name}", work)
            ends.append((trial, _files_below(bench.home)))
        (first, files), (second, later_files) = ends
        if not (first.ended_well and second.ended_well):
            faults.append(f"{second.flow} again: {in_short(second)}")
        elif first.value != second.value:
            faults.append(f"{second.flow} again: {difference(first.value, second.value)}")
        faults += [f"{second.flow} again: {name} changed" for name in _changed(files, later_files)]
    break_for(faults)


def _keeps_to_its_folder(subject: Subject) -> None:
    faults = []
    for bench, stage, item in each_item(subject):
        before = _files_below(bench.home)
        work = functools.partial(stage_of(bench, stage.name).run, item, context_of(bench))
        trial = bench.run(f"run stage {stage.name}", work)
        own = folders_of(item)
        faults += [
            f"{trial.flow}: {name} changed, which is outside of the item's folders"
            for name in _changed(before, _files_below(bench.home))
            if not any((bench.home / name).is_relative_to(folder) for folder in own)
        ]
    break_for(faults)


def _vouches_for_its_file(subject: Subject) -> None:
    faults = []
    for bench, stage, item in each_item(subject):
        was_true = not list(_untrue(item))  # the sample's own item may be no real file
        work = functools.partial(stage_of(bench, stage.name).run, item, context_of(bench))
        trial = bench.run(f"run stage {stage.name}", work)
        if trial.error is None and was_true:
            faults += [f"{trial.flow}: {fault}" for fault in _untrue(trial.value)]
    break_for(faults)


def _untrue(item: object) -> Iterator[str]:
    """What an item says of its file, and is not so."""
    file = item.file if isinstance(item, TrackItem) else None
    if file is None:
        return
    name = file.path.name
    try:
        content = file.path.read_bytes()
    except OSError as error:
        yield f"{name}, which its item names, cannot be read: {error.strerror}"
        return
    if len(content) != file.size_bytes:
        yield f"{name} has {len(content)} bytes, and its item says {file.size_bytes}"
    elif hashlib.sha256(content).hexdigest() != file.sha256:
        yield f"{name} has other bytes than the SHA-256 of its item is of"


def each_item(subject: Subject) -> Iterator[tuple[Bench, Stage, Item]]:
    """Yield each item of each stage's sample, made anew, each on a bench of its own."""
    for stage, sample in stages(subject):
        group = stage_group(subject, stage, sample)
        for number in range(len(group.flows)):
            with subject.bench(group.setup) as bench:
                group.ready(bench)
                yield bench, stage, maker_of(stage, sample)(bench.new_folder("items"))[number]


def folders_of(item: Item) -> tuple[Path, ...]:
    """Return the folders that a stage may write to for *item*."""
    return (item.folder,) if isinstance(item, TrackItem) else (item.work, item.target)


def _files_below(folder: Path) -> dict[str, str]:
    """The digest of each file below *folder*, by its path in it."""
    return {
        file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def _changed(before: dict[str, str], behind: dict[str, str]) -> list[str]:
    names = sorted(before.keys() | behind.keys())
    return [name for name in names if before.get(name) != behind.get(name)]


def _rule(code: str, says: str, check: Callable[[Subject], None]) -> Rule:
    return Rule(code=code, level=Level.SILVER, kind=RuleKind.STAGE, says=says, check=check)


RULES = (
    _rule("stage.has-sample", "Every stage has a sample to be tried on.", _has_sample),
    _rule(
        "stage.says-what-it-is",
        "A stage has a name, a scope, and says what it comes after and before.",
        _says_what_it_is,
    ),
    _rule(
        "stage.finds-its-place",
        "The stages can be put in order with those of the core.",
        _finds_its_place,
    ),
    _rule("stage.works", "A stage works on every item of its sample.", _works),
    _rule(
        "stage.hands-on-its-item",
        "A stage returns the track or the job that it was given.",
        _hands_on_its_item,
    ),
    _rule(
        "stage.runs-twice-alike",
        "Run again on the same item, a stage ends the same and leaves the same files.",
        _runs_twice_alike,
    ),
    _rule(
        "stage.keeps-to-its-folder",
        "A stage changes files in the folders of its item, and nowhere else.",
        _keeps_to_its_folder,
    ),
    _rule(
        "stage.vouches-for-its-file",
        "A stage that changes a file hands on its item with the new size and SHA-256.",
        _vouches_for_its_file,
    ),
)
