"""Answers in the way of what is in force at the moment. Built-in plugin ``core-mitigations``."""

from __future__ import annotations

from orpheus_core.brain.decisions import Decision
from orpheus_core.brain.mitigation import MitigationKind
from orpheus_core.brain.mitigations import Mitigations, Standing
from orpheus_core.brain.questions import (
    Attempted,
    ConversionQuestion,
    EndpointQuestion,
    LoginQuestion,
    Question,
    QueueQuestion,
    RetryQuestion,
    Verdict,
)
from orpheus_core.errors import LoginNeeded
from orpheus_core.hookspecs import hookimpl


class MitigationDecider:
    """Obeys the mitigations that rules and advice have put in force.

    What it passes on is decided as usual. Its id sorts before those of the deciders that have
    an answer to everything, which is why it is asked before them.
    """

    def __init__(self, mitigations: Mitigations) -> None:
        self._mitigations = mitigations

    @hookimpl(trylast=True)
    def orpheus_decide(self, question: Question) -> Decision | None:
        """Answer what a mitigation in force has an answer to."""
        match question:
            case EndpointQuestion():
                return self._endpoint(question)
            case QueueQuestion():
                return self._queue(question)
            case RetryQuestion():
                return self._retry(question)
            case ConversionQuestion():
                return self._skip(question.stage)
            case LoginQuestion():
                return self._login(question)
        return None

    def _endpoint(self, question: EndpointQuestion) -> Decision | None:
        for scope in (question.host, question.service):
            stop = self._mitigations.in_force(MitigationKind.STOP_RETRYING, scope)
            if stop is not None:
                return self._obey(stop, Verdict.GO_ON, f"what failed at {scope} is not tried again")
        standing = self._mitigations.in_force(MitigationKind.USE_ALTERNATIVE, question.host)
        if standing is None:
            return None
        for host in question.alternatives:
            if self._mitigations.in_force(MitigationKind.USE_ALTERNATIVE, host) is None:
                what = f"{question.host} is left alone"
                return self._obey(standing, Verdict.SWITCH, what, choice=host)
        return None

    def _queue(self, question: QueueQuestion) -> Decision | None:
        standing = self._mitigations.in_force(MitigationKind.PAUSE_SERVICE, question.service)
        if standing is None:
            return None
        after_s = self._mitigations.remaining_s(standing)
        return self._obey(standing, Verdict.PAUSE, "its service is left alone", after_s=after_s)

    def _retry(self, question: RetryQuestion) -> Decision | None:
        if question.attempted is Attempted.STAGE and question.skippable:
            return self._skip(question.stage)
        for scope in (question.host, question.service):
            standing = self._mitigations.in_force(MitigationKind.STOP_RETRYING, scope)
            if standing is not None:
                return self._obey(standing, Verdict.GIVE_UP, f"nothing is sent to {scope} again")
        return None

    def _skip(self, stage: str | None) -> Decision | None:
        standing = self._mitigations.in_force(MitigationKind.SKIP_STAGE, stage)
        if standing is None:
            return None
        return self._obey(standing, Verdict.SKIP, f"{stage} is left out")

    def _login(self, question: LoginQuestion) -> Decision | None:
        switch = self._mitigations.in_force(MitigationKind.SWITCH_LOGIN, question.service)
        if switch is not None and question.others:
            choice = question.others[0]
            return self._obey(switch, Verdict.SWITCH, "another login is tried", choice=choice)
        if not (question.renewable and isinstance(question.error, LoginNeeded)):
            return None  # rejected: nothing is there to renew
        refresh = self._mitigations.in_force(MitigationKind.REFRESH_LOGIN, question.service)
        if refresh is not None and question.strategy is not None and question.attempt == 1:
            return self._obey(refresh, Verdict.REFRESH, "the login is renewed")
        return None

    def _obey(
        self,
        standing: Standing,
        verdict: Verdict,
        what: str,
        *,
        choice: str = "",
        after_s: float = 0.0,
    ) -> Decision:
        left_s = self._mitigations.remaining_s(standing)
        return Decision(
            verdict=verdict,
            reason=f"{what} for another {left_s:.0f} s: rule {standing.rule}",
            after_s=after_s,
            choice=choice,
            rule=standing.rule,
        )
