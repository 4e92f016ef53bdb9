"""A rule that could never fire is refused, and told what would fit."""

from __future__ import annotations

import pytest
from tests.brain.rules.events import FAILED, FINISHED, rule

from orpheus_core.brain import KINDS, EventPattern, Per, Range, Severity
from orpheus_core.brain.rules import UNSEEN, Filter
from orpheus_core.brain.rules.sight import faults_of, kinds_of


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_is_seen_but_what_rules_themselves_lead_to(kind: str) -> None:
    """Or it would not end."""
    assert (kind in kinds_of("*")) != kind.startswith(UNSEEN)
    assert (kinds_of(kind) == {kind}) != kind.startswith(UNSEEN)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("network.request.faild", "'network.request.faild', did you mean network.request.failed?"),
        ("netwrk.*", "'netwrk.*', did you mean network.*?"),
        ("zzz", "there is no kind of event 'zzz', orpheus event types lists them"),
        ("brain.advice.given", "no rule sees 'brain.advice.given'"),
        ("brain.rule.*", "no rule sees 'brain.rule.*'"),
    ],
)
def test_a_kind_that_never_comes_is_told_with_the_nearest(kind: str, said: str) -> None:
    """Wherever in a rule it stands."""
    for each in (rule(kind), rule(absent=kind), rule(reset=kind)):
        (fault,) = faults_of(each)
        assert said in fault


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ({"stag": "x"}, "network.request.failed has no field 'stag'"),
        ({"server.adress": "x"}, "did you mean server.address?"),
        ({"eror_type": "x"}, "did you mean error_type?"),
        ({"server.address": 5}, "server.address holds text"),
        ({"server.address": ("a", 5)}, "server.address holds text"),
        ({"server.address": Range(at_least=5)}, "server.address holds text"),
        ({"http.response.status_code": "503"}, "http.response.status_code holds a number"),
        ({"http.response.status_code": True}, "http.response.status_code holds a number"),
        ({"service": 5}, "it holds text"),
        ({"service": Range(at_least=5)}, "it holds text"),
        ({"service": Severity.ERROR}, "it holds text"),
        ({"severity": "loud"}, "there is no severity 'loud': there are debug, info, warning"),
        ({"severity": ("error", "loud")}, "there is no severity 'loud'"),
    ],
)
def test_a_filter_that_never_passes_is_told(where: dict[str, Filter], said: str) -> None:
    """Each by itself."""
    (fault,) = faults_of(rule(EventPattern(kind=FAILED, where=where)))

    assert said in fault


@pytest.mark.parametrize(
    ("kind", "where"),
    [
        (FAILED, {"server.address": ("a*", None), "severity": Severity.ERROR}),
        (FAILED, {"http.response.status_code": Range(at_least=500), "severity": "*"}),
        ("*", {"stage": "tag", "server.address": "a", "error_type": None}),
    ],
)
def test_a_filter_that_passes_for_some_kind_is_fine(kind: str, where: dict[str, Filter]) -> None:
    """A pattern of many kinds has the fields of all of them."""
    assert faults_of(rule(EventPattern(kind=kind, where=where))) == []


def test_what_is_counted_apart_has_to_be_there() -> None:
    """An event without it would never count, or never reset."""
    assert faults_of(rule(per=Per.HOST, reset=FINISHED)) == []
    assert faults_of(rule("*", per=Per.STAGE)) == []
    (fault,) = faults_of(rule(FAILED, per=Per.STAGE))
    assert fault == "counted per stage, and network.request.failed has no field 'stage'"
    (fault,) = faults_of(rule(FAILED, per=Per.HOST, reset="job.*"))
    assert fault == "counted per host, and none of job.* has no field 'server.address'"
