"""Declares to the network whom services and plugins may talk to, before their first request."""

from __future__ import annotations

from orpheus_core.errors import NoService
from orpheus_core.network import NetworkManager
from orpheus_core.plugins import PluginHost, is_out
from orpheus_core.services.registry import ServiceRegistry
from orpheus_core.services.service import Service


def declare(service: Service, network: NetworkManager, plugins: PluginHost) -> None:
    """Let *service* talk to the hosts that it names.

    If it is called like its plugin, the plugin's own hosts are among them.
    """
    info, plugin = service.info, service.plugin
    limits = tuple((limit.requests, limit.window_s) for limit in info.limits)
    own = _hosts_of(plugin, plugins) if plugin == info.id else ()
    network.declare(
        info.id, hosts=(*info.hosts, *own), limits=limits, mirrors=info.mirrors, plugin=plugin
    )


def declare_named(
    name: str, network: NetworkManager, plugins: PluginHost, registry: ServiceRegistry
) -> None:
    """Declare what is called *name*: a service, or a plugin that names hosts of its own.

    Raises:
        PluginUnavailable: the plugin that brings the service is off, or does not work.
    """
    try:
        registry.get_service(name)  # every service is declared as soon as one is looked for
    except NoService:
        hosts = _hosts_of(name, plugins)
        if hosts:
            network.declare(name, hosts=hosts, plugin=name)


def _hosts_of(plugin: str, plugins: PluginHost) -> tuple[str, ...]:
    """The hosts that the manifest of *plugin* names besides those of its services."""
    for record in plugins.records():
        if record.id == plugin and record.manifest and not is_out(record, plugins):
            return record.manifest.hosts
    return ()
