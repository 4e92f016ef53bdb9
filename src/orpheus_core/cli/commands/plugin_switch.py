"""``orpheus plugin enable`` and ``disable``: which plugins are loaded from now on."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

import click

from orpheus_core.cli.columns import wrap
from orpheus_core.cli.envelope import success
from orpheus_core.cli.groups import OrpheusCommand
from orpheus_core.cli.invocation import Invocation

if TYPE_CHECKING:
    from orpheus_core.app import Orpheus

_CORE_DOES = {
    "orpheus_run_stage": "no stage can run: nothing can be downloaded",
    "orpheus_send": "nothing can be asked of any service",
}
"""What the core's own implementation of a hook is needed for."""


@click.command(cls=OrpheusCommand, name="enable")
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@click.pass_obj
def enable_plugins(invocation: Invocation, names: tuple[str, ...]) -> None:
    """Load the plugins NAME... again from now on.

    They are taken out of plugins.disabled in the settings file; all else in it stays.

    \b
      orpheus plugin enable deezer
    """
    _switch(invocation, names, on=True)


@click.command(cls=OrpheusCommand, name="disable")
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@click.pass_obj
def disable_plugins(invocation: Invocation, names: tuple[str, ...]) -> None:
    """Leave the plugins NAME... out from now on.

    They are put into plugins.disabled in the settings file; all else in it stays. Of two
    packages that bring a plugin of one name, NAME@PACKAGE is one.

    \b
      orpheus plugin disable deezer
    """
    _switch(invocation, names, on=False)


class _Switched(NamedTuple):
    """A plugin, whether the file was changed for it, and the variable that wins over the file."""

    name: str
    changed: bool
    overridden_by: str


def _switch(invocation: Invocation, names: tuple[str, ...], *, on: bool) -> None:
    from orpheus_core.cli.disabled_plugins import (
        disabled_plugins,
        edit_disabled_plugins,
        one_at_a_time,
    )
    from orpheus_core.cli.opening import opened

    with (
        opened(invocation, warn=False, eager=False) as app,
        one_at_a_time(app.home.state / "locks"),
    ):
        file = app.home.settings_file
        before = disabled_plugins(file, app.storage)
        asked = list(dict.fromkeys(_known(app, name.strip(), before) for name in names))
        warnings = [] if on else [line for name in asked for line in _what_is_lost(app, name)]
        if on:
            edit_disabled_plugins(file, app.storage, remove=asked)
        else:
            edit_disabled_plugins(file, app.storage, add=asked)
        switched = [
            _Switched(name, (name in before) is on, _overriding_variable(app, name, on=on))
            for name in asked
        ]
    if invocation.json:
        _show_document(invocation, str(file), switched, on=on)
        return
    _show(invocation, str(file), switched, on=on)
    for line in warnings:
        invocation.output.say(*wrap(line, "warning: ", " " * 9), style="note", mark="warning:")


def _known(app: Orpheus, name: str, listed: list[str]) -> str:
    """Return *name* as it is in the list, or belongs into it.

    Raises:
        UnknownPlugin: no plugin is called so, and none in the list.
    """
    from orpheus_core.plugins.selection import naming

    if name in listed:  # be it that of a plugin that is not installed any more
        return name
    record = app.plugins.record(name)
    if "@" not in name:
        return record.id
    exact = [entry for entry in listed if "@" in entry]
    written = naming(exact, record.id, record.distribution)
    return written or f"{record.id}@{record.distribution}"


def _what_is_lost(app: Orpheus, name: str) -> list[str]:
    """What does not work without a built-in plugin, if it is needed for anything."""
    from orpheus_core.delivery import Stage
    from orpheus_core.delivery.graph import NEEDED
    from orpheus_core.plugins import PluginState

    record = next((each for each in app.plugins.records() if each.id == name), None)
    if record is None or not record.builtin or record.state is PluginState.DISABLED:
        return []
    lost = [f"without {name} {_CORE_DOES[hook]}" for hook in record.hooks if hook in _CORE_DOES]
    stages = app.plugins.collect("orpheus_stages", Stage, only=name)
    lost += [
        f"without {name} nothing can be downloaded: it brings the stage {stage.value.name}"
        for stage in stages
        if stage.value.name in NEEDED
    ]
    return lost[:1]


def _overriding_variable(app: Orpheus, name: str, *, on: bool) -> str:
    """The variable because of which the plugin is not as the file says; empty for none."""
    from orpheus_core.errors import UnknownPlugin
    from orpheus_core.plugins.selection import naming

    try:
        record = app.plugins.record(name)
    except UnknownPlugin:  # in the list, but not installed
        return ""
    disabled = os.environ.get("ORPHEUS_PLUGINS_DISABLED")
    only = os.environ.get("ORPHEUS_PLUGINS")
    is_on, variable = True, ""
    if disabled is not None:
        is_on = not naming(_words(disabled), record.id, record.distribution)
        variable = "ORPHEUS_PLUGINS_DISABLED"
    is_chosen = naming(_words(only or ""), record.id, record.distribution)
    if is_on and only is not None and not record.builtin and not is_chosen:
        is_on, variable = False, "ORPHEUS_PLUGINS"
    return variable if variable and is_on is not on else ""


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _show(invocation: Invocation, file: str, switched: list[_Switched], *, on: bool) -> None:
    word = "on" if on else "off"
    for each in switched:
        state = f"switched {word}" if each.changed else f"{word} already"
        invocation.output.result(f"{each.name} is {state}")
        if each.overridden_by:
            invocation.output.say(
                f"but {each.overridden_by} is set, and wins: it is {'off' if on else 'on'} while "
                "that is so"
            )
    if any(each.changed for each in switched):
        invocation.output.result(f"settings: {file}")


def _show_document(
    invocation: Invocation, file: str, switched: list[_Switched], *, on: bool
) -> None:
    data = {
        "settings_file": file,
        "plugins": [
            {
                "name": each.name,
                "enabled": on,
                "changed": each.changed,
                "overridden_by": each.overridden_by or None,
            }
            for each in switched
        ],
    }
    invocation.output.document(success(invocation, "orpheus.plugin-switch/1", data))
