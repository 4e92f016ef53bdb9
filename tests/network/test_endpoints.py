"""Which host a request goes to when several answer the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.network.shop import SECOND, Shop, scene, without_a_name

from orpheus_core import errors
from orpheus_core.brain import (
    Decision,
    EndpointQuestion,
    Mitigation,
    MitigationKind,
    Question,
    RetryQuestion,
    Verdict,
)
from orpheus_core.errors import OrpheusError
from orpheus_core.music import AudioFormat, Codec
from orpheus_core.network import fetch_file
from orpheus_core.services.module import MediaFile
from orpheus_core.storage import DiskStorage
from orpheus_core.testing.faultserver import Close, FaultServer, Script, Send, Status, answer
from orpheus_core.testing.httpwire import ReceivedRequest
from orpheus_core.testing.loopback import refusing_port

if TYPE_CHECKING:
    from tests.network.conftest import MakeRoom, Room

LOOPBACK, BY_NAME = "127.0.0.1", "localhost"
MIRRORS = ((LOOPBACK, BY_NAME),)


@pytest.fixture
def room(make_room: MakeRoom) -> Room:
    """A room whose service has two hosts, which are one server."""
    return make_room(mirrors=MIRRORS)


def switch_to(host: str, after_s: float = 0.0) -> Callable[[Question], Decision]:
    """Give up every retry, and answer about endpoints with *host*."""

    def answer_to(question: Question) -> Decision:
        if not isinstance(question, EndpointQuestion):
            return Decision(verdict=Verdict.GIVE_UP, reason="the test says so")
        return Decision(
            verdict=Verdict.SWITCH, reason="the test says so", choice=host, after_s=after_s
        )

    return answer_to


def only_by_name(request: ReceivedRequest) -> Script:
    """What a server answers whose one address is down."""
    return answer(body=b"whole") if (request.header("Host") or "").startswith(BY_NAME) else DOWN


DOWN = answer(503)


def hosts_asked(server: FaultServer) -> list[str]:
    return [(request.header("Host") or "").partition(":")[0] for request in server.requests]


def asked_about(room: Room) -> list[tuple[str, tuple[str, ...]]]:
    return [
        (question.host, question.alternatives)
        for question in room.decider.questions
        if isinstance(question, EndpointQuestion)
    ]


def error_of(room: Room, url: str, **more: object) -> OrpheusError:
    with pytest.raises(OrpheusError) as caught:
        room.manager.request("GET", url, service="shop", **more)  # type: ignore[arg-type]  # its own
    return caught.value


# --- requests ------------------------------------------------------------------------------


def test_request_that_is_given_up_goes_to_the_host_that_the_brain_names(room: Room) -> None:
    """It is the same request, one attempt later."""
    room.decider.answer = switch_to(BY_NAME, after_s=3.0)
    with FaultServer(only_by_name) as server:
        url = f"http://{LOOPBACK}:{server.port}/a?b=c"
        headers = {"X-User-Auth-Token": "t"}
        found = room.manager.request("POST", url, service="shop", headers=headers, repeatable=True)
    assert found.content == b"whole"
    assert [request.path for request in server.requests] == ["/a?b=c"] * 2
    assert [request.method for request in server.requests] == ["POST"] * 2
    assert server.requests[1].header("X-User-Auth-Token") == "t"
    started = room.of_kind("network.request.started")
    assert [event.data["http.request.resend_count"] for event in started] == [0, 1]
    (switched,) = room.of_kind("network.endpoint.switched")
    assert switched.data["reason"] == "the test says so"
    assert room.clock.monotonic() == 3.0


def test_each_host_is_given_up_once(room: Room) -> None:
    """The brain is not asked about those that failed already."""
    room.decider.answer = switch_to(BY_NAME)
    with FaultServer(DOWN) as server:
        error = error_of(room, f"http://{LOOPBACK}:{server.port}/")
    assert type(error) is errors.ServiceDown
    assert len(server.requests) == 2
    assert asked_about(room) == [(LOOPBACK, (BY_NAME,))]


@pytest.mark.parametrize("choice", ["", "evil.example", LOOPBACK])
def test_a_choice_that_was_not_offered_is_not_taken(room: Room, choice: str) -> None:
    """Whatever a plugin decides: credentials go to hosts that the service named."""
    room.decider.answer = switch_to(choice)
    with FaultServer(DOWN) as server:
        error_of(room, f"http://{LOOPBACK}:{server.port}/")
        assert len(server.requests) == 1
    assert room.of_kind("network.endpoint.switched") == []


def test_a_wait_that_is_too_long_is_not_done(room: Room) -> None:
    """As for any decision."""
    room.decider.answer = switch_to(BY_NAME, after_s=301.0)
    with FaultServer(only_by_name) as server:
        error_of(room, f"http://{LOOPBACK}:{server.port}/")
    assert room.clock.monotonic() == 0.0


@pytest.mark.parametrize(
    ("status", "repeatable"), [(404, None), (401, None), (429, None), (503, False)]
)
def test_nobody_is_asked_where_another_host_could_not_help(
    room: Room, status: int, repeatable: bool | None
) -> None:
    """It would answer the same, or do it twice."""
    room.decider.answer = switch_to(BY_NAME)
    with FaultServer(answer(status)) as server:
        error_of(room, f"http://{LOOPBACK}:{server.port}/", repeatable=repeatable)
    assert asked_about(room) == []


def test_nobody_is_asked_about_a_service_that_names_no_mirrors(make_room: MakeRoom) -> None:
    room = make_room()
    room.decider.answer = switch_to(BY_NAME)
    with FaultServer(DOWN) as server:
        error_of(room, f"http://{LOOPBACK}:{server.port}/")
    assert asked_about(room) == []


def leave_alone(room: Room, host: str, for_s: float = 300.0) -> None:
    cause = room.manager.events.emit("job.started")
    mitigation = Mitigation(kind=MitigationKind.USE_ALTERNATIVE, scope=host, for_s=for_s)
    room.manager.retrier.brain.mitigations.apply(mitigation, rule="of-the-test", cause=cause)


def test_host_that_is_left_alone_gets_no_request_until_that_ends(room: Room) -> None:
    """Nor does a short link. What made it so is the cause."""
    leave_alone(room, LOOPBACK, for_s=60.0)
    link = answer(302, headers={"Location": "https://elsewhere.example/"})
    with FaultServer(answer(), link, answer()) as server:
        url = f"http://{LOOPBACK}:{server.port}/"
        room.manager.request("GET", url, service="shop")
        room.manager.location(url, service="shop")
        room.clock.advance(60.0)
        room.manager.request("GET", url, service="shop")
    assert hosts_asked(server) == [BY_NAME, BY_NAME, LOOPBACK]
    (applied,) = room.of_kind("brain.mitigation.applied")
    switched = room.of_kind("network.endpoint.switched")
    assert [event.cause_id for event in switched] == [applied.id] * 2


def test_when_every_host_is_left_alone_the_own_one_is_asked(room: Room) -> None:
    """Better than none."""
    leave_alone(room, LOOPBACK)
    leave_alone(room, BY_NAME)
    with FaultServer(answer()) as server:
        room.manager.request("GET", f"http://{LOOPBACK}:{server.port}/", service="shop")
        assert (server.requests[0].header("Host") or "").startswith(LOOPBACK)


def test_host_that_was_given_up_is_not_gone_back_to(room: Room) -> None:
    """Not even because the one that is tried instead should be left alone as well."""
    leave_alone(room, LOOPBACK)
    room.decider.answer = switch_to(LOOPBACK)
    with FaultServer(DOWN) as server:
        error_of(room, f"http://{LOOPBACK}:{server.port}/")
        assert hosts_asked(server) == [BY_NAME, LOOPBACK]


def test_the_events_of_a_request_lead_from_one_to_the_next(room: Room) -> None:
    """Over its attempts, what was decided after each, and its redirects."""
    room.decider.retry(1)
    with FaultServer(DOWN, answer(302, headers={"Location": "/b"}), answer()) as server:
        room.manager.request("GET", f"{server.url}/a", service="shop")
    parts = ("network.", "brain.decision.")
    chain = [event for event in room.events if event.kind.startswith(parts)]
    assert {"brain.decision.made", "network.retry.scheduled"} <= {each.kind for each in chain}
    assert [event.cause_id for event in chain] == [None, *(event.id for event in chain[:-1])]
    assert room.decider.questions[0].cause is chain[1]


def test_dead_hosts_get_a_bounded_number_of_requests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hundred requests to a service whose two hosts are both dead are a hundred and four.

    The first ones are sent again, until the budget is used up.
    """
    without_a_name(monkeypatch)
    with refusing_port() as port:
        made = scene(tmp_path, Shop(port))
        with made.app:
            for _ in range(100):
                with pytest.raises(errors.NetworkError):
                    made.search()
    assert len(made.of("network.request.started")) == 104


