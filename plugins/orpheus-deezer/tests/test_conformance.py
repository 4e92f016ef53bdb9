"""The plugin as it is installed keeps to every rule for services."""

from __future__ import annotations

from orpheus_core.testing import ServiceConformance


class TestDeezer(ServiceConformance):
    """Every rule, up to the highest level, on the sample that the manifest names."""

    plugin = "deezer"
