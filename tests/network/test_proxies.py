"""Which proxy is asked, by the variables that everybody sets."""

from __future__ import annotations

import pytest

from orpheus_core.errors import ProxyUnreachable
from orpheus_core.network.proxies import proxy_for

PROXY = "http://proxy.example:3128"


@pytest.mark.parametrize(
    ("url", "environ", "variable"),
    [
        ("http://a.example/", {}, None),
        ("http://a.example/", {"HTTP_PROXY": PROXY}, "HTTP_PROXY"),
        ("http://a.example/", {"http_proxy": PROXY, "HTTP_PROXY": "http://x"}, "http_proxy"),
        ("http://a.example/", {"HTTPS_PROXY": PROXY}, None),
        ("https://a.example/", {"HTTPS_PROXY": PROXY}, "HTTPS_PROXY"),
        ("https://a.example/", {"ALL_PROXY": PROXY}, "ALL_PROXY"),
        ("https://a.example/", {"HTTPS_PROXY": "", "ALL_PROXY": PROXY}, "ALL_PROXY"),
        ("http://a.example/", {"HTTP_PROXY": PROXY, "REQUEST_METHOD": "GET"}, None),
        ("http://127.0.0.1/", {"HTTP_PROXY": PROXY}, None),
        ("http://localhost/", {"HTTP_PROXY": PROXY}, None),
        ("http://[::1]/", {"HTTP_PROXY": PROXY}, None),
    ],
)
def test_variable_names_the_proxy(url: str, environ: dict[str, str], variable: str | None) -> None:
    """Small letters win; this machine is never asked through a proxy."""
    proxy = proxy_for(url, environ)
    assert (proxy.variable if proxy else None) == variable
    assert proxy is None or proxy.url == PROXY


@pytest.mark.parametrize(
    ("url", "no_proxy", "exempt"),
    [
        ("http://a.example/", "*", True),
        ("http://a.example/", "a.example", True),
        ("http://x.a.example/", "a.example", True),
        ("http://x.a.example/", ".a.example", True),
        ("http://x.a.example/", "*.a.example", True),
        ("http://nota.example/", "a.example", False),
        ("http://a.example/", "b.example, A.Example", True),
        ("http://a.example:8080/", "a.example:8080", True),
        ("http://a.example/", "a.example:8080", False),
        ("https://a.example/", "a.example:443", True),
        ("http://10.1.2.3/", "10.0.0.0/8", True),
        ("http://10.1.2.3/", "10.1.2.3", True),
        ("http://11.1.2.3/", "10.0.0.0/8", False),
        ("http://a.example/", "", False),
        ("http://a.example/", ",,", False),
    ],
)
def test_no_proxy_exempts_names_and_networks(url: str, no_proxy: str, exempt: bool) -> None:
    environ = {"HTTP_PROXY": PROXY, "HTTPS_PROXY": PROXY, "NO_PROXY": no_proxy}
    assert (proxy_for(url, environ) is None) is exempt


def test_proxy_without_a_scheme_is_spoken_to_in_plain_http() -> None:
    proxy = proxy_for("http://a.example/", {"HTTP_PROXY": "proxy.example:3128"})
    assert proxy is not None
    assert proxy.url == PROXY


@pytest.mark.parametrize("value", ["gopher://x", "http://", "http://[::1", "http://x:99999"])
def test_address_that_is_none_is_told_with_its_variable(value: str) -> None:
    with pytest.raises(ProxyUnreachable, match="HTTP_PROXY"):
        proxy_for("http://a.example/", {"HTTP_PROXY": value})


def test_password_of_a_proxy_is_found_and_not_shown() -> None:
    proxy = proxy_for("http://a.example/", {"HTTP_PROXY": "http://me:p%40ss-word@x:1"})
    assert proxy is not None
    assert proxy.password == "p@ss-word"
    assert "ss-word" not in repr(proxy)
