"""What a plugin brings, in words: from its manifest, so that nothing is imported."""

from __future__ import annotations

from collections.abc import Sequence

from orpheus_core.cli.amounts import count_text
from orpheus_core.plugins import PluginManifest, PluginRecord

NO_MANIFEST = "no manifest: imported at each start"
_PREFIX = "orpheus_"
_OF_CONTENTS = {
    "orpheus_modules",
    "orpheus_login_strategies",
    "orpheus_stages",
    "orpheus_secret_backends",
    "orpheus_commands",
}
"""The hooks that only bring what is named beside them."""


def contents(record: PluginRecord) -> list[str]:
    """Return what the plugin brings, each in a few words: ``service deezer``, ``2 hooks``."""
    manifest = record.manifest
    if manifest is None:
        found = [_counted("hook", [hook.removeprefix(_PREFIX) for hook in record.hooks])]
        return [words for words in found if words]
    others = [use.name for use in manifest.hooks if use.name not in _OF_CONTENTS]
    found = [*_named(manifest), _counted("hook", [name.removeprefix(_PREFIX) for name in others])]
    return [words for words in found if words]


def gives(record: PluginRecord) -> str:
    """Return, for a list, the reason why the plugin is not there, else what it brings.

    Of one that brings nothing with a name, what it says of itself: a number of hooks tells
    nobody anything.
    """
    if record.reason:
        return record.reason
    manifest = record.manifest
    if manifest is not None and manifest.summary and not any(_named(manifest)):
        return manifest.summary
    found = ", ".join(contents(record))
    if record.manifest is None and not record.builtin and record.distribution:
        return ", ".join(filter(None, (NO_MANIFEST, found)))
    return found or "nothing"


def _named(manifest: PluginManifest) -> list[str]:
    return [
        _counted("service", [service.id for service in manifest.services]),
        _counted("login", [], len(manifest.logins)),
        _counted("stage", [stage.name for stage in manifest.stages]),
        _counted("secret backend", [backend.name for backend in manifest.secret_backends]),
        _counted("command", [" ".join(command.words) for command in manifest.commands]),
    ]


def _counted(what: str, names: Sequence[str], count: int = 0) -> str:
    """``service deezer``, ``2 hooks``; empty when there is none.

    *count* is how many there are where no name is given.
    """
    count = count or len(names)
    if not count:
        return ""
    return f"{what} {names[0]}" if len(names) == 1 else count_text(count, what)
