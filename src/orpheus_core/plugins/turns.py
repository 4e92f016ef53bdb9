"""One import of each plugin, however many threads need it, and none of them waits for ever."""

from __future__ import annotations

import threading


class Turns:
    """Gives one thread at a time the turn to import a plugin.

    Imports run foreign code, which may call hooks, and so need other plugins, or start
    threads that do: a thread is never made to wait for itself, however indirectly.

    Args:
        longest_wait_s: after this a thread goes on without the plugin: it may wait for a
            thread that waits for it in a way that cannot be seen from here.
    """

    def __init__(self, longest_wait_s: float = 60.0) -> None:
        self._longest_wait_s = longest_wait_s
        self._changed = threading.Condition()
        self._owners: dict[str, int] = {}
        self._waiting: dict[int, str] = {}

    def take(self, plugin: str, *, patient: bool = True) -> bool:
        """Return True when it is this thread's turn; `give_back` ends it.

        False when waiting would not end, or, if not *patient*, when there is anything to
        wait for.
        """
        me = threading.get_ident()
        with self._changed:
            if plugin in self._owners:
                if not patient or self._leads_to(me, plugin):
                    return False
                self._waiting[me] = plugin
                try:
                    free = self._changed.wait_for(
                        lambda: plugin not in self._owners, self._longest_wait_s
                    )
                finally:
                    del self._waiting[me]
                if not free:
                    return False
            self._owners[plugin] = me
            return True

    def give_back(self, plugin: str) -> None:
        """End this thread's turn."""
        with self._changed:
            del self._owners[plugin]
            self._changed.notify_all()

    def is_mine(self, plugin: str) -> bool:
        """Whether it is this thread's turn."""
        return self._owners.get(plugin) == threading.get_ident()

    def _leads_to(self, me: int, plugin: str) -> bool:
        """Whether whoever has the turn waits for *me*, or for somebody who does."""
        wanted: str | None = plugin
        while wanted is not None:
            owner = self._owners.get(wanted)
            if owner is None:
                return False
            if owner == me:
                return True
            wanted = self._waiting.get(owner)
        return False
