"""Whether an event fits a pattern, and which key a rule counts it under."""

from __future__ import annotations

from collections.abc import Callable

from orpheus_core.brain.events import Event, Scalar, Severity
from orpheus_core.brain.rules.rule import EventPattern, Filter, Per, Range, is_number

Fits = Callable[[Event], bool]
KeyOf = Callable[[Event], str | None]
_Reader = Callable[[Event], object]
_Test = Callable[[object], bool]

ENVELOPE = ("error_type", "plugin", "service", "severity", "source", "subject")
"""What a filter may name besides the fields of an event's data."""

_LONGEST_KEY = 2000


class Glob:
    """A text in which ``*`` stands for any letters, and nothing else for anything but itself.

    Looking takes time that grows with the text alone: a regular expression with several stars
    can be made to take hours by whoever chooses the text.
    """

    def __init__(self, pattern: str) -> None:
        self._first, *self._middle = pattern.split("*")
        self._last = self._middle.pop() if self._middle else None

    def fits(self, text: str) -> bool:
        """Whether all of *text* fits."""
        if self._last is None:
            return text == self._first
        at, end = len(self._first), len(text) - len(self._last)
        if at > end or not (text.startswith(self._first) and text.endswith(self._last)):
            return False
        for part in self._middle:
            found = text.find(part, at, end)
            if found < 0:
                return False
            at = found + len(part)
        return True


def matcher(pattern: EventPattern) -> Fits:
    """Return whether an event fits `pattern.where`; its kind was looked at before."""
    tests = [(_reader(name), _test(wanted)) for name, wanted in pattern.where.items()]

    def fits(event: Event) -> bool:
        for read, test in tests:  # noqa: SIM110 - a generator takes twice as long
            if not test(read(event)):
                return False
        return True

    return fits


def key_of(per: Per) -> KeyOf:
    """Return what tells the key of an event; None: it has none, and does not count."""
    if per is Per.ALL:
        return lambda _: ""
    read = _KEYS[per]

    def key(event: Event) -> str | None:
        value = read(event)
        return value[:_LONGEST_KEY] if isinstance(value, str) and value else None

    return key


def _reader(name: str) -> _Reader:
    if name == "severity":
        return lambda event: event.severity.name.lower()
    if name in ENVELOPE:
        return lambda event: _plain(getattr(event, name))
    return lambda event: event.data.get(name)


_KEYS: dict[Per, _Reader] = {
    Per.HOST: lambda event: event.data.get("server.address"),
    Per.SERVICE: lambda event: _plain(event.service),
    Per.JOB: lambda event: _plain(event.correlation_id),
    Per.PLUGIN: lambda event: _plain(event.plugin),
    Per.STAGE: lambda event: event.data.get("stage"),
    Per.SUBJECT: lambda event: _plain(event.subject),
}


def _plain(value: object) -> object:
    """A subclass of str may lie about what it holds. The data of an event was made plain."""
    return str.__str__(value) if isinstance(value, str) else value


def _test(wanted: Filter) -> _Test:
    if isinstance(wanted, Range):
        return _in_range(wanted)
    if isinstance(wanted, tuple):
        tests = [_is(value) for value in wanted]
        return lambda value: any(test(value) for test in tests)
    return _is(wanted)


def _in_range(wanted: Range) -> _Test:
    least = float("-inf") if wanted.at_least is None else wanted.at_least
    most = float("inf") if wanted.at_most is None else wanted.at_most

    def test(value: object) -> bool:
        return is_number(value) and least <= value <= most

    return test


def _is(wanted: Scalar) -> _Test:
    if wanted is None or isinstance(wanted, bool):
        return lambda value: value is wanted
    if isinstance(wanted, Severity):
        return _is(wanted.name.lower())
    if isinstance(wanted, str):
        text = str.__str__(wanted)
        if "*" in text:
            glob = Glob(text)
            return lambda value: isinstance(value, str) and glob.fits(value)
        return lambda value: isinstance(value, str) and value == text
    return lambda value: is_number(value) and value == wanted
