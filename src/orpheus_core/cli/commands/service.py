"""``orpheus service``: what is installed, and what it can."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from orpheus_core.cli.columns import table, wrap
from orpheus_core.cli.envelope import success
from orpheus_core.cli.groups import OrpheusCommand
from orpheus_core.cli.invocation import Invocation

if TYPE_CHECKING:
    from orpheus_core.app import Orpheus
    from orpheus_core.music import LinkPattern
    from orpheus_core.services import Service

_LABEL_COLUMNS = 13


@click.command(cls=OrpheusCommand, name="list")
@click.option("--all", "ask_all", is_flag=True, help="Ask plugins that have no manifest, too.")
@click.pass_obj
def list_services(invocation: Invocation, ask_all: bool) -> None:
    """List the services that are installed.

    No plugin is imported for this, unless --all asks those that have no manifest to say what
    they bring.

    \b
      orpheus service list --all
    """
    from orpheus_core.cli.commands.plugin import count_problems
    from orpheus_core.cli.installed import not_asked
    from orpheus_core.cli.opening import opened

    with opened(invocation, warn=ask_all or bool(invocation.verbose), eager=ask_all) as app:
        services = app.registry.services()
        silent = not_asked(app)
        if invocation.json:
            data = {
                "services": [_summary(app, service) for service in services],
                "not_asked": silent,
            }
            invocation.output.document(success(invocation, "orpheus.services/1", data))
            return
        if services:
            head = ["service", "name", "kinds", "can", "from"]
            rows = [head, *(_row(app, service) for service in services)]
            invocation.output.result(*table(_harmless(invocation, rows)))
        elif not silent:
            invocation.output.say(
                "No service is installed. Each is a package: pip install orpheus-deezer"
            )
        for name in silent:
            invocation.output.say(
                f"not asked: {name} (it has no manifest): orpheus service list --all"
            )
        if not ask_all:  # else each is warned of
            count_problems(invocation, app.plugins.records())


@click.command(cls=OrpheusCommand, name="info")
@click.argument("name")
@click.pass_obj
def show_service(invocation: Invocation, name: str) -> None:
    """Show the links, files, limits and credentials of the service NAME.

    No plugin is imported for this, unless the service may be one of a plugin that has no
    manifest to say so.

    \b
      orpheus service info deezer
    """
    from orpheus_core.cli.installed import not_asked
    from orpheus_core.cli.opening import opened
    from orpheus_core.errors import NoService, PluginUnavailable

    wanted = name.strip().lower()
    with opened(invocation, warn=False, eager=False) as app:
        try:
            service = app.registry.get_service(wanted)
        except (NoService, PluginUnavailable):
            if not not_asked(app):
                raise
        else:
            _show_service(invocation, app, service)
            return
    with opened(invocation) as app:
        _show_service(invocation, app, app.registry.get_service(wanted))


def _show_service(invocation: Invocation, app: Orpheus, service: Service) -> None:
    if invocation.json:
        data = _details(app, service)
        invocation.output.document(success(invocation, "orpheus.service/1", data))
        return
    invocation.output.result(*_page(app, service))


def _row(app: Orpheus, service: Service) -> list[str]:
    info = service.info
    return [
        info.id,
        info.name,
        " ".join(_kinds(service)),
        " ".join(_features(service)),
        _origin(app, service),
    ]


def _harmless(invocation: Invocation, rows: list[list[str]]) -> list[list[str]]:
    """Clean before the columns are measured."""
    return [[invocation.output.harmless(cell) for cell in row] for row in rows]


def _page(app: Orpheus, service: Service) -> list[str]:
    info = service.info
    said = {
        "links": "  ".join(map(_link, info.links)) or "none",
        "hosts": ", ".join(info.hosts) or "none",
        "kinds": ", ".join(_kinds(service)) or "none",
        "can": ", ".join(_features(service)) or "resolve links",
        "quality": ", ".join(quality.value for quality in info.qualities) or "not stated",
        "credentials": "  ".join(_credential_words(app, service)) or "none are needed",
        "limits": ", ".join(
            f"{limit.requests} requests in {limit.window_s:g} s" for limit in info.limits
        )
        or "not stated",
        "note": info.note,
    }
    lines = [f"{info.id}   {info.name}, from {_origin(app, service)}"]
    for label, text in said.items():
        if text:
            first, rest = f"  {label:<{_LABEL_COLUMNS}}", " " * (_LABEL_COLUMNS + 2)
            lines += wrap(text, first, rest)
    return lines


def _summary(app: Orpheus, service: Service) -> dict[str, object]:
    return {
        "id": service.info.id,
        "name": service.info.name,
        "kinds": _kinds(service),
        "features": _features(service),
        "plugin": service.plugin,
        "from": _origin(app, service),
    }


def _details(app: Orpheus, service: Service) -> dict[str, object]:
    info = service.info
    from orpheus_core.services import variable_name

    return {
        **_summary(app, service),
        "links": [_link(pattern) for pattern in info.links],
        "hosts": info.hosts,
        "qualities": [quality.value for quality in info.qualities],
        "credentials": [
            {
                "name": field.name,
                "label": field.label,
                "secret": field.secret,
                "variable": variable_name(info.id, field.name),
                "is_set": app.credentials.get(info.id, field.name) is not None,
            }
            for field in info.credentials
        ],
        "limits": [
            {"requests": limit.requests, "window_s": limit.window_s} for limit in info.limits
        ],
        "note": info.note,
    }


def _credential_words(app: Orpheus, service: Service) -> list[str]:
    """Each variable, and whether it is set; never its value."""
    from orpheus_core.services import variable_name

    words = []
    for field in service.info.credentials:
        is_set = app.credentials.get(service.info.id, field.name) is not None
        variable = variable_name(service.info.id, field.name)
        words.append(f"{variable} ({field.label}; {'set' if is_set else 'not set'})")
    return words


def _kinds(service: Service) -> list[str]:
    return sorted(kind.value for kind in service.info.kinds)


def _features(service: Service) -> list[str]:
    return sorted(feature.value for feature in service.info.features)


def _link(pattern: LinkPattern) -> str:
    path = pattern.path.replace("{id}", "ID").replace("/{any?}", "").replace("{any}", "ANYTHING")
    return f"{pattern.host}/{path.lstrip('/')}"


def _origin(app: Orpheus, service: Service) -> str:
    """The package that brings the service, with its version; the plugin's id for a script's."""
    for record in app.plugins.records():
        if record.id == service.plugin and record.distribution:
            return f"{record.distribution} {record.version}".rstrip()
    return service.plugin
