"""Rules in the box: a plugin that fails again and again."""

from __future__ import annotations

from orpheus_core.brain.advice import Action, Applicability
from orpheus_core.brain.rules.rule import EventPattern, Per, Rule, RuleAdvice

PLUGIN_RULES = (
    Rule(
        id="plugin-failing",
        when=EventPattern(kind="plugin.hook.failed"),
        count=3,  # after so many in a row, a plugin may be muted, and fails no more
        within_s=600.0,
        per=Per.PLUGIN,
        cooldown_s=3600.0,
        advice=RuleAdvice(
            code="plugin.hook-failed",
            title="The plugin {plugin} failed {count} times in ten minutes.",
            cause="It has a defect, or does not fit this version of Orpheus.",
            done="Each time its answer was left out, and the others went on.",
            actions=(
                Action(
                    id="disable",
                    label="orpheus plugin disable {plugin}",
                    argv=("orpheus", "plugin", "disable", "{plugin}"),
                    applicability=Applicability.CONFIRM,
                ),
                Action(
                    id="plugin-info",
                    label="orpheus plugin info {plugin}",
                    argv=("orpheus", "plugin", "info", "{plugin}"),
                    applicability=Applicability.AUTOMATIC,
                ),
            ),
        ),
    ),
)
