"""Which of the installed plugins come in, and why the others stay out. Nothing is imported."""

from __future__ import annotations

import collections
import re
from collections.abc import Collection, Iterable, Mapping, Sequence

import attrs

from orpheus_core.config import SECTIONS
from orpheus_core.music import SERVICE_ID
from orpheus_core.plugins.api import API, ApiVersion, api_text, fits
from orpheus_core.plugins.discovery import normalised
from orpheus_core.plugins.index import FoundPlugin
from orpheus_core.plugins.known_bad import KNOWN_BAD, KnownBad, known_bad
from orpheus_core.plugins.manifest import FILE_NAME
from orpheus_core.plugins.records import PluginMode, PluginRecord
from orpheus_core.plugins.states import Happening

OUR_DISTRIBUTION = "orpheus-core"

_CORE = "core-"


@attrs.frozen(kw_only=True)
class Refusal:
    """Why a plugin stays out, and what a person can do about it."""

    happening: Happening
    reason: str
    hint: str


_SAFE = Refusal(
    happening=Happening.SWITCHED_OFF,
    reason="safe mode: only the core's own plugins are loaded",
    hint="set plugins.mode to isolate to have it back",
)


@attrs.frozen(kw_only=True)
class Choice:
    """What was chosen outside of the plugins: by settings, environment and the core.

    Attributes:
        disabled: what ``plugins.disabled`` names: ids, or ID@DISTRIBUTION.
        only: what ``ORPHEUS_PLUGINS`` names, in the same form; None when it is not set.
        known_bad: releases that are kept out.
        api: the version of the hook API that is here.
    """

    disabled: Collection[str] = ()
    only: Collection[str] | None = None
    mode: PluginMode = PluginMode.ISOLATE
    known_bad: tuple[KnownBad, ...] = KNOWN_BAD
    api: ApiVersion = API


def select(
    found: Sequence[FoundPlugin], choice: Choice, taken: Mapping[str, str] | None = None
) -> list[tuple[FoundPlugin, Refusal | None]]:
    """Return each plugin with the reason why it stays out, None for one that comes in.

    Args:
        found: every installed plugin.
        taken: ids that are not free, each with the distribution of the plugin that has it.
    """
    rivals = collections.defaultdict(list)
    for plugin in found:
        if _switched_off(plugin, choice) is None:
            rivals[plugin.id].append(plugin)
    return [(plugin, _refusal(plugin, choice, rivals[plugin.id], taken or {})) for plugin in found]


def refusal_of_object(
    record: PluginRecord, choice: Choice, taken: Mapping[str, str]
) -> Refusal | None:
    """Return why a built-in plugin, or one that a script hands over, stays out; None: it is in."""
    off = _disabled(record.id, record.distribution, choice)
    if off is not None:
        return off
    if choice.mode is PluginMode.SAFE and not record.builtin:
        return _SAFE
    hint = "hand it over under another id"
    if not record.builtin and (reason := wrong_id(record.id)):
        return Refusal(happening=Happening.IMPORT_FAILED, reason=reason, hint=hint)
    if record.id in taken:
        reason = _is_taken(record.id, taken)
        return Refusal(happening=Happening.ID_TAKEN, reason=reason, hint=hint)
    return None


def wrong_id(name: str) -> str:
    """Say what is wrong with *name* as the id of a plugin; empty when nothing is."""
    if not re.fullmatch(SERVICE_ID, name):
        return (
            f"{name!r} is no id of a plugin: it takes lower-case letters, digits, - and _, "
            "and begins with a letter"
        )
    if name in SECTIONS:
        return f"a plugin cannot be called {name}: that is a section of the settings"
    if name.startswith(_CORE):
        return f"a plugin cannot be called {name}: {_CORE} is for the core's own"
    return ""


def naming(names: Iterable[str], plugin: str, distribution: str) -> str:
    """Return the one of *names* that means the plugin: its id, or ID@DISTRIBUTION; else ``""``."""
    for name in names:
        wanted, is_exact, owner = name.partition("@")
        if wanted == plugin and (not is_exact or normalised(owner) == normalised(distribution)):
            return name
    return ""


def _refusal(
    plugin: FoundPlugin, choice: Choice, rivals: list[FoundPlugin], taken: Mapping[str, str]
) -> Refusal | None:
    return (
        _switched_off(plugin, choice)
        or _bad(plugin, choice)
        or _without_an_id(plugin)
        or _in_conflict(plugin, rivals, taken)
        or _without_a_manifest(plugin)
        or _incompatible(plugin, choice.api)
    )


