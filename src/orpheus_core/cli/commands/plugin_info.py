"""``orpheus plugin info``: all that is known of one plugin, without importing it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import click

from orpheus_core.cli.columns import wrap
from orpheus_core.cli.envelope import success
from orpheus_core.cli.groups import OrpheusCommand
from orpheus_core.cli.invocation import Invocation

if TYPE_CHECKING:
    from orpheus_core.app import Orpheus
    from orpheus_core.plugins import HookUse, PluginManifest, PluginRecord
    from orpheus_core.plugins.index import FoundPlugin

_LABEL_COLUMNS = 11


@click.command(cls=OrpheusCommand, name="info")
@click.argument("name")
@click.pass_obj
def show_plugin(invocation: Invocation, name: str) -> None:
    """Show all that is known of the plugin NAME: state, contents, settings.

    Of two packages that bring a plugin of one name, NAME@PACKAGE is one.

    \b
      orpheus plugin info deezer
    """
    from orpheus_core.cli.installed import found_plugin
    from orpheus_core.cli.opening import opened

    with opened(invocation, warn=False, eager=False) as app:
        record = app.plugins.record(name.strip())
        found = found_plugin(app, record)
        if invocation.json:
            data = _data(app, record, found)
            invocation.output.document(success(invocation, "orpheus.plugin/1", data))
            return
        invocation.output.result(*_page(app, record, found))


def _page(app: Orpheus, record: PluginRecord, found: FoundPlugin | None) -> list[str]:
    from orpheus_core.cli.opening import name_of

    lines = [f"{record.id}   {record.state.value}, from {name_of(record)}"]
    for label, texts in _said(app, record, found).items():
        for number, text in enumerate(filter(None, texts)):
            first = "" if number else label
            indent = f"  {first:<{_LABEL_COLUMNS}}"
            lines += wrap(text, indent, " " * (_LABEL_COLUMNS + 2))
    return lines


def _said(
    app: Orpheus, record: PluginRecord, found: FoundPlugin | None
) -> Mapping[str, Sequence[str]]:
    """What is shown beside each label; labels without a text are left out."""
    from orpheus_core.cli.commands.plugin import start_text
    from orpheus_core.cli.contents import NO_MANIFEST
    from orpheus_core.plugins.api import api_text

    manifest = record.manifest
    head = {
        "reason": [record.reason],
        "next": [record.hint],
        "lies in": list(found.code) if found else [],
        "report to": [found.report_to] if found else [],
    }
    if manifest is None:
        has_none = not (record.builtin or not record.distribution or (found and found.problem))
        note = NO_MANIFEST if has_none else ""
        return {**head, "manifest": [note], "hooks": [", ".join(map(_short, record.hooks))]}
    return {
        "about": [manifest.summary],
        **head,
        "start": [start_text(record)] if record.loaded_in_s is not None else [],
        "hook api": [", ".join(map(api_text, manifest.api))],
        "hosts": [", ".join(_hosts(manifest))],
        "hooks": [", ".join(map(_use, manifest.hooks))],
        "adds hooks": [", ".join(manifest.adds_hooks)],
        "services": [f"{each.id}: {each.name}" for each in manifest.services],
        "logins": [
            f"{each.service} {each.name}: {', '.join(field.name for field in each.fields)}"
            for each in manifest.logins
        ],
        "stages": [
            f"{each.name}, for each {each.scope.value}{_places('after', each.after)}"
            f"{_places('before', each.before)}"
            for each in manifest.stages
        ],
        "secrets": [
            f"from {each.name}, priority {each.priority}" for each in manifest.secret_backends
        ],
        "commands": [f"orpheus {' '.join(each.words)}: {each.help}" for each in manifest.commands],
        "settings": [
            f"{record.id}.{setting['key']} = {setting['value']} ({setting['origin']}): "
            f"{setting['help']}"
            for setting in _settings(app, record.id, manifest)
        ],
    }


def _data(app: Orpheus, record: PluginRecord, found: FoundPlugin | None) -> dict[str, object]:
    manifest = record.manifest
    data: dict[str, object] = {
        "id": record.id,
        "distribution": record.distribution,
        "version": record.version,
        "builtin": record.builtin,
        "state": record.state.value,
        "reason": record.reason,
        "hint": record.hint,
        "code": found.code if found else (),
        "entry_point": found.value if found else "",
        "report_to": found.report_to if found else "",
        "loaded_in_ms": None if record.loaded_in_s is None else round(record.loaded_in_s * 1000, 1),
        "has_manifest": manifest is not None,
    }
    if manifest is None:
        return {**data, "hooks": [{"name": hook} for hook in record.hooks]}
    settings = list(_settings(app, record.id, manifest))
    return {**data, **_claims_data(manifest), "settings": settings}


def _claims_data(manifest: PluginManifest) -> dict[str, object]:
    """What the manifest claims, but for the settings: those have values."""
    from orpheus_core.plugins.api import api_text

    return {
        "summary": manifest.summary,
        "api": list(map(api_text, manifest.api)),
        "hosts": _hosts(manifest),
        "hooks": [
            {
                "name": use.name,
                "events": use.events,
                "wrapper": use.wrapper,
                "tryfirst": use.tryfirst,
                "trylast": use.trylast,
            }
            for use in manifest.hooks
        ],
        "adds_hooks": manifest.adds_hooks,
        "services": [{"id": each.id, "name": each.name} for each in manifest.services],
        "logins": [
            {
                "service": each.service,
                "name": each.name,
                "fields": [
                    {"name": field.name, "label": field.label, "secret": field.secret}
                    for field in each.fields
                ],
            }
            for each in manifest.logins
        ],
        "stages": [
            {
                "name": each.name,
                "scope": each.scope.value,
                "after": each.after,
                "before": each.before,
                "optional": each.optional,
            }
            for each in manifest.stages
        ],
        "secret_backends": [
            {"name": each.name, "priority": each.priority} for each in manifest.secret_backends
        ],
        "commands": [
            {"words": each.words, "help": each.help, "section": each.section}
            for each in manifest.commands
        ],
    }


def _settings(app: Orpheus, plugin: str, manifest: PluginManifest) -> Iterator[dict[str, object]]:
    """Each setting with its value now, and where that comes from."""
    from orpheus_core.brain.plugin_settings import plugin_settings
    from orpheus_core.config import variable_name
    from orpheus_core.errors import InvalidSetting
    from orpheus_core.plugin_wiring import credential_variables

    credentials = credential_variables(app.plugins)  # which are no settings
    environ = {name: os.environ[name] for name in os.environ if name not in credentials}
    sections = [raw for raw in app.settings.plugin_sections if raw.section == plugin]
    for info in manifest.settings:
        own = [raw for raw in sections if raw.key == info.key]
        variable = variable_name(plugin, info.key)
        origin = own[-1].source if own else "default"
        if variable in environ and origin in ("default", str(app.home.settings_file)):
            origin = variable
        try:
            value: object = plugin_settings(plugin, [info], own, environ)[info.key]
        except InvalidSetting as error:
            value, origin = None, f"{origin}: {error.title}"
        yield {
            "key": info.key,
            "type": info.type.value,
            "value": value,
            "default": info.default,
            "origin": origin,
            "help": info.help,
        }


def _hosts(manifest: PluginManifest) -> list[str]:
    """Every host that it may talk to: its own, and those of its services."""
    hosts = [*manifest.hosts, *(host for each in manifest.services for host in each.hosts)]
    return list(dict.fromkeys(hosts))


def _short(hook: str) -> str:
    return hook.removeprefix("orpheus_")


def _use(use: HookUse) -> str:
    """``advise (network.*)``: the hook, for which events, and how."""
    flags = {"wrapper": use.wrapper, "first": use.tryfirst, "last": use.trylast}
    notes = [*use.events, *(word for word, is_set in flags.items() if is_set)]
    return _short(use.name) + (f" ({', '.join(notes)})" if notes else "")


def _places(word: str, names: Sequence[str]) -> str:
    return f", {word} {' and '.join(names)}" if names else ""
