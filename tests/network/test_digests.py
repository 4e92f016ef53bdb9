"""Digests are read from every header that states one, and from no other text."""

from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orpheus_core.network.digests import stated_digests

SHA256 = hashlib.sha256(b"whole")
MD5 = hashlib.md5(b"whole")
SHA256_TEXT = base64.b64encode(SHA256.digest()).decode()
MD5_TEXT = base64.b64encode(MD5.digest()).decode()


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ({"Repr-Digest": f"sha-256=:{SHA256_TEXT}:"}, {"sha256": SHA256.hexdigest()}),
        ({"Digest": f"SHA-256={SHA256_TEXT},MD5={MD5_TEXT}"}, None),
        ({"Repr-Digest": f"crc32c=:AAAA:, md5=:{MD5_TEXT}:"}, {"md5": MD5.hexdigest()}),
        ({"Repr-Digest": "sha-256=:dG9vIHNob3J0:"}, {}),
        ({"Repr-Digest": "sha-256=:!!!!:"}, {}),
        ({"Repr-Digest": "sha-256"}, {}),
        ({}, {}),
    ],
)
def test_digest_is_read(headers: dict[str, str], found: dict[str, str] | None) -> None:
    both = {"sha256": SHA256.hexdigest(), "md5": MD5.hexdigest()}
    assert stated_digests(headers, whole=False) == (both if found is None else found)


def test_digest_of_what_was_sent_speaks_of_the_file_only_when_all_was_sent() -> None:
    """Source: RFC 9530, section 2."""
    headers = {"Content-Digest": f"sha-256=:{SHA256_TEXT}:"}
    assert stated_digests(headers, whole=True) == {"sha256": SHA256.hexdigest()}
    assert stated_digests(headers, whole=False) == {}


@given(st.text())
def test_no_text_makes_it_raise(text: str) -> None:
    stated_digests({"Repr-Digest": text, "Digest": text}, whole=True)
