"""Services that break one rule each."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import attrs
from tests.testing.conformance.good_service import (
    ALBUM,
    API,
    INFO,
    SAMPLE,
    TRACK,
    AlbumShape,
    GoodService,
    Plugin,
    TrackShape,
)
from tests.testing.conformance.trying import Case

import orpheus_core as oc
from orpheus_core.testing import ServiceSample

T = TypeVar("T")


def claiming(**changes: object) -> type[GoodService]:
    """Return a service that says other things of itself."""
    return type("Claiming", (GoodService,), {"info": attrs.evolve(INFO, **changes)})


def sample(**changes: object) -> tuple[ServiceSample]:
    """Return the good sample with changes."""
    return (attrs.evolve(SAMPLE, **changes),)


def case(
    code: str,
    because: str,
    service: type[GoodService] = GoodService,
    samples: Sequence[ServiceSample] = (SAMPLE,),
    *,
    also: Sequence[str] = (),
) -> Case:
    """Return the case of a plugin that brings *service*."""
    return Case(
        code=f"service.{code}",
        because=because,
        plugin=lambda: Plugin(service()),
        samples=samples,
        also=frozenset(f"service.{each}" for each in also),
    )


class RaisesKeyError(GoodService):
    def hit(self, shape: AlbumShape) -> oc.SearchHit:
        raise KeyError("title")


class OtherKind(GoodService):
    def resolve(self, client: oc.ServiceClient, ref: oc.MediaRef) -> oc.Media:
        media = super().resolve(client, ref)
        return media.tracks[0] if isinstance(media, oc.Release) else media


class OtherItem(GoodService):
    def release(self, shape: AlbumShape) -> oc.Release:
        release = super().release(shape)
        other = attrs.evolve(release.ref, id="a2")
        return attrs.evolve(release, ref=other, url="https://www.good.example/album/a2")


class Counting(GoodService):
    """It remembers how often it was asked."""

    def __init__(self) -> None:
        self.numbers = itertools.count(1)

    def track(self, shape: TrackShape) -> oc.Track:
        return attrs.evolve(super().track(shape), copyright=str(next(self.numbers)))


def tracks_with(**changes: object) -> type[GoodService]:
    """Return a service whose tracks are changed."""

    class Changed(GoodService):
        def track(self, shape: TrackShape) -> oc.Track:
            return attrs.evolve(super().track(shape), **changes)

    return Changed


def releases_with(**changes: object) -> type[GoodService]:
    """Return a service whose releases are changed."""

    class Changed(GoodService):
        def release(self, shape: AlbumShape) -> oc.Release:
            return attrs.evolve(super().release(shape), **changes)

    return Changed


class Backwards(GoodService):
    def release(self, shape: AlbumShape) -> oc.Release:
        release = super().release(shape)
        return attrs.evolve(release, tracks=release.tracks[::-1])


class Twice(GoodService):
    def release(self, shape: AlbumShape) -> oc.Release:
        release = super().release(shape)
        first = release.tracks[0]
        twice = (first, attrs.evolve(first, track_number=2))
        return attrs.evolve(release, tracks=twice)


class NoLimit(GoodService):
    def search(
        self, client: oc.ServiceClient, kind: oc.MediaKind, query: str, limit: int
    ) -> Sequence[oc.SearchHit]:
        return super().search(client, kind, query, 100)


def hits_with(**changes: object) -> type[GoodService]:
    """Return a service whose hits are changed."""

    class Changed(GoodService):
        def hit(self, shape: AlbumShape) -> oc.SearchHit:
            return attrs.evolve(super().hit(shape), **changes)

    return Changed


class FindsNothing(GoodService):
    def search(
        self, client: oc.ServiceClient, kind: oc.MediaKind, query: str, limit: int
    ) -> Sequence[oc.SearchHit]:
        super().search(client, kind, query, limit)
        return []


def files_with(**changes: object) -> type[GoodService]:
    """Return a service whose files are changed."""

    class Changed(GoodService):
        def file(
            self, client: oc.ServiceClient, track: oc.Track, wish: oc.QualityWish
        ) -> oc.MediaFile:
            return attrs.evolve(super().file(client, track, wish), **changes)

    return Changed


class UnknownIsDown(GoodService):
    def resolve(self, client: oc.ServiceClient, ref: oc.MediaRef) -> oc.Media:
        try:
            return super().resolve(client, ref)
        except oc.ItemNotFound as error:
            raise oc.RequestRejected("Good refused this") from error


class AsksForMore(GoodService):
    def headers(self, client: oc.ServiceClient) -> dict[str, str]:
        client.credential("undeclared")
        return super().headers(client)


class PastesIds(GoodService):
    """What stands in an id becomes a part of the path."""

    def get(
        self,
        client: oc.ServiceClient,
        shape: type[T],
        *path: str,
        params: Mapping[str, str | int] | None = None,
    ) -> T:
        url = "/".join([API, *path])
        return client.get(url, shape, params=params, headers=self.headers(client))


class FailsWithoutToken(GoodService):
    def headers(self, client: oc.ServiceClient) -> dict[str, str]:
        if not client.credential("token"):
            raise oc.ServiceDown("something is missing")
        return super().headers(client)


PREVIEW_ONLY = SAMPLE.downloads[1:]
WHOLE_ONLY = SAMPLE.downloads[:1]
LESS_LINKS = dict(list(SAMPLE.links.items())[:2])

SILVER = [
    case("has-sample", "the service good has none", samples=()),
    case("flows-work", "KeyError: 'title'", RaisesKeyError, also=["searches-keep-to-the-limit"]),
    case(
        "flows-work",
        "the sample has no answer for GET https://api.good.example/albums/a1",
        samples=sample(
            answers={url: reply for url, reply in SAMPLE.answers.items() if "a1" not in url}
        ),
        also=["shows-covers"],
    ),
    case("shows-every-link", "of the form good.link/{id}", samples=sample(links=LESS_LINKS)),
    case(
        "shows-every-kind",
        "claims the kind artist",
        claiming(kinds=frozenset({*INFO.kinds, oc.MediaKind.ARTIST})),
    ),
    case(
        "claims-its-kinds",
        "does not claim the kind of good:track:t1",
        claiming(kinds=frozenset({oc.MediaKind.ALBUM})),
    ),
    case(
        "shows-every-quality",
        "claims hires",
        claiming(qualities=(oc.Quality.LOSSLESS, oc.Quality.HIRES)),
    ),
    case("claims-its-qualities", "hands out lossless, and does not", claiming(qualities=())),
    case(
        "claims-what-it-can-show",
        "claims library",
        claiming(features=INFO.features | {oc.Feature.LIBRARY}),
    ),
    case(
        "shows-download",
        "no download of a whole track",
        samples=sample(downloads=PREVIEW_ONLY),
    ),
    case("shows-previews", "no download of a preview", samples=sample(downloads=WHOLE_ONLY)),
    case("shows-search", "no search", samples=sample(searches=())),
    case("shows-covers", "has an image", releases_with(images=())),
    case("shows-credits", "has credits", tracks_with(credits=())),
    case("shows-lyrics", "has lyrics", tracks_with(lyrics=None)),
    case(
        "links-lead-home",
        "leads to good:album:a1, not to good:album:a9",
        samples=sample(
            links={
                **SAMPLE.links,
                "https://www.good.example/album/a1": attrs.evolve(ALBUM, id="a9"),
            }
        ),
    ),
    case(
        "links-lead-home",
        "good.link/x1 leads to good:album:a1, not to good:album:a9",
        samples=sample(
            links={**SAMPLE.links, "https://good.link/x1": attrs.evolve(ALBUM, id="a9")}
        ),
    ),
    case(
        "links-lead-home",
        "https://elsewhere.example/x leads nowhere",
        samples=sample(links={**SAMPLE.links, "https://elsewhere.example/x": ALBUM}),
    ),
    case(
        "resolves-what-was-asked",
        "good:album:a1 resolves to a Track",
        OtherKind,
        also=["shows-covers"],
    ),
    case("resolves-what-was-asked", "good:album:a1 resolves to good:album:a2", OtherItem),
    case("answers-alike", "the second time: ", Counting),
    case("tracks-are-whole", "has the ISRC 'none'", tracks_with(isrc="none")),
    case("tracks-are-whole", "has a duration of 0 s", tracks_with(duration_s=0.0)),
    case("tracks-are-whole", "has no title", tracks_with(title=" ")),
    case("tracks-are-whole", "has the disc 0", tracks_with(disc_number=0)),
    case("tracks-are-whole", "has the UPC '12'", releases_with(upc="12")),
    case("releases-are-in-order", "states 9 tracks and has 2", releases_with(track_total=9)),
    case("releases-are-in-order", "has tracks at the places", Backwards),
    case("releases-are-in-order", "has good:track:t1 twice", Twice),
    case(
        "own-links-lead-back",
        "neither a link",
        tracks_with(url="not a link"),
    ),
    case(
        "own-links-lead-back",
        "which leads to good:track:t9",
        tracks_with(url="https://www.good.example/track/t9"),
    ),
    case("searches-keep-to-the-limit", "finds more", NoLimit),
    case(
        "finds-what-was-asked",
        "finds good:track:t1",
        hits_with(ref=TRACK, url=None),
    ),
    case("finds-what-was-asked", "which has no title", hits_with(title="")),
    case("finds-what-was-asked", "finds nothing", FindsNothing),
    case(
        "files-from-declared-hosts",
        "elsewhere.example is none of",
        files_with(url="https://elsewhere.example/x"),
    ),
    case("files-keep-to-the-wish", "it hands out a preview", files_with(preview=True)),
    case(
        "files-keep-to-the-wish",
        "which is lossless",
        samples=sample(downloads=((TRACK, oc.QualityWish(wanted=oc.Quality.HIGH)), *PREVIEW_ONLY)),
    ),
    case("unknown-is-not-found", "due was ItemNotFound", UnknownIsDown),
    case("declares-its-credentials", "asks for the credential undeclared", AsksForMore),
    case(
        "declares-its-credentials",
        "the sample gives good the credential pin",
        samples=sample(credentials={**SAMPLE.credentials, "pin": "12345678"}),
    ),
]

GOLD = [
    case("ids-stay-ids", "which is another place", PastesIds),
    case("asks-for-a-login", "due was LoginNeeded", FailsWithoutToken),
]


# --- the fault matrix ------------------------------------------------------------------------


class Fragile(GoodService):
    """Fails in its own way when *breaks* says so of an error and of what was read before."""

    def __init__(self, breaks: Callable[[oc.OrpheusError, object], bool]) -> None:
        self.breaks = breaks

    def get(
        self,
        client: oc.ServiceClient,
        shape: type[T],
        *path: str,
        params: Mapping[str, str | int] | None = None,
    ) -> T:
        seen: list[object] = ["nothing"]

        def look(answer: object) -> None:
            seen.append(answer)

        url = "/".join([API, *path])
        try:
            return client.get(
                url, shape, params=params, headers=self.headers(client), classify=look
            )
        except oc.OrpheusError as error:
            if self.breaks(error, seen[-1]):
                raise ValueError("what now?") from error
            raise


def status(number: int) -> Callable[[oc.OrpheusError, object], bool]:
    """Whether an error comes from that status, and from nothing else that has it."""
    return lambda error, _: error.evidence.get("status") == number


def _begins(text: str) -> Callable[[oc.OrpheusError, object], bool]:
    return lambda error, _: (
        isinstance(error, oc.UnexpectedAnswer) and f"begins with {text}" in error.why
    )


def _read(value: object) -> Callable[[oc.OrpheusError, object], bool]:
    return lambda error, seen: isinstance(error, oc.SchemaMismatch) and seen == value


def _of(kind: type[oc.OrpheusError]) -> Callable[[oc.OrpheusError, object], bool]:
    return lambda error, _: isinstance(error, kind)


def _waiting(wait_s: float | None) -> Callable[[oc.OrpheusError, object], bool]:
    return lambda error, _: isinstance(error, oc.RateLimited) and error.retry_after_s == wait_s


def _echoed(error: oc.OrpheusError, seen: object) -> bool:
    return isinstance(error, oc.SchemaMismatch) and isinstance(seen, dict) and "message" in seen


FRAGILE: dict[str, Callable[[oc.OrpheusError, object], bool]] = {
    "401": status(401),
    "expired-token": status(401),
    "403": status(403),
    "404": status(404),
    "429": _waiting(None),
    "429-with-seconds": _waiting(7.0),
    "429-with-a-date": _waiting(60.0),
    "500": status(500),
    "502": status(502),
    "503": status(503),
    "connect-timeout": _of(oc.ConnectTimeout),
    "read-timeout": _of(oc.ReadTimeout),
    "reset": _of(oc.ConnectionLost),
    "cut-off": _of(oc.Truncated),
    "html": _begins("'<!DOCTYPE"),
    "empty": _begins("''"),
    "other-object": _read({}),
    "other-list": _read([]),
    "other-null": _read(None),
    "echo": status(400),
    "echo-as-success": _echoed,
}


class ByTheClock(GoodService):
    """Takes its own clock for the service's."""

    ahead = True

    def get(
        self,
        client: oc.ServiceClient,
        shape: type[T],
        *path: str,
        params: Mapping[str, str | int] | None = None,
    ) -> T:
        skew_s = (client.now() - SAMPLE.at).total_seconds()
        if (skew_s > 40_000) if self.ahead else (skew_s < -40_000):
            raise ValueError("what time is it?")
        return super().get(client, shape, *path, params=params)


