"""Which of the hosts that answer the same a request goes to."""

from __future__ import annotations

from collections.abc import Collection

import attrs

from orpheus_core.brain import (
    Brain,
    EndpointQuestion,
    Event,
    MitigationKind,
    RetryQuestion,
    Verdict,
)
from orpheus_core.brain.mitigations import Standing
from orpheus_core.errors import IntegrityError, NetworkError, ServiceDown
from orpheus_core.network.hosts import host_of
from orpheus_core.network.lines import Line
from orpheus_core.network.mirrors import at_host
from orpheus_core.network.trail import Trail

# What a host has to do with; the rest any other would answer the same.
_OF_A_HOST = (NetworkError, ServiceDown, IntegrityError)


@attrs.frozen(kw_only=True)
class Endpoints:
    """Obeys what is in force about hosts, and asks the brain when one has failed for good.

    *max_wait_s* bounds what a decision may wait.
    """

    brain: Brain
    max_wait_s: float

    def in_use(
        self,
        url: str,
        line: Line,
        *,
        given_up: Collection[str] = (),
        subject: str | None = None,
        trail: Trail,
    ) -> str:
        """Return *url* at the host that requests to its host go to at the moment.

        Another one while the mitigation ``use_alternative`` is in force for it, and not for
        each that answers the same as well. Those *given_up* are not gone back to.
        """
        host = host_of(url)
        others = line.others_like(host, but=given_up)
        standing = self._left_alone(host) if others else None
        if standing is None:
            return url
        for other in others:
            if self._left_alone(other) is None:
                reason = f"{host} is left alone for a while: rule {standing.rule}"
                self._tell(
                    trail,
                    service=line.service,
                    subject=subject,
                    cause=standing.cause,
                    host=host,
                    other=other,
                    reason=reason,
                )
                return at_host(url, other)
        return url

    def next_after(
        self, question: RetryQuestion, others: tuple[str, ...], *, trail: Trail
    ) -> tuple[str, float] | None:
        """Return the host to try after that of *question* was given up, and how long to wait.

        None when there is no other, or the brain does not want it.
        """
        host = question.host
        if host is None or not (others and isinstance(question.error, _OF_A_HOST)):
            return None
        decision = self.brain.decide(
            EndpointQuestion(
                error=question.error,
                service=question.service,
                subject=question.subject,
                cause=question.cause,
                host=host,
                alternatives=others,
            )
        )
        if decision.verdict is not Verdict.SWITCH or decision.after_s > self.max_wait_s:
            return None
        self._tell(
            trail,
            service=question.service,
            subject=question.subject,
            cause=decision.event,
            host=host,
            other=decision.choice,
            reason=decision.reason,
        )
        return decision.choice, decision.after_s

    def _left_alone(self, host: str) -> Standing | None:
        return self.brain.mitigations.in_force(MitigationKind.USE_ALTERNATIVE, host)

    def _tell(
        self,
        trail: Trail,
        *,
        service: str | None,
        subject: str | None,
        cause: Event | None,
        host: str,
        other: str,
        reason: str,
    ) -> None:
        trail.told(
            self.brain.events.emit(
                "network.endpoint.switched",
                service=service,
                subject=subject,
                cause=cause,
                data={"server.address": host, "alternative": other, "reason": reason},
            )
        )
