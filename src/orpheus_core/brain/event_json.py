"""An event as JSON, and back: a CloudEvent, one line of it, and the event that a line holds.

What of the envelope CloudEvents has no attribute for are extension attributes. Their names
are lower-case letters and digits, and their numbers have 32 bits, so larger ones are texts.
Attributes may hold no control characters: those, and ``%``, are percent-encoded.

Sources: CloudEvents 1.0.2, "Context Attributes" and "Type System"; its JSON Event Format
1.0.2; its extension "Sequence" (a text that sorts as the numbers do).
"""

from __future__ import annotations

import contextlib
import datetime
import functools
import json
import math
import re
import reprlib
from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import quote, unquote

import attrs

from orpheus_core.brain.events import Event, Scalar, Severity
from orpheus_core.brain.kinds import KINDS

SPEC_VERSION = "1.0"
CONTENT_TYPE = "application/json"
SCHEMA = "urn:orpheus:orpheus.event/1"
TYPE_PREFIX = "dev.orpheus."
SOURCE_PREFIX = "/orpheus/"

LARGEST_LINE_BYTES = 16 * 1024
"""No event is longer, as a line with its end. CloudEvents asks consumers to take 64 kB."""

_LARGEST_NUMBER = 2**63 - 1
_MOST_BYTES_OF_A_CHARACTER = 12
_BYTES_OF_NAMES = 1000
_CUTS = (1000, 500, 250, 120, 60)
"""To how many characters texts are cut, step by step, until the line is short enough."""

_NO_CHARACTERS = "".join(chr(plane << 16 | low) for plane in range(17) for low in (0xFFFE, 0xFFFF))
_UNFIT = re.compile(f"[%\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef{_NO_CHARACTERS}]")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")
_COUNTER = re.compile("[0-9]{1,19}")

_TEXTS = {
    "subject": "subject",
    "correlationid": "correlation_id",
    "causationid": "cause_id",
    "service": "service",
    "plugin": "plugin",
    "errortype": "error_type",
}
"""Attributes that are left out where there is nothing to say: how they are called in an event."""

_ALWAYS_THERE = ("id", "kind", "source", "run_id")
"""The other texts of an event."""


def document_of(event: Event) -> dict[str, object]:
    """Return *event*, one that was published, as a CloudEvent in its JSON format.

    Of one that would be longer than `LARGEST_LINE_BYTES` the longest texts are cut, and end
    in ``…``; of one with so many fields that this does not do, the last are left out, and a
    field ``…`` says how many. An empty text in the envelope says as much as None.
    """
    document = _document(event)
    if _is_surely_short(event) or _fits(document):
        return document
    for longest in _CUTS:
        event = _cut(event, longest)
        document = _document(event)
        if _fits(document):
            return document
    return _document(attrs.evolve(event, data=_first_of(event.data)))


def line_of(event: Event) -> bytes:
    """Return *event* as one line of JSON, in ASCII and with its end.

    Raises:
        ValueError: a number in it is no JSON; the bus lets none pass.
    """
    line = _line(_document(event))
    return line if len(line) <= LARGEST_LINE_BYTES else _line(document_of(event))


def event_of(document: Mapping[str, object]) -> Event:
    """Return the event that *document* is of: what `document_of` was given.

    Attributes that are not known here are left out: a later version may have more.

    Raises:
        ValueError: it is no event; the text says what is wrong with it.
    """
    if not isinstance(document, Mapping):
        raise ValueError(f"an event is a JSON object, not {reprlib.repr(document)}")
    _expect(document, "specversion", SPEC_VERSION)
    _expect(document, "datacontenttype", CONTENT_TYPE)
    _expect(document, "dataschema", SCHEMA)
    if document.get("dataclassification") not in ("public", "private"):
        raise _wrong(document, "dataclassification", "public or private")
    return Event(
        id=_required(document, "id"),
        time=_time(document),
        kind=_behind(TYPE_PREFIX, document, "type"),
        severity=_severity(document),
        source=_behind(SOURCE_PREFIX, document, "source"),
        run_id=_optional(document, "runid") or "",
        seq=_counter(document, "sequence"),
        mono_ns=_counter(document, "monons"),
        data=_data(document.get("data")),
        **{name: _optional(document, attribute) for attribute, name in _TEXTS.items()},
    )


