"""The planner: which stages a job has, and whether each plugin that it needs is there."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Mapping, Sequence

import attrs

from orpheus_core.delivery.graph import check_needed, check_stage, names_in, ordered
from orpheus_core.delivery.stage import Stage
from orpheus_core.errors import HookFailed, PluginUnavailable, StageCycle
from orpheus_core.plugins import (
    Answer,
    PluginHost,
    PluginRecord,
    PluginState,
    StageInfo,
    activate,
    is_out,
    lie,
    unavailable,
)

_HOOK = "orpheus_stages"

_ANSWERED = (
    ("orpheus_run_stage", "core-run", "running a stage"),
    ("orpheus_file_name", "core-layout", "naming the files"),
    ("orpheus_send", "core-transport", "every request"),
)
"""Hooks that a job needs an answer to, and who answers when nobody else does."""


@attrs.frozen
class LeftOut:
    """An optional stage whose plugin is not there, and why."""

    stage: str
    plugin: str
    reason: str


@attrs.frozen(kw_only=True)
class Plan:
    """The stages of a job in their order, and the plugin of each, by the stage's name."""

    stages: tuple[Stage, ...]
    owners: Mapping[str, str]
    left_out: tuple[LeftOut, ...] = ()


def plan(plugins: PluginHost) -> Plan:
    """Return the stages of every plugin; those that are known by manifest alone are imported.

    Plugins are loaded leniently, jobs are planned strictly: a stage that a manifest claims
    is missed when its plugin does not work, unless the stage is optional. A plugin that a
    person switched off is not missed.

    Raises:
        PluginUnavailable: a stage is missed; nothing was done yet.
        StageMissing, StageCycle, HookFailed: the stages that are there make no pipeline.
    """
    for hook, plugin, what in _ANSWERED:
        _check_answered(hook, plugin, what, plugins)
    claiming = [record for record in plugins.records() if _is_missed_without(record)]
    left_out = [left for record in claiming for left in _activated(record, plugins)]
    answers = plugins.collect(_HOOK, Stage)
    for answer in answers:
        check_stage(answer)
    for record in plugins.records():
        if record.manifest and not is_out(record, plugins):
            left_out += _compared(record, answers, plugins)
    answers = [answer for answer in answers if plugins.usable(answer.plugin)]
    stages = _ordered(answers, plugins)
    check_needed(stages, switched_off(plugins.records()))
    owners = {answer.value.name: answer.plugin for answer in answers}
    return Plan(stages=stages, owners=owners, left_out=tuple(left_out))


def stage_claims(plugins: PluginHost) -> list[Answer[StageInfo]]:
    """Return every stage as it is described; only plugins that are imported anyway are asked."""
    claims: list[Answer[StageInfo]] = []
    for record in plugins.records():
        if is_out(record, plugins):
            continue
        if record.manifest:
            claims += [Answer(record.id, info) for info in record.manifest.stages]
        elif _HOOK in record.hooks:
            answers = plugins.collect(_HOOK, Stage, only=record.id)
            claims += [Answer(answer.plugin, stage_info(answer.value)) for answer in answers]
    return claims


def stage_info(stage: Stage) -> StageInfo:
    """Return what a manifest says of *stage*."""
    return StageInfo(
        name=stage.name,
        scope=stage.scope,
        after=names_in(stage.after),
        before=names_in(stage.before),
        optional=stage.optional,
    )


def switched_off(records: Iterable[PluginRecord]) -> dict[str, str]:
    """Return the plugins that are switched off, by the stages that they would bring."""
    off = [record for record in records if record.state is PluginState.DISABLED]
    core = {r.id.removeprefix("core-"): r.id for r in off if r.builtin}
    claimed = {info.name: r.id for r in off if r.manifest for info in r.manifest.stages}
    return core | claimed


def _is_missed_without(record: PluginRecord) -> bool:
    return bool(_claimed(record)) and record.state is not PluginState.DISABLED


def _claimed(record: PluginRecord) -> tuple[StageInfo, ...]:
    return record.manifest.stages if record.manifest else ()


def _activated(record: PluginRecord, plugins: PluginHost) -> list[LeftOut]:
    """Import the plugin of *record*; return its stages when it is not there and not missed."""
    try:
        activate(record, plugins, _what(record))
    except PluginUnavailable as error:
        return _without(record, error)
    return []


def _what(record: PluginRecord) -> str:
    names = [info.name for info in _claimed(record)]
    return f"stage {', '.join(names)}"


def _without(
    record: PluginRecord, error: PluginUnavailable, brought: Collection[str] = ()
) -> list[LeftOut]:
    """Return the stages of *record* that were not *brought* if all are optional, else raise."""
    missing = [info for info in _claimed(record) if info.name not in brought]
    if not all(info.optional for info in missing):
        raise error
    return [LeftOut(info.name, record.id, error.why or error.title) for info in missing]


def _compared(
    record: PluginRecord, answers: Sequence[Answer[Stage]], plugins: PluginHost
) -> list[LeftOut]:
    """Refuse the plugin of *record* when it does not bring the stages that it claims.

    Raises:
        PluginUnavailable: it does not, and a stage is missed.
    """
    brought = [stage_info(answer.value) for answer in answers if answer.plugin == record.id]
    fault = lie(record.manifest, stages=brought)
    if not fault:
        return []
    if _HOOK in record.reason:  # it raised: nobody knows what it would have brought
        names = {info.name for info in brought}
        return _without(record, unavailable(record, _what(record)), names)
    plugins.refuse(record.id, fault)
    return _without(record, unavailable(plugins.record(record.id), _what(record)))


def _ordered(answers: Sequence[Answer[Stage]], plugins: PluginHost) -> tuple[Stage, ...]:
    """Put the stages in order; a plugin that makes that impossible has failed.

    Raises:
        StageCycle, HookFailed: as `ordered`.
    """
    try:
        return ordered(answers)
    except StageCycle as error:
        builtin = {record.id for record in plugins.records() if record.builtin}
        for plugin in {answer.plugin for answer in answers} - builtin:
            if f"({plugin})" in error.why:
                _blame(plugin, error.why, plugins)
        raise


def _blame(plugin: str, why: str, plugins: PluginHost) -> None:
    def fail() -> None:
        raise HookFailed(f"{plugin}: its stages stand in a circle: {why}")

    with contextlib.suppress(HookFailed):  # strict: the caller has an error that says more
        plugins.guarded(plugin, _HOOK, fail)


def _check_answered(hook: str, plugin: str, what: str, plugins: PluginHost) -> None:
    """See that somebody does what the core itself leaves to *plugin*, one of its own.

    Raises:
        PluginUnavailable: nobody does.
    """
    if any(not user.use.wrapper for user in plugins.hooks()[hook]):
        return
    for record in plugins.records():
        if record.id == plugin:
            raise unavailable(record, what)
