"""What a manifest claims against what the code brought, as far as it was asked for."""

from __future__ import annotations

from collections.abc import Iterable

from orpheus_core.plugins.contributions import (
    CommandInfo,
    LoginInfo,
    SecretBackendInfo,
    ServiceInfo,
    StageInfo,
)
from orpheus_core.plugins.generated_manifest import differences
from orpheus_core.plugins.manifest import PluginManifest


def lie(
    manifest: PluginManifest | None,
    *,
    services: Iterable[ServiceInfo] | None = None,
    logins: Iterable[LoginInfo] | None = None,
    stages: Iterable[StageInfo] | None = None,
    secret_backends: Iterable[SecretBackendInfo] | None = None,
    commands: Iterable[CommandInfo] | None = None,
) -> str:
    """Return in one sentence how *manifest* differs from what its code brought; empty: not.

    What is None was not asked for, and is not compared. No manifest claims nothing.
    """
    if manifest is None:
        return ""
    claimed = PluginManifest(
        id=manifest.id,
        api=manifest.api,
        services=() if services is None else manifest.services,
        logins=() if logins is None else manifest.logins,
        stages=() if stages is None else manifest.stages,
        secret_backends=() if secret_backends is None else manifest.secret_backends,
        commands=() if commands is None else manifest.commands,
    )
    brought = PluginManifest(
        id=manifest.id,
        api=manifest.api,
        services=tuple(services or ()),
        logins=tuple(logins or ()),
        stages=tuple(stages or ()),
        secret_backends=tuple(secret_backends or ()),
        commands=tuple(commands or ()),
    )
    return next(iter(differences(claimed, brought)), "")
