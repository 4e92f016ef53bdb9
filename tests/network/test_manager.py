"""The one door to the network: who may go where, how often, and what is told of it."""

from __future__ import annotations

import io
import json
import logging
import socket
import threading
import traceback
from collections.abc import Generator
from typing import TYPE_CHECKING

import pytest
import requests

from orpheus_core import errors, hookspecs
from orpheus_core.brain import Decision, Severity, Verdict
from orpheus_core.errors import OrpheusError
from orpheus_core.network import OutgoingRequest
from orpheus_core.testing.faultserver import (
    After,
    Close,
    FaultServer,
    Reset,
    Send,
    Stall,
    Status,
    answer,
)
from orpheus_core.testing.loopback import refusing_port

if TYPE_CHECKING:
    from tests.network.conftest import MakeRoom, Room

SECRET = "canary-0123456789"


# --- what is sent --------------------------------------------------------------------------------


def test_request_says_who_asks_and_what_it_can_unpack(room: Room) -> None:
    with FaultServer(answer()) as server:
        room.manager.request("get", server.url, service="shop", params={"q": "a b", "n": 1})
    (request,) = server.requests
    assert (request.method, request.path) == ("GET", "/?q=a+b&n=1")
    assert (request.header("User-Agent") or "").startswith("orpheus-core")
    assert request.header("Accept-Encoding") == "gzip"


def test_form_and_json_are_sent_as_such(room: Room) -> None:
    with FaultServer(answer()) as server:
        room.manager.request("POST", server.url, service="shop", data={"a": "é"})
        room.manager.request("POST", server.url, service="shop", json={"a": [1]})
        room.manager.request("PUT", server.url, service="shop", data=b"\x00raw")
    form, as_json, raw = server.requests
    assert (form.header("Content-Type"), form.body) == (
        "application/x-www-form-urlencoded",
        b"a=%C3%A9",
    )
    assert json.loads(as_json.body) == {"a": [1]}
    assert raw.body == b"\x00raw"


def test_answer_can_be_read_as_often_as_one_likes(room: Room) -> None:
    with FaultServer(answer(body=b'{"a": 1}')) as server:
        found = room.manager.request("GET", server.url, service="shop")
    assert (found.status_code, found.json(), found.content) == (200, {"a": 1}, b'{"a": 1}')
    assert found.text == '{"a": 1}'


# --- hosts ---------------------------------------------------------------------------------------


def test_undeclared_host_is_refused_before_anything_is_sent(make_room: MakeRoom) -> None:
    room = make_room(hosts=("api.example",))
    with FaultServer(answer()) as server, pytest.raises(errors.UndeclaredHost) as caught:
        room.manager.request("GET", server.url, service="shop")
    assert server.requests == ()
    assert "127.0.0.1" in caught.value.title


def test_service_that_declared_nothing_may_go_nowhere(room: Room) -> None:
    with pytest.raises(errors.UndeclaredHost):
        room.manager.request("GET", "http://127.0.0.1/", service="other")


def lead_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Let every name lead to *addresses*."""

    def look_up(_host: str, port: int, **_: object) -> list[object]:
        return [
            (
                socket.AF_INET6 if ":" in address else socket.AF_INET,
                socket.SOCK_STREAM,
                0,
                "",
                (address, port),
            )
            for address in addresses
        ]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


def test_public_name_that_leads_into_the_own_network_is_refused(
    make_room: MakeRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sign-in page, or a name that was pointed at this machine: neither gets a credential."""
    room = make_room(hosts=("music.example",))
    lead_to(monkeypatch, "127.0.0.1")
    with FaultServer(answer()) as server, pytest.raises(errors.UnexpectedAddress):
        room.manager.request("GET", f"http://music.example:{server.port}/", service="shop")
    assert server.connections == 0


