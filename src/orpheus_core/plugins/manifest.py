"""The manifest: what a plugin says of itself, so that it need not be imported to be known."""

from __future__ import annotations

import attrs

from orpheus_core.plugins.api import ApiVersion
from orpheus_core.plugins.contributions import (
    CommandInfo,
    HookUse,
    LoginInfo,
    SecretBackendInfo,
    ServiceInfo,
    SettingInfo,
    StageInfo,
)

FILE_NAME = "orpheus.toml"
"""It lies beside the plugin's module, or in a folder above it up to the top-level package."""


@attrs.frozen(kw_only=True)
class PluginManifest:
    """What a plugin contributes.

    Attributes:
        id: as in the entry point.
        api: the versions of the hook API that it was written for.
        summary: one sentence for `orpheus plugin list`.
        hooks: every hook that it implements.
        hosts: names that it may talk to besides those of its services.
        adds_hooks: names of hooks of its own, which other plugins may implement.
        sample: ``package.module:object`` with what the conformance kit tries it on.
    """

    id: str
    api: tuple[ApiVersion, ...]
    summary: str = ""
    hooks: tuple[HookUse, ...] = ()
    hosts: tuple[str, ...] = ()
    services: tuple[ServiceInfo, ...] = ()
    logins: tuple[LoginInfo, ...] = ()
    stages: tuple[StageInfo, ...] = ()
    secret_backends: tuple[SecretBackendInfo, ...] = ()
    commands: tuple[CommandInfo, ...] = ()
    settings: tuple[SettingInfo, ...] = ()
    adds_hooks: tuple[str, ...] = ()
    sample: str | None = None

    def use_of(self, hook: str) -> HookUse | None:
        """Return how the plugin implements *hook*, or None when it does not."""
        return next((use for use in self.hooks if use.name == hook), None)
