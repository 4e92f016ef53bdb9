"""The plugin as it is installed keeps to every rule for advisors."""

from __future__ import annotations

from orpheus_core.testing import AdvisorConformance


class TestAssistant(AdvisorConformance):
    """Every rule, up to the highest level, on the sample that the manifest names."""

    plugin = "assistant"
