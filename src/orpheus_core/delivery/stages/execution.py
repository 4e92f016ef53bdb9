"""Runs a stage. Built-in plugin ``core-run``."""

from __future__ import annotations

from orpheus_core.delivery.item import Item
from orpheus_core.delivery.stage import Stage, StageContext
from orpheus_core.errors import HookFailed
from orpheus_core.hookspecs import hookimpl


class PlainExecution:
    """Calls the stage's own `run`; wrappers of ``orpheus_run_stage`` stand around it."""

    @hookimpl(trylast=True)
    def orpheus_run_stage(self, stage: Stage, item: Item, context: StageContext) -> Item:
        """Run *stage* on *item*.

        Raises:
            HookFailed: it answered with something else than the item as it is now, or wants
                to end the program.
        """
        try:
            result: object = stage.run(item, context)
        except SystemExit as error:
            raise HookFailed(f"stage {stage.name} wants to end the whole program") from error
        if not isinstance(result, type(item)):
            # Said here, of the stage: the host would take it for a fault of this plugin.
            raise HookFailed(
                f"stage {stage.name} answered with {type(result).__name__} where "
                f"{type(item).__name__} was due"
            )
        return result
