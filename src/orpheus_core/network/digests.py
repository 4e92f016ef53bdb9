"""Digests that a service states for a file: in its answer's headers.

Source: RFC 9530 (``Repr-Digest``, ``Content-Digest``); RFC 3230 (``Digest``, obsolete but
common).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping

_NAMES = {"sha-256": "sha256", "sha256": "sha256", "md5": "md5"}
_SIZES = {"sha256": 32, "md5": 16}
_MEMBER = re.compile(r"\s*([A-Za-z0-9-]+)=(:?)([A-Za-z0-9+/=]+)(:?)\s*", re.ASCII)


def stated_digests(headers: Mapping[str, str], *, whole: bool) -> dict[str, str]:
    """Return the hex digests of the whole file that *headers* state, by hashlib's names.

    What cannot be read is left out.

    Args:
        whole: whether the answer holds the whole file: only then ``Content-Digest``, which is
            of the bytes sent, speaks of it.
    """
    fields = ["Digest", "Repr-Digest"]
    if whole:
        fields.insert(0, "Content-Digest")
    found: dict[str, str] = {}
    for field in fields:
        for member in headers.get(field, "").split(","):
            match = _MEMBER.fullmatch(member)
            name = _NAMES.get(match[1].lower()) if match else None
            digest = _decoded(match[3]) if match else b""
            if name and len(digest) == _SIZES[name]:
                found[name] = digest.hex()
    return found


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