def test_own_server_at_home_may_have_a_private_address(
    make_room: MakeRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = make_room()
    room.manager.declare("home", hosts=["music.example"], private=True)
    lead_to(monkeypatch, "127.0.0.1")
    with FaultServer(answer(body=b"home")) as server:
        url = f"http://music.example:{server.port}/"
        assert room.manager.request("GET", url, service="home").content == b"home"


def test_next_address_is_tried_when_one_does_not_answer(
    make_room: MakeRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine without IPv6 still gets names that have it."""
    lead_to(monkeypatch, "::1", "127.0.0.2", "127.0.0.1")
    with FaultServer(answer(body=b"v4")) as server:
        url = f"http://localhost:{server.port}/"
        assert make_room().manager.request("GET", url, service="shop").content == b"v4"


# --- statuses, and what a service says in its answers -----------------------------------------


def refusal(room: Room, url: str, **arguments: object) -> OrpheusError:
    with pytest.raises(OrpheusError) as caught:
        room.manager.request("GET", url, service="shop", **arguments)  # type: ignore[arg-type]  # some of its own
    return caught.value


def test_status_is_raised_with_its_retry_after(room: Room) -> None:
    with FaultServer(answer(429, headers={"Retry-After": "42"})) as server:
        error = refusal(room, server.url)
    assert type(error) is errors.RateLimited
    assert error.retry_after_s == 42.0


def test_quota_inside_a_200_is_the_modules_to_see(room: Room) -> None:
    def classify(response: requests.Response) -> OrpheusError | None:
        return errors.RateLimited("too fast") if b"quota" in response.content else None

    room.decider.retry(1)
    with FaultServer(answer(body=b"quota"), answer(body=b"fine")) as server:
        found = room.manager.request("GET", server.url, service="shop", classify=classify)
    assert found.content == b"fine"
    assert type(room.decider.questions[0].error) is errors.RateLimited


def test_module_may_know_better_what_a_status_means(room: Room) -> None:
    with FaultServer(answer(400, b"wrong app id")) as server:
        error = refusal(
            room,
            server.url,
            classify=lambda response: errors.LoginNeeded(response.text),
        )
    assert type(error) is errors.LoginNeeded
    assert error.title == "wrong app id"


@pytest.mark.parametrize(
    "read", [errors.UnexpectedAnswer("HTML"), errors.SchemaMismatch("no field"), None]
)
def test_error_page_that_cannot_be_read_does_not_hide_its_status(
    room: Room, read: OrpheusError | None
) -> None:
    with FaultServer(answer(404, b"<html>")) as server:
        error = refusal(room, server.url, classify=lambda _response: read)
    assert type(error) is errors.ItemNotFound


def test_module_that_fails_at_an_answer_is_named(room: Room) -> None:
    def classify(response: requests.Response) -> OrpheusError | None:
        raise KeyError(SECRET)

    with FaultServer(answer()) as server:
        error = refusal(room, server.url, classify=classify)
    assert type(error) is errors.HookFailed
    assert "shop" in error.title


def test_huge_error_page_is_cut(room: Room) -> None:
    seen: list[int] = []

    def classify(response: requests.Response) -> None:
        seen.append(len(response.content))

    with FaultServer(answer(500, bytes(10_000_000))) as server:
        assert type(refusal(room, server.url, classify=classify)) is errors.ServiceDown
    assert seen == [65_536]


def test_error_page_that_is_damaged_still_has_its_status(room: Room) -> None:
    cut = (Status(503, (("Content-Length", "100"),)), Send(b"half"), Close())
    with FaultServer(cut) as server:
        assert type(refusal(room, server.url)) is errors.ServiceDown


# --- trying again --------------------------------------------------------------------------------


def test_brain_decides_whether_to_try_again(room: Room) -> None:
    """The part asks, waits as long as it is told, and obeys."""
    room.decider.retry(2, after_s=4.0)
    with FaultServer(answer(503), answer(503), answer(body=b"back")) as server:
        assert room.manager.request("GET", server.url, service="shop").content == b"back"
    assert room.clock.monotonic() == 8.0
    asked = room.decider.questions
    assert [(question.attempt, question.waited_s) for question in asked] == [(1, 0.0), (2, 4.0)]
    assert room.kinds() == [
        "network.request.started",
        "network.request.failed",
        "network.retry.scheduled",
    ] * 2 + ["network.request.started", "network.request.finished"]


def test_brain_that_gives_up_ends_it(room: Room) -> None:
    with FaultServer(answer(503)) as server:
        assert type(refusal(room, server.url)) is errors.ServiceDown
    assert len(server.requests) == 1


def test_wait_longer_than_the_setting_is_not_done_in_front_of_a_person(
    make_room: MakeRoom,
) -> None:
    """Not even when a plugin decides so."""
    room = make_room(max_wait_s=300.0)
    room.decider.retry(1, after_s=86_400.0)
    with FaultServer(answer(429, headers={"Retry-After": "86400"})) as server:
        error = refusal(room, server.url)
    assert error.retry_after_s == 86_400.0
    assert room.clock.monotonic() == 0.0


def test_plugin_that_always_says_retry_ends_nevertheless(room: Room) -> None:
    room.decider.retry(10_000)
    with FaultServer(answer(503)) as server:
        refusal(room, server.url)
    assert len(server.requests) == 20


@pytest.mark.parametrize(
    ("method", "repeatable", "times"),
    [("GET", None, 2), ("GET", False, 1), ("POST", None, 1), ("POST", False, 1), ("POST", True, 2)],
)
def test_what_might_be_done_twice_is_sent_once(
    room: Room, method: str, repeatable: bool | None, times: int
) -> None:
    """A POST that got a 503 may have worked; whoever knows that it does no harm says so."""
    room.decider.retry(1)
    with FaultServer(answer(503)) as server, pytest.raises(errors.ServiceDown):
        room.manager.request(method, server.url, service="shop", repeatable=repeatable)
    assert len(server.requests) == times
    assert room.decider.questions[0].repeatable is (times == 2)


@pytest.mark.parametrize(("repeatable", "attempts"), [(None, 2), (False, 1)])
def test_post_that_never_left_may_be_sent_again_but_for_a_login(
    room: Room, repeatable: bool | None, attempts: int
) -> None:
    room.decider.retry(1)
    with refusing_port() as port, pytest.raises(errors.ConnectionRefused):
        room.manager.request(
            "POST", f"http://127.0.0.1:{port}/", service="shop", repeatable=repeatable
        )
    assert len(room.of_kind("network.request.started")) == attempts


def test_service_that_asks_to_wait_is_left_alone_by_all(room: Room) -> None:
    """One answer of 429 closes the way for the other requests of the service as well."""
    with FaultServer(answer(429, headers={"Retry-After": "42"}), answer()) as server:
        refusal(room, server.url)
        room.manager.request("GET", server.url, service="shop")
    assert room.clock.monotonic() == 42.0


def test_service_that_asks_to_wait_a_day_is_not_asked_again_before(room: Room) -> None:
    """And nobody waits in front of it: each request is told at once when to come back."""
    day = answer(429, headers={"Retry-After": "86400"})
    with FaultServer(day, answer()) as server:
        refusal(room, server.url)
        error = refusal(room, server.url)
        assert type(error) is errors.RateLimited
        assert (error.retry_after_s, len(server.requests)) == (86_400.0, 1)
        room.clock.advance(86_400.0)
        room.manager.request("GET", server.url, service="shop")
    assert room.clock.monotonic() == 86_400.0


def test_cancel_ends_the_wait_between_attempts(room: Room) -> None:
    cancel = threading.Event()

    def decide(_question: object) -> Decision:
        cancel.set()
        return Decision(verdict=Verdict.RETRY, reason="the test says so", after_s=60.0)

    room.decider.answer = decide
    with FaultServer(answer(503)) as server:
        error = refusal(room, server.url, cancel=cancel)
    assert type(error) is errors.Cancelled
    assert len(server.requests) == 1


def test_cancelled_request_is_not_sent(room: Room) -> None:
    cancel = threading.Event()
    cancel.set()
    with FaultServer(answer()) as server:
        error = refusal(room, server.url, cancel=cancel)
    assert type(error) is errors.Cancelled
    assert server.requests == ()


# --- connections that are kept -------------------------------------------------------------------


@pytest.mark.parametrize("end", [Close(), Reset()])
def test_kept_connection_that_died_is_replaced_without_a_word(
    room: Room, end: Close | Reset
) -> None:
    """No failure of the service: no question, no warning, no attempt spent."""
    fine = answer(body=b"fine")
    with FaultServer(fine, (After(0, (end,)),), fine) as server:
        for _ in range(2):
            assert room.manager.request("GET", server.url, service="shop").content == b"fine"
    assert room.decider.questions == []
    assert max(event.severity for event in room.events) == Severity.DEBUG


def test_post_on_a_kept_connection_that_died_is_not_sent_again(room: Room) -> None:
    with FaultServer(answer(), (Close(),), answer()) as server:
        room.manager.request("GET", server.url, service="shop")
        with pytest.raises(errors.ConnectionLost):
            room.manager.request("POST", server.url, service="shop")
    assert len(server.requests) == 2


def test_new_connection_that_dies_is_a_failure(room: Room) -> None:
    with FaultServer((Close(),)) as server:
        assert type(refusal(room, server.url)) is errors.ConnectionLost
    assert len(server.requests) == 1


def test_threads_share_a_services_connections(room: Room) -> None:
    with FaultServer(answer()) as server:

        def work() -> None:
            room.manager.request("GET", server.url, service="shop")

        for _ in range(4):
            worker = threading.Thread(target=work)
            worker.start()
            worker.join()
    assert server.connections == 1


def test_limits_hold_over_redirects_and_attempts(make_room: MakeRoom) -> None:
    room = make_room()
    room.manager.declare("shop", hosts=["127.0.0.1"], limits=[(2, 5.0)])
    moved = answer(302, headers={"Location": "/there"})
    with FaultServer(moved, answer(), moved, answer()) as server:
        for _ in range(2):
            room.manager.request("GET", server.url, service="shop")
    (waited,) = room.of_kind("network.throttle.waited")
    assert waited.data["limit"] == "2 in 5 s"
    assert room.clock.monotonic() == pytest.approx(5.0, abs=0.01)


# --- hooks ---------------------------------------------------------------------------------------


def made(status: int, body: bytes) -> requests.Response:
    response = requests.Response()
    response.status_code, response.url = status, "http://127.0.0.1/replayed"
    response.headers["Content-Length"] = str(len(body))
    response.raw = io.BytesIO(body)
    return response


class Replay:
    @hookspecs.hookimpl
    def orpheus_send(self, request: OutgoingRequest) -> requests.Response | None:
        return made(200, b"replayed") if request.url.endswith("/replayed") else None


def test_plugin_may_answer_in_place_of_the_network(room: Room) -> None:
    room.plugins.register("replay", Replay())
    found = room.manager.request("GET", "http://127.0.0.1/replayed", service="shop")
    assert found.content == b"replayed"


def test_answer_of_a_plugin_has_to_be_whole_as_well(room: Room) -> None:
    class Cut:
        @hookspecs.hookimpl
        def orpheus_send(self, request: OutgoingRequest) -> requests.Response:
            response = made(200, b"half")
            response.headers["Content-Length"] = "8"
            return response

    room.plugins.register("cut", Cut())
    assert type(refusal(room, "http://127.0.0.1/")) is errors.Truncated


class Broken:
    @hookspecs.hookimpl
    def orpheus_send(self, request: OutgoingRequest) -> requests.Response | None:
        raise LookupError(request.url)


def test_plugin_that_fails_to_answer_leaves_a_classified_error(room: Room) -> None:
    room.plugins.register("broken", Broken())
    error = refusal(room, f"http://127.0.0.1/?token={SECRET}")
    assert type(error) is errors.UnclassifiedError
    assert error.evidence["exception"] == "LookupError"
    assert SECRET not in "".join(traceback.format_exception(error))


class Watcher:
    def __init__(self) -> None:
        self.seen: list[str] = []

    @hookspecs.hookimpl(wrapper=True)
    def orpheus_send(
        self, request: OutgoingRequest
    ) -> Generator[None, requests.Response, requests.Response]:
        self.seen.append(request.method)
        try:
            response = yield
        except OrpheusError as error:
            self.seen.append(error.code)
            raise
        self.seen.append(str(response.status_code))
        return response


def test_wrapper_sees_each_attempt_and_our_errors(room: Room) -> None:
    watcher = Watcher()
    room.plugins.register("watcher", watcher)
    room.decider.retry(1)
    with FaultServer((Close(),), answer()) as server:
        room.manager.request("GET", server.url, service="shop")
    assert watcher.seen == ["GET", "net.connection-lost", "GET", "200"]


# --- secrets -------------------------------------------------------------------------------------


def test_no_secret_is_in_any_event_error_or_log(
    room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    """In the query, in a header, in the body, echoed by the service; however it fails."""
    caplog.set_level(logging.DEBUG)
    logging.getLogger("urllib3").setLevel(logging.NOTSET)
    room.redactor.add(SECRET)
    room.decider.retry(1)
    echo = {"Location": f"gopher://127.0.0.1/{SECRET}", "Retry-After": SECRET}
    malformed = Send(b"HTTP/1.1 200 OK\r\nno colon here\r\nContent-Length: 2\r\n\r\nok")
    scripts = [
        (Reset(),),
        (Status(200, (("Content-Length", SECRET),)), Close()),
        answer(302, headers=echo),
        answer(503, SECRET.encode(), echo, reason=SECRET),
        (malformed, Close()),
    ]
    told: list[str] = []
    for script in scripts:
        with FaultServer(script) as server, pytest.raises(OrpheusError) as caught:
            room.manager.request(
                "POST",
                f"{server.url}/?token={SECRET}",
                service="shop",
                params={"arl": SECRET},
                headers={"X-App-Id": SECRET},
                data={"password": SECRET},
                classify=lambda response: (
                    errors.RequestRejected(response.text) if response.text else None
                ),
            )
        error = caught.value
        told += traceback.format_exception(error)
        told += [repr(error), error.why, error.done, error.next_step, repr(error.evidence)]
    assert SECRET not in "".join(told)
    assert SECRET not in repr(room.events)
    assert SECRET not in caplog.text


def test_request_does_not_show_what_it_carries() -> None:
    request = OutgoingRequest(
        method="POST",
        url=f"http://a.example/?token={SECRET}",
        service="shop",
        headers={"X-App-Id": SECRET},
        body=SECRET.encode(),
    )
    assert SECRET not in repr(request)


# --- the end -------------------------------------------------------------------------------------


def test_close_ends_what_is_under_way(room: Room) -> None:
    failure: list[OrpheusError] = []

    def work() -> None:
        try:
            room.manager.request("GET", server.url, service="shop")
        except OrpheusError as error:
            failure.append(error)

    with FaultServer((Stall(),)) as server:
        worker = threading.Thread(target=work)
        worker.start()
        assert server.wait_for_requests(1)
        room.manager.close()
        worker.join(1.0)
        assert not worker.is_alive()
    assert [type(error) for error in failure] == [errors.Cancelled]


def test_closed_manager_sends_nothing(room: Room) -> None:
    before = set(threading.enumerate())
    with FaultServer(answer()) as server:
        room.manager.request("GET", server.url, service="shop")
        room.manager.close()
        assert type(refusal(room, server.url)) is errors.Cancelled
    new = set(threading.enumerate()) - before
    assert not [thread for thread in new if thread.name.startswith("orpheus-")]
