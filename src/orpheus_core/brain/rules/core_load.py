"""Rules in the box: services that have more to do than they can."""

from __future__ import annotations

from orpheus_core.brain.advice import Action
from orpheus_core.brain.events import Severity
from orpheus_core.brain.mitigation import Mitigation, MitigationKind
from orpheus_core.brain.rules.core_reach import ANSWERED
from orpheus_core.brain.rules.rule import EventPattern, Per, Rule, RuleAdvice

_FAILED = "network.request.failed"

LOAD_RULES = (
    # A status of 429, or a quota that the service's module reads out of an answer.
    Rule(
        id="rate-limited",
        when=EventPattern(kind=_FAILED, where={"error_type": "svc.rate-limited"}),
        per=Per.SERVICE,
        cooldown_s=30.0,
        then=(Mitigation(kind=MitigationKind.SLOW_DOWN, for_s=120.0),),
        advice=RuleAdvice(
            code="svc.rate-limited",
            title="{service} asks for fewer requests.",
            cause="It counts requests, and so many are too many for it.",
            done="Orpheus waits as long as it says, up to network.max_wait_s, and sends half as "
            "many for two minutes.",
            severity=Severity.INFO,
            actions=(
                Action(
                    id="wait",
                    label="nothing to do, unless a job ends for it: then give the same command "
                    "again later",
                ),
            ),
        ),
    ),
    Rule(
        id="service-down",
        when=EventPattern(kind=_FAILED, where={"error_type": "svc.down"}),
        count=5,
        within_s=300.0,
        per=Per.SERVICE,
        reset=ANSWERED,
        cooldown_s=0.0,
        then=(Mitigation(kind=MitigationKind.PAUSE_SERVICE, for_s=60.0),),
        advice=RuleAdvice(
            code="svc.paused",
            title="{service} has failed to answer {count} times in a row.",
            cause="It is overloaded, or being worked on.",
            done="It is left alone for a minute; then its work goes on by itself.",
            actions=(
                Action(
                    id="wait",
                    label="nothing to do; if it stays, see what {service} says about its state",
                ),
            ),
        ),
    ),
)
