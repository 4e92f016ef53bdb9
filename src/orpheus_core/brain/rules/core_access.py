"""Rules in the box: who is asking, and what they may have."""

from __future__ import annotations

from orpheus_core.brain.advice import Action, Applicability
from orpheus_core.brain.events import Severity
from orpheus_core.brain.mitigation import Mitigation, MitigationKind
from orpheus_core.brain.rules.rule import EventPattern, Per, Rule, RuleAdvice

_ABOUT_SERVICE = Action(
    id="service-info",
    label="orpheus service info {service}",
    argv=("orpheus", "service", "info", "{service}"),
    applicability=Applicability.AUTOMATIC,
)

ACCESS_RULES = (
    # Whether the renewal helped is told by the login; there is nothing to say before.
    Rule(
        id="login-refused",
        when=EventPattern(kind="network.request.failed", where={"error_type": "auth.login-needed"}),
        per=Per.SERVICE,
        cooldown_s=60.0,
        then=(Mitigation(kind=MitigationKind.REFRESH_LOGIN, for_s=300.0),),
    ),
    Rule(
        id="arl-expired",
        when=EventPattern(
            kind="login.failed", where={"error_type": "auth.login-rejected", "strategy": "arl"}
        ),
        per=Per.SERVICE,
        then=(Mitigation(kind=MitigationKind.SWITCH_LOGIN, for_s=300.0),),
        advice=RuleAdvice(
            code="auth.login-rejected",
            title="{service} does not accept the arl any more.",
            cause="An arl ends after some months, and when its account logs out everywhere.",
            done="If there are credentials for another way to log in, that one is tried.",
            severity=Severity.ERROR,
            actions=(
                Action(
                    id="new-arl",
                    label="log in to {service} in a browser, and copy the cookie arl anew",
                    applicability=Applicability.NEEDS_INPUT,
                ),
                _ABOUT_SERVICE,
            ),
        ),
    ),
    # At the end of a stage: a link that has expired is a 403 as well, and is asked for anew.
    Rule(
        id="not-entitled",
        when=EventPattern(kind="stage.failed", where={"error_type": "svc.forbidden"}),
        per=Per.SERVICE,
        advice=RuleAdvice(
            code="svc.forbidden",
            title="{service} refuses this to the account.",
            cause="The account or its subscription does not include it, or the service keeps "
            "this network out.",
            done="It was not asked for again: the answer would be the same.",
            actions=(
                Action(
                    id="check-the-account",
                    label="see on the pages of {service} what the account includes, or ask for a "
                    "lower quality: --quality high",
                ),
            ),
        ),
    ),
    Rule(
        id="not-in-country",
        when=EventPattern(kind="stage.failed", where={"error_type": "svc.country"}),
        per=Per.SERVICE,
        advice=RuleAdvice(
            code="svc.country",
            title="{service} may not offer this in the country of the account.",
            cause="The rights to a recording are given country by country.",
            done="It was not asked for again, and no way round it is looked for.",
            actions=(
                Action(
                    id="other-service",
                    label="look for the same recording at another service of yours: orpheus "
                    "service list",
                    argv=("orpheus", "service", "list"),
                    applicability=Applicability.AUTOMATIC,
                ),
            ),
        ),
    ),
)
