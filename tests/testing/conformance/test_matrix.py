"""The matrix: each request is met once and for good, and what follows is judged by a table."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import attrs
import pytest
from tests.testing.conformance.good_service import SAMPLE, GoodService, Plugin

import orpheus_core as oc
from orpheus_core.testing import RuleKind
from orpheus_core.testing.conformance.candidate import Candidate
from orpheus_core.testing.conformance.matrix import Played, fault_of, matrix_of
from orpheus_core.testing.conformance.network_faults import FAULTS, NetworkFault
from orpheus_core.testing.conformance.service_flows import Search
from orpheus_core.testing.conformance.subject import Subject
from orpheus_core.testing.conformance.trials import Trial, difference
from orpheus_core.testing.conformance.wire import Strike

BY_ID = {fault.id: fault for fault in FAULTS}
ONE_FLOW = attrs.evolve(SAMPLE, links={}, resolves=(), downloads=())
FLOW = Search("good", oc.MediaKind.ALBUM, "album")
REQUEST = oc.OutgoingRequest(method="GET", url="https://api.good.example/search", service="good")


class SearchesTwice(GoodService):
    """Needs two requests for a search."""

    def search(
        self, client: oc.ServiceClient, kind: oc.MediaKind, query: str, limit: int
    ) -> Sequence[oc.SearchHit]:
        super().search(client, kind, query, limit)
        return super().search(client, kind, query, limit)


def played(fault: NetworkFault, service: GoodService | None = None) -> tuple[Played, ...]:
    candidate = Candidate(id="tried", handed_over=Plugin(service or SearchesTwice()))
    with Subject(candidate, (ONE_FLOW,), limit_s=2.0) as subject:
        return subject.once(matrix_of).badly(fault)


def test_every_request_is_met_once_and_for_good() -> None:
    """Of two requests, that makes four runs of the flow."""
    strikes = [each.trial.strike for each in played(BY_ID["503"])]

    assert [(strike.position, strike.lasting) for strike in strikes if strike] == [
        (1, False),
        (1, True),
        (2, False),
        (2, True),
    ]


def test_an_outage_that_passes_is_waited_for_and_one_that_lasts_is_told() -> None:
    """The network asks again by itself; that takes simulated time."""
    once, for_good, *_ = played(BY_ID["429-with-seconds"])

    assert isinstance(once.trial.value, list)
    assert len(once.trial.requests) == 3
    assert isinstance(for_good.trial.error, oc.RateLimited)


def test_an_expired_token_is_not_tried_for_good() -> None:
    """That would be a login that is refused, which is another row."""
    assert all(
        each.trial.strike and not each.trial.strike.lasting
        for each in played(BY_ID["expired-token"])
    )


def test_a_clock_that_is_wrong_is_no_matter_of_one_request() -> None:
    """The whole flow runs by it, and the service says another time."""
    (one,) = played(BY_ID["clock-ahead"])

    assert one.trial.strike
    assert str(one.trial.strike) == "when this machine's clock is a day ahead"
    assert isinstance(one.trial.value, list)


class HangsWhenDown(GoodService):
    """Waits for what never comes."""

    def search(
        self, client: oc.ServiceClient, kind: oc.MediaKind, query: str, limit: int
    ) -> Sequence[oc.SearchHit]:
        try:
            return super().search(client, kind, query, limit)
        except oc.ServiceDown:
            threading.Event().wait(10)
            raise


def test_a_flow_that_hangs_is_left_behind() -> None:
    """Its thread still runs, so nothing more is told by that application."""
    once, for_good = played(BY_ID["500"], HangsWhenDown())

    assert not once.trial.hung
    assert for_good.trial.hung
    assert fault_of(for_good, BY_ID["500"]).endswith("it did not end in 2 s")


def of(fault: NetworkFault, **outcome: object) -> str:
    """Judge a search that *fault* met in its first request."""
    lasting = bool(outcome.pop("lasting", True))
    method = str(outcome.pop("method", "GET"))
    requests = (attrs.evolve(REQUEST, method=method),)
    well = Trial(flow=str(FLOW), value=["a hit"], requests=requests)
    strike = Strike(fault=fault, position=1, lasting=lasting)
    trial = attrs.evolve(well, **{"value": None, "strike": strike, **outcome})
    return fault_of(Played(flow=FLOW, kind=RuleKind.SERVICE, well=well, trial=trial), fault)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.id)
def test_the_result_of_a_good_run_is_always_right(fault: NetworkFault) -> None:
    """Who gets there in spite of all has not passed anything over."""
    assert of(fault, value=["a hit"]) == ""


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.id)
@pytest.mark.parametrize(
    "error",
    [
        KeyError("id"),
        oc.HookFailed("a hook failed"),
        oc.UnclassifiedError("nobody knows"),
        oc.UndeclaredHost("who is that?"),
        oc.Cancelled("stopped"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_some_errors_are_never_right(fault: NetworkFault, error: Exception) -> None:
    """Foreign ones, defects, and what is the plugin's own fault."""
    assert of(fault, error=error)


@pytest.mark.parametrize(
    ("ident", "right", "wrong"),
    [
        ("401", oc.LoginNeeded, oc.ServiceDown),
        ("403", oc.CountryRestricted, oc.ServiceDown),
        ("404", oc.ItemNotFound, oc.RateLimited),
        ("429", oc.RateLimited, oc.ItemNotFound),
        ("500", oc.ServiceDown, oc.LoginNeeded),
        ("503", oc.RateLimited, oc.ItemNotFound),
        ("connect-timeout", oc.ConnectTimeout, oc.ItemNotFound),
        ("read-timeout", oc.ReadTimeout, oc.LoginNeeded),
        ("reset", oc.ConnectionLost, oc.QualityUnavailable),
        ("cut-off", oc.Truncated, oc.ItemNotFound),
        ("html", oc.UnexpectedAnswer, oc.ItemNotFound),
        ("empty", oc.UnexpectedAnswer, oc.LoginNeeded),
        ("other-object", oc.SchemaMismatch, oc.DiskFull),
        ("echo", oc.RequestRejected, oc.ConnectTimeout),
        ("clock-ahead", oc.LoginNeeded, oc.DiskFull),
    ],
)
def test_each_fault_has_errors_that_fit(
    ident: str, right: type[oc.OrpheusError], wrong: type[oc.OrpheusError]
) -> None:
    """And others that would send a person the wrong way."""
    assert of(BY_ID[ident], error=right("so it is")) == ""
    assert "what fits is" in of(BY_ID[ident], error=wrong("so it is"))


def test_a_failure_that_passes_must_not_be_given_up_on() -> None:
    """Unless it was a POST, which nobody sends twice."""
    down = oc.ServiceDown("down")

    assert "the next answer was good" in of(BY_ID["503"], error=down, lasting=False)
    assert of(BY_ID["503"], error=down, lasting=False, method="POST") == ""


def test_going_on_without_an_answer_is_right_only_where_something_is_not_there() -> None:
    """An outage must not look like an empty list."""
    assert of(BY_ID["404"], value=[]) == ""
    assert of(BY_ID["404"], value="text")
    assert "the failure was passed over" in of(BY_ID["500"], value=[])


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        (oc.Artist(name="A"), oc.Artist(name="B"), "name: 'A' and then 'B'"),
        ((1, 2), (1, 3), "1: 2 and then 3"),
        ((1,), (1, 2), "(1,) and then (1, 2)"),
    ],
)
def test_a_difference_is_named_where_it_is(one: object, other: object, words: str) -> None:
    """Not two whole albums side by side."""
    assert difference(one, other) == words
