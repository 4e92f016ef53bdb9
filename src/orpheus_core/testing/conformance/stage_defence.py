"""Rules for stages when things go wrong: odd titles, files that are gone, disks that fail."""

from __future__ import annotations

import errno
import functools
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import attrs

from orpheus_core.delivery import Item, JobItem, Stage, TrackItem
from orpheus_core.errors import PluginError, UnclassifiedError
from orpheus_core.testing.conformance.bench import Bench
from orpheus_core.testing.conformance.levels import Level, RuleKind
from orpheus_core.testing.conformance.rules import Rule, RuleSkipped, break_for
from orpheus_core.testing.conformance.stage_flows import context_of, stage_of
from orpheus_core.testing.conformance.stage_rules import each_item, folders_of
from orpheus_core.testing.conformance.subject import Subject
from orpheus_core.testing.conformance.trials import Trial, in_short
from orpheus_core.testing.torture import FaultyStorage

_OUTSIDE = "kit-outside"

HOSTILE_TITLES = (
    f"../{_OUTSIDE}",
    f"..\\{_OUTSIDE}",
    f"../../{_OUTSIDE}",
    "con",
    "{title} {0} %s $(id)",
    "\x1b]0;x\x07\u202etxt.exe\0",
    "",
    "x" * 5000,
)
"""What services and people call things; with them comes the path of a file elsewhere."""

_DISK_ERRORS = (errno.ENOSPC, errno.EIO)
_MOST_CALLS = 40


def _survives_hostile_titles(subject: Subject) -> None:
    faults = []
    for bench, stage, item in _items(subject):
        absolute = str(bench.home / _OUTSIDE)
        for title in (*HOSTILE_TITLES, absolute):
            trial = _run(bench, stage, _titled(item, title))
            told = f"{trial.flow}, titled {title[:40]!r}"
            faults += [f"{told}: {what}" for what in _wrong(trial)]
            if stray := _strays(bench.home.parent, folders_of(item)):
                faults.append(f"{told}: it wrote {stray[0].name} outside of its folder")
                stray[0].unlink()
    break_for(faults)


def _strays(root: Path, own: Sequence[Path]) -> list[Path]:
    return [
        file
        for file in root.rglob(f"*{_OUTSIDE}*")
        if not any(file.is_relative_to(folder) for folder in own)
    ]


def _titled(item: Item, title: str) -> Item:
    if isinstance(item, TrackItem):
        return attrs.evolve(item, track=attrs.evolve(item.track, title=title, version=title))
    tracks = [
        attrs.evolve(each, track=attrs.evolve(each.track, title=title, version=title))
        for each in item.tracks
    ]
    media = item.media and attrs.evolve(item.media, title=title)
    return attrs.evolve(item, media=media, tracks=tuple(tracks))


def _survives_missing_files(subject: Subject) -> None:
    faults = []
    for bench, stage, item in _items(subject):
        for file in _files_of(item):
            file.unlink(missing_ok=True)
        trial = _run(bench, stage, item)
        faults += [f"{trial.flow}, its files gone: {what}" for what in _wrong(trial)]
    break_for(faults)


def _files_of(item: Item) -> list[Path]:
    tracks = (item,) if isinstance(item, TrackItem) else item.tracks
    return [path for each in tracks for path in (each.file and each.file.path, each.cover) if path]


def _survives_a_bad_disk(subject: Subject) -> None:
    faults = []
    calls_seen = 0
    for number in _DISK_ERRORS:
        error = OSError(number, os.strerror(number))
        for bench, stage, item in _items(subject):
            counter = FaultyStorage(bench.app.storage, 0, error)
            _run(bench, stage, item, counter)
            calls_seen += counter.calls
            for call in range(1, min(counter.calls, _MOST_CALLS) + 1):
                faulty = FaultyStorage(bench.app.storage, call, error)
                trial = _run(bench, stage, item, faulty)
                faults += [
                    f"{trial.flow}, {error.strerror} at access {call}: {what}"
                    for what in _wrong(trial)
                ]
    if not calls_seen:
        raise RuleSkipped("it uses no storage")
    break_for(faults)


def _stops_when_asked(subject: Subject) -> None:
    faults = []
    for bench, stage, item in _items(subject):
        cancel = threading.Event()
        cancel.set()
        context = context_of(bench, cancel=cancel)
        work = functools.partial(stage_of(bench, stage.name).run, item, context)
        trial = bench.run(f"run stage {stage.name}", work)
        faults += [f"{trial.flow}, asked to stop: {what}" for what in _wrong(trial)]
    break_for(faults)


def _items(subject: Subject) -> Iterator[tuple[Bench, Stage, Item]]:
    found = False
    for each in each_item(subject):
        found = True
        yield each
    if not found:
        raise RuleSkipped("it has no sample")


def _run(bench: Bench, stage: Stage, item: Item, storage: FaultyStorage | None = None) -> Trial:
    context = context_of(bench, storage=storage)
    work = functools.partial(stage_of(bench, stage.name).run, item, context)
    return bench.run(f"run stage {stage.name}", work)


def _wrong(trial: Trial) -> Iterator[str]:
    """What is wrong with an end that may be any right error, or success."""
    if trial.defect():
        yield trial.defect()
    elif trial.error is None:
        if not isinstance(trial.value, JobItem | TrackItem):
            yield in_short(trial)
    elif isinstance(trial.error, PluginError | UnclassifiedError):
        yield in_short(trial)


def _rule(code: str, says: str, check: Callable[[Subject], None]) -> Rule:
    return Rule(code=code, level=Level.GOLD, kind=RuleKind.STAGE, says=says, check=check)


RULES = (
    _rule(
        "stage.survives-hostile-titles",
        "Whatever a track is called, a stage works or says in an error why not.",
        _survives_hostile_titles,
    ),
    _rule(
        "stage.survives-missing-files",
        "When the files of its item are gone, a stage says so in an error.",
        _survives_missing_files,
    ),
    _rule(
        "stage.survives-a-bad-disk",
        "When the disk is full or fails, at any access, a stage says so in an error.",
        _survives_a_bad_disk,
    ),
    _rule(
        "stage.stops-when-asked",
        "When it is asked to stop, a stage stops, or is done at once.",
        _stops_when_asked,
    ),
)
