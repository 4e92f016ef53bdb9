"""A file at a service, and the same file when it came."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import attrs


class RemoteFile(Protocol):
    """Where a file is, and what its service states about it; a `MediaFile` is one."""

    @property
    def url(self) -> str:
        """Where to fetch it."""

    @property
    def headers(self) -> Mapping[str, str]:
        """What to send along."""

    @property
    def size_bytes(self) -> int | None:
        """Its exact size, where the service states it."""

    @property
    def sha256(self) -> str | None:
        """Its SHA-256 in hex, where the service states it."""

    @property
    def md5(self) -> str | None:
        """Its MD5 in hex, where the service states it."""

    @property
    def stable_id(self) -> str | None:
        """The service's name for this very file, the same whatever its URL is."""


@attrs.frozen(kw_only=True)
class Transferred:
    """A file that came whole.

    *resumed_from_bytes* is how much of it an earlier run had left. *end_was_marked* is False
    where the answer had no length and ended with its connection: then only the audio itself
    can show that nothing is missing.
    """

    size_bytes: int
    sha256: str
    etag: str | None
    resumed_from_bytes: int
    end_was_marked: bool
