"""Runs a stage. Built-in plugin ``core-run``."""

from __future__ import annotations

from orpheus_core.delivery.item import Item
from orpheus_core.delivery.stage import Stage, StageContext
from orpheus_core.hookspecs import hookimpl


class PlainExecution:
    """Calls the stage's own `run`; wrappers of ``orpheus_run_stage`` stand around it."""

    @hookimpl(trylast=True)
    def orpheus_run_stage(self, stage: Stage, item: Item, context: StageContext) -> Item:
        """Run *stage* on *item*."""
        return stage.run(item, context)
