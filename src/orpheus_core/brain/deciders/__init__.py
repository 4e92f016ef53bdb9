"""The core's own answers to what parts ask: the last to be asked, so that any plugin overrules."""

from orpheus_core.brain.deciders.mitigating import MitigationDecider
from orpheus_core.brain.deciders.quality import QualityDecider
from orpheus_core.brain.deciders.retrying import RetryDecider
from orpheus_core.brain.deciders.switching import SwitchDecider

__all__ = ["MitigationDecider", "QualityDecider", "RetryDecider", "SwitchDecider"]
