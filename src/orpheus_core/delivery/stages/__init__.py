"""The core's own stages and what belongs to them, each a plugin like any other."""

from __future__ import annotations

from orpheus_core.config import Settings
from orpheus_core.delivery.stages.cover import Cover
from orpheus_core.delivery.stages.download import Download
from orpheus_core.delivery.stages.execution import PlainExecution
from orpheus_core.delivery.stages.keep import Keep
from orpheus_core.delivery.stages.naming import SettingsLayout
from orpheus_core.delivery.stages.package import Package
from orpheus_core.delivery.stages.resolve import Resolve
from orpheus_core.delivery.stages.tag import PreviewTags, Tag
from orpheus_core.delivery.stages.verify import Verify


def builtin_plugins(settings: Settings) -> dict[str, object]:
    """Return the plugins that make the pipeline, by id."""
    return {
        "core-resolve": Resolve(),
        "core-keep": Keep(),
        "core-download": Download(),
        "core-verify": Verify(),
        "core-cover": Cover(),
        "core-tag": Tag(),
        "core-preview-tags": PreviewTags(),
        "core-package": Package(),
        "core-layout": SettingsLayout(settings.layout),
        "core-run": PlainExecution(),
    }
