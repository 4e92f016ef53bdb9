"""The one default application, made at first use."""

from __future__ import annotations

import atexit
import threading

from orpheus_core.app import Orpheus
from orpheus_core.errors import HookFailed

_lock = threading.RLock()
_opened: Orpheus | None = None
_is_opening = False


def application() -> Orpheus:
    """Return the default application: installed plugins, the person's own settings.

    Raises:
        HookFailed: a plugin asks for it while it is imported, and so while it is opened.
    """
    global _opened, _is_opening  # noqa: PLW0603 - the one global state there is
    with _lock:
        if _is_opening:
            raise HookFailed(
                "the default application is being opened",
                why="a plugin uses it while it is imported, or on an event of the opening itself",
                next_step="report it to the plugin's author: events and hooks come with what is "
                "needed",
            )
        if _opened is None:
            _is_opening = True
            try:
                _opened = Orpheus()
            finally:
                _is_opening = False
            atexit.register(_opened.close)
        return _opened
