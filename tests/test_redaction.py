"""Secrets are masked in every form that they are sent in."""

from __future__ import annotations

import base64
import hashlib
import html
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orpheus_core.redaction import Redactor, public_url

SECRET = 'p4ss wörd/"+\\x'
FORMS = {
    "plain": SECRET,
    "quoted": quote(SECRET, safe=""),
    "plus": quote_plus(SECRET),
    "json": json.dumps(SECRET)[1:-1],
    "base64": base64.b64encode(SECRET.encode()).decode(),
    "md5": hashlib.md5(SECRET.encode(), usedforsecurity=False).hexdigest(),
    "path": quote(SECRET),
    "lower": quote(SECRET, safe="").lower(),
    "requests": quote(SECRET, safe="!#$%&'()*+,/:;=?@[]~"),
    "repr": repr(SECRET)[1:-1],
    "ascii": ascii(SECRET)[1:-1],
    "html": html.escape(SECRET),
    "unpadded": base64.b64encode(SECRET.encode()).decode().rstrip("="),
    "urlsafe": base64.urlsafe_b64encode(SECRET.encode()).decode(),
}


@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_masked(form: str) -> None:
    """Wherever it stands in a text."""
    redactor = Redactor()
    redactor.add(SECRET)
    assert redactor.clean(f"before {FORMS[form]} after") == "before *** after"


def test_short_values_are_left_alone() -> None:
    """Masking "a" would blank out every text."""
    redactor = Redactor()
    redactor.add("abc")
    assert redactor.clean("abc") == "abc"


@given(st.text(min_size=6), st.text(), st.text())
def test_a_secret_never_gets_through(secret: str, before: str, after: str) -> None:
    """Any secret, in any text."""
    redactor = Redactor()
    redactor.add(secret)
    cleaned = redactor.clean(before + secret + after)
    assert secret not in cleaned or secret in "***" * 2


@pytest.mark.parametrize(
    ("url", "public"),
    [
        ("https://user:pw@x.example:8443/a/b?token=1#f", "https://x.example:8443/a/b?REDACTED"),
        ("https://x.example/a", "https://x.example/a"),
        ("http://[::1]:80/x?y", "http://[::1]:80/x?REDACTED"),
        ("http://[::1", "(malformed URL)"),
        ("http://x:port/", "(malformed URL)"),
        ("user:password@proxy.example:3128", "(malformed URL)"),
        ("//user:password@x.example/a", "(malformed URL)"),
        ("https:///user:password@x.example/a", "(malformed URL)"),
    ],
)
def test_public_urls_hold_no_credentials(url: str, public: str) -> None:
    """User info, query and fragment are dropped."""
    assert public_url(url) == public


@given(st.text())
def test_public_url_never_raises(text: str) -> None:
    """It is used in error paths."""
    assert isinstance(public_url(text), str)


@given(st.binary(max_size=5), st.text(min_size=6), st.binary(max_size=5))
def test_a_secret_inside_of_base64_leaves_at_most_its_ends(
    before: bytes, secret: str, after: bytes
) -> None:
    """As in the `user:password` of a proxy: whatever stands around it."""
    redactor = Redactor()
    redactor.add(secret)
    raw = secret.encode("utf-8", "surrogatepass")
    coded = base64.b64encode(before + raw + after).decode()
    cleaned = redactor.clean(coded)
    assert "***" in cleaned
    longest = max(len(rest) for rest in cleaned.split("***"))
    assert longest <= 4 * (max(len(before), len(after)) + 2) / 3 + 2


def test_the_first_letters_of_a_long_secret_are_masked() -> None:
    """Some programs show them; but a server's address must not blank out every link."""
    redactor = Redactor()
    redactor.add("abcdefgh" * 5)
    redactor.add("https://music.example/a/server/at/home")
    assert redactor.clean("token abcdefgh…") == "token ***…"
    assert redactor.clean("https://other.example/") == "https://other.example/"


def test_a_secret_is_added_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever reads a credential for each request need not pay for it each time."""
    redactor = Redactor()
    redactor.add("abcdefgh")
    monkeypatch.setattr("orpheus_core.redaction._forms", pytest.fail)
    redactor.add("abcdefgh")
    assert redactor.clean("abcdefgh") == "***"
