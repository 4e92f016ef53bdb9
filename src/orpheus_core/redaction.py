"""Keeps known secrets out of every text that leaves: events, errors, traces, logs."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from urllib.parse import quote, quote_plus, urlsplit, urlunsplit

_SHORTEST = 6
"""Shorter values are not masked by value: they would blank out ordinary words."""

MASK = "***"


class Redactor:
    """Replaces registered secrets, in every form they are sent in, by ``***``.

    Thread-safe; adding a value rebuilds one alternation, longest form first.
    """

    def __init__(self) -> None:
        self._forms: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        self._lock = threading.Lock()

    def add(self, secret: str) -> None:
        """Mask *secret* from now on."""
        if len(secret) < _SHORTEST:
            return
        with self._lock:
            self._forms |= _forms(secret)
            longest_first = sorted(self._forms, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(re.escape, longest_first)))

    def clean(self, text: str) -> str:
        """Return *text* with every registered secret masked."""
        pattern = self._pattern
        return pattern.sub(MASK, text) if pattern else text


def _forms(secret: str) -> set[str]:
    raw = secret.encode("utf-8", "surrogatepass")
    return {
        secret,
        quote(raw, safe=""),
        quote_plus(raw),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        base64.b64encode(raw).decode("ascii"),
        base64.urlsafe_b64encode(raw).decode("ascii").rstrip("="),
        hashlib.md5(raw, usedforsecurity=False).hexdigest(),
    }


def public_url(url: str) -> str:
    """Return *url* without user info, query and fragment: those may carry credentials."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "(malformed URL)"
    if ":" in host:
        host = f"[{host}]"
    query = "REDACTED" if parts.query else ""
    return urlunsplit((parts.scheme, f"{host}{port}", parts.path, query, ""))
