"""What is learned from an event. Only names that fit their form are kept; all else is ignored.

Events may come from plugins, and hold what a service sent: a title where a host should be
must not get into a file that is kept for weeks.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Mapping

import attrs

from orpheus_core.brain.events import Event, Scalar
from orpheus_core.errors import (
    ConnectionLost,
    ConnectionRefused,
    ConnectTimeout,
    CountryRestricted,
    DnsFailure,
    DnsTimeout,
    Forbidden,
    ItemNotFound,
    LoginNeeded,
    LoginRejected,
    OrpheusError,
    ProtectedContent,
    ProtocolViolation,
    QualityUnavailable,
    ReadTimeout,
    RequestRejected,
    ServiceDown,
    Stalled,
    TlsProtocol,
    TooSlow,
    Truncated,
)
from orpheus_core.music import MediaKind, Quality


class Topic(enum.Enum):
    """What an observation is about."""

    HOST = "host"
    SERVICE = "service"
    STAGE = "stage"
    QUALITY = "quality"


WENT_WELL = ""
"""The outcome of a request or stage that did not fail."""

STAGE_FAILED = "failed"


def _codes(*leaves: type[OrpheusError]) -> frozenset[str]:
    return frozenset(leaf.code for leaf in leaves)


HOST_FAILURES = _codes(
    ConnectionLost,
    ConnectionRefused,
    ConnectTimeout,
    DnsFailure,
    DnsTimeout,
    ProtocolViolation,
    ReadTimeout,
    ServiceDown,
    Stalled,
    TlsProtocol,
    TooSlow,
    Truncated,
)
"""The host did not do its part. Not among them: what lies with this machine or its network (no
route, a proxy, a sign-in page, a clock, a certificate), and a host that asks for fewer requests."""

_ANSWERS = _codes(
    CountryRestricted,
    Forbidden,
    ItemNotFound,
    LoginNeeded,
    LoginRejected,
    ProtectedContent,
    QualityUnavailable,
    RequestRejected,
)
"""Failures of the request that show the host at work."""

_STOPPED = "cli."
"""How the codes of what a person stopped begin."""

_HOST_FORM = re.compile(r"[\w.:-]{1,253}")
_NAME_FORM = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_KINDS = frozenset(kind.value for kind in MediaKind)
_QUALITIES = frozenset(quality.value for quality in Quality)


@attrs.frozen
class Observation:
    """*about* ended with *outcome* at *time_s*, in seconds since 1970.

    The outcome is `WENT_WELL`, the code of a failure, `STAGE_FAILED`, or a quality.
    """

    topic: Topic
    about: str
    outcome: str
    time_s: float


def observations_of(event: Event, now_s: float) -> list[Observation]:
    """Return what is learned from *event*; nothing from most of them.

    One that claims to be of the future counts as of *now_s*.
    """
    observe = _OBSERVERS.get(event.kind)
    if observe is None:
        return []
    time_s = min(event.time.timestamp(), now_s)
    return [Observation(topic, about, outcome, time_s) for topic, about, outcome in observe(event)]


def host_name(value: Scalar) -> str:
    """Return *value* as the name that a host is counted under; empty: it is no host."""
    return value.lower() if isinstance(value, str) and _HOST_FORM.fullmatch(value) else ""


_Found = list[tuple[Topic, str, str]]


def _answered(event: Event) -> _Found:
    return _request(event, WENT_WELL)


def _request_failed(event: Event) -> _Found:
    code = _name(event.error_type)
    if code in HOST_FAILURES:
        return _request(event, code)
    return _request(event, WENT_WELL) if code in _ANSWERS else []


def _transfer_interrupted(event: Event) -> _Found:
    """Beside the answer with which the file began to come: that is counted by its own event.

    So a host that breaks every file comes to one half, and never to a certain failure: files
    go on where they stopped, and the next try is worth sending.
    """
    code = _name(event.error_type)
    return _request(event, code) if code in HOST_FAILURES else []


def _request(event: Event, outcome: str) -> _Found:
    host, service = host_name(event.data.get("server.address")), _name(event.service)
    found = [(Topic.HOST, host, outcome), (Topic.SERVICE, service, outcome)]
    return [each for each in found if each[1]]


def _stage_finished(event: Event) -> _Found:
    return _stage(event, WENT_WELL)


def _stage_failed(event: Event) -> _Found:
    code = _name(event.error_type)
    # One that was left out without a failure has not been tried.
    return _stage(event, STAGE_FAILED) if code and not code.startswith(_STOPPED) else []


def _stage(event: Event, outcome: str) -> _Found:
    stage = _name(event.data.get("stage"))
    return [(Topic.STAGE, stage, outcome)] if stage else []


def _job_finished(event: Event) -> _Found:
    service, kind = _name(event.service), event.data.get("kind")
    quality = event.data.get("quality")
    if not service or kind not in _KINDS or quality not in _QUALITIES:
        return []
    return [(Topic.QUALITY, f"{service}:{kind}", str(quality))]


def _name(value: Scalar) -> str:
    return value if isinstance(value, str) and _NAME_FORM.fullmatch(value) else ""


_OBSERVERS: Mapping[str, Callable[[Event], _Found]] = {
    "job.finished": _job_finished,
    "network.request.failed": _request_failed,
    "network.request.finished": _answered,
    "stage.failed": _stage_failed,
    "stage.finished": _stage_finished,
    "stage.skipped": _stage_failed,
    "transfer.interrupted": _transfer_interrupted,
}
