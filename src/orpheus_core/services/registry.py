"""The registry: which services there are, what they can, and whose a link is."""

from __future__ import annotations

import difflib
import functools
import itertools
import re
import shlex
import threading
from collections.abc import Callable, Sequence
from types import UnionType
from typing import ParamSpec, TypeVar
from urllib.parse import quote, urlsplit

import attrs

from orpheus_core.errors import (
    HookFailed,
    InvalidUrl,
    NoService,
    NotMusic,
    OrpheusError,
    UnknownWord,
    WrongArguments,
)
from orpheus_core.music import (
    SERVICE_ID,
    LinkPattern,
    Media,
    MediaKind,
    MediaRef,
    QualityWish,
    Track,
    Url,
)
from orpheus_core.plugins import Answer, PluginHost, in_words
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

_HOOK = "orpheus_modules"
_NEAR = 0.75

# No link begins like this: behind its scheme there is a slash, behind its host a number.
_REFERENCE = re.compile(rf"{SERVICE_ID}:[A-Za-z]+:.")


@attrs.frozen
class Service:
    """A service, its module, and the plugin that brought it.

    *info*, what the service is and can, is asked for once.
    """

    module: ServiceModule
    plugin: str
    info: ServiceInfo = attrs.field(
        init=False, validator=attrs.validators.instance_of(ServiceInfo), repr=False
    )

    @info.default
    def _info_of_module(self) -> ServiceInfo:
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
            WrongArguments: *limit* is below 1.
        """
        if not (self.supports(Feature.SEARCH) and self.supports(kind)):
            raise UnknownWord(f"{self.info.name} has no search for kind {kind.value!r}")
        if limit < 1:
            raise WrongArguments(f"the limit of a search is at least 1, not {limit}")
        return self._guarded("search", list, self._hits, client, kind, query, limit)

    def _hits(
        self, client: ServiceClient, kind: MediaKind, query: str, limit: int
    ) -> list[SearchHit]:
        hits = list(itertools.islice(self.module.search(client, kind, query, limit), limit))
        for hit in hits:
            if not isinstance(hit, SearchHit):
                raise TypeError(f"a hit is a SearchHit, not {type(hit).__name__}")
        return hits

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
        except (OrpheusError, KeyboardInterrupt):
            raise
        except BaseException as error:
            raise HookFailed(
                f"plugin {self.plugin} failed at {what}",
                why=in_words(error),
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

    def is_secret(self, service: str, field: str) -> bool:
        """Whether *field* of *service* must be masked: yes, unless the service says no."""
        known = self._known().get(service)
        fields = known.info.credentials if known else ()
        return all(each.secret for each in fields if each.name == field)

    def read(self, target: str) -> MediaRef | ShortLink:
        """Return what *target* names: a link, or SERVICE:KIND:ID. No network.

        Raises:
            InvalidUrl: it is neither.
            NoService: no installed plugin claims the link's host, or brings the service.
            NotMusic: the host is known, the path is not.
        """
        target = target.strip()
        if _REFERENCE.match(target):
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
                self._services = {}  # at once: a hook that fails may have us asked again
                try:
                    for answer in self._plugins.collect("orpheus_modules", ServiceModule):
                        admit = functools.partial(self._admit, answer, self._services)
                        self._plugins.guarded(answer.plugin, _HOOK, admit)
                except BaseException:
                    self._services = None
                    raise
            return self._services

    def _admit(self, answer: Answer[ServiceModule], services: dict[str, Service]) -> None:
        """Put the service of *answer* among *services*; what it raises is its plugin's fault."""
        service = Service(answer.value, answer.plugin)
        holder = services.get(service.info.id)
        if holder is not None:
            raise ValueError(f"plugin {holder.plugin} brings a service {service.info.id} already")
        self._on_service(service)
        services[service.info.id] = service

    def _nobody(self, url: Url) -> NoService:
        known = ", ".join(service.info.id for service in self.services()) or "none"
        return NoService(
            f"no installed plugin handles {url.host}",
            why=f"installed services: {known}",
            done="nothing was sent anywhere",
        )

    def _not_music(self, url: Url, claims: list[tuple[Service, LinkPattern]]) -> NotMusic:
        service = claims[0][0]
        title = f"this {service.info.name} link does not lead to music"
        done = "nothing was sent to the service"
        words = sorted({word for _, pattern in claims for word in pattern.words()})
        parts = url.path.split("/")
        for place, part in enumerate(parts):
            near = difflib.get_close_matches(part.lower(), words, n=1, cutoff=_NEAR)
            if near and part not in words:
                meant = _with_path(url, [*parts[:place], near[0], *parts[place + 1 :]])
                return NotMusic(
                    title,
                    why=f"it has {part!r} where I know {', '.join(words)}",
                    done=done,
                    next_step=f"orpheus download {meant}     if that is what you meant",
                )
        return NotMusic(
            title,
            why=f"I know links to {', '.join(words)}, each with an id"
            if words
            else "its path has another form than those I know",
            done=done,
            next_step=f"orpheus service info {service.info.id}     shows every form of link",
        )


def _with_path(url: Url, parts: Sequence[str]) -> str:
    """The link with another path, and nothing behind it, fit to be pasted into a shell."""
    split = urlsplit(url.text)._replace(path=quote("/".join(parts)), query="", fragment="")
    return shlex.quote(split.geturl())
