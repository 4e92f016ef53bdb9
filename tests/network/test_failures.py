"""Every way in which the network fails has one code, whatever libraries raise for it."""

from __future__ import annotations

import datetime
import errno
import socket
import ssl
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests
import trustme
import urllib3
from hypothesis import given, settings
from hypothesis import strategies as st

from orpheus_core import errors
from orpheus_core.brain import Brain, EventBus
from orpheus_core.config import NetworkSettings
from orpheus_core.errors import OrpheusError
from orpheus_core.network import NetworkManager
from orpheus_core.network.failures import (
    ForeignFailure,
    chain_of,
    classify_exception,
    classify_status,
)
from orpheus_core.plugins import PluginHost, PluginMode
from orpheus_core.redaction import Redactor
from orpheus_core.testing.clock import SimClock
from orpheus_core.testing.faultserver import (
    Close,
    FaultServer,
    Read,
    Reset,
    Script,
    Send,
    Silence,
    Stall,
    Status,
    Tls,
    answer,
)
from orpheus_core.testing.loopback import refusing_port, unanswering_port

if TYPE_CHECKING:
    from tests.network.conftest import MakeRoom, Room

NOW = datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.UTC)
LONG_LINE = b"X: " + b"a" * 70_000


def failure(room: Room, url: str) -> OrpheusError:
    with pytest.raises(OrpheusError) as caught:
        room.manager.request("GET", url, service="shop")
    return caught.value


# --- on the way --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "no_such_name"),
    [(socket.EAI_NONAME, True), (socket.EAI_AGAIN, False), (socket.EAI_FAIL, False)],
)
def test_name_that_cannot_be_looked_up_is_a_dns_failure(
    make_room: MakeRoom, monkeypatch: pytest.MonkeyPatch, number: int, no_such_name: bool
) -> None:
    """Whatever the resolver's reason, it is the look-up that failed; the evidence tells it."""

    def look_up(*_: object, **__: object) -> list[object]:
        raise socket.gaierror(number, "as the system puts it")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    error = failure(make_room(hosts=("music.example",)), "http://music.example/")

    assert type(error) is errors.DnsFailure
    assert error.evidence["no_such_name"] is no_such_name
    assert "music.example" in error.title


