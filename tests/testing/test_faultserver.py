"""The fault server does to a client exactly what its script says."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
from collections.abc import Iterator

import pytest
import trustme

from orpheus_core.testing.faultserver import (
    After,
    Close,
    Drip,
    Endless,
    FaultServer,
    Hold,
    Read,
    Reset,
    Script,
    Send,
    Silence,
    Stall,
    Status,
    Step,
    Tls,
    answer,
)
from orpheus_core.testing.httpwire import ReceivedRequest
from orpheus_core.testing.loopback import refusing_port, unanswering_port

PROMISED_100 = Status(200, (("Content-Length", "100"),))


@contextlib.contextmanager
def client_of(server: FaultServer) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection(server.host, server.port, timeout=5)
    try:
        yield connection
    finally:
        connection.close()


def get(server: FaultServer, path: str = "/") -> tuple[int, bytes]:
    """Ask on a connection of its own."""
    with client_of(server) as client:
        client.request("GET", path)
        response = client.getresponse()
        return response.status, response.read()


def leftovers() -> list[str]:
    return [t.name for t in threading.enumerate() if t.name.startswith("fault-server")]


def test_answer_is_sent_with_its_status_headers_and_body() -> None:
    """What the script says arrives, byte for byte, with the length added."""
    with FaultServer(answer(503, b"busy", {"Retry-After": "1"})) as server, client_of(server) as c:
        c.request("GET", "/")
        response = c.getresponse()

        assert (response.status, response.reason) == (503, "Service Unavailable")
        assert response.headers["Retry-After"] == "1"
        assert response.headers["Content-Length"] == "4"
        assert response.read() == b"busy"


def test_given_length_is_not_replaced() -> None:
    """A false Content-Length is a fault that a script must be able to state."""
    script = (*answer(body=b"four", headers=[("Content-Length", "3")]), Close())
    with FaultServer(script) as server:
        assert get(server) == (200, b"fou")


def test_every_part_of_a_request_is_recorded() -> None:
    """Tests assert on what the client sent: method, path, headers, body."""
    with FaultServer(answer()) as server, client_of(server) as client:
        client.request("POST", "/login?q=%2F", body=b"secret", headers={"X-Token": "t"})
        client.getresponse().read()

        (request,) = server.requests
        assert (request.method, request.path, request.body) == ("POST", "/login?q=%2F", b"secret")
        assert request.header("x-token") == "t"
        assert request.header("absent") is None


def test_chunked_request_body_is_recorded_whole() -> None:
    """A body sent in chunks is put together."""
    with FaultServer(answer()) as server, client_of(server) as client:
        client.request("POST", "/", body=iter([b"one ", b"two"]), encode_chunked=True)
        client.getresponse().read()

        assert server.requests[0].body == b"one two"


def test_nth_request_gets_the_nth_answer_and_the_last_one_stays() -> None:
    """Answers are a list over all connections."""
    with FaultServer(answer(500), answer(429), answer(200)) as server:
        assert [get(server)[0] for _ in range(4)] == [500, 429, 200, 200]
        assert server.connections == 4


def test_connection_is_kept_alive_between_requests() -> None:
    """Without a step that ends it, one connection carries many requests."""
    with FaultServer(answer(body=b"a")) as server, client_of(server) as client:
        for _ in range(3):
            client.request("GET", "/")
            client.getresponse().read()

        assert server.connections == 1
        assert [request.connection for request in server.requests] == [1, 1, 1]


def test_after_counts_requests_before_it_acts() -> None:
    """`After(2, ...)` leaves the first two requests alone."""
    script: Script = (After(2, answer(403)), *answer(200))
    with FaultServer(script) as server:
        assert [get(server)[0] for _ in range(4)] == [200, 200, 403, 403]


def test_answer_may_be_a_function_of_the_request() -> None:
    """A 401 until the right token comes needs to look at the request."""

    def guard(request: ReceivedRequest) -> Script:
        return answer(200 if request.header("X-Token") == "new" else 401)

    with FaultServer(guard) as server, client_of(server) as client:
        statuses = []
        for token in ("old", "new"):
            client.request("GET", "/", headers={"X-Token": token})
            response = client.getresponse()
            response.read()
            statuses.append(response.status)

        assert statuses == [401, 200]


def test_function_that_raises_is_reported_at_the_end() -> None:
    """A defect in a test's own script does not vanish with its thread."""

    def broken(request: ReceivedRequest) -> Script:
        raise ZeroDivisionError("in the script")

    server = FaultServer(broken).open()
    with pytest.raises(http.client.RemoteDisconnected):
        get(server)

    with pytest.raises(ExceptionGroup) as caught:
        server.close()
    assert caught.group_contains(ZeroDivisionError, match="in the script")


