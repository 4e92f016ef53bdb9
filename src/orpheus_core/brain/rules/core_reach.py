"""Rules in the box: hosts that are not found, not reached, or do not answer as they should."""

from __future__ import annotations

from orpheus_core.brain.advice import Action
from orpheus_core.brain.mitigation import Mitigation, MitigationKind
from orpheus_core.brain.rules.rule import EventPattern, Per, Range, Rule, RuleAdvice

_FAILED = "network.request.failed"
# Also with what a request does not like, such as a 404: the host is there, and works.
ANSWERED = EventPattern(
    kind="network.request.*",
    where={"http.response.status_code": Range(at_least=200, at_most=499)},
)
_ELSEWHERE = (Mitigation(kind=MitigationKind.USE_ALTERNATIVE, for_s=300.0),)
_ASKED_ELSEWHERE = "If {service} names another host that answers the same, that one is asked now."

REACH_RULES = (
    Rule(
        id="dns-repeated",
        when=EventPattern(
            kind=_FAILED, where={"error_type": ("net.dns-failure", "net.dns-timeout")}
        ),
        count=3,
        per=Per.HOST,
        reset=ANSWERED,
        then=_ELSEWHERE,
        advice=RuleAdvice(
            code="net.dns-failure",
            title="The name {host} could not be looked up, {count} times in a row.",
            cause="This network's name service does not know it, or does not answer.",
            done=_ASKED_ELSEWHERE,
            actions=(
                Action(
                    id="open-a-page",
                    label="open any web page: if that fails too, it is the network and not "
                    "{service}",
                ),
                Action(
                    id="other-name-server",
                    label="if only this name fails, try another name server in the network "
                    "settings of this system, or switch a filter or VPN off",
                ),
            ),
        ),
    ),
    Rule(
        id="unreachable-repeated",
        when=EventPattern(
            kind=_FAILED,
            where={"error_type": ("net.refused", "net.unreachable", "net.connect-timeout")},
        ),
        count=3,
        per=Per.HOST,
        reset=ANSWERED,
        then=_ELSEWHERE,
        advice=RuleAdvice(
            code="net.unreachable",
            title="No connection to {host} came about, {count} times in a row.",
            cause="Something on the way keeps connections back, or nobody answers at the other "
            "end.",
            done=_ASKED_ELSEWHERE,
            actions=(
                Action(
                    id="check-the-way",
                    label="open any web page: if that fails too, look at the connection; if not, "
                    "at a VPN or firewall, or at {host} itself if it is yours",
                ),
            ),
        ),
    ),
    # Nothing to tell a person: what came of it is told where it ends.
    Rule(
        id="host-failing",
        when=EventPattern(
            kind=_FAILED,
            where={
                "error_type": (
                    "net.read-timeout",
                    "net.stalled",
                    "net.too-slow",
                    "net.connection-lost",
                    "net.truncated",
                    "svc.down",
                )
            },
        ),
        count=3,
        per=Per.HOST,
        reset=ANSWERED,
        then=_ELSEWHERE,
    ),
)
