"""The table of event kinds: what can happen, how grave it is, what an event then holds.

Validation, listing and documentation read this table; nothing else names a kind's
severity or fields. Names are ``area.thing.past_participle``; field names follow
OpenTelemetry's semantic conventions where one exists, with ``_`` for ``.``.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable

import attrs

from orpheus_core.brain.events import Event, Severity

DEBUG, INFO, WARNING, ERROR = Severity.DEBUG, Severity.INFO, Severity.WARNING, Severity.ERROR


class FieldType(enum.Enum):
    """What a field holds."""

    TEXT = "text"
    COUNT = "count"
    BYTES = "bytes"
    SECONDS = "seconds"
    FLAG = "flag"

    def fits(self, value: object) -> bool:
        """Whether *value* is of this type. None fits every field: it says unknown."""
        if value is None:
            return True
        if self is FieldType.TEXT:
            return isinstance(value, str)
        if self is FieldType.FLAG:
            return isinstance(value, bool)
        if isinstance(value, bool):
            return False
        if self is FieldType.SECONDS:
            return isinstance(value, int | float)
        return isinstance(value, int)


@attrs.frozen
class Field:
    """One field of an event's data. *private* ones may hold titles, paths, user names."""

    name: str
    type: FieldType
    private: bool = False


@attrs.frozen(kw_only=True)
class Kind:
    """One row of the table."""

    name: str
    severity: Severity
    means: str
    fields: tuple[Field, ...] = ()

    def faults(self, event: Event) -> list[str]:
        """What in *event* does not fit this row; empty when all does."""
        known = {field.name: field.type for field in self.fields}
        faults = [f"{event.kind} has no field {name!r}" for name in event.data if name not in known]
        faults += [
            f"{event.kind}.{name} is no {known[name].value}: {value!r}"
            for name, value in event.data.items()
            if name in known and not known[name].fits(value)
        ]
        return faults


def _text(*names: str) -> tuple[Field, ...]:
    return tuple(Field(name, FieldType.TEXT) for name in names)


def _private(*names: str) -> tuple[Field, ...]:
    return tuple(Field(name, FieldType.TEXT, private=True) for name in names)


def _seconds(*names: str) -> tuple[Field, ...]:
    return tuple(Field(name, FieldType.SECONDS) for name in names)


def _bytes(*names: str) -> tuple[Field, ...]:
    return tuple(Field(name, FieldType.BYTES) for name in names)


def _count(*names: str) -> tuple[Field, ...]:
    return tuple(Field(name, FieldType.COUNT) for name in names)


_REQUEST = _text("http_request_method", "url_full", "server_address")
_FAILURE = _text("message") + _private("why")
_PLUGIN = _text("distribution", "version", "reason", "hint")
_TRACE = _text("exception_type", "exception_stacktrace")

