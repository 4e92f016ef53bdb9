"""The flows of a service: short links, items, searches, files."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator
from typing import ClassVar

import attrs

from orpheus_core.errors import HookFailed
from orpheus_core.music import MediaKind, MediaRef, QualityWish, Track, Url
from orpheus_core.plugins import ServiceInfo
from orpheus_core.testing.conformance.bench import Bench, Setup
from orpheus_core.testing.conformance.flows import Flow, Group, Work
from orpheus_core.testing.conformance.levels import RuleKind
from orpheus_core.testing.conformance.samples import ServiceSample

SEARCH_LIMIT = 10


@attrs.frozen
class Find(Flow):
    """Following a short link."""

    reads_bodies: ClassVar[bool] = False

    link: str

    def __str__(self) -> str:
        return f"find {self.link}"

    def begin(self, bench: Bench) -> Work:
        """Return the work of finding out where the link leads."""
        return functools.partial(bench.app.find, self.link)


@attrs.frozen
class Resolve(Flow):
    """Finding out what a reference names."""

    ref: MediaRef

    def __str__(self) -> str:
        return f"resolve {self.ref}"

    def begin(self, bench: Bench) -> Work:
        """Return the work of resolving the reference."""
        service = self.ref.service
        return functools.partial(
            bench.service(service).resolve, bench.app.client(service), self.ref
        )


@attrs.frozen
class Search(Flow):
    """Searching; *limit* is how many results are asked for."""

    service: str
    kind: MediaKind
    query: str
    limit: int = SEARCH_LIMIT

    def __str__(self) -> str:
        at_most = "" if self.limit == SEARCH_LIMIT else f", at most {self.limit}"
        return f"search {self.kind.value} {self.query!r}{at_most}"

    def begin(self, bench: Bench) -> Work:
        """Return the work of searching."""
        return functools.partial(
            bench.app.search, self.service, self.kind.value, self.query, limit=self.limit
        )


@attrs.frozen
class SearchModule(Search):
    """Searching past the core, which would cut off what is too much."""

    def begin(self, bench: Bench) -> Work:
        """Return the work of asking the module itself; it ends in one result too many at most."""
        module, client = bench.service(self.service).module, bench.app.client(self.service)

        def work() -> object:
            hits = module.search(client, self.kind, self.query, self.limit)
            return list(itertools.islice(hits, self.limit + 1))

        return work


@attrs.frozen
class AskForFile(Flow):
    """Asking where a track can be fetched."""

    ref: MediaRef
    wish: QualityWish

    def __str__(self) -> str:
        return f"file of {self.ref} in {wish_in_words(self.wish)}"

    def begin(self, bench: Bench) -> Work:
        """Resolve the track first, so that only the file's own requests are tried."""
        track = Resolve(self.ref).begin(bench)()
        if not isinstance(track, Track):
            raise HookFailed(f"{self.ref} is to be downloaded, and is a {type(track).__name__}")
        service, client = bench.service(self.ref.service), bench.app.client(self.ref.service)
        return functools.partial(service.file, client, track, self.wish)


def service_group(info: ServiceInfo, sample: ServiceSample) -> Group:
    """Return everything that *sample* has the service do."""
    return group_of(info, sample, tuple(_flows(info, sample)))


def group_of(info: ServiceInfo, sample: ServiceSample, flows: tuple[Flow, ...]) -> Group:
    """Return *flows* with the answers and credentials of *sample*."""

    def ready(bench: Bench) -> None:
        bench.give(info.id, sample.credentials, info.credentials)

    setup = Setup(answers=sample.answers, at=sample.at)
    return Group(kind=RuleKind.SERVICE, setup=setup, ready=ready, flows=flows)


def is_short(info: ServiceInfo, link: str) -> bool:
    """Whether *link* is one whose target has to be asked for."""
    url = Url.parse(link)
    return any(pattern.redirect and pattern.match(url) is not None for pattern in info.links)


def wish_in_words(wish: QualityWish) -> str:
    """Return *wish* as evidence names it."""
    words = wish.wanted.value
    if wish.floor is not QualityWish().floor:
        words += f", nothing below {wish.floor.value}"
    return f"{words}, as a preview" if wish.previews else words


def _flows(info: ServiceInfo, sample: ServiceSample) -> Iterator[Flow]:
    yield from (Find(link) for link in sample.links if is_short(info, link))
    yield from map(Resolve, sample.resolves)
    yield from (Search(info.id, kind, query) for kind, query in sample.searches)
    yield from (AskForFile(ref, wish) for ref, wish in sample.downloads)