def event_in(line: bytes | str) -> Event:
    """Return the event that *line* holds: what `line_of` was given.

    Raises:
        ValueError: it holds none; the text says what is wrong with it.
    """
    if len(line) > LARGEST_LINE_BYTES:
        raise ValueError(f"an event has {LARGEST_LINE_BYTES} bytes at most, not {len(line)}")
    try:
        document = json.loads(line, parse_constant=_no_number)
    except RecursionError:
        raise ValueError("an event is flat, and this is nested too deep to be read") from None
    return event_of(document)


# --- writing --------------------------------------------------------------------------------


def _document(event: Event) -> dict[str, object]:
    row = KINDS.get(event.kind)
    document: dict[str, object] = {
        "specversion": SPEC_VERSION,
        "id": _attribute(event.id),
        "source": SOURCE_PREFIX + _path(event.source),
        "type": TYPE_PREFIX + _attribute(event.kind),
        "time": _moment(event.time),
        "datacontenttype": CONTENT_TYPE,
        "dataschema": SCHEMA,
        "severitytext": event.severity.name.lower(),
        "severitynumber": int(event.severity),
        "dataclassification": "public" if row is not None and not row.private else "private",
    }
    for attribute, name in _TEXTS.items():
        value: str | None = getattr(event, name)
        if value:
            document[attribute] = _attribute(value)
    if event.run_id:
        document["runid"] = _attribute(event.run_id)
    if event.seq:
        document["sequence"] = f"{event.seq:012}"
    if event.mono_ns:
        document["monons"] = str(event.mono_ns)
    document["data"] = dict(event.data)
    return document


def _attribute(text: str) -> str:
    if text.isascii() and text.isprintable() and "%" not in text:
        return text  # nearly every one; the pattern takes ten times as long
    return _UNFIT.sub(_encoded, text)


@functools.lru_cache(maxsize=100)
def _path(source: str) -> str:
    return quote(source, errors="surrogatepass")


def _encoded(found: re.Match[str]) -> str:
    return quote(found[0], safe="", errors="surrogatepass")


def _moment(time: datetime.datetime) -> str:
    if time.tzinfo is not datetime.UTC:
        with contextlib.suppress(OverflowError):  # within a day of the year 1 or 9999
            time = time.astimezone(datetime.UTC)
    return time.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _line(document: Mapping[str, object]) -> bytes:
    return _ENCODER.encode(document).encode("ascii") + b"\n"


_ENCODER = json.JSONEncoder(separators=(",", ":"), allow_nan=False)


# --- at most so long ------------------------------------------------------------------------


def _is_surely_short(event: Event) -> bool:
    characters = len(event.id) + len(event.kind) + len(event.source) + len(event.run_id)
    characters += sum(len(getattr(event, name) or "") for name in _TEXTS.values())
    for name, value in event.data.items():
        characters += len(name) + (len(value) if isinstance(value, str) else 4)
    return characters * _MOST_BYTES_OF_A_CHARACTER + _BYTES_OF_NAMES <= LARGEST_LINE_BYTES


def _fits(document: Mapping[str, object]) -> bool:
    return len(_line(document)) <= LARGEST_LINE_BYTES


def _cut(event: Event, longest: int) -> Event:
    def cut(value: Scalar) -> Scalar:
        is_long = isinstance(value, str) and len(value) > longest
        return f"{str(value)[: longest - 1]}…" if is_long else value

    texts = {name: cut(getattr(event, name)) for name in (*_TEXTS.values(), *_ALWAYS_THERE)}
    data = {name: cut(value) for name, value in event.data.items()}
    return attrs.evolve(event, data=data, **texts)  # type: ignore[arg-type]  # as they were


