"""Redirects: few, on the web, to declared hosts, and without anything that others must not see."""

from __future__ import annotations

import ssl
import tracemalloc
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from orpheus_core import errors
from orpheus_core.errors import OrpheusError
from orpheus_core.network import OutgoingRequest
from orpheus_core.network.redirects import redirected
from orpheus_core.testing.faultserver import Endless, FaultServer, Send, Status, answer

if TYPE_CHECKING:
    from tests.network.conftest import MakeRoom, Room

SECRET = "canary-0123456789"
CREDENTIALS = {
    "Authorization": f"Bearer {SECRET}",
    "Cookie": f"arl={SECRET}",
    "X-User-Auth-Token": SECRET,
    "X-App-Id": SECRET,
}


def to(location: str, status: int = 302, body: bytes = b"") -> tuple[Status, Send]:
    fields = (("Location", location), ("Content-Length", str(len(body))))
    return (Status(status, fields), Send(body))


def refusal(room: Room, url: str, method: str = "GET", data: bytes | None = None) -> OrpheusError:
    with pytest.raises(OrpheusError) as caught:
        room.manager.request(method, url, service="shop", headers=CREDENTIALS, data=data)
    return caught.value


# --- credentials stay at home ----------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_other_host_is_told_no_credential(room: Room, status: int) -> None:
    """requests passes on all of these but the first two, and the session's cookies."""
    with FaultServer(answer(body=b"there")) as other:
        target = f"http://localhost:{other.port}/"
        with FaultServer(to(target, status)) as server:
            found = room.manager.request(
                "GET",
                f"{server.url}/?token={SECRET}",
                service="shop",
                headers={**CREDENTIALS, "Accept-Language": "cy"},
            )
    assert found.content == b"there"
    (request,) = other.requests
    assert SECRET not in f"{request.path}{request.headers}{request.body!r}"
    assert request.header("Accept-Language") == "cy"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_other_port_is_another_host(room: Room, status: int) -> None:
    with FaultServer(answer()) as other, FaultServer(to(other.url, status)) as server:
        room.manager.request("GET", server.url, service="shop", headers=CREDENTIALS)
    assert SECRET not in f"{other.requests[0].headers}"


def test_same_host_is_told_the_credentials_again(room: Room) -> None:
    with FaultServer(to("/moved"), answer()) as server:
        room.manager.request("GET", server.url, service="shop", headers=CREDENTIALS)
    assert server.requests[1].path == "/moved"
    assert server.requests[1].header("X-App-Id") == SECRET


@pytest.mark.parametrize("status", [307, 308])
def test_body_goes_to_no_other_host(room: Room, status: int) -> None:
    """requests sends the form of a login, password and all, wherever a 307 leads."""
    with FaultServer(answer()) as other, FaultServer(to(other.url, status)) as server:
        error = refusal(room, server.url, "POST", f"password={SECRET}".encode())
    assert type(error) is errors.BadRedirect
    assert other.requests == ()


@pytest.mark.parametrize("status", [307, 308])
def test_body_goes_on_at_the_same_host(room: Room, status: int) -> None:
    with FaultServer(to("/moved", status), answer()) as server:
        room.manager.request("POST", server.url, service="shop", data={"a": "b"})
    assert (server.requests[1].method, server.requests[1].body) == ("POST", b"a=b")


@pytest.mark.parametrize("status", [301, 302, 303])
def test_post_becomes_get_without_a_body(room: Room, status: int) -> None:
    """Source: RFC 9110, 15.4.2 to 15.4.4."""
    with FaultServer(to("/moved", status), answer()) as server:
        room.manager.request("POST", server.url, service="shop", data={"a": "b"})
    again = server.requests[1]
    assert (again.method, again.body, again.header("Content-Type")) == ("GET", b"", None)


def test_cookies_are_not_kept(room: Room) -> None:
    """A service that needs one sends it itself."""
    set_cookie = {"Set-Cookie": f"session={SECRET}; Path=/"}
    with FaultServer(answer(headers=set_cookie)) as server:
        found = room.manager.request("GET", server.url, service="shop")
        room.manager.request("GET", server.url, service="shop")
    assert found.cookies["session"] == SECRET
    assert server.requests[1].header("Cookie") is None


