"""Hosts are compared as names, whatever they are written like."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orpheus_core.network.hosts import (
    Origin,
    admits,
    host_of,
    is_private_address,
    is_private_name,
)


@pytest.mark.parametrize(
    ("pattern", "host", "admitted"),
    [
        ("api.example", "api.example", True),
        ("api.example", "API.Example.", True),
        ("api.example", "evil-api.example", False),
        ("api.example", "api.example.evil.test", False),
        ("api.example", "x.api.example", False),
        ("*.example", "cdn.example", True),
        ("*.example", "a.b.example", True),
        ("*.example", "example", False),
        ("*.example", "evilexample", False),
        ("bücher.example", "xn--bcher-kva.example", True),
        ("::1", "::1", True),
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1", "127.0.0.2", False),
    ],
)
def test_pattern_admits_its_host_and_no_other(pattern: str, host: str, admitted: bool) -> None:
    assert admits([pattern], host) is admitted


@pytest.mark.parametrize(
    ("address", "private"),
    [
        ("127.0.0.1", True),
        ("10.1.2.3", True),
        ("100.64.0.1", True),
        ("169.254.169.254", True),
        ("172.31.255.255", True),
        ("192.168.1.1", True),
        ("0.0.0.0", True),
        ("::1", True),
        ("::", True),
        ("fe80::1%eth0", True),
        ("fd00::1", True),
        ("::ffff:10.0.0.1", True),
        ("172.32.0.1", False),
        ("198.18.0.7", False),
        ("93.184.216.34", False),
        ("2606:2800:220:1::1", False),
        ("::ffff:93.184.216.34", False),
    ],
)
def test_private_addresses_are_known(address: str, private: bool) -> None:
    assert is_private_address(address) is private


@pytest.mark.parametrize(
    ("name", "private"),
    [
        ("localhost", True),
        ("nas", True),
        ("nas.local", True),
        ("music.home.arpa", True),
        ("192.168.1.5", True),
        ("music.example", False),
        ("local.example", False),
    ],
)
def test_name_that_is_private_by_itself_is_known(name: str, private: bool) -> None:
    assert is_private_name(name) is private


@pytest.mark.parametrize(
    ("now", "before", "may"),
    [
        ("https://a.example/", "https://a.example:443/x", True),
        ("https://a.example/", "http://a.example/", True),
        ("http://a.example/", "https://a.example/", False),
        ("https://a.example/", "https://b.example/", False),
        ("https://a.example:8443/", "https://a.example/", False),
        ("https://a.example/", "http://a.example:8080/", False),
        ("https://A.example./", "https://a.example/", True),
    ],
)
def test_credentials_stay_with_their_origin(now: str, before: str, may: bool) -> None:
    assert Origin.of(now).may_be_told_what(Origin.of(before)) is may


@given(st.text())
def test_host_of_anything_can_be_shown(url: str) -> None:
    host = host_of(url)
    assert host
    assert host.isprintable()
    assert len(host) <= 253
