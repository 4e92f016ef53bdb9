"""A service: what it is and can, and its module, which is imported when it is first used."""

from __future__ import annotations

import difflib
import functools
import itertools
from collections.abc import Callable
from types import UnionType
from typing import ParamSpec, TypeVar

import attrs

from orpheus_core.errors import UnknownWord, WrongArguments
from orpheus_core.music import Media, MediaKind, MediaRef, QualityWish, Track
from orpheus_core.plugins import Feature, ServiceInfo
from orpheus_core.services.asking import Asking, asked_once
from orpheus_core.services.guarding import guarded
from orpheus_core.services.module import MediaFile, SearchHit, ServiceClient, ServiceModule

P = ParamSpec("P")
T = TypeVar("T")


@attrs.frozen(eq=False)
class Service:
    """A service, the plugin that brings it, and a way to its module.

    *info*, what the service is and can, is known without importing the plugin. *asking* has
    the module asked again where the login was renewed.
    """

    info: ServiceInfo = attrs.field(
        validator=attrs.validators.instance_of(ServiceInfo), repr=lambda info: info.id
    )
    plugin: str
    _fetch: Callable[[], ServiceModule] = attrs.field(repr=False)
    _asking: Asking = attrs.field(default=asked_once, repr=False)

    @property
    def module(self) -> ServiceModule:
        """The module; its plugin is imported at first use.

        Raises:
            PluginUnavailable: the plugin does not load, or brings no such service.
        """
        return self._fetch()

    def resolve(self, client: ServiceClient, ref: MediaRef) -> Media:
        """Ask the module what *ref* names.

        Raises:
            OrpheusError: what the module raises.
            PluginUnavailable: the plugin does not load, or brings no such service.
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
        ask = functools.partial(guarded, self.plugin, what, expect, call, *args, **kwargs)
        return self._asking(self.info.id, ask)

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
