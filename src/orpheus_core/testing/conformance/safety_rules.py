"""Rules for every plugin at work: it keeps secrets, and takes no side door."""

from __future__ import annotations

import functools

from orpheus_core.testing.canary import Place
from orpheus_core.testing.conformance.child_tasks import WORK, worked
from orpheus_core.testing.conformance.levels import Level, RuleKind
from orpheus_core.testing.conformance.matrix import matrix_of
from orpheus_core.testing.conformance.network_faults import FAULTS
from orpheus_core.testing.conformance.rules import Rule, RuleSkipped, break_for
from orpheus_core.testing.conformance.subject import Subject
from orpheus_core.testing.conformance.watch import SideDoorKind


def _keeps_out_of(place: Place, subject: Subject) -> None:
    matrix = subject.once(matrix_of)
    matrix.well()
    for fault in FAULTS:
        matrix.badly(fault)
    if not subject.canaries.names:
        raise RuleSkipped("its samples hold no secret")
    break_for(str(leak) for leak in subject.canaries.leaks if leak.place is place)


_PLACES = {
    Place.EVENT: ("events", "No secret turns up in an event, or in advice."),
    Place.ERROR: ("errors", "No secret turns up in an error, its parts, repr or traceback."),
    Place.LOG: ("logs", "No secret turns up in a log."),
    Place.OUTPUT: ("output", "No secret turns up in what is printed."),
    Place.FILE: ("files", "No secret turns up in a file that is kept."),
    Place.RESULT: ("results", "No secret turns up in what items say of themselves."),
}


def _takes_no(kind: SideDoorKind, subject: Subject) -> None:
    if subject.samples and not subject.candidate.sample:
        raise RuleSkipped("another process cannot import its sample: name it in the manifest")
    watched = subject.once(worked)
    if watched.error:
        break_for([watched.error])
    break_for(map(str, watched.during(WORK, kind)))


_DOORS = {
    SideDoorKind.SOCKET: (
        "sockets",
        "At work, no socket is opened: every request goes through the client.",
    ),
    SideDoorKind.PROCESS: ("processes", "At work, no process is started."),
    SideDoorKind.FILE: (
        "other-files",
        "At work, files are written in the folders that a plugin is given, and nowhere else.",
    ),
    SideDoorKind.CTYPES: ("ctypes", "At work, nothing is called through ctypes."),
    SideDoorKind.PATCH: (
        "patches",
        "At work, nothing is put in the place of what others use.",
    ),
}

RULES = (
    *(
        Rule(
            code=f"plugin.keeps-secrets-out-of-{word}",
            level=Level.GOLD,
            kind=RuleKind.PLUGIN,
            says=says,
            check=functools.partial(_keeps_out_of, place),
        )
        for place, (word, says) in _PLACES.items()
    ),
    *(
        Rule(
            code=f"plugin.works-without-{word}",
            level=Level.GOLD,
            kind=RuleKind.PLUGIN,
            says=says,
            check=functools.partial(_takes_no, kind),
        )
        for kind, (word, says) in _DOORS.items()
    ),
)
