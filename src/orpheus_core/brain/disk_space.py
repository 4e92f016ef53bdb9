"""Looks whether the disk has room when a job begins. Built-in plugin ``core-disk-space``."""

from __future__ import annotations

from pathlib import Path

import attrs

from orpheus_core.brain.events import Event
from orpheus_core.brain.plugin_context import PluginContext
from orpheus_core.errors import StorageError
from orpheus_core.hookspecs import hookimpl
from orpheus_core.storage import free_bytes

LOW_BYTES = 1_000_000_000


@attrs.define(eq=False)
class DiskSpace:
    """Publishes ``system.disk.low`` when a job begins and less than a gigabyte is free."""

    _context: PluginContext | None = None

    @hookimpl
    def orpheus_configure(self, context: PluginContext) -> None:
        """Hear of the beginning of jobs, and of nothing else."""
        self._context = context
        context.events.subscribe(self._look, kinds=["job.started"], name=context.plugin)

    def _look(self, started: Event) -> None:
        target = started.data.get("target")
        if self._context is None or not isinstance(target, str) or not target:
            return
        try:
            free = free_bytes(Path(target))
        except StorageError:
            return  # the job meets it as well, and says what it is
        if free < LOW_BYTES:
            self._context.events.emit(
                "system.disk.low",
                service=started.service,
                subject=started.subject,
                cause=started,
                data={"free_bytes": free, "path": target},
            )
