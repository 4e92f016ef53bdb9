"""An extension: how much of a run was waiting for services, said when it ends.

It is a class, since it remembers something: each application makes an object of its own. As a
package it needs one line more, in its pyproject.toml::

    [project.entry-points."orpheus.plugins"]
    patience = "patience:Patience"

Its one setting, in config.toml::

    [patience]
    least_s = 5
"""

import threading

import orpheus_core as oc

WAITS = ("network.retry.scheduled", "network.throttle.waited")


class Patience:
    """Adds up the waits that it hears of."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waits_s: list[float] = []
        self._least_s = 1.0
        self._context: oc.PluginContext | None = None

    @oc.hookimpl
    def orpheus_configure(self, context: oc.PluginContext) -> None:
        """Take the settings, and the way to say something."""
        least_s = context.settings.get("least_s")
        if isinstance(least_s, int | float):
            self._least_s = least_s
        self._context = context

    @oc.hookimpl
    def orpheus_event(self, event: oc.Event) -> None:
        """Add a wait. Events come from several threads, so it takes its lock."""
        after_s = event.data.get("after_s")
        if event.kind in WAITS and isinstance(after_s, int | float):
            with self._lock:
                self._waits_s.append(after_s)

    @oc.hookimpl
    def orpheus_teardown(self) -> None:
        """Say what came together, if it is worth a sentence."""
        waits, waited_s = len(self._waits_s), sum(self._waits_s)
        if self._context and waits and waited_s >= self._least_s:
            self._context.say(f"{waits} waits for services, {waited_s:.1f} s in all")