# --- files ---------------------------------------------------------------------------------


def fetch(room: Room, url: str, tmp_path: Path) -> bytes:
    source = MediaFile(url=url, format=AudioFormat(codec=Codec.FLAC))
    part = tmp_path / "track.part"
    storage = DiskStorage(room.clock)
    fetch_file(room.manager, source, part=part, storage=storage, service="shop", subject="track/1")
    return part.read_bytes()


CONTENT = bytes(range(256)) * 1000


def cut_unless_by_name(request: ReceivedRequest) -> Script:
    """A file whose one address breaks off after each 60,000 bytes, and the other does not."""
    wanted = request.header("Range")
    first = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
    body = CONTENT[first:]
    head = Status(
        206 if wanted else 200,
        (
            ("ETag", '"1"'),
            ("Content-Range", f"bytes {first}-{len(CONTENT) - 1}/{len(CONTENT)}"),
            ("Content-Length", str(len(body))),
        ),
    )
    if (request.header("Host") or "").startswith(BY_NAME):
        return (head, Send(body))
    return (head, Send(body[:60_000]), Close())


def test_file_that_is_given_up_at_one_host_comes_from_another(room: Room, tmp_path: Path) -> None:
    room.decider.answer = switch_to(BY_NAME)
    with FaultServer(only_by_name) as server:
        assert fetch(room, f"http://{LOOPBACK}:{server.port}/f", tmp_path) == b"whole"
    (switched,) = room.of_kind("network.endpoint.switched")
    assert switched.subject == "track/1"


