"""The registry: which services there are, what they can, and whose a link is."""

from __future__ import annotations

import difflib
import threading
from collections.abc import Callable, Sequence
from types import UnionType
from typing import ParamSpec, TypeVar

import attrs

from orpheus_core.errors import (
    HookFailed,
    InvalidUrl,
    NoService,
    NotMusic,
    OrpheusError,
    UnknownWord,
)
from orpheus_core.music import LinkPattern, Media, MediaKind, MediaRef, QualityWish, Track, Url
from orpheus_core.plugins import PluginHost
from orpheus_core.services.module import (
    Feature,
    MediaFile,
    SearchHit,
    ServiceClient,
    ServiceInfo,
    ServiceModule,
)

P = ParamSpec("P")
T = TypeVar("T")

_NEAR = 0.75


@attrs.frozen
class Service:
    """A service, its module, and the plugin that brought it."""

    module: ServiceModule
    plugin: str

    @property
    def info(self) -> ServiceInfo:
        """What the service is and can."""
        return self.module.info

    def resolve(self, client: ServiceClient, ref: MediaRef) -> Media:
        """Ask the module what *ref* names.

        Raises:
            OrpheusError: what the module raises.
            HookFailed: the module raised something else, or answered with the wrong type.
        """
        return self._guarded("resolve", Media, self.module.resolve, client, ref)

    def file(self, client: ServiceClient, track: Track, wish: QualityWish) -> MediaFile:
        """Ask the module where *track* can be fetched. Raises like `resolve`."""
        return self._guarded("file", MediaFile, self.module.file, client, track, wish)

    def search(
        self, client: ServiceClient, kind: MediaKind, query: str, limit: int
    ) -> list[SearchHit]:
        """Ask the module for what fits *query*. Raises like `resolve`.

        Raises:
            UnknownWord: the service has no search, or none for this kind.
        """
        if not (self.supports(Feature.SEARCH) and self.supports(kind)):
            raise UnknownWord(f"{self.info.name} has no search for kind {kind.value!r}")
        hits = self._guarded("search", Sequence, self.module.search, client, kind, query, limit)
        return list(hits)[:limit]

    def _guarded(
        self,
        what: str,
        expect: type | UnionType,
        call: Callable[P, T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        try:
            value = call(*args, **kwargs)
        except OrpheusError:
            raise
        except Exception as error:
            raise HookFailed(
                f"plugin {self.plugin} failed at {what}",
                why=f"{type(error).__name__}: {error}",
                evidence={"plugin": self.plugin, "exception_type": type(error).__name__},
            ) from error
        if not isinstance(value, expect):
            raise HookFailed(
                f"plugin {self.plugin} failed at {what}",
                why=f"it answered with {type(value).__name__}",
            )
        return value

    def supports(self, what: str | MediaKind | Feature) -> bool:
        """Whether the service has *what*: a kind (singular or plural) or a feature.

        Raises:
            UnknownWord: *what* is neither; the nearest word is suggested.
        """
        if isinstance(what, MediaKind):
            return what in self.info.kinds
        if isinstance(what, Feature):
            return what in self.info.features
        word = what.strip().lower()
        for feature in Feature:
            if word in (feature.value, feature.value.rstrip("s")):
                return feature in self.info.features
        try:
            return MediaKind.parse(word) in self.info.kinds
        except UnknownWord:
            words = [kind.value for kind in MediaKind] + [feature.value for feature in Feature]
            near = difflib.get_close_matches(word, words, n=1)
            raise UnknownWord(
                f"there is no kind or feature {what!r}",
                next_step=f"did you mean {near[0]}?" if near else "one of: " + ", ".join(words),
            ) from None


@attrs.frozen
class ShortLink:
    """A link of *service* whose target is found by asking for it."""

    service: str
    url: str


class ServiceRegistry:
    """Every service that the installed plugins bring, asked for at first use."""

    def __init__(self, plugins: PluginHost, on_service: Callable[[Service], None]) -> None:
        self._plugins = plugins
        self._on_service = on_service
        self._lock = threading.RLock()
        self._services: dict[str, Service] | None = None

    def services(self) -> list[Service]:
        """Every service, by id."""
        return [service for _, service in sorted(self._known().items())]

    def get_service(self, name: str) -> Service:
        """Return the service with the id *name*.

        Raises:
            NoService: no installed plugin brings it.
        """
        known = self._known()
        if name in known:
            return known[name]
        near = difflib.get_close_matches(name, known, n=1)
        raise NoService(
            f"no installed plugin brings a service {name!r}",
            why="installed services: " + (", ".join(sorted(known)) or "none"),
            next_step=f"did you mean {near[0]}?" if near else "",
        )

    def read(self, target: str) -> MediaRef | ShortLink:
        """Return what *target* names: a link, or SERVICE:KIND:ID. No network.

        Raises:
            InvalidUrl: it is neither.
            NoService: no installed plugin claims the link's host, or brings the service.
            NotMusic: the host is known, the path is not.
        """
        if "://" not in target and "/" not in target and target.count(":") >= 2:
            ref = MediaRef.parse(target)
            self.get_service(ref.service)
            return ref
        if "://" not in target and "." not in target.split("/", maxsplit=1)[0]:
            raise InvalidUrl(f"{target!r} is neither a link nor SERVICE:KIND:ID")
        url = Url.parse(target)
        claims = [
            (service, pattern)
            for service in self.services()
            for pattern in service.info.links
            if pattern.host == url.host
        ]
        for service, pattern in claims:
            ident = pattern.match(url)
            if ident is None:
                continue
            if pattern.redirect or pattern.kind is None:
                return ShortLink(service.info.id, url.text)
            return MediaRef(service.info.id, pattern.kind, ident)
        raise self._not_music(url, claims) if claims else self._nobody(url)

    def _known(self) -> dict[str, Service]:
        with self._lock:
            if self._services is None:
                self._services = {}
                for answer in self._plugins.collect("orpheus_modules", ServiceModule):
                    service = Service(answer.value, answer.plugin)
                    if service.info.id not in self._services:
                        self._services[service.info.id] = service
                        self._on_service(service)
            return self._services

    def _nobody(self, url: Url) -> NoService:
        known = ", ".join(service.info.id for service in self.services()) or "none"
        return NoService(
            f"no installed plugin handles {url.host}",
            why=f"installed services: {known}",
            done="nothing was sent anywhere",
        )

    def _not_music(self, url: Url, claims: list[tuple[Service, LinkPattern]]) -> NotMusic:
        service = claims[0][0]
        words = sorted({word for _, pattern in claims for word in pattern.words()})
        given = [part for part in url.path.split("/") if part]
        for part in given:
            near = difflib.get_close_matches(part.lower(), words, n=1, cutoff=_NEAR)
            if near and part not in words:
                fixed = url.text.replace(f"/{part}", f"/{near[0]}", 1)
                return NotMusic(
                    f"this {service.info.name} link does not lead to music",
                    why=f"it has {part!r} where I know {', '.join(words)}",
                    done="nothing was sent to the service",
                    next_step=f"orpheus download {fixed}     if that is what you meant",
                )
        return NotMusic(
            f"this {service.info.name} link does not lead to music",
            why=f"its path is not one of the forms I know: {', '.join(words)}, each with an id",
            done="nothing was sent to the service",
            next_step=f"orpheus service info {service.info.id}     shows every form of link",
        )
