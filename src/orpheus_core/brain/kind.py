"""What the table of kinds says of an event: its severity, its fields, what a person can do."""

from __future__ import annotations

import enum

import attrs

from orpheus_core.brain.events import Event, Severity


class Area(enum.Enum):
    """What part of the work an event belongs to."""

    MODULE = "module"
    NETWORK = "network"
    AUTHENTICATION = "authentication"
    DELIVERY = "delivery"
    CLI = "cli"
    SYSTEM = "system"
    PLUGIN = "plugin"
    BRAIN = "brain"


_AREAS = {
    "service": (Area.MODULE, "services"),
    "network": (Area.NETWORK, "network"),
    "transfer": (Area.DELIVERY, "network"),
    "login": (Area.AUTHENTICATION, "services"),
    "session": (Area.AUTHENTICATION, "services"),
    "vault": (Area.AUTHENTICATION, "services"),
    "job": (Area.DELIVERY, "delivery"),
    "stage": (Area.DELIVERY, "delivery"),
    "artifact": (Area.DELIVERY, "delivery"),
    "cli": (Area.CLI, "cli"),
    "system": (Area.SYSTEM, "app"),
    "plugin": (Area.PLUGIN, "plugins"),
    "brain": (Area.BRAIN, "brain"),
}
"""The first part of each kind's name, with its area and the room that publishes it."""


class FieldType(enum.Enum):
    """What a field holds, and in which unit."""

    TEXT = "text"
    COUNT = "count"
    BYTES = "bytes"
    SECONDS = "seconds"
    SHARE = "share"
    FLAG = "flag"
    JSON = "json"

    @property
    def means(self) -> str:
        """What the value says, with its unit."""
        return _MEANS[self]

    def fits(self, value: object) -> bool:
        """Whether *value* is of this type. None fits every field: it says unknown."""
        if value is None:
            return True
        if self in (FieldType.TEXT, FieldType.JSON):
            return isinstance(value, str)
        if self is FieldType.FLAG:
            return isinstance(value, bool)
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            return False
        if self is FieldType.SHARE:
            return value <= 1
        return self is FieldType.SECONDS or isinstance(value, int)


_MEANS = {
    FieldType.TEXT: "a text",
    FieldType.COUNT: "a whole number",
    FieldType.BYTES: "a number of bytes",
    FieldType.SECONDS: "a time in seconds",
    FieldType.SHARE: "a part of a whole, from 0 to 1",
    FieldType.FLAG: "yes or no",
    FieldType.JSON: "a JSON document, as a text",
}


@attrs.frozen
class Field:
    """One field of an event's data. *private* ones may hold titles, paths, user names."""

    name: str
    type: FieldType
    private: bool = False


@attrs.frozen(kw_only=True)
class Kind:
    """One row of the table.

    Attributes:
        means: one sentence: what happened.
        remedy: what a person can do about it; empty where nothing is to be done.
        since: the version of the hook API that knew it first.
        kept: whether it is written to logs; what is not is fleeting, as progress is.
    """

    name: str
    severity: Severity
    means: str
    fields: tuple[Field, ...] = ()
    remedy: str = ""
    since: str = "1.0"
    kept: bool = True

    @property
    def area(self) -> Area:
        """What part of the work it belongs to."""
        return _AREAS[self.name.partition(".")[0]][0]

    @property
    def source(self) -> str:
        """Who publishes it where nobody else is named: ``core/network``."""
        return f"core/{_AREAS[self.name.partition('.')[0]][1]}"

    @property
    def private(self) -> bool:
        """Whether a field may hold what is the person's own business."""
        return any(field.private for field in self.fields)

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


def text(*names: str) -> tuple[Field, ...]:
    """Fields that hold text."""
    return tuple(Field(name, FieldType.TEXT) for name in names)


def private(*names: str) -> tuple[Field, ...]:
    """Fields that hold text which is the person's own business."""
    return tuple(Field(name, FieldType.TEXT, private=True) for name in names)


def seconds(*names: str) -> tuple[Field, ...]:
    """Fields that hold a time in seconds."""
    return tuple(Field(name, FieldType.SECONDS) for name in names)


def size(*names: str) -> tuple[Field, ...]:
    """Fields that hold a number of bytes."""
    return tuple(Field(name, FieldType.BYTES) for name in names)


def count(*names: str) -> tuple[Field, ...]:
    """Fields that hold a number of things."""
    return tuple(Field(name, FieldType.COUNT) for name in names)


def share(*names: str) -> tuple[Field, ...]:
    """Fields that hold a part of a whole, from 0 to 1."""
    return tuple(Field(name, FieldType.SHARE) for name in names)


def document(*names: str) -> tuple[Field, ...]:
    """Fields that hold a JSON document as text."""
    return tuple(Field(name, FieldType.JSON) for name in names)
