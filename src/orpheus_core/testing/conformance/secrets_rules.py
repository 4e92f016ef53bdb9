"""Rules for secret backends."""

from __future__ import annotations

import stat
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import attrs

from orpheus_core.errors import OrpheusError
from orpheus_core.services import SecretBackend
from orpheus_core.testing.canary import Canaries, Place
from orpheus_core.testing.conformance.levels import Level, RuleKind
from orpheus_core.testing.conformance.matching import backends
from orpheus_core.testing.conformance.rules import Rule, RuleSkipped, break_for, raised
from orpheus_core.testing.conformance.samples import SecretBackendSample
from orpheus_core.testing.conformance.subject import Subject

_SERVICE, _FIELD = "conformance", "token"
_VALUES = (
    "plain",
    "with spaces and = & ; \" ' \\ $HOME %PATH%",
    "two\nlines\r\nand\ta tab",
    "\u00e9\u4e2d\U0001f511\u202e",
    "x" * 20_000,
    " around ",
)
_NAMES = (("a", "b.c"), ("a.b", "c"), ("a", "b:c"), ("a_b", "c"), ("a", "b_c"), ("A", "b.c"))
_WRITERS, _WRITES = 4, 10


@attrs.frozen
class _Tried:
    """A backend that was made in an empty folder."""

    backend: SecretBackend
    sample: SecretBackendSample
    folder: Path


Trying = Callable[[_Tried], Iterator[str]]


def _has_sample(subject: Subject) -> None:
    there = {backend.name for backend, _ in backends(subject)}
    break_for(
        f"the secret backend {backend.name} has none: write a SecretBackendSample"
        for backend in subject.brought.backends
        if backend.name not in there
    )


def _says_what_it_is(subject: Subject) -> None:
    faults = []
    for backend in subject.brought.backends:
        name: object = backend.name
        priority: object = backend.priority
        if not (isinstance(name, str) and name.strip() and name.isprintable()):
            faults.append(f"the name {name!r} cannot be shown")
        if isinstance(priority, bool) or not isinstance(priority, int | float):
            faults.append(f"the priority of {name} is {priority!r}, no number")
    break_for(faults)


def _try(trying: Trying, subject: Subject, *, writable: bool | None = None) -> None:
    """Try each backend that has a sample, made in an empty folder."""
    faults = []
    found_one = False
    for backend, sample in backends(subject):
        if writable is not None and sample.writable is not writable:
            continue
        found_one = True
        folder = subject.new_folder("secrets")
        tried = _Tried(sample.make(folder), sample, folder)
        faults += [f"{backend.name}: {fault}" for fault in trying(tried)]
    if not found_one:
        raise RuleSkipped("no backend of that sort has a sample")
    break_for(faults)


def _keeps(tried: _Tried) -> Iterator[str]:
    if tried.backend.get(_SERVICE, _FIELD) is not None:
        yield "it has a value before one was set"
    for value in _VALUES:
        if tried.backend.set(_SERVICE, _FIELD, value) is not True:
            yield f"it does not take {value[:40]!r}"
        elif tried.backend.get(_SERVICE, _FIELD) != value:
            yield f"it does not give back {value[:40]!r} as it was"


def _forgets(tried: _Tried) -> Iterator[str]:
    tried.backend.set(_SERVICE, _FIELD, "one")
    tried.backend.set(_SERVICE, "other", "two")
    if tried.backend.set(_SERVICE, _FIELD, None) is not True:
        yield "it does not remove a value"
    if tried.backend.get(_SERVICE, _FIELD) is not None:
        yield "a value that was removed is still there"
    if tried.backend.get(_SERVICE, "other") != "two":
        yield "removing one value touched another"
    tried.backend.set(_SERVICE, "never-set", None)


def _keeps_apart(tried: _Tried) -> Iterator[str]:
    for number, (service, field) in enumerate(_NAMES):
        tried.backend.set(service, field, f"value {number}")
    for number, (service, field) in enumerate(_NAMES):
        if tried.backend.get(service, field) != f"value {number}":
            yield f"{field!r} of {service!r} is mixed up with another field"


def _lasts(tried: _Tried) -> Iterator[str]:
    if not tried.sample.lasting:
        return
    tried.backend.set(_SERVICE, _FIELD, "kept")
    if tried.sample.make(tried.folder).get(_SERVICE, _FIELD) != "kept":
        yield "another one for the same folder does not know what the first was told"
    if tried.sample.make(tried.folder).set(_SERVICE, _FIELD, None):
        again = tried.sample.make(tried.folder).get(_SERVICE, _FIELD)
        if again is not None:
            yield "what was removed is there again for the next one"


