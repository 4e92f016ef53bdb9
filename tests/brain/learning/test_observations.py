"""What is learned from which event, and that nothing else gets in."""

from __future__ import annotations

import datetime
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.brain.learning.observed import HOST, SERVICE, event, interruption, job, request, stage

from orpheus_core.brain import KINDS, Event
from orpheus_core.brain.learning import observations
from orpheus_core.brain.learning.observations import (
    HOST_FAILURES,
    Observation,
    Topic,
    observations_of,
)
from orpheus_core.brain.learning.predictor import LEARNED_FROM
from orpheus_core.errors import error_types
from orpheus_core.testing import events, hostile_texts

NOW = datetime.datetime(2026, 3, 1, 3, 10, tzinfo=datetime.UTC)


def learned(of: Event) -> list[tuple[Topic, str, str]]:
    found = observations_of(of, NOW.timestamp())
    return [(each.topic, each.about, each.outcome) for each in found]


@pytest.mark.parametrize("code", ["svc.down", "net.dns-failure", "net.refused", "net.read-timeout"])
def test_what_a_host_does_not_do_is_its_failure(code: str) -> None:
    """Each kind of failure is counted by itself, for the host and for its service."""
    expected = [(Topic.HOST, HOST, code), (Topic.SERVICE, SERVICE, code)]
    assert learned(request(NOW, code)) == expected


@pytest.mark.parametrize("code", ["", "svc.not-found", "svc.forbidden", "auth.login-needed"])
def test_a_refusal_shows_a_host_at_work(code: str) -> None:
    """404 is an answer: the host was there to give it."""
    expected = [(Topic.HOST, HOST, ""), (Topic.SERVICE, SERVICE, "")]
    assert learned(request(NOW, code)) == expected


@pytest.mark.parametrize(
    "code",
    [
        "svc.rate-limited",
        "cli.interrupted",
        "net.proxy-unreachable",
        "net.captive-portal",
        "net.unreachable",
        "net.tls-untrusted",
        "io.disk-full",
        "plugin.hook-failed",
        "bug.unclassified",
        "madeup.by-a-plugin",
    ],
)
def test_what_says_nothing_of_the_host_is_not_counted(code: str) -> None:
    """A limit, a person who stops, this machine's own network and disk, an unknown code."""
    assert learned(request(NOW, code)) == []


@pytest.mark.parametrize("code", ["net.truncated", "net.connection-lost", "net.stalled"])
def test_a_file_that_stops_coming_is_a_failure_of_its_host(code: str) -> None:
    """Beside the answer that it began with, which has an event of its own."""
    expected = [(Topic.HOST, HOST, code), (Topic.SERVICE, SERVICE, code)]
    assert learned(interruption(NOW, code)) == expected


@pytest.mark.parametrize("code", ["cli.interrupted", "io.disk-full", "svc.forbidden"])
def test_a_file_that_stops_coming_for_another_reason_is_nobodys_failure(code: str) -> None:
    """A person, or a full disk; and the answer that began it is not counted again."""
    assert learned(interruption(NOW, code)) == []


def test_every_code_is_one_that_errors_have() -> None:
    """A code that was renamed would be learned from no more, in silence."""
    codes = {leaf.code for leaf in error_types()}
    assert codes >= HOST_FAILURES
    assert len(HOST_FAILURES) >= 12


def test_a_stage_that_failed_or_was_left_out_for_it_counts() -> None:
    """One that was left out for another reason, or stopped by a person, was not tried."""
    failed, well = [(Topic.STAGE, "tag", "failed")], [(Topic.STAGE, "tag", "")]
    assert learned(stage(NOW, "tag", "stage.tag.failed")) == failed
    assert learned(event("stage.skipped", NOW, error_type="x.y", data={"stage": "tag"})) == failed
    assert learned(stage(NOW, "tag")) == well
    assert learned(event("stage.skipped", NOW, data={"stage": "tag"})) == []
    assert learned(stage(NOW, "tag", "cli.interrupted")) == []


def test_a_finished_job_tells_its_quality() -> None:
    """By service and kind."""
    assert learned(job(NOW, "hires")) == [(Topic.QUALITY, "shop:album", "hires")]


@pytest.mark.parametrize("data", [{}, {"kind": "album"}, {"kind": "mood", "quality": "hires"}])
def test_a_job_that_does_not_tell_is_passed_over(data: dict[str, str]) -> None:
    """A kind or quality that Orpheus has not is none."""
    assert learned(event("job.finished", NOW, service=SERVICE, data=data)) == []


@given(hostile_texts(), hostile_texts(), hostile_texts())
def test_titles_and_paths_never_get_in(host: str, service: str, name: str) -> None:
    """Only what has the form of a host, a name or a known word is kept."""
    sent = [
        request(NOW, host=host, service=service),
        request(NOW, code=name),
        stage(NOW, name),
        job(NOW, name),
        job(NOW, "hires", kind=name),
    ]
    for each in (found for of in sent for found in observations_of(of, NOW.timestamp())):
        assert re.fullmatch(r"[\w.:-]{1,253}", each.about)
        assert re.fullmatch(r"[a-z.-]*", each.outcome)


@given(st.sampled_from(sorted(KINDS)).flatmap(events))
def test_any_event_can_be_looked_at(of: Event) -> None:
    """What is learned is about something, and not of the future."""
    for each in observations_of(of, NOW.timestamp()):
        assert each.about
        assert each.time_s <= NOW.timestamp()


@pytest.mark.parametrize("value", [None, 7, 1.5, True, "", "a b", "x" * 254, "a/b", "höst/"])
def test_values_of_other_types_are_no_host(value: object) -> None:
    """An event that a plugin published may hold anything."""
    assert learned(event("network.request.finished", NOW, data={"server.address": value})) == []


def test_hosts_are_compared_in_lower_case() -> None:
    """Names of hosts are. Source: RFC 4343."""
    assert learned(request(NOW, host="API.Shop.Example"))[0][1] == HOST


def test_an_event_of_the_future_counts_as_of_now() -> None:
    """A clock that was wrong must not have its say for years."""
    later = NOW + datetime.timedelta(days=4000)
    found = observations_of(request(later, service=None), NOW.timestamp())
    assert found == [Observation(Topic.HOST, HOST, "", NOW.timestamp())]


def test_the_plugin_asks_for_the_kinds_that_are_learned_from() -> None:
    """It says so by itself, so that nothing else need be imported: the two must not differ."""
    assert set(observations._OBSERVERS) == LEARNED_FROM
    assert set(KINDS) >= LEARNED_FROM