class ByTheClockBehind(ByTheClock):
    ahead = False


def _fragile(ident: str) -> Case:
    return Case(
        code=f"service.survives-{ident}",
        because="ValueError: what now?",
        plugin=lambda: Plugin(Fragile(FRAGILE[ident])),
        samples=(SAMPLE,),
        also=frozenset({"service.unknown-is-not-found"} if ident == "404" else ()),
    )


FAULTS = [
    *map(_fragile, FRAGILE),
    case("survives-clock-ahead", "ValueError: what time is it?", ByTheClock),
    case("survives-clock-behind", "ValueError: what time is it?", ByTheClockBehind),
]


class Swallows(GoodService):
    """An outage looks like an empty result."""

    def search(
        self, client: oc.ServiceClient, kind: oc.MediaKind, query: str, limit: int
    ) -> Sequence[oc.SearchHit]:
        try:
            return super().search(client, kind, query, limit)
        except oc.ServiceDown:
            return []


class Mistakes(GoodService):
    """A wrong login looks like a service that is down."""

    def get(
        self,
        client: oc.ServiceClient,
        shape: type[T],
        *path: str,
        params: Mapping[str, str | int] | None = None,
    ) -> T:
        try:
            return super().get(client, shape, *path, params=params)
        except oc.LoginNeeded as error:
            raise oc.ServiceDown("Good is down") from error


class Insists(GoodService):
    """Asks again, and again."""

    def get(
        self,
        client: oc.ServiceClient,
        shape: type[T],
        *path: str,
        params: Mapping[str, str | int] | None = None,
    ) -> T:
        while True:
            try:
                return super().get(client, shape, *path, params=params)
            except oc.ServiceDown:
                continue


WAYS_TO_FAIL = [
    case("survives-500", "the failure was passed over, it answered []", Swallows),
    case("survives-401", "it raised ServiceDown: Good is down", Mistakes),
    case("survives-503", "it sent more than 300 requests", Insists),
]
