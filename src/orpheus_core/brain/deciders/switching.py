"""Whether another host or another login is tried. Built-in plugin ``core-switch``."""

from __future__ import annotations

from orpheus_core.brain.decisions import Decision
from orpheus_core.brain.questions import EndpointQuestion, LoginQuestion, Question, Verdict
from orpheus_core.brain.retry_budget import RetryBudget
from orpheus_core.errors import (
    AuthError,
    ConnectionLost,
    ConnectionRefused,
    ConnectTimeout,
    DnsFailure,
    DnsTimeout,
    HostUnreachable,
    LoginNeeded,
    ReadTimeout,
    ServiceDown,
    Stalled,
    TooSlow,
    Truncated,
)
from orpheus_core.hookspecs import hookimpl

_OF_THE_HOST = (
    DnsFailure,
    DnsTimeout,
    ConnectionRefused,
    HostUnreachable,
    ConnectTimeout,
    ReadTimeout,
    Stalled,
    TooSlow,
    ConnectionLost,
    Truncated,
    ServiceDown,
)


class SwitchDecider:
    """Tries what else there is, once: another host of the service, another way to log in.

    Args:
        budget: what is left to send again: a service whose hosts are all down should not get
            each request once for each of them. None: it is not looked at.
    """

    def __init__(self, budget: RetryBudget | None = None) -> None:
        self._budget = budget

    @hookimpl(trylast=True)
    def orpheus_decide(self, question: Question) -> Decision | None:
        """Answer every question of these kinds that no other plugin answered."""
        if isinstance(question, EndpointQuestion):
            return self._endpoint(question)
        if isinstance(question, LoginQuestion):
            return _login(question)
        return None

    def _endpoint(self, question: EndpointQuestion) -> Decision:
        """It is asked when the attempts at one host are used up."""
        if not question.alternatives:
            return _decision(Verdict.GO_ON, f"there is no other host than {question.host}")
        if not isinstance(question.error, _OF_THE_HOST):
            return _decision(Verdict.GO_ON, "another host would answer the same")
        if self._budget is not None and not self._budget.allows(question.service):
            return _decision(Verdict.GO_ON, "too many requests to its service failed")
        reason = f"{question.host} failed, and others answer the same"
        return _decision(Verdict.SWITCH, reason, question.alternatives[0])


def _login(question: LoginQuestion) -> Decision:
    refused = question.renewable and isinstance(question.error, LoginNeeded)
    if refused and question.strategy is not None and question.attempt == 1:
        return _decision(Verdict.REFRESH, "the session is refused: it may have expired")
    if question.others and isinstance(question.error, AuthError):
        reason = f"{question.strategy or 'what was tried'} is not accepted; there is another way"
        return _decision(Verdict.SWITCH, reason, question.others[0])
    return _decision(Verdict.GIVE_UP, "there is no other way to log in that could help")


def _decision(verdict: Verdict, reason: str, choice: str = "") -> Decision:
    return Decision(verdict=verdict, reason=reason, choice=choice)
