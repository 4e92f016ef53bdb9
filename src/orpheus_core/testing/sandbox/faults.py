"""What may go wrong at the sandbox, for which item, and how often.

As text, for command lines and environments: ``KIND:ITEM[:TIMES][:NAME=VALUE]...``::

    503:lanterns-03                       once, Retry-After: 1
    429:lanterns-03:2:retry-after=5       twice
    truncated:lanterns-07:1:at=1000       the body ends after 1000 bytes
    slow:lanterns-*:always:rate=5000      every file of the release, 5000 bytes a second
    404:/files/lanterns-02.flac:always    one path, nothing else about the track
    reset:lanterns-04:1:after=1           the second request for the file, not the first
"""

from __future__ import annotations

import collections
import difflib
import enum
import fnmatch
import re
import threading
from collections.abc import Iterable
from typing import Self, TypeVar

import attrs

from orpheus_core.errors import UnknownWord


class FaultKind(enum.Enum):
    """The faults. Those of a body happen half-way through it, unless `Fault.cut_at_bytes` says."""

    NAME_NOT_FOUND = "name-not-found"
    """The link to the file leads to a host that does not exist."""
    REFUSED = "refused"
    """The link to the file leads to a port where nobody listens."""
    RESET = "reset"
    """The connection is reset in the body."""
    TRUNCATED = "truncated"
    """The connection is closed in the body."""
    SLOW = "slow"
    """The body comes at `Fault.bytes_per_s`."""
    STALL = "stall"
    """The body stops, and the connection stays."""
    STATUS_401 = "401"
    STATUS_403 = "403"
    STATUS_404 = "404"
    STATUS_429 = "429"
    """With Retry-After, as `Fault.retry_after_s` says."""
    STATUS_500 = "500"
    STATUS_503 = "503"
    """With Retry-After, as `Fault.retry_after_s` says."""
    HTML = "html"
    """A page with status 200 where JSON is due, as the sign-in page of a hotel."""
    WRONG_CHECKSUM = "wrong-checksum"
    """One byte of the body is another one; length and ETag are those of the true file."""
    CHANGED = "changed"
    """From the second request for the file on (see `Fault.after`) another file stands in its
    place, for good: other bytes, another ETag, and the API states its size and checksum."""

    @property
    def status(self) -> int | None:
        """The status of the answer, for the kinds that are nothing else."""
        return int(self.value) if self.value.isdecimal() else None


class Place(enum.Enum):
    """What part of the server a request is for."""

    API = "api"
    FILE_URL = "file-url"
    FILE = "file"
    COVER = "cover"


_LINK_KINDS = {FaultKind.NAME_NOT_FOUND, FaultKind.REFUSED}
_FILE_KINDS = {FaultKind.CHANGED, FaultKind.WRONG_CHECKSUM}
_BODY_KINDS = {FaultKind.RESET, FaultKind.TRUNCATED, FaultKind.SLOW, FaultKind.STALL}


@attrs.frozen
class Target:
    """A request as faults look at it: its path, where it goes, and which item it is about."""

    path: str
    place: Place
    item: str


def _default_after(fault: Fault) -> int:
    return 1 if fault.kind is FaultKind.CHANGED else 0