def test_close_in_the_body_leaves_it_short() -> None:
    """Fewer bytes than announced, then a proper end."""
    with (
        FaultServer((PROMISED_100, Send(b"x" * 40), Close())) as server,
        pytest.raises(http.client.IncompleteRead) as caught,
    ):
        get(server)
    assert len(caught.value.partial) == 40


def test_reset_in_the_body_is_a_reset() -> None:
    """The client gets ECONNRESET, not the end of a file."""
    with (
        FaultServer((PROMISED_100, Send(b"x" * 40), Reset())) as server,
        pytest.raises(ConnectionResetError),
    ):
        get(server)


def test_close_before_any_byte_is_a_dropped_connection() -> None:
    """A request that gets no answer at all."""
    with FaultServer((Close(),)) as server, pytest.raises(http.client.RemoteDisconnected):
        get(server)


def test_drip_sends_all_bytes_one_at_a_time() -> None:
    """A slow body is a whole body in the end."""
    script = (Status(200, (("Content-Length", "5"),)), Drip(b"drops", interval_s=0.001))
    with FaultServer(script) as server:
        assert get(server) == (200, b"drops")


def test_drip_without_interval_waits_for_ticks() -> None:
    """A test may let out each portion by hand: nothing depends on real time."""
    script = (Drip(b"abcdef", size_bytes=2, interval_s=None), Close())
    with (
        FaultServer(on_connect=script) as server,
        socket.create_connection((server.host, server.port), timeout=5) as client,
    ):
        server.tick()
        assert client.recv(10) == b"ab"
        server.tick(2)
        rest = b""
        while data := client.recv(10):
            rest += data
        assert rest == b"cdef"


def test_hold_waits_for_one_tick() -> None:
    """The answer comes when the test says so."""
    with FaultServer((Hold(), *answer(204))) as server, client_of(server) as client:
        client.request("GET", "/")
        assert server.wait_for_requests(1)
        assert client.sock is not None
        client.sock.settimeout(0.05)
        with pytest.raises(TimeoutError):
            client.sock.recv(1, socket.MSG_PEEK)

        client.sock.settimeout(5)
        server.tick()
        assert client.getresponse().status == 204


def test_stalled_body_sends_nothing_more() -> None:
    """The client runs into its own time-out."""
    with FaultServer((PROMISED_100, Send(b"x"), Stall())) as server, client_of(server) as client:
        client.request("GET", "/")
        response = client.getresponse()
        assert response.read(1) == b"x"
        assert client.sock is not None
        client.sock.settimeout(0.05)
        with pytest.raises(TimeoutError):
            response.read(1)


def test_endless_body_goes_on_until_the_client_leaves() -> None:
    """More bytes than any limit; the client's leaving ends it."""
    with FaultServer((Status(200), Endless(b"x" * 10_000))) as server, client_of(server) as client:
        client.request("GET", "/")
        assert len(client.getresponse().read(3_000_000)) == 3_000_000


def test_banner_comes_before_any_request() -> None:
    """A port that speaks another protocol greets first."""
    banner = b"SSH-2.0-OpenSSH_9.2\r\n"
    with (
        FaultServer(on_connect=(Send(banner), Close())) as server,
        pytest.raises(http.client.BadStatusLine),
    ):
        get(server)
    assert server.requests == ()


@pytest.mark.parametrize("step", [Stall(), Silence()], ids=["stall", "silence"])
def test_silent_server_answers_nothing(step: Step) -> None:
    """Connected, and then not a byte."""
    with FaultServer(on_connect=(step,)) as server:
        with socket.create_connection((server.host, server.port), timeout=0.05) as client:
            client.sendall(b"GET / HTTP/1.1\r\n\r\n")
            with pytest.raises(TimeoutError):
                client.recv(1)
        assert server.requests == ()


@pytest.mark.parametrize(
    "script",
    [
        (PROMISED_100, Send(b"x"), Stall()),
        (Silence(),),
        (Hold(),),
        (Drip(b"abc", interval_s=None),),
        (Drip(b"a" * 10_000, interval_s=3600),),
        (Endless(b"x" * 100_000),),
        answer(),
    ],
    ids=["stall", "silence", "hold", "drip by hand", "slow drip", "endless", "keep-alive"],
)
def test_closing_leaves_no_thread_while_a_client_hangs(script: Script) -> None:
    """However a client hangs, `close` returns and nothing is left."""
    server = FaultServer(script).open()
    with client_of(server) as client:
        client.request("GET", "/")
        assert server.wait_for_requests(1)

        server.close()

        assert leftovers() == []
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((server.host, server.port), timeout=5)


