"""What a service plugin hands over, and what it is handed."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeVar, runtime_checkable

import attrs

from orpheus_core.errors import OrpheusError
from orpheus_core.music import (
    AudioFormat,
    Media,
    MediaKind,
    MediaRef,
    QualityWish,
    Track,
)
from orpheus_core.plugins import ServiceInfo
from orpheus_core.redaction import public_url

T = TypeVar("T")


@attrs.frozen(kw_only=True)
class MediaFile:
    """Where a track's audio can be fetched.

    *format* is what the service promises; the bytes are checked against it. *preview* marks
    an excerpt: it is named as one in file, tags and manifest. *sha256* and *md5* are hex
    digests of the whole file where the service states them. *stable_id* names this very
    file where the URL changes from one asking to the next, so that a part can be resumed.
    Its ``repr`` holds no credential: neither the query of the URL nor the headers.
    """

    url: str = attrs.field(repr=public_url)
    format: AudioFormat
    size_bytes: int | None = None
    duration_s: float | None = None
    preview: bool = False
    sha256: str | None = None
    md5: str | None = None
    headers: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    stable_id: str | None = None


@attrs.frozen(kw_only=True)
class SearchHit:
    """One result of a search."""

    ref: MediaRef
    title: str
    artist: str = ""
    year: int | None = None
    track_total: int | None = None
    url: str | None = None


class ServiceClient(Protocol):
    """The way out that a module is given: bound to its service, its hosts and its limits."""

    @property
    def service(self) -> str:
        """The service's id."""

    def credential(self, field: str) -> str | None:
        """Return the stored value of *field*, or None."""

    def now(self) -> datetime.datetime:
        """The time, in UTC: some services want requests to be stamped with it."""

    def get(
        self,
        url: str,
        shape: type[T],
        *,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        classify: Callable[[object], OrpheusError | None] | None = None,
    ) -> T:
        """Get the JSON at *url* and return it as an instance of the attrs class *shape*.

        Args:
            classify: looks at the decoded JSON; an error that it returns is treated like
                a status code: the brain decides whether to ask again.

        Raises:
            NetworkError, ServiceError, AuthError: the request failed for good.
            UnexpectedAnswer: the answer is not JSON.
            SchemaMismatch: it is, but not of that shape; `why` names the field.
        """

    def post(
        self,
        url: str,
        shape: type[T],
        *,
        data: Mapping[str, str] | None = None,
        json: object = None,
        headers: Mapping[str, str] | None = None,
        classify: Callable[[object], OrpheusError | None] | None = None,
    ) -> T:
        """Post a form or JSON and return the answer like `get`. Never sent twice."""


@runtime_checkable
class ServiceModule(Protocol):
    """A music service, as a plugin brings it on ``orpheus_modules``. It keeps no state."""

    @property
    def info(self) -> ServiceInfo:
        """What the service is and can. No network."""

    def resolve(self, client: ServiceClient, ref: MediaRef) -> Media:
        """Return what *ref* names, with all its tracks (or releases, for an artist).

        Raises:
            ItemNotFound: the service knows no such item.
        """

    def file(self, client: ServiceClient, track: Track, wish: QualityWish) -> MediaFile:
        """Return where *track* can be fetched in the best quality that *wish* allows.

        Asked for right before the download, and again when the link has expired.

        Raises:
            QualityUnavailable: nothing between floor and wish is offered.
            ProtectedContent: only a protected stream is.
            LoginNeeded, CountryRestricted, ItemNotFound: as they say.
        """

    def search(
        self, client: ServiceClient, kind: MediaKind, query: str, limit: int
    ) -> Sequence[SearchHit]:
        """Return at most *limit* results for *query*, best first."""


@runtime_checkable
class SecretBackend(Protocol):
    """A place where secrets are kept."""

    @property
    def name(self) -> str:
        """What `orpheus vault status` calls it."""

    @property
    def priority(self) -> int:
        """Backends with a higher number are asked first."""

    def get(self, service: str, field: str) -> str | None:
        """Return the secret, or None when it is not here."""

    def set(self, service: str, field: str, value: str | None) -> bool:
        """Store *value*, or remove it when None; return False when this is no place to write."""
