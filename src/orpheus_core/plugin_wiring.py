"""Opens the plugin framework for an application, and ties it to settings and events."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from types import MappingProxyType

from orpheus_core.brain import EventBus, PluginContext
from orpheus_core.brain.plugin_news import PluginNews, trace_of
from orpheus_core.brain.plugin_settings import check_sections, plugin_settings, raw_settings
from orpheus_core.clock import Clock
from orpheus_core.config import ARGUMENTS, Home, Settings, Value, variable_name
from orpheus_core.errors import PluginUnavailable
from orpheus_core.plugins import (
    HookFailure,
    LastFailures,
    PluginHost,
    PluginIndex,
    PluginMode,
    PluginRecord,
    PluginState,
    is_out,
)
from orpheus_core.redaction import Redactor
from orpheus_core.version import VERSION

ONLY = "ORPHEUS_PLUGINS"
"""The variable that names the installed plugins which are loaded, and no others."""

NO_INDEX = "ORPHEUS_NO_INDEX"
"""The variable that has the plugins looked for anew, and nothing remembered."""

_OFF = ("", "0", "false", "no")


class PluginWiring:
    """Makes the plugin host of an application.

    Attributes:
        index: knows what is installed.
        host: the plugins; none is there before `open`.
    """

    def __init__(
        self,
        *,
        home: Home,
        settings: Settings,
        environ: Mapping[str, str],
        events: EventBus,
        redactor: Redactor,
        clock: Clock,
    ) -> None:
        self._home = home
        self._sections = settings.plugin_sections
        self._environ = environ
        self._events = events
        self._redactor = redactor
        self._news = PluginNews(events)
        self._values: dict[str, Mapping[str, Value]] = {}
        self.index = plugin_index(home, environ)
        self.host = PluginHost(
            index=self.index,
            disabled=settings.plugins.disabled,
            only=_only(environ),
            mode=PluginMode(settings.plugins.mode.strip().lower()),
            failures=LastFailures(home.cache / "plugin-failures.json"),
            clean=redactor.clean,
            on_failure=self._hook_failed,
            on_load_failure=self._news.tell_error,
            on_state=self._state_changed,
            contexts=self.context,
            clock=clock,
        )

    def open(
        self,
        builtins: Mapping[str, object],
        own: Mapping[str, object],
        *,
        discover: bool,
        eager: bool,
    ) -> None:
        """Register the core's plugins, those of a script (*own*), and those that are installed.

        Args:
            discover: whether installed plugins come in at all.
            eager: whether those without a manifest are imported now.

        Raises:
            InvalidSetting: a section of the settings is no plugin's, or holds what the
                plugin did not declare.
        """
        # First, so that it learns what becomes of the others.
        self.host.register_builtins({"core-plugin-news": self._news}, VERSION)
        self.host.register_builtins(dict(builtins), VERSION)
        for name, plugin in own.items():
            self.host.register(name, plugin)
        if discover:
            self.host.discover(eager=False)
        self._mask_variables()
        self._check_settings(every=discover)
        for record in self._not_imported() if eager else ():
            with contextlib.suppress(PluginUnavailable):  # its record says why, and it was told
                self.host.activate(record.id)

    def settings_of(self, record: PluginRecord) -> Mapping[str, Value]:
        """Return the values of a plugin's settings: those of its manifest, each set.

        Of a plugin without a manifest, what was set for it, as it was written.

        Raises:
            InvalidSetting: a value does not fit.
        """
        if record.id not in self._values:
            self._values[record.id] = MappingProxyType(self._read(record))
        return self._values[record.id]

    def _read(self, record: PluginRecord) -> dict[str, Value]:
        if record.manifest is None:
            return raw_settings(record.id, self._sections)
        infos = record.manifest.settings
        is_set = {variable_name(record.id, info.key) for info in infos} & self._environ.keys()
        secrets = credential_variables(self.host) if is_set else ()
        return plugin_settings(record.id, infos, self._sections, self._environ, secrets=secrets)

    def _mask_variables(self) -> None:
        """Mask the credentials in the environment: a plugin may read them by itself."""
        for variable, is_secret in credential_variables(self.host).items():
            if is_secret and variable in self._environ:
                self._redactor.add(self._environ[variable])

    def _check_settings(self, *, every: bool) -> None:
        """Refuse what was set for nobody, or does not fit.

        What was set for a plugin that is out is nobody's business. A section of the file may
        be an installed plugin's: whose it is can be said when *every* plugin was looked for.
        """
        there = [record for record in self.host.records() if not record.builtin]
        judged = [raw for raw in self._sections if every or raw.source == ARGUMENTS]
        check_sections(judged, {record.id for record in there})
        for record in there:
            if record.state is PluginState.INDEXED or not is_out(record, self.host):
                self.settings_of(record)

    def _not_imported(self) -> list[PluginRecord]:
        """The plugins without a manifest."""
        records = self.host.records()
        return [record for record in records if record.state is PluginState.INDEXED]

    def context(self, record: PluginRecord) -> PluginContext:
        """Return what a plugin is given when it is imported.

        Raises:
            InvalidSetting: a setting of it does not fit.
        """
        return PluginContext(
            plugin=record.id,
            settings=self.settings_of(record),
            folder=self._home.data / "plugins" / re.sub(r"[^a-z0-9_-]", "_", record.id),
            events=self._events,
            host=self.host,
        )

    def _state_changed(self, record: PluginRecord) -> None:
        self.host.emit("orpheus_plugin_state", record=record)

    def _hook_failed(self, failure: HookFailure) -> None:
        record = self.host.record(failure.plugin)
        self._events.emit(
            "plugin.hook.failed",
            plugin=failure.plugin,
            data={
                "hook": failure.hook,
                "reason": str(failure.error),
                "hint": record.hint,
                **trace_of(failure.error),
            },
        )


def plugin_index(home: Home, environ: Mapping[str, str]) -> PluginIndex:
    """Return what knows the installed plugins of an application with this *home*."""
    is_remembered = environ.get(NO_INDEX, "").strip().lower() in _OFF
    return PluginIndex(home.cache / "plugins" if is_remembered else None)


def _only(environ: Mapping[str, str]) -> tuple[str, ...] | None:
    """The installed plugins that are loaded; None: all."""
    if ONLY not in environ:
        return None
    return tuple(name.strip() for name in environ[ONLY].split(",") if name.strip())


def credential_variables(host: PluginHost) -> dict[str, bool]:
    """Return the variables that supply a credential of a service or login: whether a secret."""
    manifests = [record.manifest for record in host.records() if record.manifest]
    fields = [
        *((info.id, info.credentials) for each in manifests for info in each.services),
        *((info.service, info.fields) for each in manifests for info in each.logins),
    ]
    found: dict[str, bool] = {}
    for service, of in fields:
        for field in of:
            variable = variable_name(service, field.name)
            found[variable] = found.get(variable, False) or field.secret
    return found