def to_the_first_other(question: Question) -> Verdict | Decision:
    """Go on as long as more comes; else at the first of the other hosts."""
    if isinstance(question, EndpointQuestion):
        choice = question.alternatives[0]
        return Decision(verdict=Verdict.SWITCH, reason="the test says so", choice=choice)
    progressed = isinstance(question, RetryQuestion) and question.progressed
    return Verdict.RETRY if progressed else Verdict.GIVE_UP


def test_file_that_comes_from_nowhere_is_asked_for_once_at_each_host(
    room: Room, tmp_path: Path
) -> None:
    room.decider.answer = to_the_first_other
    with FaultServer(DOWN) as server:
        with pytest.raises(errors.ServiceDown):
            fetch(room, f"http://{LOOPBACK}:{server.port}/f", tmp_path)
        assert hosts_asked(server) == [LOOPBACK, BY_NAME]


def test_file_that_got_further_may_be_asked_for_at_each_host_again(
    room: Room, tmp_path: Path
) -> None:
    """What failed before may have mended meanwhile."""
    room.decider.answer = to_the_first_other

    def a_part(_request: ReceivedRequest) -> Script:
        length = (("ETag", '"1"'), ("Content-Length", str(len(CONTENT))))
        return (Status(200, length), Send(CONTENT[:60_000]), Close())

    rest = answer(
        206,
        CONTENT[60_000:],
        headers={
            "ETag": '"1"',
            "Content-Range": f"bytes 60000-{len(CONTENT) - 1}/{len(CONTENT)}",
        },
    )
    with FaultServer(DOWN, a_part, DOWN, rest) as server:
        assert fetch(room, f"http://{LOOPBACK}:{server.port}/f", tmp_path) == CONTENT
        assert hosts_asked(server) == [LOOPBACK, BY_NAME, BY_NAME, LOOPBACK]


def test_file_that_is_cut_again_and_again_goes_on_at_another_host(tmp_path: Path) -> None:
    """The rule says so; what came before stays, and the whole is of one version."""
    with FaultServer(cut_unless_by_name) as server:
        shop = Shop(server.port, first=LOOPBACK)
        made = scene(tmp_path, shop)
        with made.app:
            made.app.registry.get_service("shop")
            source = MediaFile(
                url=f"http://{LOOPBACK}:{server.port}/f", format=AudioFormat(codec=Codec.FLAC)
            )
            part = tmp_path / "track.part"
            storage = DiskStorage(made.clock)
            fetch_file(made.app.network, source, part=part, storage=storage, service="shop")
        assert part.read_bytes() == CONTENT
    assert hosts_asked(server) == [LOOPBACK, LOOPBACK, LOOPBACK, SECOND]
    interrupted = made.of("transfer.interrupted")
    assert [event.data["server.address"] for event in interrupted] == [LOOPBACK] * 3
    (fired,) = made.of("brain.rule.fired")
    assert (fired.data["rule"], fired.cause_id) == ("files-cut", interrupted[2].id)
    (advice,) = [e for e in made.of("brain.advice.given") if e.cause_id == fired.id]
    assert LOOPBACK in str(advice.data["title"])
