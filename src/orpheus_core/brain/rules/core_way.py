"""Rules in the box: what stands between this machine and a service."""

from __future__ import annotations

from orpheus_core.brain.advice import Action
from orpheus_core.brain.events import Severity
from orpheus_core.brain.mitigation import Mitigation, MitigationKind
from orpheus_core.brain.rules.rule import EventPattern, Per, Rule, RuleAdvice

_NOTHING_SENT = "No credentials were sent there."


def _failed(*codes: str) -> EventPattern:
    return EventPattern(kind="network.request.failed", where={"error_type": codes})


WAY_RULES = (
    Rule(
        id="captive-portal",
        when=_failed("net.captive-portal", "net.unexpected-address"),
        per=Per.ALL,
        then=(Mitigation(kind=MitigationKind.STOP_RETRYING, for_s=120.0),),
        cooldown_s=120.0,
        advice=RuleAdvice(
            code="net.captive-portal",
            title="This network answers in the place of {host}.",
            cause="It wants a sign-in first, as those of hotels, trains and airports do; or it has "
            "a filter that keeps this host out.",
            done="What failed there is not tried again for two minutes.",
            severity=Severity.ERROR,
            actions=(
                Action(
                    id="sign-in",
                    label="open any page in a browser and sign in to this network, then give the "
                    "same command again; if there is no sign-in, look for a filter of names",
                ),
            ),
        ),
    ),
    Rule(
        id="clock-wrong",
        when=_failed("net.clock-wrong"),
        per=Per.ALL,
        advice=RuleAdvice(
            code="net.clock-wrong",
            title="The date of this machine seems to be wrong.",
            cause="The certificate of {host} begins to be valid later than this machine's date.",
            done=_NOTHING_SENT,
            severity=Severity.ERROR,
            actions=(
                Action(
                    id="set-the-clock",
                    label="let this system set its date and time by itself, then give the same "
                    "command again",
                ),
            ),
        ),
    ),
    Rule(
        id="certificate-expired",
        when=_failed("net.tls-expired"),
        per=Per.HOST,
        advice=RuleAdvice(
            code="net.tls-expired",
            title="The certificate of {host} has expired.",
            cause="The date of this machine is too late, or {service} forgot to renew it.",
            done=_NOTHING_SENT,
            severity=Severity.ERROR,
            actions=(
                Action(
                    id="check-the-clock",
                    label="check the date of this machine; if it is right, wait until {service} "
                    "has renewed its certificate",
                ),
            ),
        ),
    ),
    Rule(
        id="proxy-unreachable",
        when=_failed("net.proxy-unreachable"),
        per=Per.ALL,
        advice=RuleAdvice(
            code="net.proxy-unreachable",
            title="The proxy on the way to {host} does not let anybody through.",
            cause="It is off, or is not the one of this network.",
            severity=Severity.ERROR,
            actions=(
                Action(
                    id="check-the-proxy",
                    label="check the variables HTTP_PROXY and HTTPS_PROXY; unset them where no "
                    "proxy is needed",
                ),
            ),
        ),
    ),
    Rule(
        id="proxy-login",
        when=_failed("net.proxy-auth"),
        per=Per.ALL,
        advice=RuleAdvice(
            code="net.proxy-auth",
            title="The proxy on the way to {host} asks for a login.",
            cause="User and password are missing in the address of the proxy, or are wrong.",
            severity=Severity.ERROR,
            actions=(
                Action(
                    id="name-the-login",
                    label="write HTTPS_PROXY as http://USER:PASSWORD@HOST:PORT",
                ),
            ),
        ),
    ),
)
