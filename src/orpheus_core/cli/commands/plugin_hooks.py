"""``orpheus plugin hooks``: what a plugin can implement, and who does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from orpheus_core.cli.columns import wrap
from orpheus_core.cli.envelope import success
from orpheus_core.cli.groups import OrpheusCommand
from orpheus_core.cli.invocation import Invocation

if TYPE_CHECKING:
    from orpheus_core.cli.hook_texts import HookText

_INDENT = " " * 4


@click.command(cls=OrpheusCommand, name="hooks")
@click.argument("hook", required=False)
@click.pass_obj
def list_hooks(invocation: Invocation, hook: str | None) -> None:
    """List the hooks that plugins can implement, or explain one HOOK.

    No plugin is imported for this: who implements a hook is what manifests say.

    \b
      orpheus plugin hooks orpheus_advise
    """
    from orpheus_core.cli.hook_texts import hook_text, hook_texts
    from orpheus_core.cli.opening import opened

    with opened(invocation, warn=False, eager=False) as app:
        if invocation.json:
            texts = [hook_text(app, hook)] if hook else hook_texts(app)
            data = {"hooks": [_data(text) for text in texts]}
            invocation.output.document(success(invocation, "orpheus.hooks/1", data))
        elif hook:
            invocation.output.result(*_page(hook_text(app, hook)))
        else:
            lines = [line for text in hook_texts(app) for line in _entry(text)]
            invocation.output.result(*lines)


def _entry(hook: HookText) -> list[str]:
    return [
        _heading(hook),
        *wrap(hook.sentence or _unknown(hook), _INDENT, _INDENT),
        *wrap(_users(hook), _INDENT, _INDENT),
    ]


def _page(hook: HookText) -> list[str]:
    text = hook.text or _unknown(hook)
    return [_heading(hook), "", *text.splitlines(), "", *wrap(_users(hook), "", _INDENT)]


def _heading(hook: HookText) -> str:
    verb = f"   {hook.verb}" if hook.verb else ""
    return f"{hook.name}({', '.join(hook.arguments)}){verb}"


def _unknown(hook: HookText) -> str:
    return f"A hook that plugin {hook.added_by} adds, once it is imported."


def _users(hook: HookText) -> str:
    from orpheus_core.cli.hook_texts import user_text

    return "used by " + (", ".join(map(user_text, hook.users)) or "nobody")


def _data(hook: HookText) -> dict[str, object]:
    return {
        "name": hook.name,
        "verb": hook.verb or None,
        "arguments": hook.arguments,
        "text": hook.text,
        "added_by": hook.added_by or None,
        "plugins": [
            {
                "id": user.plugin,
                "events": user.use.events,
                "wrapper": user.use.wrapper,
                "tryfirst": user.use.tryfirst,
                "trylast": user.use.trylast,
            }
            for user in hook.users
        ],
    }