def _first_of(data: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """As many fields as half a line has room for; the other half is the envelope's."""
    kept: dict[str, Scalar] = {}
    room = LARGEST_LINE_BYTES // 2
    for name, value in data.items():
        room -= len(_line({name: value}))
        if room < 0:
            return kept | {"…": len(data) - len(kept)}
        kept[name] = value
    return kept


# --- reading --------------------------------------------------------------------------------


def _wrong(document: Mapping[str, object], attribute: str, right: str) -> ValueError:
    return ValueError(f"{attribute} is {right}, not {reprlib.repr(document.get(attribute))}")


def _expect(document: Mapping[str, object], attribute: str, value: str) -> None:
    if document.get(attribute) != value:
        raise _wrong(document, attribute, repr(value))


def _optional(document: Mapping[str, object], attribute: str) -> str | None:
    value = document.get(attribute)
    if value is None:
        return None
    if not isinstance(value, str) or not 0 < len(value) <= LARGEST_LINE_BYTES:
        raise _wrong(document, attribute, "a text that is not empty and not too long")
    return _decoded(document, attribute, value)


def _required(document: Mapping[str, object], attribute: str) -> str:
    value = _optional(document, attribute)
    if value is None:
        raise ValueError(f"an event has {attribute}, and this has none")
    return value


def _decoded(document: Mapping[str, object], attribute: str, value: str) -> str:
    if "%" not in value:
        return value
    try:
        return unquote(value, errors="surrogatepass")
    except UnicodeDecodeError:
        raise _wrong(document, attribute, "percent-encoded UTF-8") from None


def _behind(prefix: str, document: Mapping[str, object], attribute: str) -> str:
    value = _required(document, attribute)
    if not value.startswith(prefix):
        raise _wrong(document, attribute, f"a text that begins with {prefix}")
    return value.removeprefix(prefix)


def _time(document: Mapping[str, object]) -> datetime.datetime:
    value = document.get("time")
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        raise _wrong(document, "time", "as in 2001-02-03T04:05:06.000007Z")
    try:
        return datetime.datetime.fromisoformat(value)
    except ValueError as error:
        raise ValueError(f"time is none that there was: {error}") from None


def _severity(document: Mapping[str, object]) -> Severity:
    number = document.get("severitynumber")
    for severity in Severity:
        if type(number) is int and severity == number:
            _expect(document, "severitytext", severity.name.lower())
            return severity
    raise _wrong(document, "severitynumber", f"one of {', '.join(str(int(s)) for s in Severity)}")


def _counter(document: Mapping[str, object], attribute: str) -> int:
    value = document.get(attribute)
    if value is None:
        return 0
    if not isinstance(value, str) or not _COUNTER.fullmatch(value):
        raise _wrong(document, attribute, "a text of up to 19 digits")
    return int(value)


def _data(data: object) -> Mapping[str, Scalar]:
    if data is None:
        data = {}
    if not isinstance(data, Mapping):
        raise ValueError(f"data is a JSON object, not {reprlib.repr(data)}")
    length = 0
    for name, value in data.items():
        if not isinstance(name, str) or not _is_scalar(value):
            raise ValueError(f"data.{reprlib.repr(name)} is no {_SCALARS}: {reprlib.repr(value)}")
        length += len(name) + (len(value) if isinstance(value, str) else 0)
    if length > LARGEST_LINE_BYTES:
        raise ValueError(f"data has {LARGEST_LINE_BYTES} characters at most, not {length}")
    return MappingProxyType(dict(data))


_SCALARS = "text, flag, null, finite number or whole number of 64 bits"


def _is_scalar(value: object) -> bool:
    if value is None or isinstance(value, str | bool):
        return True
    if isinstance(value, int):
        return abs(value) <= _LARGEST_NUMBER
    return isinstance(value, float) and math.isfinite(value)


def _no_number(constant: str) -> float:
    raise ValueError(f"{constant} is no number in JSON")