def test_resolver_that_hangs_is_given_up_on(
    make_room: MakeRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """getaddrinfo takes no time-out: it is left behind on its thread."""
    answered = threading.Event()

    def look_up(*_: object, **__: object) -> list[object]:
        answered.wait(30)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    room = make_room(hosts=("music.example",), connect_timeout_s=0.2)
    try:
        assert type(failure(room, "http://music.example/")) is errors.DnsTimeout
    finally:
        answered.set()


def test_label_that_is_too_long_is_a_malformed_link(make_room: MakeRoom) -> None:
    """urllib3 raises LocationParseError for it, past requests."""
    room = make_room(hosts=("*.example",))
    assert type(failure(room, f"http://{'a' * 64}.example/")) is errors.InvalidUrl


@pytest.mark.parametrize("url", ["http://[::1", "http://a b/", "ftp://127.0.0.1/", "127.0.0.1", ""])
def test_malformed_link_is_told_before_anything_is_sent(room: Room, url: str) -> None:
    """requests lets some of them out as a bare ValueError."""
    error = failure(room, url)
    assert isinstance(error, errors.InvalidUrl | errors.UndeclaredHost)
    assert room.kinds() == []


def test_refused_connection_is_refused(room: Room) -> None:
    with refusing_port() as port:
        error = failure(room, f"http://127.0.0.1:{port}/")
    assert type(error) is errors.ConnectionRefused


def test_connection_that_is_never_made_times_out(make_room: MakeRoom) -> None:
    with unanswering_port() as port:
        error = failure(make_room(connect_timeout_s=0.2), f"http://127.0.0.1:{port}/")
    assert type(error) is errors.ConnectTimeout


def test_unreachable_network_is_unreachable(
    make_room: MakeRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    def connect(*_: object) -> int:
        return errno.ENETUNREACH

    monkeypatch.setattr(socket.socket, "connect_ex", connect)
    assert type(failure(make_room(), "http://127.0.0.1/")) is errors.HostUnreachable


BEFORE_HEADERS: dict[str, tuple[Script, type[OrpheusError]]] = {
    "closed": ((Close(),), errors.ConnectionLost),
    "reset": ((Reset(),), errors.ConnectionLost),
    "garbage": ((Send(b"\x00\x01garbage\r\n\r\n"), Close()), errors.ProtocolViolation),
    "SSH": ((Send(b"SSH-2.0-OpenSSH_9.2\r\n"), Close()), errors.ProtocolViolation),
    "70 kB header": (
        (Send(b"HTTP/1.1 200 OK\r\n" + LONG_LINE + b"\r\n\r\n"), Close()),
        errors.ProtocolViolation,
    ),
    "101 headers": (
        (Send(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 101 + b"\r\n"), Close()),
        errors.ProtocolViolation,
    ),
    "HTTP/3 in text": ((Send(b"HTTP/3.0 200 OK\r\n\r\n"), Close()), errors.ProtocolViolation),
}


@pytest.mark.parametrize("case", BEFORE_HEADERS)
def test_what_goes_wrong_before_the_headers_has_its_code(room: Room, case: str) -> None:
    script, leaf = BEFORE_HEADERS[case]
    with FaultServer(script) as server:
        assert type(failure(room, server.url)) is leaf


def test_silence_after_the_request_is_a_read_timeout(make_room: MakeRoom) -> None:
    with FaultServer((Stall(),)) as server:
        error = failure(make_room(read_timeout_s=0.1), server.url)
    assert type(error) is errors.ReadTimeout


def test_silence_in_the_body_is_a_stall(make_room: MakeRoom) -> None:
    """requests raises the same ConnectionError for it as for a refused connection."""
    half = (Status(200, (("Content-Length", "100"),)), Send(b"half"), Stall())
    with FaultServer(half) as server:
        error = failure(make_room(read_timeout_s=0.1), server.url)
    assert type(error) is errors.Stalled


@pytest.mark.parametrize("body", [b"zz\r\nbad chunk", b"64\r\nshort", b"5\r\nwhole\r\n"])
def test_cut_or_bad_chunks_are_truncated(room: Room, body: bytes) -> None:
    head = Status(200, (("Transfer-Encoding", "chunked"),))
    with FaultServer((head, Send(body), Close())) as server:
        assert type(failure(room, server.url)) is errors.Truncated


def test_credential_that_cannot_be_sent_is_named_without_its_value(room: Room) -> None:
    """UnicodeEncodeError and InvalidHeader escape requests, the one raw, the other with it."""
    with FaultServer(answer()) as server:
        for secret in ("tökén-\N{SNOWMAN}", "token\nX-Evil: 1"):
            with pytest.raises(errors.MalformedSecret) as caught:
                room.manager.request("GET", server.url, service="shop", headers={"X-Token": secret})
            assert secret not in "".join(traceback.format_exception(caught.value))
    assert server.requests == ()


# --- TLS ---------------------------------------------------------------------------------------


def context_of(
    authority: trustme.CA,
    name: str,
    not_before: datetime.datetime | None = None,
    not_after: datetime.datetime | None = None,
) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate = authority.issue_cert(name, not_before=not_before, not_after=not_after)
    certificate.configure_cert(context)
    return context


YESTERDAY = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
TOMORROW = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=1)

CERTIFICATES: dict[str, tuple[Callable[[trustme.CA], ssl.SSLContext], type[OrpheusError], int]] = {
    "unknown authority": (
        lambda _ours: context_of(trustme.CA(), "127.0.0.1"),
        errors.TlsUntrusted,
        20,
    ),
    "other name": (
        lambda ours: context_of(ours, "other.example"),
        errors.TlsWrongName,
        64,
    ),
    "expired": (
        lambda ours: context_of(
            ours,
            "127.0.0.1",
            not_before=YESTERDAY - datetime.timedelta(days=2),
            not_after=YESTERDAY,
        ),
        errors.TlsExpired,
        10,
    ),
    "not valid yet": (
        lambda ours: context_of(
            ours, "127.0.0.1", not_before=TOMORROW, not_after=TOMORROW + datetime.timedelta(2)
        ),
        errors.ClockWrong,
        9,
    ),
}


@pytest.mark.parametrize("case", CERTIFICATES)
def test_certificate_that_does_not_hold_stops_everything(
    make_room: MakeRoom, authority: trustme.CA, authority_file: Path, case: str
) -> None:
    """Nothing is sent to whoever shows it."""
    context, leaf, verify_code = CERTIFICATES[case]
    room = make_room(ca_file=str(authority_file))
    with FaultServer(tls=context(authority)) as server:
        error = failure(room, server.url)
    assert type(error) is leaf
    assert error.evidence["verify_code"] == verify_code
    assert server.requests == ()


def test_certificate_that_holds_is_accepted(
    make_room: MakeRoom, authority: trustme.CA, authority_file: Path
) -> None:
    room = make_room(ca_file=str(authority_file))
    with FaultServer(answer(body=b"whole"), tls=context_of(authority, "127.0.0.1")) as server:
        assert room.manager.request("GET", server.url, service="shop").content == b"whole"


def test_plain_text_on_a_tls_port_is_a_protocol_matter(room: Room) -> None:
    plain = (Read(), Send(b"HTTP/1.1 400 Bad Request\r\n\r\n"), Close())
    with FaultServer(on_connect=plain) as server:
        error = failure(room, server.url.replace("http:", "https:"))
    assert type(error) is errors.TlsProtocol


def test_old_tls_is_a_protocol_matter(
    make_room: MakeRoom, authority: trustme.CA, authority_file: Path
) -> None:
    context = context_of(authority, "127.0.0.1")
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1 is deprecated"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.warns(DeprecationWarning, match="TLSv1 is deprecated"):
        context.minimum_version = ssl.TLSVersion.TLSv1
    room = make_room(ca_file=str(authority_file))
    with FaultServer(tls=context) as server:
        assert type(failure(room, server.url)) is errors.TlsProtocol


@pytest.mark.parametrize("end", [Close(), Reset()])
def test_tls_that_is_cut_is_a_lost_connection(room: Room, end: Close | Reset) -> None:
    with FaultServer(on_connect=(Read(), end)) as server:
        error = failure(room, server.url.replace("http:", "https:"))
    assert type(error) is errors.ConnectionLost


def test_plain_request_to_a_tls_port_is_a_lost_connection(
    room: Room, authority: trustme.CA
) -> None:
    with FaultServer(tls=context_of(authority, "127.0.0.1")) as server:
        error = failure(room, server.url.replace("https:", "http:"))
    assert isinstance(error, errors.ConnectionLost | errors.ProtocolViolation)


@pytest.mark.parametrize("content", [None, "no certificate in here"])
def test_file_of_authorities_that_is_none_is_a_setting_to_mend(
    make_room: MakeRoom, tmp_path: Path, content: str | None
) -> None:
    """requests raises a bare OSError where it is missing."""
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    room = make_room(ca_file=str(path))
    assert type(failure(room, "https://127.0.0.1:1/")) in (
        errors.CaMissing,
        errors.ConnectionRefused,
    )
    with FaultServer(on_connect=(Silence(),)) as server:
        error = failure(room, server.url.replace("http:", "https:"))
    assert type(error) is errors.CaMissing


# --- proxies -----------------------------------------------------------------------------------


@contextmanager
def proxied(monkeypatch: pytest.MonkeyPatch, proxy: str) -> Iterator[None]:
    with monkeypatch.context() as patched:
        patched.setenv("HTTP_PROXY", proxy)
        patched.setenv("HTTPS_PROXY", proxy)
        yield


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_proxy_that_refuses_is_told_from_a_service_that_does(
    make_room: MakeRoom, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    room = make_room(hosts=("music.example",))
    with refusing_port() as port, proxied(monkeypatch, f"http://user:pass-word@127.0.0.1:{port}"):
        error = failure(room, f"{scheme}://music.example/")
    assert type(error) is errors.ProxyUnreachable
    assert f"{scheme.upper()}_PROXY" in error.title
    assert "pass-word" not in "".join(traceback.format_exception(error))


def test_proxy_whose_name_is_unknown_is_told_from_a_service_whose_name_is(
    make_room: MakeRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look_up(*_: object, **__: object) -> list[object]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    room = make_room(hosts=("music.example",))
    with proxied(monkeypatch, "http://proxy.example:3128"):
        assert type(failure(room, "http://music.example/")) is errors.ProxyUnreachable


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_proxy_that_asks_for_a_login_says_so(
    make_room: MakeRoom, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    """A CONNECT gets it as the text of an OSError, a plain GET as an ordinary answer."""
    room = make_room(hosts=("music.example",))
    with FaultServer(answer(407)) as proxy, proxied(monkeypatch, proxy.url):
        assert type(failure(room, f"{scheme}://music.example/")) is errors.ProxyAuthRequired


def test_proxy_that_does_not_connect_names_its_status(
    make_room: MakeRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = make_room(hosts=("music.example",))
    with FaultServer(answer(502)) as proxy, proxied(monkeypatch, proxy.url):
        error = failure(room, "https://music.example/")
    assert type(error) is errors.ProxyUnreachable
    assert error.evidence["status"] == 502


def test_proxy_that_closes_leaves_a_hint_that_it_was_there(
    make_room: MakeRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = make_room(hosts=("music.example",))
    with FaultServer((Close(),)) as proxy, proxied(monkeypatch, proxy.url):
        error = failure(room, "http://music.example/")
    assert type(error) is errors.ConnectionLost
    assert error.evidence["proxy"] == "HTTP_PROXY"


def test_tls_goes_through_a_proxy_to_the_target(
    make_room: MakeRoom,
    monkeypatch: pytest.MonkeyPatch,
    authority: trustme.CA,
    authority_file: Path,
) -> None:
    """The proxy may lie in the own network; where the target lies is its business."""

    def look_up(host: str, port: int, **_: object) -> list[object]:
        assert host == "proxy.example"
        return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    room = make_room(hosts=("music.example",), ca_file=str(authority_file))
    connect = (Status(200), Tls(context_of(authority, "music.example")))
    with (
        FaultServer(connect, answer(body=b"through")) as proxy,
        proxied(monkeypatch, f"http://me:pass-word@proxy.example:{proxy.port}"),
    ):
        found = room.manager.request("GET", "https://music.example/x", service="shop")
    assert found.content == b"through"
    asked, sent = proxy.requests
    assert (asked.method, asked.path) == ("CONNECT", "music.example:443")
    assert asked.header("Proxy-Authorization")
    assert (sent.path, sent.header("Proxy-Authorization")) == ("/x", None)


# --- the classifier itself ---------------------------------------------------------------------


def raised(error: Exception, cause: BaseException | None = None) -> Exception:
    try:
        raise error from cause
    except Exception as caught:  # noqa: BLE001
        return caught


@pytest.mark.parametrize(
    ("error", "leaf"),
    [
        (requests.exceptions.TooManyRedirects("50"), errors.BadRedirect),
        (requests.exceptions.InvalidSchema("ftp"), errors.InvalidUrl),
        (requests.exceptions.ContentDecodingError("gzip"), errors.WrongEncoding),
        (
            requests.exceptions.JSONDecodeError("Expecting value", "<html>", 0),
            errors.UnexpectedAnswer,
        ),
        (
            requests.exceptions.ChunkedEncodingError(urllib3.exceptions.ProtocolError("cut")),
            errors.Truncated,
        ),
        (OSError("Could not find a suitable TLS CA certificate bundle"), errors.CaMissing),
        (ValueError("nobody knows"), errors.UnclassifiedError),
        (MemoryError(), errors.UnclassifiedError),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else type(value).__name__,
)
def test_exception_has_its_leaf(error: Exception, leaf: type[OrpheusError]) -> None:
    assert type(classify_exception(raised(error), url="http://a.example/")) is leaf


def test_unclassified_exception_leaves_its_chain_in_the_evidence() -> None:
    error = raised(LookupError("x"), raised(KeyError("y")))
    found = classify_exception(error, url="http://a.example/?token=secret-token")
    assert found.code == "bug.unclassified"
    assert found.evidence == {"host": "a.example", "exception": "LookupError > KeyError"}


def test_what_was_being_handled_before_says_nothing_about_a_failure() -> None:
    """Python links an exception to the one in whose handler it was raised."""
    try:
        raise requests.exceptions.ProxyError("earlier")
    except requests.exceptions.ProxyError as earlier:
        try:
            raise ConnectionRefusedError(111, "now")
        except ConnectionRefusedError as now:
            found = classify_exception(now, url="http://a.example/", handled=earlier)
    assert type(found) is errors.ConnectionRefused


def test_request_in_a_handler_is_classified_by_its_own_failure(room: Room) -> None:
    with refusing_port() as port:
        try:
            raise requests.exceptions.SSLError("earlier")
        except requests.exceptions.SSLError:
            error = failure(room, f"http://127.0.0.1:{port}/")
    assert type(error) is errors.ConnectionRefused


def test_chain_that_bites_its_own_tail_ends() -> None:
    one, two = LookupError("one"), LookupError("two")
    one.__cause__, two.__cause__ = two, one
    assert chain_of(one) == "LookupError > LookupError"


def test_stand_in_for_a_foreign_exception_keeps_types_and_drops_texts() -> None:
    error = raised(ValueError("http://a.example/?token=secret-token"))
    assert str(ForeignFailure.of(error)) == "ValueError"
    assert ForeignFailure.of(error).__traceback__ is error.__traceback__


@settings(max_examples=50)
@given(st.binary(max_size=200))
def test_any_bytes_in_place_of_an_answer_raise_one_of_our_errors(bytes_sent: bytes) -> None:
    """No foreign exception leaves the room, whatever the other side says."""
    clock, redactor, plugins = SimClock(), Redactor(), PluginHost(mode=PluginMode.STRICT)
    manager = NetworkManager(
        plugins=plugins,
        brain=Brain(plugins, EventBus(clock, redactor)),
        clock=clock,
        settings=NetworkSettings(),
        redactor=redactor,
    )
    plugins.register_builtins({"core.transport": manager.transport}, "0")
    manager.declare("shop", hosts=["127.0.0.1"])
    with FaultServer((Send(bytes_sent), Close())) as server:
        with pytest.raises(OrpheusError) as caught:
            manager.request("GET", server.url, service="shop")
        manager.close()
    assert type(caught.value) is not errors.UnclassifiedError


# --- statuses ----------------------------------------------------------------------------------


def response(status: int, headers: dict[str, str] | None = None) -> requests.Response:
    made = requests.Response()
    made.status_code, made.url = status, "http://a.example/x?token=secret-token"
    made.headers.update(headers or {})
    return made


@pytest.mark.parametrize(
    ("status", "leaf"),
    [
        (200, None),
        (204, None),
        (206, None),
        (304, errors.UnexpectedAnswer),
        (400, errors.RequestRejected),
        (401, errors.LoginNeeded),
        (403, errors.Forbidden),
        (404, errors.ItemNotFound),
        (407, errors.ProxyAuthRequired),
        (408, errors.ServiceDown),
        (410, errors.ItemNotFound),
        (413, errors.RequestRejected),
        (425, errors.ServiceDown),
        (429, errors.RateLimited),
        (451, errors.CountryRestricted),
        (500, errors.ServiceDown),
        (503, errors.ServiceDown),
        (511, errors.CaptivePortal),
        (522, errors.ServiceDown),
        (999, errors.UnexpectedAnswer),
    ],
)
def test_status_has_its_leaf(status: int, leaf: type[OrpheusError] | None) -> None:
    error = classify_status(response(status), now=NOW)
    assert (type(error) if error else None) is leaf
    if error:
        assert error.evidence["status"] == status
        assert "secret-token" not in f"{error.title}{error.why}{error.evidence}"


def test_retry_after_of_a_429_is_told() -> None:
    error = classify_status(response(429, {"Retry-After": "42"}), now=NOW)
    assert error is not None
    assert error.retry_after_s == 42.0


def test_retry_after_is_measured_by_the_services_own_clock() -> None:
    """This machine's clock may be a day off; the two fields of one answer are not."""
    headers = {
        "Date": "Fri, 02 Jan 2026 12:00:00 GMT",
        "Retry-After": "Fri, 02 Jan 2026 12:00:42 GMT",
    }
    error = classify_status(response(503, headers), now=NOW)
    assert error is not None
    assert error.retry_after_s == 42.0


def test_challenge_page_is_told_from_a_refusal() -> None:
    error = classify_status(response(403, {"cf-mitigated": "challenge"}), now=NOW)
    assert type(error) is errors.ChallengePage
