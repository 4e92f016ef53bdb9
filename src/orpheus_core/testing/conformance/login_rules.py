"""Rules for login strategies."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from orpheus_core.errors import LoginRejected
from orpheus_core.services import Session
from orpheus_core.testing.conformance.levels import Level, RuleKind
from orpheus_core.testing.conformance.login_flows import LogIn
from orpheus_core.testing.conformance.matching import logins
from orpheus_core.testing.conformance.matrix import Played, matrix_of
from orpheus_core.testing.conformance.rules import Rule, RuleSkipped, break_for
from orpheus_core.testing.conformance.samples import LoginSample
from orpheus_core.testing.conformance.subject import Subject
from orpheus_core.testing.conformance.trials import in_short


def _has_sample(subject: Subject) -> None:
    there = {(login.service, login.name) for login, _ in logins(subject)}
    break_for(
        f"the login {login.name} to {login.service} has none: write a LoginSample"
        for login in subject.brought.logins
        if (login.service, login.name) not in there
    )


def _fields_are_those(subject: Subject) -> None:
    faults = []
    for login, sample in logins(subject):
        fields = {field.name for field in login.fields}
        for word, given in (("", sample.credentials), ("wrong ", sample.wrong_credentials)):
            if set(given) != fields:
                faults.append(
                    f"the login {login.name} asks for {_words(fields)}, the sample's "
                    f"{word}credentials are {_words(set(given))}"
                )
        faults += [
            f"the field {field.name} has no label" for field in login.fields if not field.label
        ]
    break_for(faults)


def _words(names: set[str]) -> str:
    return ", ".join(sorted(names)) or "none"


def _played(subject: Subject, *, rightly: bool) -> Iterator[tuple[LogIn, Played]]:
    for each in subject.once(matrix_of).well(RuleKind.LOGIN):
        if isinstance(each.flow, LogIn) and each.flow.rightly is rightly:
            yield each.flow, each


def _logs_in(subject: Subject) -> None:
    faults = []
    for flow, each in _played(subject, rightly=True):
        faults += [f"{flow}: the sample has no answer for {url}" for url in each.trial.unanswered]
        if not each.trial.ended_well:
            faults.append(f"{flow}: {in_short(each.trial)}")
    break_for(faults)


def _session_can_be_stored(subject: Subject) -> None:
    faults = []
    times: dict[tuple[str, str], LoginSample] = {
        (login.service, login.name): sample for login, sample in logins(subject)
    }
    declared = {
        service.info.id: {field.name for field in service.info.credentials}
        for service in subject.brought.services
    }
    for flow, each in _played(subject, rightly=True):
        session = each.trial.value
        if not isinstance(session, Session):
            continue
        if not session.credentials:
            faults.append(f"{flow}: the session has no credentials to be stored")
        known = declared.get(flow.service)
        faults += [
            f"{flow}: the service does not declare the credential {name}"
            for name in session.credentials
            if known is not None and name not in known
        ]
        began = times[flow.service, flow.strategy].at
        if session.expires_at is not None and session.expires_at <= began:
            faults.append(f"{flow}: the session ended before it began: {session.expires_at}")
    break_for(faults)


def _wrong_ones_are_rejected(subject: Subject) -> None:
    played = list(_played(subject, rightly=False))
    if not played:
        raise RuleSkipped("no login has a sample")
    break_for(
        f"{flow}: {in_short(each.trial)}; due was LoginRejected"
        for flow, each in played
        if each.trial.complaints or not isinstance(each.trial.error, LoginRejected)
    )


def _rule(code: str, says: str, check: Callable[[Subject], None]) -> Rule:
    return Rule(code=code, level=Level.SILVER, kind=RuleKind.LOGIN, says=says, check=check)


RULES = (
    _rule("login.has-sample", "Every login has a sample to be tried on.", _has_sample),
    _rule(
        "login.asks-for-its-fields",
        "The sample fills exactly the fields that the login asks for, and each has a label.",
        _fields_are_those,
    ),
    _rule("login.logs-in", "The right credentials end in a session of that login.", _logs_in),
    _rule(
        "login.session-can-be-stored",
        "A session holds credentials that its service declares, and is not over yet.",
        _session_can_be_stored,
    ),
    _rule(
        "login.rejects-wrong-credentials",
        "Wrong credentials are LoginRejected.",
        _wrong_ones_are_rejected,
    ),
)
