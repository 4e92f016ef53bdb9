"""The JSON Schema of an event as `orpheus_core.brain.event_json` writes it, made from the table.

Source: JSON Schema, draft 2020-12; CloudEvents 1.0.2, "Context Attributes".
"""

from __future__ import annotations

from orpheus_core.brain.event_json import (
    CONTENT_TYPE,
    SCHEMA,
    SOURCE_PREFIX,
    SPEC_VERSION,
    TYPE_PREFIX,
)
from orpheus_core.brain.events import Severity
from orpheus_core.brain.kind import Field, FieldType, Kind
from orpheus_core.brain.kinds import KINDS

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_REQUIRED = (
    "specversion", "id", "source", "type", "time", "datacontenttype", "dataschema",
    "severitytext", "severitynumber", "dataclassification", "data",
)  # fmt: skip

_JSON_TYPES: dict[FieldType, dict[str, object]] = {
    FieldType.TEXT: {"type": ["string", "null"]},
    FieldType.COUNT: {"type": ["integer", "null"], "minimum": 0},
    FieldType.BYTES: {"type": ["integer", "null"], "minimum": 0},
    FieldType.SECONDS: {"type": ["number", "null"], "minimum": 0},
    FieldType.SHARE: {"type": ["number", "null"], "minimum": 0, "maximum": 1},
    FieldType.FLAG: {"type": ["boolean", "null"]},
    FieldType.JSON: {"type": ["string", "null"], "contentMediaType": "application/json"},
}


def schema() -> dict[str, object]:
    """Return the JSON Schema of an event of any kind in the table.

    ``x-private`` marks kinds and fields that may hold titles, paths and user names, and
    ``x-since`` names the version of the hook API that knew a kind first.
    """
    kinds = sorted(KINDS.values(), key=lambda kind: kind.name)
    return {
        "$schema": _DIALECT,
        "$id": SCHEMA,
        "title": "An event of Orpheus",
        "description": "A CloudEvent; what data holds depends on type.",
        "type": "object",
        "required": list(_REQUIRED),
        "properties": {
            **_envelope(),
            "data": {"description": "What happened, by kind.", "type": "object"},
        },
        "propertyNames": {"pattern": "^[a-z0-9]+$"},
        "allOf": [_choice(kind) for kind in kinds],
        "$defs": {kind.name: _kind(kind) for kind in kinds},
    }


def _envelope() -> dict[str, object]:
    digits = "^[0-9]{1,19}$"
    numbers = ", ".join(f"{int(each)} {each.name.lower()}" for each in Severity)
    return {
        "specversion": {"description": "Of CloudEvents.", "const": SPEC_VERSION},
        "id": _text("A UUIDv7: unique, and sortable by time."),
        "source": {
            **_text(f"Who published it, behind {SOURCE_PREFIX}: core/network, plugin/assistant."),
            "format": "uri-reference",
            "pattern": f"^{SOURCE_PREFIX}",
        },
        "type": {
            "description": f"The kind of event, behind {TYPE_PREFIX}",
            "enum": [TYPE_PREFIX + name for name in sorted(KINDS)],
        },
        "time": {
            **_text("By the wall clock, RFC 3339, UTC, to the microsecond."),
            "format": "date-time",
            "pattern": "Z$",
        },
        "subject": _text("What exactly it is about: track/sandbox:track:1."),
        "datacontenttype": {"description": "Of data.", "const": CONTENT_TYPE},
        "dataschema": {"description": "This schema.", "const": SCHEMA},
        "severitytext": {
            "description": "How grave it is for the person.",
            "enum": [each.name.lower() for each in Severity],
        },
        "severitynumber": {
            "description": f"The same as OpenTelemetry's number: {numbers}.",
            "enum": [int(each) for each in Severity],
        },
        "sequence": {
            **_text("Counts the events of a run that are kept, from 1; sorts as a text."),
            "pattern": digits,
        },
        "monons": {
            **_text("Nanoseconds on a clock that never goes back, comparable within a run."),
            "pattern": digits,
        },
        "correlationid": _text("Shared by all that one job caused; else by all of one run."),
        "causationid": _text("The id of the event that led to this one."),
        "runid": _text("The run of one application."),
        "service": _text("The service that it is about."),
        "plugin": _text("The plugin that it is about."),
        "errortype": _text("The code of the error, where there was one."),
        "dataclassification": {
            "description": "private: data may hold titles, paths and user names.",
            "enum": ["public", "private"],
        },
    }


def _text(description: str) -> dict[str, object]:
    return {"description": description, "type": "string", "minLength": 1}


def _choice(kind: Kind) -> dict[str, object]:
    return {
        "if": {"properties": {"type": {"const": TYPE_PREFIX + kind.name}}},
        "then": {
            "properties": {
                "dataclassification": {"const": "private" if kind.private else "public"},
                "data": {"$ref": f"#/$defs/{kind.name}"},
            }
        },
    }


def _kind(kind: Kind) -> dict[str, object]:
    return {
        "title": kind.name,
        "description": f"{kind.means} {kind.remedy}".strip(),
        "x-severity": kind.severity.name.lower(),
        "x-since": kind.since,
        "x-private": kind.private,
        "x-kept": kind.kept,
        "type": "object",
        "properties": {field.name: _field(field) for field in kind.fields},
        "additionalProperties": False,
    }


def _field(field: Field) -> dict[str, object]:
    said = field.type.means[0].upper() + field.type.means[1:]
    private = {"x-private": True} if field.private else {}
    return {"description": f"{said}; null: unknown.", **private, **_JSON_TYPES[field.type]}
