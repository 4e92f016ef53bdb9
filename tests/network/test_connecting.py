"""A connection is made within one limit, to an address that the name may lead to."""

from __future__ import annotations

import errno
import socket
import sys
import threading

import pytest

from orpheus_core import errors
from orpheus_core.network.connecting import open_socket
from orpheus_core.network.watch import Exchange
from orpheus_core.testing.clock import SimClock
from orpheus_core.testing.loopback import refusing_port, unanswering_port


def exchange(cancel: threading.Event | None = None) -> Exchange:
    return Exchange(SimClock(), host="a.example", cancel=cancel)


def lead_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    def look_up(_host: str, port: int, **_: object) -> list[object]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", (place, port)) for place in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


@pytest.mark.skipif(sys.platform != "linux", reason="needs a second loopback address")
def test_address_that_does_not_answer_leaves_time_for_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """urllib3 gives each address the whole time-out."""
    lead_to(monkeypatch, "127.0.0.1", "127.0.0.2")
    with (
        unanswering_port() as port,
        socket.create_server(("127.0.0.2", port)),
        open_socket("localhost", port, exchange=exchange(), timeout_s=0.4) as sock,
    ):
        assert sock.getpeername() == ("127.0.0.2", port)


def test_all_addresses_together_have_one_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    lead_to(monkeypatch, *["127.0.0.1"] * 4)
    with unanswering_port() as port, pytest.raises(TimeoutError):
        open_socket("localhost", port, exchange=exchange(), timeout_s=0.3)


def test_private_addresses_of_a_public_name_are_passed_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Only the public one is tried; it is the address that counts, not the name."""
    tried: list[object] = []

    def connect(_self: socket.socket, place: object) -> int:
        tried.append(place)
        return errno.ECONNREFUSED

    monkeypatch.setattr(socket.socket, "connect_ex", connect)
    lead_to(monkeypatch, "127.0.0.1", "93.184.216.34", "10.0.0.1")
    with pytest.raises(ConnectionRefusedError):
        open_socket("music.example", 80, exchange=exchange(), timeout_s=1.0)
    assert tried == [("93.184.216.34", 80)]


def test_cancel_ends_an_attempt_to_connect() -> None:
    cancel = threading.Event()
    cancel.set()
    with unanswering_port() as port, pytest.raises(errors.Cancelled):
        open_socket("127.0.0.1", port, exchange=exchange(cancel), timeout_s=10.0)


def test_last_refusal_is_what_is_told() -> None:
    with refusing_port() as port, pytest.raises(ConnectionRefusedError):
        open_socket("127.0.0.1", port, exchange=exchange(), timeout_s=1.0)
