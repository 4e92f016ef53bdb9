"""Rules in the box: files that come cut, little room, stages that fail again and again."""

from __future__ import annotations

from orpheus_core.brain.advice import Action
from orpheus_core.brain.mitigation import Mitigation, MitigationKind
from orpheus_core.brain.rules.rule import EventPattern, Per, Rule, RuleAdvice

DELIVERY_RULES = (
    Rule(
        id="files-cut",
        when=EventPattern(
            kind="transfer.interrupted",
            where={"error_type": ("net.truncated", "net.connection-lost", "net.stalled")},
        ),
        count=3,
        within_s=300.0,
        per=Per.HOST,
        then=(Mitigation(kind=MitigationKind.USE_ALTERNATIVE, for_s=600.0),),
        advice=RuleAdvice(
            code="net.truncated",
            title="Files from {host} stop half-way again and again.",
            cause="The connection is cut, by that host or on the way.",
            done="They go on where they stopped, from another host if {service} names one.",
            actions=(
                Action(
                    id="check-the-connection",
                    label="check the connection: a weak wireless network cuts long transfers first",
                ),
            ),
        ),
    ),
    Rule(
        id="disk-nearly-full",
        when=EventPattern(kind="system.disk.low"),
        per=Per.ALL,
        cooldown_s=3600.0,
        advice=RuleAdvice(
            code="io.disk-nearly-full",
            title="The disk that the music goes to is nearly full.",
            cause="Less than a gigabyte is free: an album may not fit.",
            actions=(
                Action(id="free-space", label="free some space, or choose another folder: --to"),
            ),
        ),
    ),
    # Not what is the fault of one item: a cover that is too large says nothing of the next.
    Rule(
        id="stage-failing",
        when=EventPattern(
            kind="stage.skipped", where={"error_type": ("stage.*.failed", "plugin.*", "bug.*")}
        ),
        count=3,
        within_s=600.0,
        per=Per.STAGE,
        cooldown_s=600.0,
        then=(Mitigation(kind=MitigationKind.SKIP_STAGE, for_s=600.0),),
        advice=RuleAdvice(
            code="stage.failing",
            title="The stage {stage} failed {count} times.",
            cause="The plugin that brings it meets something that it cannot do.",
            done="The music is whole without it; what it would convert is left as it is for ten "
            "minutes.",
            actions=(
                Action(
                    id="same-again",
                    label="look at the reason (orpheus explain), then give the same command again "
                    "to have it done",
                ),
            ),
        ),
    ),
)
