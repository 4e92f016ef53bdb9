"""Finds the plugins that installed distributions announce."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import attrs

GROUP = "orpheus.plugins"
"""The entry-point group. The object is a module or an instance with hook implementations."""


@attrs.frozen
class EntryPoint:
    """One announced plugin. *load* imports it."""

    name: str
    distribution: str
    version: str
    load: Callable[[], object]


def entry_points() -> Iterator[EntryPoint]:
    """Yield every announced plugin; nothing is imported."""
    import importlib_metadata  # 35 ms, and only needed once plugins are

    for point in importlib_metadata.entry_points(group=GROUP):
        distribution = point.dist
        yield EntryPoint(
            name=point.name,
            distribution=distribution.name if distribution else "",
            version=distribution.version if distribution else "",
            load=point.load,
        )
