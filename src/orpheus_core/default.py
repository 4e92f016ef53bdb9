"""The one default application, made at first use."""

from __future__ import annotations

import atexit
import functools
import threading

from orpheus_core.app import Orpheus

_lock = threading.Lock()


def application() -> Orpheus:
    """Return the default application: installed plugins, the person's own settings."""
    with _lock:
        return _opened()


@functools.cache
def _opened() -> Orpheus:
    app = Orpheus()
    atexit.register(app.close)
    return app