def _switched_off(plugin: FoundPlugin, choice: Choice) -> Refusal | None:
    if choice.mode is PluginMode.SAFE and normalised(plugin.distribution) != OUR_DISTRIBUTION:
        return _SAFE
    if choice.only is not None and not naming(choice.only, plugin.id, plugin.distribution):
        reason = "ORPHEUS_PLUGINS does not name it"
        hint = f"add {plugin.id} to ORPHEUS_PLUGINS, or unset that variable"
        return Refusal(happening=Happening.SWITCHED_OFF, reason=reason, hint=hint)
    return _disabled(plugin.id, plugin.distribution, choice)


def _disabled(plugin: str, distribution: str, choice: Choice) -> Refusal | None:
    name = naming(choice.disabled, plugin, distribution)
    if not name:
        return None
    return Refusal(
        happening=Happening.SWITCHED_OFF,
        reason="switched off in plugins.disabled",
        hint=f"orpheus plugin enable {name}",
    )


def _bad(plugin: FoundPlugin, choice: Choice) -> Refusal | None:
    bad = known_bad(plugin.distribution, plugin.version, choice.known_bad)
    if bad is None:
        return None
    reason = f"{plugin.distribution} {plugin.version} is known to do harm: {bad.reason}"
    if bad.fixed_in is None:
        hint = f"pip uninstall {plugin.distribution}, until there is a release that mends it"
    else:
        hint = f"pip install --upgrade '{plugin.distribution}>={bad.fixed_in}'"
    return Refusal(happening=Happening.KNOWN_BAD, reason=reason, hint=hint)


def _without_an_id(plugin: FoundPlugin) -> Refusal | None:
    reason = "" if plugin.problem and not plugin.value else wrong_id(plugin.id)
    if not reason:
        return None
    hint = _to_the_author(plugin, "ask its author for another id")
    return Refusal(happening=Happening.IMPORT_FAILED, reason=reason, hint=hint)


def _in_conflict(
    plugin: FoundPlugin, rivals: list[FoundPlugin], taken: Mapping[str, str]
) -> Refusal | None:
    names = {each.distribution for each in rivals}
    if plugin.id in taken:
        reason = _is_taken(plugin.id, taken)
        hint = _to_the_author(plugin, f"pip uninstall {plugin.distribution}")
    elif len(rivals) > 1 and len(names) == 1:
        # To switch one of them off is to switch both off.
        reason = f"claimed twice by {plugin.distribution}"
        hint = _to_the_author(plugin, f"pip install --upgrade {plugin.distribution}")
    elif len(rivals) > 1:
        reason = "claimed by " + ", ".join(sorted(names))
        hint = f"orpheus plugin disable {plugin.id}@{plugin.distribution}"
        hint += "     leaves the id to the other"
    else:
        return None
    return Refusal(happening=Happening.ID_TAKEN, reason=reason, hint=hint)


def _is_taken(name: str, taken: Mapping[str, str]) -> str:
    return f"the id {name} is taken by a plugin of {taken[name] or 'this program'}"


def _without_a_manifest(plugin: FoundPlugin) -> Refusal | None:
    reason = plugin.problem
    if not reason and plugin.manifest is not None and plugin.manifest.id != plugin.id:
        reason = (
            f"its {FILE_NAME} says that its id is {plugin.manifest.id}, "
            f"its entry point that it is {plugin.id}"
        )
    if not reason:
        return None
    hint = _to_the_author(plugin, f"pip install --upgrade --force-reinstall {plugin.distribution}")
    hint += "; if it is your own, mend what is named"
    return Refusal(happening=Happening.MANIFEST_UNREADABLE, reason=reason, hint=hint)


def _incompatible(plugin: FoundPlugin, api: ApiVersion) -> Refusal | None:
    if plugin.manifest is None or fits(plugin.manifest.api, api):
        return None
    written_for = plugin.manifest.api
    versions = ", ".join(map(api_text, sorted(written_for)))
    reason = f"written for version {versions} of the hook API; this is {api_text(api)}"
    is_newer = any(version > api for version in written_for)
    upgrade = OUR_DISTRIBUTION if is_newer else plugin.distribution
    hint = f"pip install --upgrade {upgrade}"
    return Refusal(happening=Happening.API_DOES_NOT_FIT, reason=reason, hint=hint)


def _to_the_author(plugin: FoundPlugin, command: str) -> str:
    report = f"; if it stays, report it: {plugin.report_to}" if plugin.report_to else ""
    return command + report
