"""The hooks as they are documented: verb, arguments, sentences."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import NamedTuple

from orpheus_core import hookspecs
from orpheus_core.app import Orpheus
from orpheus_core.cli.failures import nearest
from orpheus_core.errors import UnknownWord
from orpheus_core.plugins import HookUse
from orpheus_core.plugins.records import HookUser

PREFIX = "orpheus_"
_VERB = re.compile(r"\s*Verb: (\w+)\.")


class HookText(NamedTuple):
    """A hook. *users* are the plugins that implement it, in the order in which they are called.

    *verb* and *text* are empty, and *arguments* too, for a hook that a plugin adds which is
    not imported.
    """

    name: str
    verb: str
    arguments: tuple[str, ...]
    text: str
    users: tuple[HookUser, ...]
    added_by: str = ""

    @property
    def sentence(self) -> str:
        """The first sentence of the text."""
        return self.text.partition("\n")[0]


def hook_texts(app: Orpheus) -> list[HookText]:
    """Return every hook: the core's as they stand in their file, then those of plugins."""
    users = app.plugins.hooks()
    adders = {
        hook: record.id
        for record in app.plugins.records()
        if record.manifest
        for hook in record.manifest.adds_hooks
    }
    specs: dict[str, Callable[..., object]] = {
        name: spec for name, spec in vars(hookspecs).items() if name.startswith(PREFIX)
    }
    core = [_text(name, spec, users.get(name, ())) for name, spec in specs.items()]
    others = sorted({*users, *adders} - set(specs))
    return core + [
        HookText(name, "", (), "", users.get(name, ()), adders.get(name, "")) for name in others
    ]


def hook_text(app: Orpheus, name: str) -> HookText:
    """Return the hook *name*, with or without the prefix that all have.

    Raises:
        UnknownWord: there is none.
    """
    known = {hook.name: hook for hook in hook_texts(app)}
    wanted = name.strip().lower().replace("-", "_")
    found = known.get(wanted) or known.get(PREFIX + wanted)
    if found is not None:
        return found
    near = nearest(PREFIX + wanted.removeprefix(PREFIX), list(known))
    raise UnknownWord(
        f"there is no hook {name!r}",
        next_step=f"did you mean {near}?" if near else "orpheus plugin hooks     lists them",
    )


def user_text(user: HookUser) -> str:
    """Return a plugin with what is special about its implementation: ``x (wrapper)``."""
    notes = [*user.use.events, *flags(user.use)]
    return f"{user.plugin} ({', '.join(notes)})" if notes else user.plugin


def flags(use: HookUse) -> list[str]:
    """Return what makes *use* other than plain: ``wrapper``, ``first``, ``last``."""
    marks = {"wrapper": use.wrapper, "first": use.tryfirst, "last": use.trylast}
    return [word for word, is_set in marks.items() if is_set]


def _text(name: str, spec: Callable[..., object], users: tuple[HookUser, ...]) -> HookText:
    text = inspect.getdoc(spec) or ""
    verb = _VERB.search(text)
    return HookText(
        name=name,
        verb=verb[1] if verb else "",
        arguments=tuple(inspect.signature(spec).parameters),
        text=_VERB.sub("", text, count=1),
        users=users,
    )
