"""``orpheus plugin order``: what runs after what."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from orpheus_core.cli.columns import table, wrap
from orpheus_core.cli.envelope import success
from orpheus_core.cli.groups import OrpheusCommand
from orpheus_core.cli.invocation import Invocation

if TYPE_CHECKING:
    from orpheus_core.app import Orpheus
    from orpheus_core.cli.hook_texts import HookText
    from orpheus_core.delivery.graph import StageOrder, UnknownName
    from orpheus_core.plugins import Answer, StageInfo


@click.command(cls=OrpheusCommand, name="order")
@click.argument("hook", required=False)
@click.pass_obj
def show_order(invocation: Invocation, hook: str | None) -> None:
    """Show the order of the stages, or of the plugins that implement HOOK.

    No plugin is imported for this: what each brings is what its manifest says.

    \b
      orpheus plugin order
      orpheus plugin order orpheus_decide
    """
    from orpheus_core.cli.hook_texts import hook_text
    from orpheus_core.cli.opening import opened

    with opened(invocation, warn=False, eager=False) as app:
        if hook:
            _show_users(invocation, hook_text(app, hook))
        else:
            _show_stages(invocation, app)


def unknown_text(found: UnknownName) -> str:
    """Return what is said of a name that no stage has."""
    near = f"; did you mean {found.nearest}?" if found.nearest else ""
    return (
        f"stage {found.stage} of plugin {found.plugin} wants to stand {found.where} "
        f"{found.name}, and no stage is called so{near}"
    )


def _show_users(invocation: Invocation, hook: HookText) -> None:
    from orpheus_core.cli.hook_texts import flags

    if invocation.json:
        data = {
            "hook": hook.name,
            "plugins": [{"id": user.plugin, "wrapper": user.use.wrapper} for user in hook.users],
        }
        invocation.output.document(success(invocation, "orpheus.hook-order/1", data))
        return
    if not hook.users:
        invocation.output.say(f"No plugin implements {hook.name}.")
        return
    rows = [["", "plugin", ""]]
    rows += [
        [str(number), user.plugin, ", ".join(flags(user.use))]
        for number, user in enumerate(hook.users, start=1)
    ]
    invocation.output.result(*table(rows))


def _show_stages(invocation: Invocation, app: Orpheus) -> None:
    from orpheus_core.cli.installed import not_asked
    from orpheus_core.delivery.graph import order_of
    from orpheus_core.delivery.planner import stage_claims

    order = order_of(stage_claims(app.plugins))
    silent = not_asked(app)
    if invocation.json:
        data = _data(order, silent)
        invocation.output.document(success(invocation, "orpheus.stage-order/1", data))
        return
    rows = [["", "stage", "for each", "plugin", "after", "before"]]
    rows += [_row(number, answer) for number, answer in enumerate(order.stages, start=1)]
    invocation.output.result(
        *table([[invocation.output.harmless(cell) for cell in row] for row in rows])
    )
    for found in order.unknown:
        lines = wrap(unknown_text(found), "note: ", " " * 6)
        invocation.output.say(*lines, style="note", mark="note:")
    for name in silent:
        invocation.output.say(f"not asked: {name} (it has no manifest)")


def _row(number: int, answer: Answer[StageInfo]) -> list[str]:
    stage = answer.value
    return [
        str(number),
        stage.name + (" (optional)" if stage.optional else ""),
        stage.scope.value,
        answer.plugin,
        ", ".join(stage.after) or "-",
        ", ".join(stage.before) or "-",
    ]


def _data(order: StageOrder[StageInfo], silent: list[str]) -> dict[str, object]:
    return {
        "stages": [
            {
                "name": answer.value.name,
                "scope": answer.value.scope.value,
                "plugin": answer.plugin,
                "after": answer.value.after,
                "before": answer.value.before,
                "optional": answer.value.optional,
            }
            for answer in order.stages
        ],
        "unknown": [
            {
                "stage": found.stage,
                "plugin": found.plugin,
                "where": found.where,
                "name": found.name,
                "nearest": found.nearest,
            }
            for found in order.unknown
        ],
        "not_asked": silent,
    }
