"""What a plugin is given when it is imported."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import attrs

from orpheus_core import hookspecs
from orpheus_core.brain.bus import EventBus
from orpheus_core.brain.events import Severity
from orpheus_core.config import Value
from orpheus_core.errors import HookFailed
from orpheus_core.plugins import Answer, PluginHost

T = TypeVar("T")

SAID = "plugin.said"


@attrs.frozen(kw_only=True)
class PluginContext:
    """A plugin's own view of the application.

    Attributes:
        plugin: its id.
        settings: the values of its settings, by key: those of its manifest, each set.
        folder: where it may keep files of its own; it is made at first use by the plugin.
        events: publish and subscribe.
    """

    plugin: str
    settings: Mapping[str, Value]
    folder: Path
    events: EventBus
    _host: PluginHost = attrs.field(alias="host", repr=False)

    def say(
        self,
        message: str,
        *,
        severity: Severity = Severity.INFO,
        next_step: str = "",
        service: str | None = None,
    ) -> None:
        """Tell the person something: the command line shows it while work goes on.

        Args:
            message: one sentence.
            next_step: what they can do, if anything.
        """
        self.events.emit(
            SAID,
            plugin=self.plugin,
            source=f"plugin/{self.plugin}",
            service=service,
            severity=severity,
            data={"message": message, "next_step": next_step},
        )

    def ask(self, hook: str, expect: type[T], **arguments: object) -> list[Answer[T]]:
        """Call *hook*, one that this plugin added, and return what others answer.

        Raises:
            HookFailed: it is not a hook that this plugin added.
        """
        own = self._own_hooks()
        if hook not in own:
            raise HookFailed(
                f"plugin {self.plugin} asks {hook}, which is no hook of its own",
                why=f"its own hooks: {', '.join(own) or 'none'}",
                next_step="add the hook in orpheus_add_hookspecs, and name it in adds_hooks",
                evidence={"plugin": self.plugin, "hook": hook},
            )
        return self._host.collect(hook, expect, only=None, event_kind=None, **arguments)

    def _own_hooks(self) -> list[str]:
        """The hooks that this plugin added: as its manifest says, else by their names."""
        manifest = self._host.record(self.plugin).manifest
        there = [name for name in self._host.hooks() if not hasattr(hookspecs, name)]
        if manifest is not None:
            return [name for name in there if name in manifest.adds_hooks]
        prefix = f"orpheus_{self.plugin.replace('-', '_')}_"
        return [name for name in there if name.startswith(prefix)]