def _refuses(tried: _Tried) -> Iterator[str]:
    for (service, field), value in tried.sample.holds.items():
        if tried.backend.get(service, field) != value:
            yield f"it does not have {field} of {service}, which the sample says it holds"
    if tried.backend.get(_SERVICE, "never-set") is not None:
        yield "it has a value that nobody set"
    if tried.backend.set(_SERVICE, _FIELD, "value") is not False:
        yield "it does not say that it cannot be written to"


def _writes_nothing_down(tried: _Tried) -> Iterator[str]:
    canaries = Canaries()
    with canaries.watch():
        tried.backend.set(_SERVICE, _FIELD, canaries.plant("secret"))
        tried.backend.get(_SERVICE, _FIELD)
    canaries.search(f"{tried.backend!r} {tried.backend}", Place.RESULT, "its repr")
    yield from (str(leak) for leak in canaries.leaks)
    if not tried.sample.plain:
        yield from (str(leak) for leak in canaries.search_folder(tried.folder))
    elif sys.platform != "win32":
        for file in sorted(tried.folder.rglob("*")):
            mode = stat.S_IMODE(file.stat().st_mode)
            if file.is_file() and mode & 0o077:
                yield f"{file.name} may be read by others: mode {mode:04o}"


def _serves_many(tried: _Tried) -> Iterator[str]:
    faults: list[str] = []
    in_step = threading.Barrier(_WRITERS)  # else one may have ended before the next begins

    def write(writer: int) -> None:
        try:
            for number in range(_WRITES):
                in_step.wait()
                tried.backend.set(f"service{writer}", f"field{number}", f"{writer}/{number}")
        except threading.BrokenBarrierError:
            return  # another writer has failed, and says so
        except OrpheusError as error:
            faults.append(f"writer {writer}: {error.title}")
        except Exception as error:  # noqa: BLE001 - the border to foreign code
            faults.append(raised(error))
        else:
            return
        in_step.abort()

    writers = [threading.Thread(target=write, args=(each,)) for each in range(_WRITERS)]
    for thread in writers:
        thread.start()
    for thread in writers:
        thread.join()
    yield from faults
    lost = [
        f"field{number} of service{writer}"
        for writer in range(_WRITERS)
        for number in range(_WRITES)
        if tried.backend.get(f"service{writer}", f"field{number}") != f"{writer}/{number}"
    ]
    if lost:
        yield f"{len(lost)} of {_WRITERS * _WRITES} values are lost, such as {lost[0]}"


def _rule(
    code: str, level: Level, says: str, trying: Trying, *, writable: bool | None = True
) -> Rule:
    def check(subject: Subject) -> None:
        _try(trying, subject, writable=writable)

    return Rule(code=code, level=level, kind=RuleKind.SECRETS, says=says, check=check)


RULES = (
    Rule(
        code="secrets.has-sample",
        level=Level.SILVER,
        kind=RuleKind.SECRETS,
        says="Every secret backend has a sample to be tried on.",
        check=_has_sample,
    ),
    Rule(
        code="secrets.says-what-it-is",
        level=Level.SILVER,
        kind=RuleKind.SECRETS,
        says="A secret backend has a name, and a number as its priority.",
        check=_says_what_it_is,
    ),
    _rule("secrets.keeps", Level.SILVER, "What is set is given back as it was.", _keeps),
    _rule(
        "secrets.forgets",
        Level.SILVER,
        "None removes a value, and only that one.",
        _forgets,
    ),
    _rule(
        "secrets.keeps-apart",
        Level.SILVER,
        "Services and fields are kept apart, however they are named.",
        _keeps_apart,
    ),
    _rule("secrets.lasts", Level.SILVER, "What is set is there for the next process.", _lasts),
    _rule(
        "secrets.says-when-it-cannot",
        Level.SILVER,
        "A backend that cannot be written to answers False, and has what it holds.",
        _refuses,
        writable=False,
    ),
    _rule(
        "secrets.writes-nothing-down",
        Level.GOLD,
        "No secret stands in a file in the clear, in a log, or in what a backend says of itself.",
        _writes_nothing_down,
        writable=None,
    ),
    _rule("secrets.serves-many", Level.GOLD, "Several threads may write at once.", _serves_many),
)