def test_netrc_is_not_read(room: Room, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine 127.0.0.1 login me password {SECRET}\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with FaultServer(answer()) as server:
        room.manager.request("GET", server.url, service="shop")
    assert server.requests[0].header("Authorization") is None


# --- where a redirect may lead -----------------------------------------------------------------


@pytest.mark.parametrize(
    "location",
    [
        "file:///etc/passwd",
        "ftp://127.0.0.1/x",
        "data:text/plain,x",
        "javascript:alert(1)",
        "http://[::1",
        "http://127.0.0.1:99999/",
        "http://user:pass@127.0.0.1/",
    ],
)
def test_redirect_off_the_web_is_refused(room: Room, location: str) -> None:
    """Some of these escape requests as a bare ValueError."""
    with FaultServer(to(location)) as server:
        assert type(refusal(room, server.url)) is errors.BadRedirect
    assert len(server.requests) == 1


@pytest.mark.parametrize("location", ["//169.254.169.254/latest", "http://evil.example/"])
def test_redirect_to_an_undeclared_host_is_refused(room: Room, location: str) -> None:
    with FaultServer(to(location)) as server:
        error = refusal(room, server.url)
    assert type(error) is errors.UndeclaredHost
    assert "127.0.0.1 redirected there" in error.why


def test_redirect_from_tls_to_plain_text_is_refused(
    make_room: MakeRoom, authority: trustme.CA, authority_file: Path
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    room = make_room(ca_file=str(authority_file))
    with FaultServer(answer()) as plain, FaultServer(to(plain.url), tls=context) as server:
        assert type(refusal(room, server.url)) is errors.BadRedirect
    assert plain.requests == ()


@pytest.mark.parametrize("hops", [5, 6])
def test_five_redirects_are_followed_and_no_more(room: Room, hops: int) -> None:
    with FaultServer(*(to("/again") for _ in range(hops)), answer(body=b"end")) as server:
        if hops == 5:
            assert room.manager.request("GET", server.url, service="shop").content == b"end"
        else:
            assert type(refusal(room, server.url)) is errors.BadRedirect
    assert len(server.requests) == 6


def test_location_in_utf_8_is_understood(room: Room) -> None:
    with FaultServer(to("/caf\u00c3\u00a9"), answer()) as server:
        found = room.manager.request("GET", server.url, service="shop")
    assert server.requests[1].path == "/caf%C3%A9"
    assert found.url == f"{server.url}/caf%C3%A9"


def test_redirect_without_a_location_is_no_answer(room: Room) -> None:
    with FaultServer(answer(302)) as server:
        assert type(refusal(room, server.url)) is errors.UnexpectedAnswer


# --- what a redirect may cost -------------------------------------------------------------------


def test_bomb_in_a_redirect_costs_nothing(room: Room) -> None:
    """requests unpacks it whole, even when told to stream and not to follow."""
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(64)) + packer.flush()
    fields = (
        ("Location", "/there"),
        ("Content-Encoding", "gzip"),
        ("Content-Length", str(len(bomb))),
    )
    with FaultServer(answer(), (Status(302, fields), Send(bomb)), answer()) as server:
        room.manager.request("GET", server.url, service="shop")  # imports are not counted
        tracemalloc.start()
        room.manager.request("GET", server.url, service="shop")
        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak_bytes < 2_000_000


def test_endless_body_of_a_redirect_is_not_waited_for(room: Room) -> None:
    endless = (Status(302, (("Location", "/there"),)), Endless(bytes(65_536)))
    with FaultServer(endless, answer(body=b"there")) as server:
        assert room.manager.request("GET", server.url, service="shop").content == b"there"


def test_each_hop_is_an_event_without_its_query(room: Room) -> None:
    with FaultServer(to(f"/there?token={SECRET}"), answer()) as server:
        room.manager.request("GET", server.url, service="shop")
    assert room.kinds() == ["network.request.started", "network.request.finished"] * 2
    started = room.of_kind("network.request.started")
    assert [event.data["http.request.resend_count"] for event in started] == [0, 1]
    assert SECRET not in str(room.events)


# --- short links ---------------------------------------------------------------------------------


def test_short_link_is_resolved_without_going_there(room: Room) -> None:
    with FaultServer(to("https://music.example/album/1?utm=x")) as server:
        found = room.manager.location(f"{server.url}/s/abc", service="shop")
    assert found == "https://music.example/album/1?utm=x"


@pytest.mark.parametrize(
    ("script", "leaf"),
    [
        (answer(200, b"<html>"), errors.BadRedirect),
        (answer(404), errors.ItemNotFound),
        (to("file:///etc/passwd"), errors.BadRedirect),
    ],
)
def test_short_link_that_leads_nowhere_says_so(
    room: Room, script: tuple[Status, Send], leaf: type[OrpheusError]
) -> None:
    with FaultServer(script) as server, pytest.raises(OrpheusError) as caught:
        room.manager.location(server.url, service="shop")
    assert type(caught.value) is leaf


# --- the rules themselves ------------------------------------------------------------------------


@given(st.text(max_size=60) | st.from_regex(r"(https?:)?//[a-z:@\[\]/.?#%0-9]{0,30}"))
def test_any_location_is_followed_on_the_web_or_refused(location: str) -> None:
    request = OutgoingRequest(
        method="GET", url="https://a.example/x", service="shop", headers=CREDENTIALS
    )
    try:
        following = redirected(request, 302, location)
    except errors.BadRedirect:
        return
    assert following.url.startswith("https://")
    if not following.url.startswith(("https://a.example/", "https://a.example:443/")):
        assert SECRET not in str(dict(following.headers))


def test_step_from_plain_text_up_to_tls_keeps_the_credentials() -> None:
    request = OutgoingRequest(
        method="GET", url="http://a.example/x", service="shop", headers=CREDENTIALS
    )
    assert redirected(request, 301, "https://a.example/x").headers == CREDENTIALS
