"""Calls the hooks that no sample exercises, with data of all sorts."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator

import attrs

from orpheus_core.brain import Check
from orpheus_core.delivery import TrackItem, TrackStage, TrackTags
from orpheus_core.delivery.fields import field_values
from orpheus_core.delivery.layout.template import Template
from orpheus_core.plugins import Command
from orpheus_core.testing.conformance.any_event import HOSTILE, every_event
from orpheus_core.testing.conformance.bench import Bench
from orpheus_core.testing.conformance.brain_exercises import (
    SERVICE,
    bring_rules,
    decide,
    keep_events,
    predict,
)
from orpheus_core.testing.conformance.items import sample_track, track_item
from orpheus_core.testing.conformance.samples import Reply
from orpheus_core.testing.conformance.stage_flows import context_of
from orpheus_core.testing.conformance.trials import Trial

_HOST = "kit.example"
_TITLES = ("Plain", HOSTILE, "", "../../outside", "{title}/{nothing}")

ANSWERS = {f"https://{_HOST}/x": Reply(body={"ok": True})}
"""What the request of these exercises is answered with."""


def exercises(bench: Bench) -> dict[str, Callable[[], object]]:
    """Return, by hook, what calls it on *bench*."""
    return {
        "orpheus_checks": functools.partial(_check, bench),
        "orpheus_commands": functools.partial(_ask_for_help, bench),
        "orpheus_decide": functools.partial(decide, bench),
        "orpheus_event": functools.partial(_hear, bench),
        "orpheus_event_sinks": functools.partial(keep_events, bench),
        "orpheus_file_name": functools.partial(_name_files, bench),
        "orpheus_plugin_state": functools.partial(_learn_states, bench),
        "orpheus_predict": functools.partial(predict, bench),
        "orpheus_rules": functools.partial(bring_rules, bench),
        "orpheus_run_stage": functools.partial(_run_a_stage, bench),
        "orpheus_send": functools.partial(_send, bench),
        "orpheus_tags": functools.partial(_tag, bench),
    }


def exercised(bench: Bench, hooks: tuple[str, ...]) -> Iterator[Trial]:
    """Call those of *hooks* that can be called with data of all sorts, and yield what came."""
    for hook, exercise in exercises(bench).items():
        if hook in hooks:
            yield bench.run(hook, exercise)


class _NoWork(TrackStage):
    name = "conformance-nothing"

    def run_track(self, item: TrackItem, context: object) -> TrackItem:
        return item


def _check(bench: Bench) -> list[str]:
    faults = []
    for answer in bench.app.plugins.collect("orpheus_checks", Check, only=bench.plugin_id):
        check = answer.value
        if "." not in check.id or not check.title:
            faults.append(f"the check {check.id!r} has no id like group.thing, or no title")
        for deep in (False, True):
            found = check.run(deep)
            faults += [
                f"{check.id} finds something without words" for each in found if not each.message
            ]
    return faults


def _ask_for_help(bench: Bench) -> list[str]:
    """Each command answers to --help, and says what it is for."""
    from click.testing import CliRunner

    from orpheus_core.cli.invocation import Invocation

    faults = []
    for answer in bench.app.plugins.collect("orpheus_commands", Command, only=bench.plugin_id):
        name = " ".join(answer.value.info.words)
        ended = CliRunner().invoke(
            answer.value.command,
            ["--help"],
            obj=Invocation([*answer.value.info.words, "--help"]),
            prog_name=f"orpheus {name}",
        )
        if ended.exit_code or not ended.output.strip():
            faults.append(f"orpheus {name} --help ends with {ended.exit_code}: {ended.exception!r}")
        if not answer.value.info.help.strip():
            faults.append(f"orpheus {name} has no help")
    return faults


def _hear(bench: Bench) -> list[str]:
    for text in ("plain", HOSTILE):
        for event in every_event(text):
            bench.app.plugins.emit("orpheus_event", only=bench.plugin_id, event=event)
    return []


def _name_files(bench: Bench) -> list[str]:
    faults = []
    for item in _items(bench):
        answer = bench.app.plugins.first(
            "orpheus_file_name", str, item=item, values=field_values(item)
        )
        if answer is not None and answer.plugin == bench.plugin_id:
            try:
                Template.parse(answer.value)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is the evidence
                faults.append(f"the layout {answer.value[:80]!r} cannot be used: {error}")
    return faults


def _learn_states(bench: Bench) -> list[str]:
    for record in bench.app.plugins.records():
        bench.app.plugins.emit("orpheus_plugin_state", only=bench.plugin_id, record=record)
    return []


def _run_a_stage(bench: Bench) -> list[str]:
    for item in _items(bench):
        bench.app.plugins.around(
            "orpheus_run_stage", TrackItem, stage=_NoWork(), item=item, context=context_of(bench)
        )
    return []


def _send(bench: Bench) -> list[str]:
    bench.app.network.declare(SERVICE, hosts=(_HOST,))
    bench.app.network.request("GET", f"https://{_HOST}/x", service=SERVICE)
    return []


def _tag(bench: Bench) -> list[str]:
    for item in _items(bench):
        for tags in (TrackTags(), TrackTags(title=item.track.title, artists=("A", "B"))):
            bench.app.plugins.fold("orpheus_tags", "tags", tags, item=item)
    return []


def _items(bench: Bench) -> Iterator[TrackItem]:
    for title in _TITLES:
        track = attrs.evolve(sample_track(), title=title, version=title)
        yield track_item(bench.new_folder("items"), track)
