"""Rules for services: ids from outside stay ids, and a login that is missing is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

import attrs

from orpheus_core.errors import AuthError
from orpheus_core.music import MediaRef
from orpheus_core.network import OutgoingRequest
from orpheus_core.testing.conformance.levels import Level, RuleKind
from orpheus_core.testing.conformance.matching import services
from orpheus_core.testing.conformance.matrix import Played, matrix_of
from orpheus_core.testing.conformance.rules import Rule, RuleSkipped, break_for
from orpheus_core.testing.conformance.service_flows import Resolve, group_of, service_group
from orpheus_core.testing.conformance.service_results import played
from orpheus_core.testing.conformance.subject import Subject
from orpheus_core.testing.conformance.trials import in_short

_MARK = "kitmark"

HOSTILE_IDS = (
    f"{_MARK}/../../{_MARK}",
    f"../{_MARK}",
    f"{_MARK}?{_MARK}=1",
    f"{_MARK}&{_MARK}=1",
    f"{_MARK}#{_MARK}",
    f"{_MARK}%2f..%2f{_MARK}",
    f"{_MARK}\\..\\{_MARK}",
    f"{_MARK}\r\nX-{_MARK}: 1",
    f"{_MARK}\0",
    f"{_MARK} \u202e\U0001f3b5",
    f"//{_MARK}.invalid/{_MARK}",
    f"@{_MARK}.invalid",
    _MARK * 500,
)
"""What a person can be made to paste as ``SERVICE:KIND:ID``."""


def _ids_stay_ids(subject: Subject) -> None:
    faults: list[str] = []
    for service, sample in services(subject):
        for ref in _one_of_each_kind(sample.resolves):
            usual = _usual_requests(subject, ref)
            hostile = tuple(Resolve(attrs.evolve(ref, id=ident)) for ident in HOSTILE_IDS)
            group = group_of(service.info, attrs.evolve(sample, answers={}), hostile)
            for each in subject.once(matrix_of).play(group):
                faults += _what_came_of(each, usual)
    break_for(faults)


def _one_of_each_kind(refs: tuple[MediaRef, ...]) -> list[MediaRef]:
    return list({ref.kind: ref for ref in refs}.values())


def _usual_requests(subject: Subject, ref: MediaRef) -> tuple[OutgoingRequest, ...]:
    for each in played(subject):
        if isinstance(each.flow, Resolve) and each.flow.ref == ref:
            return each.trial.requests
    return ()


def _what_came_of(hostile: Played, usual: tuple[OutgoingRequest, ...]) -> Iterator[str]:
    shown = repr(str(hostile.flow))[:100]
    if hostile.trial.defect():
        yield f"{shown}: {hostile.trial.defect()}"
    forms = {_form(request) for request in usual}
    for request in hostile.trial.requests:
        hosts, segments, names = _form(request)
        if not any((hosts, segments) == known[:2] and names <= known[2] for known in forms):
            yield f"{shown}: it asks for {request.url[:160]!r}, which is another place"
        if any(_MARK in name.lower() for name in request.headers):
            yield f"{shown}: a header of its own gets into the request"


def _form(request: OutgoingRequest) -> tuple[str, int, frozenset[str]]:
    """Host, number of segments, and names in the query: what an id must not change."""
    parts = urlsplit(request.url)
    names = frozenset(name for name, _ in parse_qsl(parts.query, keep_blank_values=True))
    return parts.netloc, len(parts.path.split("/")), names


def _without_credentials(subject: Subject) -> None:
    faults = []
    tried = False
    for service, sample in services(subject):
        secrets = {field.name for field in service.info.credentials}
        if not secrets & set(sample.credentials):
            continue
        tried = True
        bare = attrs.evolve(sample, credentials={})
        for each in subject.once(matrix_of).play(service_group(service.info, bare)):
            trial = each.trial
            if trial.defect():
                faults.append(f"{each.flow}: {trial.defect()}")
            elif trial.error is not None and not isinstance(trial.error, AuthError):
                faults.append(f"{each.flow}: {in_short(trial)}; due was LoginNeeded")
    if not tried:
        raise RuleSkipped("it needs no credentials")
    break_for(faults)


RULES = (
    Rule(
        code="service.ids-stay-ids",
        level=Level.GOLD,
        kind=RuleKind.SERVICE,
        says="An id from outside becomes no other path, query or host of a request.",
        check=_ids_stay_ids,
    ),
    Rule(
        code="service.asks-for-a-login",
        level=Level.GOLD,
        kind=RuleKind.SERVICE,
        says="Without its credentials a service works, or says that it needs a login.",
        check=_without_credentials,
    ),
)
