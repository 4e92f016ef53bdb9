"""An advisor that keeps every rule, and advisors that break one each."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import attrs
from tests.testing.conformance.trying import Case

import orpheus_core as oc
from orpheus_core.testing import AdvisorSample, sample_event

_BUSY = oc.RateLimited("busy")
_GONE = oc.ItemNotFound("gone")

SAMPLE = AdvisorSample(
    advised=(
        sample_event("network.request.failed", error=_BUSY, service="sandbox"),
        (
            sample_event("job.started", job="j"),
            sample_event("network.request.failed", error=_BUSY, job="j"),
        ),
    ),
    silent=(sample_event("network.request.failed", error=_GONE),),
)


class GoodAdvisor:
    """Has something to say of services that are busy."""

    @oc.hookimpl
    def orpheus_advise(self, event: oc.Event, situation: oc.Situation) -> Sequence[oc.Advice]:
        return [self.advice(event)] if self.deserves(event) else []

    def deserves(self, event: oc.Event) -> bool:
        return event.error_type == "svc.rate-limited"

    def advice(self, event: oc.Event) -> oc.Advice:
        return oc.Advice(
            code="good.busy",
            title="the service is busy",
            cause="too many jobs at a time",
            actions=(oc.Action(id="wait", label="wait a minute"),),
        )


class SaysNothing(GoodAdvisor):
    def deserves(self, event: oc.Event) -> bool:
        return False


class SaysTooMuch(GoodAdvisor):
    def deserves(self, event: oc.Event) -> bool:
        return True


class Raises(GoodAdvisor):
    def deserves(self, event: oc.Event) -> bool:
        if event.error_type == "svc.not-found":
            raise KeyError("not-found")
        return super().deserves(event)


def advice_with(**changes: object) -> type[GoodAdvisor]:
    """Return an advisor whose advice is changed."""

    class Changed(GoodAdvisor):
        def advice(self, event: oc.Event) -> oc.Advice:
            return attrs.evolve(super().advice(event), **changes)

    return Changed


class NeedsData(GoodAdvisor):
    def deserves(self, event: oc.Event) -> bool:
        return super().deserves(event) and event.data["message"] is not None


def case(
    code: str,
    because: str,
    advisor: Callable[[], object] = GoodAdvisor,
    samples: Sequence[AdvisorSample] = (SAMPLE,),
    *,
    also: Sequence[str] = (),
) -> Case:
    """Return the case of a plugin that is *advisor*."""
    return Case(
        code=f"advisor.{code}",
        because=because,
        plugin=advisor,
        samples=samples,
        also=frozenset(f"advisor.{each}" for each in also),
    )


CASES = [
    case("has-sample", "no event is named that deserves advice", samples=()),
    case(
        "has-sample",
        "no event is named that deserves none",
        samples=(attrs.evolve(SAMPLE, silent=()),),
    ),
    case("advises", "it answered []", SaysNothing),
    case("stays-silent", "it answered [Advice", SaysTooMuch),
    case("stays-silent", "KeyError", Raises),
    case("reads-well", "the code 'Busy!'", advice_with(code="Busy!")),
    case("reads-well", "the title of good.busy is no sentence", advice_with(title="a\x1b[31m")),
    case("reads-well", "the done of good.busy is no sentence", advice_with(done="x" * 501)),
    case("reads-well", "good.busy has no title", advice_with(title=" ")),
    case("reads-well", "good.busy has no cause", advice_with(cause="")),
    case("reads-well", "good.busy names nothing that can be done", advice_with(actions=())),
    case(
        "reads-well",
        "without a label",
        advice_with(actions=(oc.Action(id="x", label=" "),)),
    ),
    case("survives-any-event", "KeyError: 'message'", NeedsData),
]
