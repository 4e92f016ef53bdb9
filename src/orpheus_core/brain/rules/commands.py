"""The commands in a rule's advice: which words of them are replaced by what the event names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from orpheus_core.music import SERVICE_ID

if TYPE_CHECKING:
    from orpheus_core.brain.rules.watch import Firing


def filled_command(argv: tuple[str, ...], firing: Firing) -> tuple[str, ...]:
    """Return *argv* with ``{service}`` and ``{plugin}``, where one is a whole word, replaced.

    Empty, for no command, when the event names none, or something that is no id: what comes
    from events may be hostile, and a word that begins with ``-`` is an option.
    """
    ids = {"{service}": firing.event.service, "{plugin}": firing.event.plugin}
    filled = []
    for word in argv:
        if word in ids:
            word = ids[word] or ""
            if not re.fullmatch(SERVICE_ID, word):
                return ()
        filled.append(word)
    return tuple(filled)
