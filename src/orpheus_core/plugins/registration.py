"""The door through which every plugin comes in, or is turned away with the reason."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence

import attrs

from orpheus_core.errors import InvalidPluginManifest, PluginError, PluginLoadFailed
from orpheus_core.plugins.hints import mend_manifest, repair
from orpheus_core.plugins.implementations import HookManager, no_such_hook
from orpheus_core.plugins.index import FoundPlugin
from orpheus_core.plugins.last_failures import LastFailures
from orpheus_core.plugins.loading import Loading
from orpheus_core.plugins.manifest import FILE_NAME
from orpheus_core.plugins.records import LoadFailure, PluginRecord
from orpheus_core.plugins.roster import Member, Place, Roster
from orpheus_core.plugins.selection import (
    OUR_DISTRIBUTION,
    Choice,
    Refusal,
    refusal_of_object,
    select,
)
from orpheus_core.plugins.states import Happening, PluginState
from orpheus_core.plugins.stubs import NotThere

_INSTALLED, _HANDED_OVER, _BUILTIN = range(3)
"""The order in which plugins of different origin are called."""


@attrs.define(kw_only=True, eq=False)
class Registration:
    """Admits plugins to the roster. Only the built-in ones bear a name of the core's own.

    Attributes:
        clean: takes secrets out of a text that is kept.
        on_load_failure: told of each plugin that is turned away, unless it is switched off.
    """

    choice: Choice
    manager: HookManager
    roster: Roster
    loading: Loading
    last_failures: LastFailures
    clean: Callable[[str], str]
    on_load_failure: Callable[[LoadFailure], None]
    is_strict: bool
    _latest: Iterator[int] = attrs.field(factory=lambda: itertools.count(0, -1), init=False)

    def builtin(self, name: str, plugin: object, version: str) -> None:
        """Admit one of the core's own plugins."""
        record = _record(name, OUR_DISTRIBUTION, version, builtin=True)
        self._object(record, plugin, (_BUILTIN, 0, name))

    def handed_over(self, name: str, plugin: object, version: str) -> None:
        """Admit an object that a script hands over."""
        self._object(_record(name, "", version), plugin, (_HANDED_OVER, next(self._latest), name))

    def installed(self, found: Sequence[FoundPlugin], *, eager: bool) -> None:
        """Admit installed plugins; those without a manifest are imported at once if *eager*."""
        manifests = [plugin.manifest for plugin in found if plugin.manifest is not None]
        self.loading.promised |= {hook for each in manifests for hook in each.adds_hooks}
        admitted = []
        for plugin, refusal in select(found, self.choice, self._taken()):
            record = _record_of(plugin)
            refusal = refusal or self._unknown_hook(record, plugin)
            if refusal is not None:
                self._turn_away(record, refusal)
            else:
                admitted.append(self._admitted(plugin, record))
        self.loading.register(each for each in admitted if each.record.manifest is not None)
        for member in admitted:
            if member.record.manifest is None and eager:
                self._import(member)

    def _object(self, record: PluginRecord, plugin: object, place: Place) -> None:
        refusal = refusal_of_object(record, self.choice, self._taken())
        if refusal is not None:
            self._turn_away(record, refusal)
            return
        member = Member(record=record, load=lambda: plugin, place=place)
        self.roster.add(member)
        self._import(member)

    def _taken(self) -> dict[str, str]:
        """The ids that are not free, each with the distribution of the plugin that has it."""
        with self.roster.lock:
            members = list(self.roster.members.values())
        return {member.id: member.record.distribution for member in members}

    def _unknown_hook(self, record: PluginRecord, plugin: FoundPlugin) -> Refusal | None:
        """Why a plugin stays out whose manifest names a hook that nobody has."""
        for use in plugin.manifest.hooks if plugin.manifest is not None else ():
            if self.manager.spec_of(use.name) is None and use.name not in self.loading.promised:
                reason = f"its {FILE_NAME}: {no_such_hook(self.manager, use.name)}"
                hint = repair(record, plugin.report_to)
                return Refusal(happening=Happening.MANIFEST_UNREADABLE, reason=reason, hint=hint)
        return None

    def _admitted(self, plugin: FoundPlugin, record: PluginRecord) -> Member:
        """An installed plugin that comes in, with what went wrong with it the last time."""
        if reason := self.last_failures.reason(plugin):
            advice = mend_manifest if FILE_NAME in reason else repair
            hint = advice(record, plugin.report_to)
            record = attrs.evolve(record, reason=f"last time: {reason}", hint=hint)
        member = Member(
            record=record,
            load=plugin.load,
            place=(_INSTALLED, 0, plugin.id),
            found=plugin,
            uses=plugin.manifest.hooks if plugin.manifest is not None else (),
        )
        self.roster.add(member)
        return member

    def _import(self, member: Member) -> None:
        try:
            self.loading.need(member)
        except NotThere:
            return  # its record says why, and it was told

    def _turn_away(self, record: PluginRecord, refusal: Refusal) -> None:
        reason = self.clean(refusal.reason)
        record = self.roster.turn_away(record, refusal.happening, reason, refusal.hint)
        if record.state is PluginState.DISABLED:
            return  # as a person wants it
        is_of_manifest = record.state is PluginState.INVALID_MANIFEST
        kind: type[PluginError] = InvalidPluginManifest if is_of_manifest else PluginLoadFailed
        error = kind(reason, next_step=refusal.hint)
        self.on_load_failure(
            LoadFailure(plugin=record.id, distribution=record.distribution, error=error)
        )
        if self.is_strict:
            raise PluginLoadFailed(f"plugin {record.id} could not be loaded", why=reason) from error


def _record(name: str, distribution: str, version: str, *, builtin: bool = False) -> PluginRecord:
    return PluginRecord(
        id=name,
        distribution=distribution,
        version=version,
        builtin=builtin,
        state=PluginState.INDEXED,
    )


def _record_of(plugin: FoundPlugin) -> PluginRecord:
    manifest = plugin.manifest
    hooks = {use.name for use in manifest.hooks} if manifest is not None else set()
    return attrs.evolve(
        _record(plugin.id, plugin.distribution, plugin.version),
        manifest=manifest,
        hooks=tuple(sorted(hooks)),
    )