@attrs.frozen(kw_only=True)
class Fault:
    """One thing that goes wrong.

    Args:
        kind: what goes wrong.
        item: the id of a track, release, playlist or artist, or a path that begins with
            ``/``; in both, ``*`` stands for anything. With an id, a fault of the body
            meets the audio file, HTML meets the API, and a status meets whatever request
            about the item comes first. With a path it meets that path alone.
        times: how often, counted for each item by itself; None for always.
        after: how many requests that it could meet are left alone first.
        retry_after_s: what 429 and 503 state.
        cut_at_bytes: after how many bytes of the body it happens; None for half of them.
        bytes_per_s: how fast a slow body comes.
    """

    kind: FaultKind
    item: str
    times: int | None = 1
    after: int = attrs.field(default=attrs.Factory(_default_after, takes_self=True))
    retry_after_s: int = 1
    cut_at_bytes: int | None = None
    bytes_per_s: int = attrs.field(default=20_000, validator=attrs.validators.gt(0))

    def concerns(self, target: Target) -> bool:
        """Whether this fault could meet a request for *target*."""
        if self.kind in _LINK_KINDS and target.place is not Place.FILE_URL:
            return False
        if self.kind in _FILE_KINDS and target.place is not Place.FILE:
            return False
        if self.item.startswith("/"):
            return fnmatch.fnmatchcase(target.path, self.item)
        if self.kind in _BODY_KINDS and target.place is not Place.FILE:
            return False
        if self.kind is FaultKind.HTML and target.place not in (Place.API, Place.FILE_URL):
            return False
        return fnmatch.fnmatchcase(target.item, self.item)

    @property
    def text(self) -> str:
        """The form that `parse` reads."""
        parts = [self.kind.value, self.item, "always" if self.times is None else str(self.times)]
        given = {
            "after": self.after,
            "retry-after": self.retry_after_s,
            "at": self.cut_at_bytes,
            "rate": self.bytes_per_s,
        }
        parts += [f"{name}={value}" for name, value in given.items() if value is not None]
        return ":".join(parts)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the fault that *text* names.

        Raises:
            UnknownWord: the kind or a setting is unknown, or a number is none.
        """
        kind, _, rest = text.strip().partition(":")
        item, *settings = rest.split(":")
        if not item:
            raise _unknown(f"the fault {text!r} names no item")
        times: int | None = 1
        if settings and "=" not in settings[0]:
            word = settings.pop(0)
            times = None if word == "always" else _number(word, text)
        fault = cls(kind=_kind(kind), item=item, times=times)
        for setting in settings:
            name, _, value = setting.partition("=")
            fault = _with_setting(fault, name, _number(value, text))
        return fault


_SomeFault = TypeVar("_SomeFault", bound=Fault)


def _with_setting(fault: _SomeFault, name: str, value: int) -> _SomeFault:
    match name:
        case "after":
            return attrs.evolve(fault, after=value)
        case "retry-after":
            return attrs.evolve(fault, retry_after_s=value)
        case "at":
            return attrs.evolve(fault, cut_at_bytes=value)
        case "rate":
            if not value:
                raise _unknown("a rate of 0 never ends; stall is the fault for that")
            return attrs.evolve(fault, bytes_per_s=value)
        case _:
            raise _unknown(f"a fault has no setting {name!r}")


def parse_faults(text: str) -> tuple[Fault, ...]:
    """Return the faults in *text*, with commas or white space between them.

    Raises:
        UnknownWord: one of them is none.
    """
    return tuple(Fault.parse(word) for word in re.split(r"[,\s]+", text) if word)


class FaultPlan:
    """The faults of one server, and how often each has struck. Safe for threads."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self._lock = threading.Lock()
        self._changed: set[str] = set()
        self._counts: list[_Counts] = []
        for fault in faults:
            self.add(fault)

    def add(self, fault: Fault) -> None:
        """Let *fault* strike, too; where several could, the one added first does."""
        with self._lock:
            self._counts.append(_Counts(fault))

    def clear(self) -> None:
        """Let no fault strike any more. Files that have changed stay so."""
        with self._lock:
            self._counts.clear()

    def strike(self, target: Target) -> Fault | None:
        """Count a request for *target*, and return the fault that it meets."""
        with self._lock:
            due = [counts for counts in self._counts if counts.comes_due(target)]
            if any(counts.fault.kind is FaultKind.CHANGED for counts in due):
                self._changed.add(target.item)
            for counts in due:
                if counts.fault.kind is not FaultKind.CHANGED and counts.has_times_left(target):
                    counts.struck[target.item] += 1
                    return counts.fault
            return None

    def has_changed(self, item: str) -> bool:
        """Whether the file of the track *item* is another one by now."""
        with self._lock:
            return item in self._changed


class _Counts:
    """How many requests a fault has seen and met, for each item."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self.seen: collections.Counter[str] = collections.Counter()
        self.struck: collections.Counter[str] = collections.Counter()

    def comes_due(self, target: Target) -> bool:
        if not self.fault.concerns(target):
            return False
        self.seen[target.item] += 1
        return self.seen[target.item] > self.fault.after

    def has_times_left(self, target: Target) -> bool:
        return self.fault.times is None or self.struck[target.item] < self.fault.times


def _unknown(title: str, next_step: str = "") -> UnknownWord:
    return UnknownWord(title, next_step=next_step or "write KIND:ITEM[:TIMES][:NAME=VALUE]")


def _kind(word: str) -> FaultKind:
    try:
        return FaultKind(word)
    except ValueError:
        known = [kind.value for kind in FaultKind]
        near = difflib.get_close_matches(word, known, n=1)
        hint = f"did you mean {near[0]}?" if near else "kinds are: " + ", ".join(known)
        raise _unknown(f"there is no fault {word!r}", hint) from None


def _number(word: str, text: str) -> int:
    if not re.fullmatch("[0-9]{1,15}", word):
        raise _unknown(f"{word!r} in the fault {text!r} is no number")
    return int(word)