def test_what_is_no_http_ends_the_connection() -> None:
    """Garbage from a client neither hangs nor breaks the server."""
    with FaultServer(answer(204)) as server:
        for garbage in (b"\x16\x03\x01 hello\n", b"GET / HTTP/1.1\r\nno colon\r\n\r\n", b"\x00"):
            with socket.create_connection((server.host, server.port), timeout=5) as client:
                client.sendall(garbage)
                client.shutdown(socket.SHUT_WR)
                assert client.recv(1) == b""
        assert get(server)[0] == 204


def test_server_that_went_down_refuses_and_comes_back_on_its_port() -> None:
    """A link that is away for a while: cut, refused, and there again."""
    with FaultServer(answer(204)) as server, client_of(server) as client:
        client.request("GET", "/")
        client.getresponse().read()
        port = server.port

        server.down()
        with pytest.raises(ConnectionRefusedError):
            get(server)

        server.up()
        assert server.port == port
        assert get(server)[0] == 204


def tls_contexts(name: str = "127.0.0.1") -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return a server's and a client's context of one authority of their own."""
    authority = trustme.CA()
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(server_side)
    client_side = ssl.create_default_context()
    authority.configure_trust(client_side)
    return server_side, client_side


def test_tls_server_answers_over_tls() -> None:
    """With a context the same scripts run over TLS."""
    server_side, client_side = tls_contexts()
    with FaultServer(answer(body=b"sealed"), tls=server_side) as server:
        assert server.url.startswith("https://")
        client = http.client.HTTPSConnection(server.host, server.port, context=client_side)
        with contextlib.closing(client):
            client.request("GET", "/")
            assert client.getresponse().read() == b"sealed"


def test_client_that_does_not_trust_sends_nothing() -> None:
    """The failed handshake is recorded, and no request came."""
    server_side, _ = tls_contexts()
    with FaultServer(tls=server_side) as server:
        client = http.client.HTTPSConnection(
            server.host, server.port, context=ssl.create_default_context()
        )
        with contextlib.closing(client), pytest.raises(ssl.SSLCertVerificationError):
            client.request("GET", "/")
        server.close()
        assert server.requests == ()
        assert len(server.handshake_failures) == 1


def test_tls_may_end_after_the_clients_hello() -> None:
    """Reading the hello and closing is a cut handshake for the client."""
    _, client_side = tls_contexts()
    with FaultServer(on_connect=(Read(), Close())) as server:
        client = http.client.HTTPSConnection(server.host, server.port, context=client_side)
        with contextlib.closing(client), pytest.raises((ssl.SSLEOFError, ConnectionResetError)):
            client.request("GET", "/")


def test_closing_ends_a_handshake_that_hangs() -> None:
    """A client that connects to a TLS port and says nothing does not hold the server up."""
    server_side, _ = tls_contexts()
    server = FaultServer(tls=server_side).open()
    with socket.create_connection((server.host, server.port), timeout=5):
        server.close()
    assert leftovers() == []


def test_closing_ends_a_stalled_tls_connection() -> None:
    """The same behind a finished handshake."""
    server_side, client_side = tls_contexts()
    server = FaultServer((PROMISED_100, Stall()), tls=server_side).open()
    client = http.client.HTTPSConnection(server.host, server.port, context=client_side)
    with contextlib.closing(client):
        client.request("GET", "/")
        response = client.getresponse()
        server.close()
        with pytest.raises((http.client.IncompleteRead, ssl.SSLEOFError)):
            response.read()
    assert leftovers() == []


def test_script_may_speak_tls_behind_a_connect() -> None:
    """A proxy: the answer to CONNECT in plain, everything after it over TLS."""
    server_side, client_side = tls_contexts("music.example")
    tunnel = (Status(200), Tls(server_side))
    with FaultServer(tunnel, answer(body=b"through")) as server:
        client = http.client.HTTPSConnection(server.host, server.port, context=client_side)
        client.set_tunnel("music.example", 443)
        with contextlib.closing(client):
            client.request("GET", "/")
            assert client.getresponse().read() == b"through"
        assert server.requests[0].method == "CONNECT"
        assert server.requests[0].path == "music.example:443"


def test_refusing_port_refuses() -> None:
    """Nobody listens there, and nobody else is given the port meanwhile."""
    with refusing_port() as port, pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)


def test_unanswering_port_lets_a_client_wait() -> None:
    """The connection is never made."""
    with unanswering_port() as port, pytest.raises((TimeoutError, ConnectionRefusedError)):
        socket.create_connection(("127.0.0.1", port), timeout=0.05)
