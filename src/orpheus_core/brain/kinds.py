"""The table of event kinds: what can happen, how grave it is, what an event then holds.

Validation, JSON Schema, listing and documentation read this table; nothing else names a
kind's severity or fields. Names are ``area.thing.past_participle``; field names are those of
OpenTelemetry's semantic conventions where one exists (``http.request.method``). Fields, kinds
and remedies may be added; a changed meaning is a new kind.
"""

from __future__ import annotations

from collections.abc import Iterable

from orpheus_core.brain.events import Event, Severity
from orpheus_core.brain.kind import (
    Field,
    Kind,
    count,
    document,
    private,
    seconds,
    share,
    size,
    text,
)

DEBUG, INFO, WARNING, ERROR = Severity.DEBUG, Severity.INFO, Severity.WARNING, Severity.ERROR


def _row(
    name: str,
    severity: Severity,
    means: str,
    *fields: tuple[Field, ...],
    remedy: str = "",
    kept: bool = True,
) -> Kind:
    columns = tuple(field for group in fields for field in group)
    return Kind(name=name, severity=severity, means=means, fields=columns, remedy=remedy, kept=kept)


_REQUEST = text("http.request.method", "url.full", "server.address")
_FAILURE = text("message") + private("why", "next_step")
_PLUGIN = text("distribution", "version", "reason", "hint")
_TRACE = text("exception.type", "exception.stacktrace")
_MITIGATION = text("mitigation", "scope", "rule")

_LOOK_AT_PLUGIN = "orpheus plugin info NAME says why, and what to do."
_SAME_AGAIN = "Give the same command again: it goes on where it stopped."