_TABLE: tuple[Kind, ...] = (
    Kind(
        name="system.started",
        severity=DEBUG,
        means="An application opened.",
        fields=_text("version"),
    ),
    Kind(name="system.stopped", severity=DEBUG, means="An application closed."),
    Kind(
        name="plugin.loaded",
        severity=DEBUG,
        means="A plugin was imported and registered.",
        fields=_PLUGIN + _seconds("took_s"),
    ),
    Kind(
        name="plugin.load.failed",
        severity=WARNING,
        means="A plugin was left out: its import or registration failed.",
        fields=_PLUGIN + _TRACE,
    ),
    Kind(
        name="plugin.disabled",
        severity=DEBUG,
        means="A plugin is switched off; nothing of it is used.",
        fields=_PLUGIN,
    ),
    Kind(
        name="plugin.blocked",
        severity=WARNING,
        means="A version of a plugin that is known to do harm was left out.",
        fields=_PLUGIN,
    ),
    Kind(
        name="plugin.api.mismatched",
        severity=WARNING,
        means="A plugin was left out: it is written for another version of the hooks.",
        fields=_PLUGIN,
    ),
    Kind(
        name="plugin.id.disputed",
        severity=WARNING,
        means="Plugins were left out: they claim one id, and nobody chose between them.",
        fields=_PLUGIN,
    ),
    Kind(
        name="plugin.manifest.refused",
        severity=WARNING,
        means="A plugin was left out: its manifest cannot be read, or is not what its code is.",
        fields=_PLUGIN,
    ),
    Kind(
        name="plugin.hook.failed",
        severity=WARNING,
        means="A hook of a plugin raised or answered with the wrong type; the others went on.",
        fields=_text("hook", "reason", "hint") + _TRACE,
    ),
    Kind(
        name="plugin.recovered",
        severity=INFO,
        means="The hooks of a plugin that had failed work again.",
        fields=_PLUGIN,
    ),
    Kind(
        name="plugin.muted",
        severity=WARNING,
        means="A plugin's advice failed three times in a row and is not asked for from now on.",
        fields=_PLUGIN,
    ),
    Kind(
        name="plugin.said",
        severity=INFO,
        means="A plugin has something to tell the person.",
        fields=_text("message", "next_step"),
    ),
    Kind(
        name="brain.subscriber.failed",
        severity=WARNING,
        means="A subscriber raised; the publisher was not disturbed.",
        fields=_text("subscriber", "reason") + _TRACE,
    ),
    Kind(
        name="brain.subscriber.muted",
        severity=WARNING,
        means="A subscriber raised three times in a row and gets no more events.",
        fields=_text("subscriber"),
    ),
    Kind(
        name="brain.decision.made",
        severity=INFO,
        means="The brain answered a question, with its reason.",
        fields=_text("question", "verdict", "reason", "decided_by")
        + _seconds("after_s")
        + _count("attempt"),
    ),
    Kind(
        name="brain.advice.given",
        severity=INFO,
        means="An advisor had something to say.",
        fields=_text("code", "message", "advisor", "next_step"),
    ),
    Kind(
        name="network.request.started",
        severity=DEBUG,
        means="A request goes out.",
        fields=_REQUEST + _count("http_request_resend_count"),
    ),
    Kind(
        name="network.request.finished",
        severity=DEBUG,
        means="A request was answered.",
        fields=_REQUEST
        + _count("http_response_status_code")
        + _bytes("size_bytes")
        + _seconds("took_s"),
    ),
    Kind(
        name="network.request.failed",
        severity=WARNING,
        means="A request failed; its error type says how.",
        fields=_REQUEST
        + _FAILURE
        + _count("http_response_status_code", "attempt")
        + _seconds("took_s"),
    ),
    Kind(
        name="network.retry.scheduled",
        severity=INFO,
        means="The request is sent again after a wait.",
        fields=_text("url_full", "reason") + _seconds("after_s") + _count("attempt"),
    ),
    Kind(
        name="network.throttle.waited",
        severity=DEBUG,
        means="A request waited for its turn under the service's own limit.",
        fields=_seconds("after_s") + _text("limit"),
    ),
    Kind(
        name="login.attempt",
        severity=INFO,
        means="A login to a service begins.",
        fields=_text("strategy"),
    ),
    Kind(
        name="login.succeeded",
        severity=INFO,
        means="A login ended well; what it brought is stored.",
        fields=_text("strategy") + _private("account"),
    ),
    Kind(
        name="login.failed",
        severity=ERROR,
        means="A login ended without a session; its error type says why.",
        fields=_text("strategy") + _FAILURE,
    ),
    Kind(
        name="transfer.started",
        severity=DEBUG,
        means="A file begins to come.",
        fields=_text("url_full") + _bytes("size_bytes", "offset_bytes"),
    ),
    Kind(
        name="transfer.progressed",
        severity=DEBUG,
        means="More of a file is there. Never stored.",
        fields=_bytes("done_bytes", "size_bytes"),
    ),
    Kind(
        name="transfer.interrupted",
        severity=WARNING,
        means="A file stopped coming; the part is kept.",
        fields=_text("url_full")
        + _FAILURE
        + _bytes("done_bytes", "size_bytes")
        + _count("attempt"),
    ),
    Kind(
        name="transfer.resumed",
        severity=INFO,
        means="A file goes on where its part ended.",
        fields=_text("url_full") + _bytes("offset_bytes", "size_bytes"),
    ),
    Kind(
        name="transfer.restarted",
        severity=INFO,
        means="The part did not fit any more: begun anew.",
        fields=_text("url_full", "reason") + _bytes("dropped_bytes"),
    ),
    Kind(
        name="transfer.finished",
        severity=DEBUG,
        means="A file came whole.",
        fields=_text("url_full", "sha256") + _bytes("size_bytes") + _seconds("took_s"),
    ),
    Kind(
        name="job.started",
        severity=INFO,
        means="A job began.",
        fields=_text("ref", "quality") + _private("target"),
    ),
    Kind(
        name="job.resolved",
        severity=INFO,
        means="It is known what the link leads to.",
        fields=_private("title", "artist") + _count("track_total"),
    ),
    Kind(
        name="job.recovered",
        severity=INFO,
        means="A job goes on where an earlier run stopped.",
        fields=_count("tracks_done"),
    ),
    Kind(
        name="job.finished",
        severity=INFO,
        means="A job ended with its artefact in place.",
        fields=_private("path")
        + _count("tracks_done", "tracks_failed")
        + _bytes("size_bytes")
        + _seconds("took_s"),
    ),
    Kind(
        name="job.failed",
        severity=ERROR,
        means="A job ended without an artefact.",
        fields=_FAILURE + _count("tracks_done", "tracks_failed"),
    ),
    Kind(
        name="stage.started",
        severity=DEBUG,
        means="A stage began on a track or release.",
        fields=_text("stage") + _count("attempt"),
    ),
    Kind(
        name="stage.finished",
        severity=DEBUG,
        means="A stage ended well.",
        fields=_text("stage", "note") + _seconds("took_s"),
    ),
    Kind(
        name="stage.skipped",
        severity=INFO,
        means="A stage was left out, with the reason.",
        fields=_text("stage", "reason"),
    ),
    Kind(
        name="stage.failed",
        severity=ERROR,
        means="A stage failed for good.",
        fields=_text("stage") + _FAILURE + _count("attempt"),
    ),
    Kind(
        name="artifact.written",
        severity=INFO,
        means="A finished folder stands under its final name.",
        fields=_private("path") + _count("files") + _bytes("size_bytes"),
    ),
    Kind(
        name="artifact.verified",
        severity=INFO,
        means="A folder fits its manifest.",
        fields=_private("path") + _count("files"),
    ),
    Kind(
        name="artifact.mismatched",
        severity=ERROR,
        means="A file is missing or differs from the manifest.",
        fields=_private("path", "file") + _text("fault"),
    ),
)

KINDS: dict[str, Kind] = {kind.name: kind for kind in _TABLE}
"""Every kind by its name."""


def faults_of(events: Iterable[Event]) -> list[str]:
    """What in *events* does not fit the table: unknown kinds, unknown or ill-typed fields."""
    faults: list[str] = []
    for event in events:
        kind = KINDS.get(event.kind)
        faults += kind.faults(event) if kind else [f"unknown kind {event.kind!r}"]
    return faults
