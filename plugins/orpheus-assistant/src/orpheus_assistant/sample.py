"""What the conformance kit tries this plugin on: ``orpheus plugin check assistant``."""

from __future__ import annotations

import functools
from collections.abc import Iterator

import orpheus_core as oc
from orpheus_assistant.odd_tracks import FAILED_ALIKE
from orpheus_assistant.unsteady_service import REPEATED_REQUESTS
from orpheus_core.testing import AdvisorSample, sample_event

_DOWN = oc.ServiceDown("the service is busy")
_GONE = oc.ItemNotFound("there is no such track")


def _failing(requests: int, apart_s: float = 1.0) -> Iterator[oc.Event]:
    """Requests that fail and are sent again."""
    for number in range(requests):
        tell = functools.partial(
            sample_event, error=_DOWN, service="sandbox", after_s=number * apart_s
        )
        yield tell("network.request.failed")
        yield tell("network.retry.scheduled", data={"attempt": 1})


def _job(came: int, failed: int) -> Iterator[oc.Event]:
    """A job of which some tracks come and some do not."""
    tell = functools.partial(sample_event, service="sandbox", job="a-job")
    yield tell("job.started")
    for number in range(came + failed):
        subject = f"track/sandbox:track:{number}"
        if number < came:
            yield tell("stage.finished", subject=subject, data={"stage": "verify"})
        else:
            yield tell("stage.failed", error=_GONE, subject=subject)


_LATER = sample_event("network.request.failed", error=_DOWN, service="sandbox", after_s=30.0)

SAMPLE = AdvisorSample(
    advised=(
        (*_failing(REPEATED_REQUESTS), _LATER),
        tuple(_job(came=1, failed=FAILED_ALIKE)),
    ),
    silent=(
        (*_failing(REPEATED_REQUESTS - 1), _LATER),
        tuple(_failing(3 * REPEATED_REQUESTS, apart_s=301.0)),
        tuple(_job(came=3, failed=1)),
        tuple(_job(came=0, failed=FAILED_ALIKE)),
        sample_event("plugin.muted", plugin="somebody"),
    ),
)