_TABLE: tuple[Kind, ...] = (
    # --- system ---------------------------------------------------------------------------
    _row("system.started", DEBUG, "An application opened.", text("version")),
    _row(
        "system.disk.low",
        WARNING,
        "A job begins, and less than a gigabyte is free on its disk.",
        size("free_bytes"),
        private("path"),
        remedy="Free some space, or choose another folder with --to.",
    ),
    _row("system.stopped", DEBUG, "An application closed."),
    _row(
        "system.state.damaged",
        WARNING,
        "A file of Orpheus's own was damaged: it was set aside, and a new one begun.",
        private("file.path"),
        text("reason", "set_aside"),
        remedy="Look after the disk if it happens again; what was in the old file is set aside.",
    ),
    # --- command line ---------------------------------------------------------------------
    _row("cli.started", DEBUG, "A command began.", text("command")),
    _row(
        "cli.finished",
        DEBUG,
        "A command ended.",
        text("command", "message"),
        count("exit_code"),
        seconds("took_s"),
        remedy="orpheus explain says what the last failure means.",
    ),
    _row(
        "cli.interrupted",
        INFO,
        "A person or the system asked a command to stop.",
        text("command"),
        remedy=_SAME_AGAIN,
    ),
    # --- plugins --------------------------------------------------------------------------
    _row(
        "plugin.loaded", DEBUG, "A plugin was imported and registered.", _PLUGIN, seconds("took_s")
    ),
    _row(
        "plugin.load.failed",
        WARNING,
        "A plugin was left out: its import or registration failed.",
        _PLUGIN,
        _TRACE,
        remedy=_LOOK_AT_PLUGIN,
    ),
    _row(
        "plugin.disabled",
        DEBUG,
        "A plugin is switched off; nothing of it is used.",
        _PLUGIN,
        remedy="orpheus plugin enable NAME switches it on.",
    ),
    _row(
        "plugin.blocked",
        WARNING,
        "A version of a plugin that is known to do harm was left out.",
        _PLUGIN,
        remedy="Install another version of it.",
    ),
    _row(
        "plugin.api.mismatched",
        WARNING,
        "A plugin was left out: it is written for another version of the hooks.",
        _PLUGIN,
        remedy="Install a version of it that fits this orpheus-core.",
    ),
    _row(
        "plugin.id.disputed",
        WARNING,
        "Plugins were left out: they claim one id, and nobody chose between them.",
        _PLUGIN,
        remedy=_LOOK_AT_PLUGIN,
    ),
    _row(
        "plugin.manifest.refused",
        WARNING,
        "A plugin was left out: its manifest cannot be read, or is not what its code is.",
        _PLUGIN,
        remedy=_LOOK_AT_PLUGIN,
    ),
    _row(
        "plugin.hook.failed",
        WARNING,
        "A hook of a plugin raised or answered with the wrong type; the others went on.",
        text("hook", "reason", "hint"),
        _TRACE,
        remedy="Report it to the plugin's author.",
    ),
    _row("plugin.recovered", INFO, "The hooks of a plugin that had failed work again.", _PLUGIN),
    _row(
        "plugin.muted",
        WARNING,
        "A plugin's advice failed three times in a row and is not asked for from now on.",
        _PLUGIN,
        remedy=_LOOK_AT_PLUGIN,
    ),
    _row(
        "plugin.said",
        INFO,
        "A plugin has something to tell the person.",
        text("message", "next_step"),
    ),
    # --- the brain ------------------------------------------------------------------------
    _row(
        "brain.subscriber.failed",
        WARNING,
        "A subscriber raised; the publisher was not disturbed.",
        text("subscriber", "reason"),
        _TRACE,
        remedy="Mend the subscriber, or report it to its author.",
    ),
    _row(
        "brain.subscriber.muted",
        WARNING,
        "A subscriber raised three times in a row and gets no more events.",
        text("subscriber"),
        remedy="Mend the subscriber, or report it to its author.",
    ),
    _row(
        "brain.events.dropped",
        WARNING,
        "A subscriber was too slow, or failed: events did not reach it.",
        text("subscriber"),
        count("dropped"),
        document("kinds"),
        remedy="What was dropped is not in that log; the work itself was not disturbed.",
    ),
    _row(
        "brain.rule.fired",
        INFO,
        "What a rule waits for has happened.",
        text("rule", "rule_plugin", "scope"),
        count("matched"),
        remedy="orpheus explain shows what followed.",
    ),
    _row(
        "brain.mitigation.applied",
        INFO,
        "Something is done differently from now on, for a while.",
        _MITIGATION,
        seconds("for_s"),
        remedy="Nothing: it ends by itself.",
    ),
    _row(
        "brain.mitigation.ended",
        INFO,
        "Something is done as usual again.",
        _MITIGATION,
    ),
    _row(
        "brain.prediction.made",
        DEBUG,
        "What was observed before says how something is likely to end.",
        text("prediction", "about", "outcome", "predicted_by", "reason"),
        share("chance", "confidence"),
        count("observations"),
        remedy="orpheus event forget makes the model begin anew.",
    ),
    _row(
        "brain.decision.made",
        INFO,
        "The brain answered a question, with its reason.",
        text("question", "verdict", "reason", "decided_by", "choice", "rule"),
        seconds("after_s"),
        count("attempt"),
        remedy="A plugin can decide differently: orpheus plugin hooks orpheus_decide.",
    ),
    _row(
        "brain.advice.given",
        INFO,
        "An advisor had something to say.",
        text("code", "title", "cause", "done", "advisor", "next_step"),
        document("actions"),
        remedy="Do what it says; the setting advice.silenced keeps it quiet.",
    ),
    # --- services -------------------------------------------------------------------------
    _row("service.registered", DEBUG, "A service can be used now.", text("name")),
    # --- network --------------------------------------------------------------------------
    _row(
        "network.request.started",
        DEBUG,
        "A request goes out.",
        _REQUEST,
        count("http.request.resend_count"),
    ),
    _row(
        "network.request.finished",
        DEBUG,
        "A request was answered.",
        _REQUEST,
        count("http.response.status_code"),
        size("size_bytes"),
        seconds("took_s"),
    ),
    _row(
        "network.request.failed",
        WARNING,
        "A request failed; its error type says how.",
        _REQUEST,
        _FAILURE,
        count("http.response.status_code", "attempt"),
        seconds("took_s"),
        remedy="orpheus explain CODE says what the error type means.",
    ),
    _row(
        "network.retry.scheduled",
        INFO,
        "The request is sent again after a wait.",
        text("url.full", "reason"),
        seconds("after_s"),
        count("attempt"),
    ),
    _row(
        "network.throttle.waited",
        DEBUG,
        "A request waited for its turn under the service's own limit.",
        seconds("after_s"),
        text("limit"),
    ),
    _row(
        "network.endpoint.switched",
        INFO,
        "A request goes to another host of the service.",
        text("server.address", "alternative", "reason"),
    ),
    # --- logins ---------------------------------------------------------------------------
    _row("login.attempt", INFO, "A login to a service begins.", text("strategy")),
    _row(
        "login.succeeded",
        INFO,
        "A login ended well; what it brought is stored.",
        text("strategy"),
        private("account"),
    ),
    _row(
        "login.failed",
        ERROR,
        "A login ended without a session; its error type says why.",
        text("strategy"),
        _FAILURE,
        remedy="orpheus service info SERVICE names the credentials that it wants.",
    ),
    _row(
        "login.strategy.switched",
        INFO,
        "Another way to log in is tried.",
        text("strategy", "before", "reason"),
    ),
    # --- transfers ------------------------------------------------------------------------
    _row(
        "transfer.started",
        DEBUG,
        "A file begins to come.",
        text("url.full"),
        size("size_bytes", "offset_bytes"),
    ),
    _row(
        "transfer.progressed",
        DEBUG,
        "More of a file is there. Never stored.",
        size("done_bytes", "size_bytes"),
        kept=False,
    ),
    _row(
        "transfer.interrupted",
        WARNING,
        "A file stopped coming; the part is kept.",
        text("url.full", "server.address"),
        _FAILURE,
        size("done_bytes", "size_bytes"),
        count("attempt"),
        remedy=_SAME_AGAIN,
    ),
    _row(
        "transfer.resumed",
        INFO,
        "A file goes on where its part ended.",
        text("url.full"),
        size("offset_bytes", "size_bytes"),
    ),
    _row(
        "transfer.restarted",
        INFO,
        "The part did not fit any more: begun anew.",
        text("url.full", "reason"),
        size("dropped_bytes"),
    ),
    _row(
        "transfer.finished",
        DEBUG,
        "A file came whole.",
        text("url.full", "sha256"),
        size("size_bytes"),
        seconds("took_s"),
    ),
    # --- jobs -----------------------------------------------------------------------------
    _row("job.started", INFO, "A job began.", text("ref", "quality"), private("target")),
    _row(
        "job.resolved",
        INFO,
        "It is known what the link leads to.",
        private("title", "artist"),
        count("track_total"),
    ),
    _row(
        "job.recovered",
        INFO,
        "A job goes on where an earlier run stopped.",
        count("tracks_done"),
    ),
    _row(
        "job.paused",
        INFO,
        "A job waits: its service is left alone for a while.",
        text("reason"),
        seconds("after_s"),
        remedy="Nothing: it goes on by itself.",
    ),
    _row("job.resumed", INFO, "A job that waited goes on.", seconds("waited_s")),
    _row(
        "job.finished",
        INFO,
        "A job ended with its artefact in place.",
        private("path"),
        count("tracks_done", "tracks_failed"),
        size("size_bytes"),
        seconds("took_s"),
        text("kind", "quality"),
    ),
    _row(
        "job.failed",
        ERROR,
        "A job ended without an artefact.",
        _FAILURE,
        count("tracks_done", "tracks_failed"),
        remedy=_SAME_AGAIN,
    ),
    _row(
        "stage.started",
        DEBUG,
        "A stage began on a track or release.",
        text("stage"),
        count("attempt"),
    ),
    _row("stage.finished", DEBUG, "A stage ended well.", text("stage", "note"), seconds("took_s")),
    _row(
        "stage.skipped",
        INFO,
        "A stage was left out, with the reason.",
        text("stage", "reason"),
        remedy="Give the same command again to have it done.",
    ),
    _row(
        "stage.failed",
        ERROR,
        "A stage failed for good.",
        text("stage"),
        _FAILURE,
        count("attempt"),
        remedy="orpheus explain CODE says what the error type means.",
    ),
    _row(
        "artifact.written",
        INFO,
        "A finished folder stands under its final name.",
        private("path"),
        count("files"),
        size("size_bytes"),
    ),
    _row("artifact.verified", INFO, "A folder fits its manifest.", private("path"), count("files")),
    _row(
        "artifact.mismatched",
        ERROR,
        "A file is missing or differs from the manifest.",
        private("path", "file"),
        text("fault"),
        remedy="Download the item again.",
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
