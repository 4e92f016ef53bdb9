"""Keeps known secrets out of every text that leaves: events, errors, traces, logs."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import threading
from collections.abc import Iterator
from urllib.parse import quote, quote_plus, urlsplit, urlunsplit

_SHORTEST = 6
"""Shorter values are not masked by value: they would blank out ordinary words."""

MASK = "***"

_LONG, _SHOWN_OF_LONG = 32, 8
"""Of longer values, some programs show the first letters."""

_LEFT_BY_REQUESTS = "!#$%&'()*+,/:;=?@[]~"
"""What the requests library leaves as it is in a URL that it is given whole."""

_URL_SAFE = str.maketrans("+/", "-_")
_MALFORMED = "(malformed URL)"


class Redactor:
    """Replaces registered secrets, in every form they are sent in, by ``***``.

    Thread-safe; adding a value rebuilds one alternation, longest form first.
    """

    def __init__(self) -> None:
        self._secrets: set[str] = set()
        self._forms: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        self._lock = threading.Lock()

    def add(self, secret: str) -> None:
        """Mask *secret* from now on."""
        if len(secret) < _SHORTEST:
            return
        with self._lock:
            if secret in self._secrets:
                return
            self._secrets.add(secret)
            self._forms |= _forms(secret)
            longest_first = sorted(self._forms, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(re.escape, longest_first)))

    def clean(self, text: str) -> str:
        """Return *text* with every registered secret masked."""
        pattern = self._pattern
        return pattern.sub(MASK, text) if pattern else text


def _forms(secret: str) -> set[str]:
    """The forms in which *secret* is sent, shown and stored."""
    raw = secret.encode("utf-8", "surrogatepass")
    forms = {
        secret,
        repr(secret)[1:-1],
        ascii(secret)[1:-1],
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        html.escape(secret),
        hashlib.md5(raw, usedforsecurity=False).hexdigest(),
        *_quoted(raw),
        *_in_base64(raw),
    }
    start = secret[:_SHOWN_OF_LONG]
    if len(secret) > _LONG and start.isalnum():  # not the https:// of a server's address
        forms.add(start)
    return forms


def _quoted(raw: bytes) -> Iterator[str]:
    """The percent escapes of *raw*: in a query, a form, a path; in upper and lower case."""
    for safe in ("", "/", _LEFT_BY_REQUESTS):
        yield (quoted := quote(raw, safe=safe))
        yield re.sub("%..", lambda escape: escape[0].lower(), quoted)
    yield quote_plus(raw)


def _in_base64(raw: bytes) -> Iterator[str]:
    """What *raw* looks like in Base64, alone and inside of more, as in ``user:password``.

    Three bytes make four letters; the letters at the ends that depend on what stands around
    are left out.
    """
    for before in range(3):
        coded = base64.b64encode(bytes(before) + raw)
        if not before:
            yield from _in_both_alphabets(coded)
            yield from _in_both_alphabets(coded.rstrip(b"="))
        first = (0, 2, 3)[before]
        last = len(coded) if (before + len(raw)) % 3 == 0 else len(coded.rstrip(b"=")) - 1
        yield from _in_both_alphabets(coded[first:last])


def _in_both_alphabets(coded: bytes) -> Iterator[str]:
    text = coded.decode("ascii")
    yield text
    yield text.translate(_URL_SAFE)


def public_url(url: str) -> str:
    """Return *url* without user info, query and fragment: those may carry credentials.

    What has no scheme and host is no URL, and hidden as a whole.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return _MALFORMED
    if not (parts.scheme and host):
        return _MALFORMED
    if ":" in host:
        host = f"[{host}]"
    query = "REDACTED" if parts.query else ""
    return urlunsplit((parts.scheme, f"{host}{port}", parts.path, query, ""))
